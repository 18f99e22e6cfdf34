"""The auditor's own date arithmetic: when a span is over, by calendar and rule.

The day of the start is not counted, nor one on which the clock stood still; a month ends on the
corresponding day or on its last; a last day off moves to the next working day; the last day counts
to its end (Civil Code, art. 201 to 203).
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from banli_events.deadlines import CalendarRef, DayOff, Pause, Skipped, Span, TimeUnit

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are off in the years that it covers; beyond them the week's rule holds."""

    ref: CalendarRef | None = None
    first: date = date.min
    last: date = date.max
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def off(self, day: date) -> DayOff | None:
        """Tell why a day is off; None where it is worked."""
        if day in self.holidays:
            return DayOff.HOLIDAY
        if day.weekday() >= 5 and day not in self.workdays:
            return DayOff.WEEKEND
        return None


@dataclass(frozen=True, slots=True)
class Count:
    """How a span was counted: to which day, from where that one was moved, past which days off."""

    last_day: date
    rolled_from: date | None
    skipped: tuple[Skipped, ...]


def count(
    span: Span, start: date, calendar: Calendar, *, rolls: bool, pauses: Iterable[Pause] = ()
) -> Count:
    """Count a span from a day to the last day that is in time."""
    stood = {pause.since + DAY * n for pause in pauses for n in range(1, length(pause) + 1)}
    working = span.unit == TimeUnit.WORKING_DAY
    left = (_months_on(start, span.amount) - start).days if _monthly(span) else span.amount
    day, skipped = start, list[Skipped]()
    while left:
        day += DAY
        why = calendar.off(day) if working else None
        if day not in stood and why is None:
            left -= 1
        elif day not in stood and why is not None:
            skipped.append(Skipped(day=day, why=why))
    counted, before = day, len(skipped)
    stopped = stood | {pause.since for pause in pauses if length(pause)}
    while day in stopped or ((rolls or working) and calendar.off(day)):
        if (rolls or working) and (why := calendar.off(day)):
            skipped.append(Skipped(day=day, why=why))
        day += DAY
    return Count(day, counted if len(skipped) > before else None, tuple(skipped))


def length(pause: Pause) -> int:
    """Count the days on which a clock stood still."""
    return (pause.until - pause.since).days


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Find the instant at which a day is over in a time zone."""
    return datetime.combine(min(day, date.max - DAY) + DAY, time(), zone).astimezone(UTC)


def zone_of(timezone: str) -> ZoneInfo | None:
    """Find a time zone by its name."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _monthly(span: Span) -> bool:
    return span.unit == TimeUnit.MONTH


def _months_on(start: date, amount: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + amount, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
