"""A unit objects to an assignment; the office finds it right or wrong."""

from banli_assignment.guards import (
    assignment_of,
    must_be_in_hand,
    must_be_in_window,
    must_not_be_replied,
)
from banli_assignment.refusals import (
    AlreadyAccepted,
    AlreadyObjected,
    AlreadyRuled,
    NotObjected,
    ObjectionBinding,
    ObjectionLate,
)
from banli_assignment.state import State
from banli_engine.decider import Asked
from banli_events.assignment import (
    AssignmentObjected,
    ObjectionRefused,
    ObjectionUpheld,
    ObjectToAssignment,
    RefuseObjection,
    UpholdObjection,
)
from banli_events.base import Event
from banli_events.deadlines import ClockKind


def object_to(state: State, asked: Asked, command: ObjectToAssignment) -> list[Event]:
    """A unit objects before it has accepted, inside its window, and once refused no more (R053)."""
    assignment_of(state)
    unit = asked.speaker.unit
    objected = AssignmentObjected(unit=unit, reason=command.reason, belongs_to=command.belongs_to)
    before = state.own.objections.get(unit)
    if before is not None and before.said == objected:
        return []
    must_be_in_hand(state)
    must_not_be_replied(state)
    if unit in state.own.accepted:
        raise AlreadyAccepted("subject")
    if before is not None:
        binding = isinstance(before.ruling, ObjectionRefused)
        raise ObjectionBinding("subject") if binding else AlreadyObjected("subject")
    clock = f"{ClockKind.OBJECTION}:{unit}"
    must_be_in_window(state, asked, ClockKind.OBJECTION, clock, ObjectionLate("subject"))
    if command.belongs_to is not None:
        asked.reference.unit(command.belongs_to, "data.belongs_to")
    return [objected]


def uphold(state: State, asked: Asked, command: UpholdObjection) -> list[Event]:
    """The office finds an objection right; the item goes to another unit (R053)."""
    return _rule(state, ObjectionUpheld(unit=command.unit, reason=command.reason))


def refuse(state: State, asked: Asked, command: RefuseObjection) -> list[Event]:
    """The office finds an objection wrong; that binds the unit (R053)."""
    return _rule(state, ObjectionRefused(unit=command.unit, reason=command.reason))


def _rule(state: State, ruling: ObjectionUpheld | ObjectionRefused) -> list[Event]:
    assignment_of(state)
    objection = state.own.objections.get(ruling.unit)
    if objection is not None and objection.ruling == ruling:
        return []
    must_be_in_hand(state)
    if objection is None:
        raise NotObjected("data.unit")
    if objection.ruling is not None:
        raise AlreadyRuled("data.unit")
    return [ruling]
