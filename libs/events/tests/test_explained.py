"""A deadline in words: what its basis says, all of it, in both languages."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banli_events.deadlines import (
    Basis,
    CalendarRef,
    ClockKind,
    DayOff,
    Pause,
    Skipped,
    Span,
    TimeUnit,
)
from banli_events.explained import CLOCKS, in_chinese, in_english

START = date(2025, 3, 25)
CN = CalendarRef(calendar="cn", version=2)


def basis(**said: Any) -> Basis:
    return Basis(**{"counted_from": START, "last_day": date(2025, 4, 30), "source": "条例", **said})


def off(first: str, days: int, why: DayOff = DayOff.WEEKEND) -> tuple[Skipped, ...]:
    start = date.fromisoformat(first)
    return tuple(Skipped(day=start + timedelta(days=at), why=why) for at in range(days))


WHOLE = basis(
    span=Span(amount=20, unit=TimeUnit.WORKING_DAY),
    last_day=date(2025, 4, 28),
    calendar=CN,
    skipped=(
        *off("2025-03-29", 2),
        *off("2025-04-04", 1, DayOff.HOLIDAY),
        *off("2025-04-05", 2),
        *off("2025-04-26", 2),
    ),
    pauses=(
        Pause(since=date(2025, 4, 1), until=date(2025, 4, 3), why="等待函复"),
        Pause(since=date(2025, 4, 8), until=date(2025, 4, 8), why="不足一日"),
    ),
    rolled_from=date(2025, 4, 26),
    provisional=True,
)


def test_a_deadline_explains_itself_in_chinese() -> None:
    """R021: clause, start, span, calendar, each day passed over, each pause, the roll, the day."""
    assert in_chinese("first-contact", "二十个工作日内联系", WHOLE) == (
        "首次联系：依据条例（二十个工作日内联系），自2025年3月25日起算，当日不计，期限20个工作日；"
        "按日历cn第2版；"
        "不计2025年3月29日至30日（周末）、2025年4月4日（节假日）、2025年4月5日至6日（周末）；"
        "2025年4月2日至3日中止计时（等待函复）；"
        "期末2025年4月26日为休息日，顺延至下一工作日；"
        "2025年4月28日24时届满；"
        "日历未涵盖全部日期，届满日暂定。"
    )


def test_a_deadline_explains_itself_in_english() -> None:
    """R021"""
    assert in_english("first-contact", "article 10", WHOLE) == (
        "The first contact is due by the end of 2025-04-28: "
        "20 working days under 条例 (article 10); "
        "counted from 2025-03-25, a day that does not count; by version 2 of calendar cn; "
        "without 2025-03-29 to 2025-03-30 (weekend), 2025-04-04 (holiday), "
        "2025-04-05 to 2025-04-06 (weekend); standing still 2025-04-02 to 2025-04-03 (等待函复); "
        "2025-04-26 is off and gives way to the next working day; "
        "for now, as the calendar does not cover all of these days."
    )


def test_a_day_that_somebody_named_is_said_to_be_named() -> None:
    """R001"""
    named = basis(last_day=date(2025, 5, 1))
    assert in_english("reply", "the assigner's own due date", named) == (
        "The reply is due by the end of 2025-05-01: "
        "the day was named (the assigner's own due date), the start was 2025-03-25."
    )
    assert in_chinese("referral:r1", "约定日期", named) == (
        "外部单位办理结果（r1）：期限由指定日期确定（约定日期），自2025年3月25日起；2025年5月1日24时届满。"
    )


@pytest.mark.parametrize(
    ("amount", "unit", "zh", "en"),
    [
        (1, TimeUnit.MONTH, "期限1个月", "1 month under"),
        (3, TimeUnit.MONTH, "期限3个月", "3 months under"),
        (90, TimeUnit.DAY, "期限90日", "90 days under"),
        (1, TimeUnit.WORKING_DAY, "期限1个工作日", "1 working day under"),
        (2, "FORTNIGHT", "期限2FORTNIGHT", "2 FORTNIGHTs under"),  # of a later build
    ],
)
def test_spans_are_said_in_their_unit(amount: int, unit: Any, zh: str, en: str) -> None:
    said = basis(span=Span(amount=amount, unit=unit))
    assert zh in in_chinese("reply", "c", said)
    assert en in in_english("reply", "c", said)


def test_runs_go_over_the_end_of_months_and_years() -> None:
    new_year = basis(span=Span(amount=9), calendar=CN, skipped=off("2025-12-31", 2, DayOff.HOLIDAY))
    assert "不计2025年12月31日至2026年1月1日（节假日）" in in_chinese("reply", "c", new_year)
    assert "without 2025-12-31 to 2026-01-01 (holiday)" in in_english("reply", "c", new_year)


def test_every_clock_has_its_name_and_an_unknown_one_keeps_its_own() -> None:
    assert set(CLOCKS) == set(ClockKind)
    assert in_chinese("lunch:2", "c", basis()).startswith("lunch（2）：")
    assert in_english("rehandling:2", "c", basis()).startswith("The reply of the new round (2) is")


@given(st.lists(st.dates(date(2025, 3, 26), date(2025, 4, 30)), unique=True, max_size=20))
def test_the_ranges_say_the_same_days_that_were_skipped(days: list[date]) -> None:
    """R021: no day is lost in a range, and none is added."""
    skipped = tuple(Skipped(day=day, why=DayOff.WEEKEND) for day in sorted(days))
    said = in_english("reply", "c", basis(span=Span(amount=9), skipped=skipped))
    ranges = re.findall(r"(\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))? \(weekend\)", said)
    found: list[date] = []
    for first, last in ranges:
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last or first):
            found.append(day)
            day += timedelta(days=1)
    assert found == sorted(days)
