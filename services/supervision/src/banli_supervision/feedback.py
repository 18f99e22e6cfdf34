"""What the ratings ask for: wait, close, handle again, or let a meeting decide."""

from collections.abc import Iterable

from banli_engine.decider import Asked, Due
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    DecideByMeeting,
)
from banli_supervision.state import State


def decide_by_meeting(state: State, asked: Asked, command: DecideByMeeting) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")
