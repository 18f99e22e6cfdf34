"""Calendars: published in versions, and the one that is shipped, day by day.

The calendar is written from `chinesecalendar` (1.11: 2004 to 2026) and compared with `holidays`
(0.109: the make-up days of 2006 to 2026): two projects that read the yearly notices apart.
"""

import runpy
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from holidays import country_holidays

from banli_engine.errors import NotPermitted, Rejection, UnfitSubject
from banli_events.deadlines import DayOff
from banli_events.supervision import CalendarPublished, PublishCalendar
from banli_supervision.counting import Worked, worked_by
from banli_supervision.overdue import UnfitHoliday, UnfitRange, UnfitWorkday
from banli_supervision.refusals import AlreadyPublished, VersionOutOfOrder
from banli_supervision.service import SERVICE
from banli_testing.grammar import OPERATOR, Case
from banli_testing.ruled import CALENDAR
from banli_testing.story import CARA

PACKS = Path(__file__).parents[3] / "packs"
SHIPPED = PACKS / "calendar-cn.toml"

calendar = Case(SERVICE, "calendar/cn")
SECOND = CALENDAR.model_copy(update={"version": 2, "source": "another notice"})


def publishing(of: CalendarPublished = CALENDAR, **changed: Any) -> PublishCalendar:
    return PublishCalendar(**{**dict(of), **changed})


def shipped() -> Worked:
    [said] = tomllib.loads(SHIPPED.read_text())["calendars"]
    command = publishing(PublishCalendar.model_validate(said))  # type: ignore[arg-type]
    [event] = calendar.when(command, by=OPERATOR).events
    assert isinstance(event, CalendarPublished)
    return worked_by("cn", event)


def test_every_day_from_2007_to_2026_is_as_an_independent_source_has_it() -> None:
    """R021: worked or off, make-up days and all."""
    ours, theirs = shipped(), country_holidays("CN", years=range(2006, 2027))
    days = [date(2007, 1, 1) + timedelta(days=at) for at in range(20 * 365 + 5)]
    assert (days[0], days[-1]) == (ours.first, ours.last) == (date(2007, 1, 1), date(2026, 12, 31))
    wrong = [day for day in days if (ours.off(day) is None) != theirs.is_working_day(day)]
    assert wrong == []
    against_the_week = [day for day in days if (ours.off(day) is None) != (day.weekday() < 5)]
    assert len(against_the_week) > 450


def test_the_shipped_calendar_is_what_the_library_has() -> None:
    """R021: written by a script, not by hand."""
    assert runpy.run_path(str(PACKS / "make_calendar.py"))["written"]() == SHIPPED.read_text()


@pytest.mark.parametrize("year", range(2007, 2027))
def test_each_year_of_the_shipped_calendar_names_its_notice(year: int) -> None:
    """R021: the source of every day stands beside it."""
    assert SHIPPED.read_text().count(f"国务院办公厅关于{year}年部分节假日安排的通知") == 2


def test_some_days_as_everybody_remembers_them() -> None:
    """R021: a make-up Sunday, a bridge day, a holiday announced late, one that was made longer."""
    ours = shipped()
    assert ours.off(date(2025, 1, 26)) is None
    assert ours.off(date(2025, 2, 3)) is DayOff.HOLIDAY
    assert ours.off(date(2015, 9, 3)) is DayOff.HOLIDAY
    assert ours.off(date(2015, 9, 6)) is None
    assert ours.off(date(2020, 1, 31)) is DayOff.HOLIDAY
    assert ours.off(date(2020, 2, 1)) is DayOff.WEEKEND


def test_calendars_are_published_version_after_version_and_never_change() -> None:
    """R021"""
    calendar.when(publishing(), by=OPERATOR).then(CALENDAR)
    calendar.given(CALENDAR).when(publishing(), by=OPERATOR).then_nothing()
    calendar.given(CALENDAR).when(publishing(SECOND), by=OPERATOR).then(SECOND)
    calendar.when(publishing(SECOND), by=OPERATOR).then_rejected(VersionOutOfOrder, "data.version")
    both = calendar.given(CALENDAR, SECOND)
    both.when(publishing(), by=OPERATOR).then_nothing()
    both.when(publishing(name="Other"), by=OPERATOR).then_rejected(AlreadyPublished)


@pytest.mark.parametrize(
    ("changed", "refusal", "field"),
    [
        ({"last": date(2024, 12, 31)}, UnfitRange, "data.last"),
        ({"holidays": (date(2025, 4, 5),)}, UnfitHoliday, "data.holidays"),  # a Saturday
        ({"holidays": (date(2026, 1, 1),)}, UnfitHoliday, "data.holidays"),
        ({"workdays": (date(2025, 4, 28),)}, UnfitWorkday, "data.workdays"),  # a Monday
        ({"workdays": (date(2024, 12, 29),)}, UnfitWorkday, "data.workdays"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(
    changed: dict[str, Any], refusal: type[Rejection], field: str
) -> None:
    """R021"""
    calendar.when(publishing(**changed), by=OPERATOR).then_rejected(refusal, field)


def test_a_calendar_is_published_by_operators_on_a_calendar() -> None:
    """R021"""
    calendar.when(publishing(), by=CARA).then_rejected(NotPermitted)
    Case(SERVICE, "pack/cn").when(publishing(), by=OPERATOR).then_rejected(UnfitSubject)
