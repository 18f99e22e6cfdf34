"""What assignment says of who handles a case: proposed, assigned, objected to, reassigned."""

from banli_events.base import Command, Event, Id, Line, Text
from banli_events.words import Duty, Responsible


class Classified(Event):
    """The item was put under a category of the bureau's work."""

    category: Line


class AssignmentProposed(Event):
    """After study of the item, a lead unit and co-units were proposed, with the duty as ground."""

    schema_version = 2

    lead: Responsible
    co: tuple[Responsible, ...] = ()
    duty_basis: Line
    note: Text | None = None
    duty: Duty | None = None  # version 2: the duty by which a route was found


class Assigned(Event):
    """The supervision office handed the item to a lead and co-units, each with its handler."""

    schema_version = 2

    lead: Responsible
    co: tuple[Responsible, ...] = ()
    duty_basis: Line
    round: int = 1
    meeting: Id | None = None  # version 2: the assignment meeting it was handed over in (R006)


class AssignmentAccepted(Event):
    """The unit took the item on; from now on it is answerable for it."""

    unit: Id


class AssignmentObjected(Event):
    """A unit holds that the item is not its duty, and says whose it is (R053)."""

    unit: Id
    reason: Text
    belongs_to: Id | None = None


class ObjectionUpheld(Event):
    """The supervision office found the objection right: the item goes to another unit (R053)."""

    unit: Id
    reason: Line


class ObjectionRefused(Event):
    """The supervision office found the objection wrong: the unit must go on (R053)."""

    unit: Id
    reason: Line


class Reassigned(Event):
    """The item was formally handed to other units or people, with approval and reason (R009)."""

    lead: Responsible
    co: tuple[Responsible, ...] = ()
    duty_basis: Line
    reason: Line
    round: int = 1


class ClassifyItem(Command):
    """Put an item under a category (R008)."""

    category: Line


class ProposeAssignment(Command):
    """Propose who handles an item, and on what ground (R072)."""

    lead: Responsible
    co: tuple[Responsible, ...] = ()
    duty_basis: Line
    note: Text | None = None


class RouteItem(Command):
    """Find by duty who should handle an item, and propose it (R070, R071)."""

    functions: tuple[Line, ...]
    territory: Line | None = None


class ConfirmAssignment(Command):
    """Hand the item to the units that were proposed (R008, R018, R019, R020, R072)."""

    proposal: int | None = None  # the version of the proposal meant; none: the last
    meeting: Id | None = None


class AcceptAssignment(Command):
    """Take the item on for the unit one speaks for (R009)."""


class ObjectToAssignment(Command):
    """Object, for the unit one speaks for, that the item is its duty (R053)."""

    reason: Text
    belongs_to: Id | None = None


class UpholdObjection(Command):
    """Find a unit's objection right (R053)."""

    unit: Id
    reason: Line


class RefuseObjection(Command):
    """Find a unit's objection wrong; it must go on (R053)."""

    unit: Id
    reason: Line


class ApproveReassignment(Command):
    """Approve as a leader that the item goes to those who were proposed anew (R009)."""

    proposal: int
    reason: Line


class AssignAgain(Command):
    """Give the item back to the handler it had, for another round."""

    round: int
    lead: Responsible


class StandByReply(Command):
    """Give the item back to those whose reply went out when it was not known that it went on."""

    round: int
    known: int  # assignment's version that was known when the reply went out
