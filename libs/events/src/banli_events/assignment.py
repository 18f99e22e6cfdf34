"""What assignment says, and what it can be asked: who handles an item, and who holds which post."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from banli_events.base import Command, Event, Id, Line, Open, Sha256, Text
from banli_events.subjects import SUBJECT
from banli_events.words import PostRole, Responsible


class Classified(Event):
    """The item was put under a category of the bureau's work."""

    category: Line


class AssignmentProposed(Event):
    """After study of the item, a lead unit and co-units were proposed, with the duty as ground."""

    lead: Responsible
    co: tuple[Responsible, ...] = ()
    duty_basis: Line
    note: Text | None = None


class Assigned(Event):
    """The supervision office handed the item to a lead and co-units, each with its handler."""

    lead: Responsible
    co: tuple[Responsible, ...] = ()
    duty_basis: Line
    round: int = 1


class AssignmentAccepted(Event):
    """The unit took the item on; from now on it is answerable for it."""

    unit: Id


class UnitOpened(Event):
    """A unit of this body exists from a day on."""

    name: Line
    parent: Id | None = None
    since: date


class PostCreated(Event):
    """A post of a unit exists, with what it is there for."""

    unit: Id
    title: Line
    role: Open[PostRole]
    office_number: Line | None = None


class HolderAppointed(Event):
    """A person holds the post from a day on, until the other day where one is named."""

    person: Id
    name: Line
    since: date
    until: date | None = None
    acting: bool = False


class AppointmentEnded(Event):
    """A person no longer holds the post from a day on."""

    person: Id
    since: date
    reason: Line


class SystemAdmitted(Event):
    """A department's system may submit these commands for these units."""

    name: Line
    units: tuple[Id, ...]
    commands: tuple[Line, ...]


class ForkSettled(Event):
    """Of the events that claim one place of a stream, one is kept; what continues another falls.

    Whoever reads the log follows it, for ever.
    """

    subject: Line
    source: Id
    version: int
    keep: Sha256
    reason: Line


class ClassifyItem(Command):
    """Put an item under a category (R008)."""

    category: Line


class ProposeAssignment(Command):
    """Propose who handles an item, and on what ground (R072)."""

    lead: Responsible
    co: tuple[Responsible, ...] = ()
    duty_basis: Line
    note: Text | None = None


class ConfirmAssignment(Command):
    """Hand the item to the units that were proposed (R008, R018, R019, R020, R072)."""


class AcceptAssignment(Command):
    """Take the item on for the unit one speaks for (R009)."""


class OpenUnit(Command):
    """Publish a unit of this body."""

    name: Line
    parent: Id | None = None
    since: date


class CreatePost(Command):
    """Publish a post of a unit."""

    unit: Id
    title: Line
    role: PostRole
    office_number: Line | None = None


class AppointHolder(Command):
    """Publish that a person holds a post."""

    person: Id
    name: Line
    since: date
    until: date | None = None
    acting: bool = False


class EndAppointment(Command):
    """Publish that a person no longer holds a post."""

    person: Id
    since: date
    reason: Line


class AdmitSystem(Command):
    """Publish that a department's system may submit."""

    name: Line
    units: Annotated[tuple[Id, ...], Field(min_length=1)]
    commands: Annotated[tuple[Line, ...], Field(min_length=1)]


class SettleFork(Command):
    """Choose, once and for ever, which of the events that claim one place of a stream is kept."""

    subject: Annotated[str, StringConstraints(pattern=SUBJECT, max_length=200)]
    source: Id
    version: Annotated[int, Field(ge=1, le=2_147_483_647)]
    keep: Sha256
    reason: Line
