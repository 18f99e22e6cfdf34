"""Counting days from a start to the last day in time, noting each day that was passed over."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from banli_events.deadlines import Basis, CalendarRef, DayOff, Pause, Skipped, Span, TimeUnit
from banli_events.supervision import CalendarPublished

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Worked:
    """Which days are worked: as a calendar says, and where it says nothing by the week alone."""

    ref: CalendarRef | None = None
    first: date = date.min
    last: date = date.max
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def off(self, day: date) -> DayOff | None:
        """Tell why a day is off; None where it is worked."""
        if day in self.holidays:
            return DayOff.HOLIDAY
        return DayOff.WEEKEND if day.weekday() >= 5 and day not in self.workdays else None

    def covers(self, first: date, last: date) -> bool:
        """Tell whether it says of each of these days whether it is worked."""
        return self.first <= first and last <= self.last


def worked_by(calendar: str, published: CalendarPublished) -> Worked:
    """Read which days a published calendar has worked."""
    return Worked(
        ref=CalendarRef(calendar=calendar, version=published.version),
        first=published.first,
        last=published.last,
        holidays=frozenset(published.holidays),
        workdays=frozenset(published.workdays),
    )


def count(
    start: date,
    span: Span,
    worked: Worked,
    *,
    source: str,
    rolls: bool = False,
    pauses: tuple[Pause, ...] = (),
) -> Basis:
    """Count a span; the start is not counted, nor is a day on which the clock stands still (R021).

    Months end on the corresponding day or the month's last (Civil Code, art. 201 and 202); a last
    day that is off moves to the next that is worked, where the rules have that (art. 203).
    """
    working = span.unit == TimeUnit.WORKING_DAY
    left = (months(start, span.amount) - start).days if span.unit == TimeUnit.MONTH else span.amount
    day, skipped = start, []
    while left:
        day += _DAY
        if pauses and _stands_still(day, pauses):
            continue
        if working and (why := worked.off(day)):
            skipped.append(Skipped(day=day, why=why))
        else:
            left -= 1
    last_day, rolled = _moved(day, worked, pauses, off=rolls or working)
    by_calendar = working or rolls
    return Basis(
        span=span,
        counted_from=start,
        last_day=last_day,
        rolled_from=day if rolled else None,
        calendar=worked.ref if by_calendar else None,
        skipped=(*skipped, *rolled),
        pauses=pauses,
        provisional=by_calendar and not worked.covers(start + _DAY if working else day, last_day),
        source=source,
    )


def _moved(
    day: date, worked: Worked, pauses: tuple[Pause, ...], *, off: bool
) -> tuple[date, list[Skipped]]:
    """Move a last day that is off, or on which the clock was stopped: it is had again after."""
    skipped = []
    while (why := worked.off(day) if off else None) or _was_stopped(day, pauses):
        if why:
            skipped.append(Skipped(day=day, why=why))
        day += _DAY
    return day, skipped


def stand_still(basis: Basis, pause: Pause, worked: Worked, *, rolls: bool) -> Basis:
    """Give a clock back the days on which it stood still."""
    pauses = (*basis.pauses, pause)
    if basis.span is None:
        last_day = basis.last_day + (pause.until - pause.since)
        return basis.model_copy(update={"last_day": last_day, "pauses": pauses})
    return count(
        basis.counted_from,
        basis.span,
        worked,
        source=basis.source,
        rolls=rolls,
        pauses=pauses,
    )


def away(day: date, span: Span, worked: Worked, *, back: bool = False) -> date:
    """Find the day that lies so long after another, or before it."""
    step = -_DAY if back else _DAY
    match span.unit:
        case TimeUnit.MONTH:
            return months(day, -span.amount if back else span.amount)
        case TimeUnit.WORKING_DAY:
            left = span.amount
            while left:
                day += step
                left -= worked.off(day) is None
            return day
        case _:
            return day + span.amount * step


def months(start: date, amount: int) -> date:
    """Find the corresponding day so many months on, or that month's last where it has none."""
    year, month = divmod(start.year * 12 + start.month - 1 + amount, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """Midnight at the beginning of a civil day."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Midnight at the end of a civil day; of the last days there are, the one before."""
    return begin_of(min(day, date.max - _DAY) + _DAY, zone)


def _stands_still(day: date, pauses: tuple[Pause, ...]) -> bool:
    return any(pause.since < day <= pause.until for pause in pauses)


def _was_stopped(day: date, pauses: tuple[Pause, ...]) -> bool:
    return any(pause.since <= day <= pause.until > pause.since for pause in pauses)
