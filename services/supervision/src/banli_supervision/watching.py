"""Of whom an open case must hear that they leave, and what is then asked of it."""

from collections.abc import Iterator, Mapping
from datetime import date

from banli_engine.decider import Reaction
from banli_events.assignment import AppointmentEnded
from banli_events.base import Command, Event
from banli_events.envelope import Recorded
from banli_events.supervision import CheckStaffing
from banli_supervision.state import State


def watches(state: State) -> Iterator[str]:
    """An open case hears of its leaders and handlers, of lead and co-units, leaving (R020)."""
    assigned = state.assigned
    if assigned is None or state.archived or state.ended_at is not None:
        return
    for each in (assigned.lead, *assigned.co):
        yield _key(each.leader)
        yield _key(each.handler)


def see_who_left(recorded: Recorded) -> tuple[str, Command] | None:
    """When somebody leaves a post, every open case in these hands is looked at (R020)."""
    match recorded.data:
        case AppointmentEnded(person=person):
            return _key(person), CheckStaffing()
        case _:
            return None


def _key(person: str) -> str:
    return f"person:{person}"


SPREAD: Mapping[type[Event], Reaction] = {
    AppointmentEnded: Reaction("see-who-left", date.min, see_who_left),
}
