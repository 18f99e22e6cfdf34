"""What supervision decides about calendars: which days are worked."""

from collections.abc import Sequence
from dataclasses import dataclass

from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_events.supervision import CalendarPublished


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar's versions so far, the first at the front; all from supervision."""

    versions: tuple[CalendarPublished, ...] = ()


def decide(state: Calendar, asked: Asked) -> Sequence[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def evolve(state: Calendar, recorded: Recorded) -> Calendar:
    """Stub."""
    return state
