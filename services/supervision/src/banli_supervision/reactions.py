"""What supervision does on what it reads."""

from collections.abc import Mapping
from datetime import date

from banli_engine.decider import Reaction
from banli_events.assignment import Assigned
from banli_events.base import Command, Event
from banli_events.envelope import Recorded
from banli_events.intake import FeedbackReceived
from banli_events.supervision import ArchiveCase, SetDeadline


def start_the_clock(recorded: Recorded) -> tuple[str, Command] | None:
    """When an item is assigned, the clock of its product starts."""
    return recorded.subject, SetDeadline(assigned_at=recorded.time)


def close_the_case(recorded: Recorded) -> tuple[str, Command] | None:
    """When a rating comes in, the case is closed if nothing else is missing."""
    return recorded.subject, ArchiveCase()


REACTIONS: Mapping[type[Event], Reaction] = {
    Assigned: Reaction("start-the-clock", date.min, start_the_clock),
    FeedbackReceived: Reaction("close-the-case", date.min, close_the_case),
}
