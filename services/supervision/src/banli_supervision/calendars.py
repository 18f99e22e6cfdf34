"""What supervision decides about calendars: which days are worked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_events.supervision import CalendarPublished, PublishCalendar
from banli_supervision.overdue import UnfitHoliday, UnfitRange, UnfitWorkday
from banli_supervision.refusals import AlreadyPublished, VersionOutOfOrder


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar's versions so far, the first at the front; all from supervision."""

    versions: tuple[CalendarPublished, ...] = ()


def decide(state: Calendar, asked: Asked) -> Sequence[Event]:
    """Answer a command about a calendar with what becomes true."""
    match asked.command:
        case PublishCalendar() as command:
            return publish(state, command)
        case _:
            raise UnfitSubject("subject")


def publish(state: Calendar, command: PublishCalendar) -> list[Event]:
    """The versions of a calendar are published one after the other and never change (R021)."""
    published = CalendarPublished(**dict(command))
    if published in state.versions:
        return []
    if command.version <= len(state.versions):
        raise AlreadyPublished("data.version")
    if command.version > len(state.versions) + 1:
        raise VersionOutOfOrder("data.version")
    first, last = command.first, command.last
    if last < first:
        raise UnfitRange("data.last")
    if not all(first <= day <= last and day.weekday() < 5 for day in command.holidays):
        raise UnfitHoliday("data.holidays")
    if not all(first <= day <= last and day.weekday() >= 5 for day in command.workdays):
        raise UnfitWorkday("data.workdays")
    return [published]


def evolve(state: Calendar, recorded: Recorded) -> Calendar:
    """Fold one fact into what is known of a calendar."""
    match recorded.data:
        case CalendarPublished() as published:
            return replace(state, versions=(*state.versions, published))
        case _:
            return state
