"""Meetings in which items are handed over, or it is seen how they go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from banli_assignment.refusals import AlreadyHeld
from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events.assignment import HoldMeeting, MeetingHeld
from banli_events.base import Event
from banli_events.envelope import Recorded


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting, where it was held; all from assignment."""

    held: MeetingHeld | None = None


def decide(state: Meeting, asked: Asked) -> Sequence[Event]:
    """A meeting is recorded once (R006)."""
    match asked.command:
        case HoldMeeting() as command:
            held = MeetingHeld(**command.model_dump())
        case _:
            raise UnfitSubject("subject")
    if state.held == held:
        return []
    if state.held is not None:
        raise AlreadyHeld("subject")
    return [held]


def evolve(state: Meeting, recorded: Recorded) -> Meeting:
    """Fold one fact into what is known of a meeting."""
    match recorded.data:
        case MeetingHeld() as held:
            return replace(state, held=held)
        case _:
            return state
