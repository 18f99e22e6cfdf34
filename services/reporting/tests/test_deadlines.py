"""Every clock of a case: its state, what runs out next, and why it runs out then."""

from datetime import date, timedelta
from typing import Any

import pytest
from facts import APPROVED, ASSIGNED, IN_HAND, ISSUED, ISSUED_AGAIN, MISSED, TODAY, answered
from telling import Fact, day, line_of, shown, told

from banli_events.assignment import (
    ExternalResultReceived,
)
from banli_events.deadlines import Basis, CalendarRef, DayOff, Pause, Skipped, Span
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import (
    CoOpinionSubmitted,
    DeadlineExtended,
    DeadlineMissWithdrawn,
    DeadlineResumed,
    DeadlineSet,
    DeadlineSuspended,
    FeedbackClosed,
    PublicationDecided,
)
from banli_events.words import (
    Extent,
)
from banli_reporting.ledgers.deadlines import DEADLINES
from banli_reporting.ledgers.handling import HANDLING
from banli_testing import story
from banli_testing.grammar import said

BASIS = Basis(
    span=Span(amount=90),
    counted_from=date(2025, 3, 10),
    last_day=date(2025, 6, 9),
    rolled_from=date(2025, 6, 8),
    calendar=CalendarRef(calendar="cn", version=3),
    skipped=(Skipped(day=date(2025, 6, 8), why=DayOff.WEEKEND),),
    source="Shandong 2017",
)
LATER = story.DUE + timedelta(days=30)
EXTENDED = DeadlineExtended(clock="reply", due=LATER, basis=BASIS, clause="article 13", reason="x")


def clock(*facts: Fact, name: str = "reply") -> dict[str, Any]:
    found: dict[str, Any] = shown(DEADLINES, *facts)["clocks"][name]
    return found


def test_an_extension_moves_the_due_instant_and_with_it_what_is_in_time() -> None:
    line = line_of(HANDLING, told(*IN_HAND, EXTENDED))
    assert (line.due, line.extended, line.missed) == (LATER, True, False)
    assert clock(*IN_HAND, EXTENDED)["extended"] == "x"
    late = said(story.ISSUED.event, at=story.DUE + timedelta(days=1))
    assert line_of(HANDLING, told(*APPROVED, EXTENDED, late)).in_time


def test_a_clock_is_running_suspended_missed_met_or_ended() -> None:
    withdrawn = DeadlineMissWithdrawn(clock="reply", due=story.DUE, done_at=story.DUE)
    stopped = DeadlineSuspended(clock="reply", reason="x")
    resumed = DeadlineResumed(
        clock="reply",
        due=LATER,
        pause=Pause(since=TODAY, until=TODAY, why="x"),
        basis=BASIS,
    )
    assert clock(*IN_HAND)["state"] == "running"
    assert clock(*IN_HAND, stopped)["state"] == "suspended"
    assert clock(*IN_HAND, stopped, resumed)["state"] == "running"
    assert clock(*IN_HAND, MISSED)["state"] == "missed"
    assert clock(*IN_HAND, MISSED, withdrawn)["state"] == "met"
    assert clock(*ISSUED)["state"] == "met"
    gone = ItemWithdrawn(reason="x", withdrawn_on=TODAY)
    assert clock(*IN_HAND, gone)["state"] == "ended"


def started(name: str) -> DeadlineSet:
    event = story.CLOCK.model_copy(update={"clock": name, "due": day(60)})
    assert isinstance(event, DeadlineSet)
    return event


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("first-contact", story.CONTACTED),
        ("unit-opinion:patrol", CoOpinionSubmitted(unit="patrol", opinion="!")),
        ("rework:1", story.DRAFTED),
        ("rehandling:2", ISSUED_AGAIN),
        ("publication:1", PublicationDecided(extent=Extent.FULL)),
        ("feedback:1", FeedbackClosed(round=1)),
        ("referral:r1", ExternalResultReceived(referral="r1", result="x", received_on=TODAY)),
        ("redecision", answered(False)),
    ],
)
def test_what_a_clock_waits_for_stops_it(name: str, fact: Fact) -> None:
    assert clock(*ASSIGNED, started(name), name=name)["state"] == "running"
    assert clock(*ASSIGNED, started(name), fact, name=name)["state"] == "met"
    assert clock(*ASSIGNED, fact, started(name), name=name)["state"] == "running"


def test_a_window_is_open_and_then_closed_and_nobody_is_late() -> None:
    """R053"""
    facts = (*ASSIGNED, started("objection:traffic"))
    for at, state in ((day(10), "window"), (day(61), "closed")):
        found = shown(DEADLINES, *facts, at=at)
        assert found["clocks"]["objection:traffic"]["state"] == state
        assert found["next_clock"] == "reply"


def test_the_clock_that_runs_out_next_is_named() -> None:
    line = line_of(DEADLINES, told(*ASSIGNED, started("first-contact")))
    assert (line.next_clock, line.next_due) == ("first-contact", day(60))
    line = line_of(DEADLINES, told(*ASSIGNED, started("first-contact"), story.CONTACTED))
    assert line.next_clock == "reply"
    assert line_of(DEADLINES, told(*ISSUED)).next_clock is None


def test_every_deadline_explains_itself() -> None:
    plain = clock(*IN_HAND)["explained"]
    assert "90" in plain["zh"]
    assert "article 12" in plain["en"]
    assert "2025年6月8日" in plain["zh"]
    found = clock(*IN_HAND, EXTENDED)["explained"]
    assert "Shandong 2017" in found["en"]
    assert "顺延" in found["zh"]
