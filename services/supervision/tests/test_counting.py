"""Counting days: by the calendar, by the month, with days off, rolls and pauses."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banli_events.deadlines import (
    Basis,
    CalendarRef,
    DayOff,
    Pause,
    Skipped,
    Span,
    TimeUnit,
)
from banli_supervision.counting import (
    Worked,
    away,
    begin_of,
    count,
    end_of,
    stand_still,
    worked_by,
)
from banli_testing.ruled import CALENDAR, DAYS, MONTHS, WORKING_DAYS

CN = worked_by("cn", CALENDAR)
DAY = timedelta(days=1)

dates = st.dates(date(2024, 12, 1), date(2026, 1, 31))
spans = st.builds(
    Span, amount=st.integers(1, 60), unit=st.sampled_from([DAYS, WORKING_DAYS])
) | st.builds(Span, amount=st.integers(1, 12), unit=st.just(MONTHS))
pauses = st.lists(
    st.tuples(dates, st.integers(0, 40)).map(
        lambda said: Pause(since=said[0], until=said[0] + said[1] * DAY, why="asked elsewhere")
    ),
    max_size=3,
).map(tuple)


def counted(start: date, amount: int, unit: TimeUnit, *, rolls: bool = False) -> Basis:
    return count(start, Span(amount=amount, unit=unit), CN, source="s", rolls=rolls)


def off(day: date) -> bool:
    """Say again, from the published days themselves, whether a day is off."""
    week = day.strftime("%a") in ("Sat", "Sun")
    return (week and day not in CALENDAR.workdays) or day in CALENDAR.holidays


def slowly(start: date, span: Span, pauses: tuple[Pause, ...], *, rolls: bool) -> date:
    """List all days that follow, strike what does not count, and take the last by its number."""
    still = {
        each.since + at * DAY
        for each in pauses
        for at in range(1, (each.until - each.since).days + 1)
    }
    days = [day for at in range(1, 2000) if (day := start + at * DAY) not in still]
    if span.unit == WORKING_DAYS:
        days = [day for day in days if not off(day)]
    number = span.amount
    if span.unit == MONTHS:
        year, month = start.year, start.month + span.amount
        while month > 12:
            year, month = year + 1, month - 12
        corresponding = start.day
        while True:
            try:
                number = (date(year, month, corresponding) - start).days
                break
            except ValueError:
                corresponding -= 1
    last = days[number - 1]
    stopped = still | {each.since for each in pauses if each.until > each.since}
    while last in stopped or ((rolls or span.unit == WORKING_DAYS) and off(last)):
        last += DAY
    return last


@given(dates, spans, pauses, st.booleans())
def test_a_span_ends_where_a_slow_list_of_days_has_it(
    start: date, span: Span, pauses: tuple[Pause, ...], rolls: bool
) -> None:
    """R021: whatever the unit, the days off, the pauses, with and without a roll."""
    basis = count(start, span, CN, source="s", rolls=rolls, pauses=pauses)
    assert basis.last_day == slowly(start, span, pauses, rolls=rolls)


@given(dates, spans, pauses, st.booleans())
def test_each_day_between_is_counted_skipped_or_stood_still(
    start: date, span: Span, pauses: tuple[Pause, ...], rolls: bool
) -> None:
    """R021: a deadline explains itself: of each day it can be said what it was."""
    basis = count(start, span, CN, source="s", rolls=rolls, pauses=pauses)
    end = basis.rolled_from or basis.last_day
    skipped = {one.day for one in basis.skipped}
    days = [start + at * DAY for at in range(1, (basis.last_day - start).days + 1)]
    still = {day for day in days if any(p.since < day <= p.until for p in pauses)}
    assert all(off(day) for day in skipped)
    assert len(skipped) == len(basis.skipped)
    if span.unit != MONTHS:
        assert len([d for d in days if d <= end and d not in still | (skipped - {end})]) == (
            span.amount
        )
    assert all(day in skipped | still for day in days if end <= day < basis.last_day)
    assert not (rolls and off(basis.last_day))


@given(dates, spans, st.booleans(), st.integers(0, 90), st.integers(0, 40))
def test_who_stands_still_gets_back_as_much_time_as_was_left(
    start: date, span: Span, rolls: bool, after: int, long: int
) -> None:
    """R063: the days left when it stopped are the days left when it runs on."""
    before = count(start, span, CN, source="s", rolls=rolls)
    since = min(start + after * DAY, before.last_day)
    pause = Pause(since=since, until=since + long * DAY, why="asked elsewhere")
    behind = stand_still(before, pause, CN, rolls=rolls)

    def left(day: date, last: date) -> int:
        days = [day + at * DAY for at in range(1, (last - day).days + 1)]
        return len([d for d in days if span.unit != WORKING_DAYS or not off(d)])

    counted = before.rolled_from or before.last_day
    unrolled = behind.rolled_from or behind.last_day
    if since < counted:
        assert left(since, counted) == left(pause.until, unrolled)
    elif since == before.last_day and long:
        assert behind.last_day > pause.until, "the last day is had again"
    assert behind.last_day >= before.last_day
    assert behind.pauses == (pause,)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "last"),
    [
        (date(2025, 3, 10), 90, DAYS, date(2025, 6, 8)),
        (date(2025, 3, 10), 3, MONTHS, date(2025, 6, 10)),
        (date(2025, 11, 30), 3, MONTHS, date(2026, 2, 28)),  # no 30 February: the month's last
        (date(2024, 1, 31), 1, MONTHS, date(2024, 2, 29)),
        (date(2025, 8, 31), 6, MONTHS, date(2026, 2, 28)),
        (date(2025, 4, 25), 1, WORKING_DAYS, date(2025, 4, 27)),  # a Sunday that is worked
        (date(2025, 4, 30), 1, WORKING_DAYS, date(2025, 5, 6)),  # over the holiday
        (date(2025, 9, 30), 3, WORKING_DAYS, date(2025, 10, 11)),  # and over one of a week
    ],
)
def test_the_start_is_not_counted_and_months_end_on_the_corresponding_day(
    start: date, amount: int, unit: TimeUnit, last: date
) -> None:
    """R021: Civil Code, art. 201 and 202."""
    assert counted(start, amount, unit).last_day == last


def test_a_last_day_off_moves_to_the_next_that_is_worked() -> None:
    """R021: Civil Code, art. 203; each day that was passed over is named with its reason."""
    kept = counted(date(2025, 4, 1), 1, MONTHS)
    assert (kept.last_day, kept.rolled_from, kept.skipped) == (date(2025, 5, 1), None, ())
    assert kept.calendar is None
    rolled = counted(date(2025, 4, 1), 1, MONTHS, rolls=True)
    assert (rolled.last_day, rolled.rolled_from) == (date(2025, 5, 6), date(2025, 5, 1))
    assert rolled.calendar == CalendarRef(calendar="cn", version=1)
    assert rolled.skipped == (
        Skipped(day=date(2025, 5, 1), why=DayOff.HOLIDAY),
        Skipped(day=date(2025, 5, 2), why=DayOff.HOLIDAY),
        Skipped(day=date(2025, 5, 3), why=DayOff.WEEKEND),
        Skipped(day=date(2025, 5, 4), why=DayOff.WEEKEND),
        Skipped(day=date(2025, 5, 5), why=DayOff.HOLIDAY),
    )


def test_what_reaches_beyond_the_calendar_is_provisional() -> None:
    """R021"""
    assert not counted(date(2025, 12, 1), 22, WORKING_DAYS).provisional
    assert counted(date(2025, 12, 1), 23, WORKING_DAYS).last_day == date(2026, 1, 1)
    assert counted(date(2025, 12, 1), 23, WORKING_DAYS).provisional
    assert counted(date(2024, 12, 30), 2, WORKING_DAYS).provisional  # it begins before
    assert not counted(date(2024, 12, 31), 2, WORKING_DAYS).provisional
    assert counted(date(2025, 11, 15), 2, MONTHS, rolls=True).provisional
    assert not counted(date(2025, 11, 15), 2, MONTHS).provisional  # no calendar was asked


def test_without_a_calendar_only_weekends_are_off() -> None:
    week = count(date(2025, 4, 30), Span(amount=3, unit=WORKING_DAYS), Worked(), source="s")
    assert week.last_day == date(2025, 5, 5)
    assert (week.calendar, week.provisional) == (None, False)


def test_a_clock_that_stands_still_on_its_last_free_days_ends_after_they_are_over() -> None:
    """R063: due on Tuesday, for the days before were off, it stood still from Saturday on."""
    before = counted(date(2025, 4, 1), 1, MONTHS, rolls=True)
    pause = Pause(since=date(2025, 5, 3), until=date(2025, 5, 8), why="asked elsewhere")
    assert stand_still(before, pause, CN, rolls=True).last_day == date(2025, 5, 9)


def test_a_day_that_somebody_named_moves_by_the_days_of_the_pause() -> None:
    """R063"""
    named = Basis(counted_from=date(2025, 3, 10), last_day=date(2025, 5, 1), source="named")
    pause = Pause(since=date(2025, 4, 1), until=date(2025, 4, 11), why="asked elsewhere")
    moved = stand_still(named, pause, CN, rolls=True)
    assert (moved.last_day, moved.pauses) == (date(2025, 5, 11), (pause,))
    assert stand_still(moved, pause, CN, rolls=True).last_day == date(2025, 5, 21)


@given(dates, spans)
def test_so_long_before_and_after_meet_again(day: date, span: Span) -> None:
    there = away(day, span, CN)
    assert there > day
    back = away(there, span, CN, back=True)
    if span.unit == WORKING_DAYS:
        assert off(day) or back == day
    else:
        assert abs((back - day).days) <= (3 if span.unit == MONTHS else 0)


def test_a_day_begins_and_ends_at_midnight_of_its_own_zone() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert begin_of(date(2025, 6, 8), zone) == datetime(2025, 6, 7, 16, tzinfo=UTC)
    assert end_of(date(2025, 6, 8), zone) == datetime(2025, 6, 8, 16, tzinfo=UTC)
    assert end_of(date.max, zone) == end_of(date.max - DAY, zone)


def test_a_clock_stopped_on_its_last_day_has_that_day_again_once_it_runs() -> None:
    """R021, R063."""
    before = count(date(2025, 3, 10), Span(amount=3, unit=TimeUnit.MONTH), Worked(), source="s")
    pause = Pause(since=before.last_day, until=date(2025, 6, 16), why="x")
    assert before.last_day == date(2025, 6, 10)
    assert stand_still(before, pause, Worked(), rolls=False).last_day == date(2025, 6, 17)
    same_day = pause.model_copy(update={"until": pause.since})
    assert stand_still(before, same_day, Worked(), rolls=False).last_day == before.last_day
