"""Every day of a case is charged to one unit, one step or a pause, and to one only."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lives import BASIS, DAY, folded, lives
from slow import that_counts

from banli_engine.decider import LOCAL
from banli_events.assignment import AssignmentObjected, ObjectionUpheld, Reassigned
from banli_events.base import Event
from banli_events.deadlines import Pause
from banli_events.envelope import Recorded
from banli_events.intake import FeedbackReceived, ItemWithdrawn
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionRequested,
    CoOpinionSubmitted,
    DeadlineResumed,
    DeadlineSuspended,
    ReplyReturned,
)
from banli_events.words import Grade, ReturnReason
from banli_reporting.ledger import Reader
from banli_reporting.ledgers.attribution import ATTRIBUTION
from banli_testing import story
from banli_testing.grammar import NOON, Said, record, said

END = {"ItemWithdrawn", "OutOfScopeExplained", "CaseArchived"}


def told(*days: tuple[int, Event | Said]) -> list[Recorded]:
    """Let things happen so many days after the first."""
    events: list[Recorded] = []
    for day, fact in days:
        one = fact if isinstance(fact, Said) else said(fact)
        events.append(
            record(events, story.CASE, said(one.event, by=one.by, at=NOON + timedelta(days=day)))
        )
    return events


def charged(events: list[Recorded], at: datetime) -> dict[str, Any]:
    line = folded(ATTRIBUTION, events)
    return ATTRIBUTION.tell(line, {"subject": story.CASE, "marks": []}, Reader(at, {}, {}))


def days(events: list[Recorded], until: int) -> dict[str, int]:
    said_ = charged(events, NOON + timedelta(days=until))
    assert said_["holds"]
    return {each["holder"]: each["days"] for each in said_["charges"] if each["days"]}


STRAIGHT: tuple[tuple[int, Event | Said], ...] = (
    (0, story.REGISTERED),
    (2, story.ASSIGNED),
    (3, story.ACCEPTED),
    (10, story.DRAFTED),
    (12, story.PASSED),
    (15, story.APPROVED),
    (16, story.ISSUED),
)


def test_the_days_of_a_straight_case_are_charged_step_by_step() -> None:
    assert days(told(*STRAIGHT), 20) == {
        "step:office": 2 + 1,
        "unit:traffic": 8,
        "step:review:UNIT_HEAD": 2,
        "step:review:CHIEF": 3,
        "step:signers": 4,
    }


def test_the_days_end_with_the_case() -> None:
    content = [
        FeedbackReceived(signer=who, grade=Grade.SATISFIED, received_on=NOON.date())
        for who in (story.LI, story.WANG)
    ]
    archived = CaseArchived(rules=story.RULES)
    events = told(*STRAIGHT, (20, content[0]), (21, content[1]),
                  (24, CaseSummaryFiled(summary="x")), (26, archived))  # fmt: skip
    found = days(events, 99)
    assert sum(found.values()) == 26
    assert (found["step:signers"], found["unit:traffic"], found["step:office"]) == (5, 11, 5)


def test_a_pause_is_charged_to_nobody() -> None:
    events = told(*STRAIGHT[:3], (5, DeadlineSuspended(clock="reply", reason="waiting")))
    assert days(events, 9) == {"step:office": 2, "unit:traffic": 3, "pause": 4}


def test_a_pause_ends_when_the_clock_runs_on() -> None:
    on = DeadlineResumed(clock="reply", due=NOON, basis=BASIS,
                         pause=Pause(since=DAY, until=DAY, why="x"))  # fmt: skip
    events = told(*STRAIGHT[:3], (5, DeadlineSuspended(clock="reply", reason="x")), (8, on))
    assert days(events, 9) == {"step:office": 2, "unit:traffic": 4, "pause": 3}


def test_an_objection_is_the_offices_until_the_item_is_handed_on() -> None:
    """R053"""
    fire = story.LEAD.model_copy(update={"unit": "fire"})
    events = told(
        *STRAIGHT[:2],
        (4, AssignmentObjected(unit="traffic", reason="x")),
        (6, ObjectionUpheld(unit="traffic", reason="x")),
        (9, Reassigned(lead=fire, duty_basis="x", reason="x")),
    )
    assert days(events, 10) == {"step:office": 2 + 5, "unit:traffic": 2, "unit:fire": 1}


def test_while_a_co_unit_is_asked_the_days_are_its_own() -> None:
    events = told(
        *STRAIGHT[:3],
        (5, CoOpinionRequested(unit="patrol", question="?")),
        (9, CoOpinionSubmitted(unit="patrol", opinion="!")),
    )
    assert days(events, 10) == {"step:office": 2, "unit:traffic": 3 + 1, "unit:patrol": 4}


def test_rework_is_the_units_again() -> None:
    """R068"""
    back = ReplyReturned(reply_hash="0" * 64, reason=ReturnReason.LOW_QUALITY, remark="x")
    events = told(*STRAIGHT[:4], (11, said(back, by=story.BEN)))
    assert days(events, 14) == {
        "step:office": 2,
        "unit:traffic": 8 + 3,
        "step:review:traffic-head": 1,
    }


def test_a_withdrawn_item_is_charged_to_nobody_any_more() -> None:
    taken_back = ItemWithdrawn(reason="x", withdrawn_on=NOON.date())
    assert sum(days(told(*STRAIGHT[:2], (5, taken_back)), 99).values()) == 5


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives(), st.integers(0, 900))
def test_the_charges_sum_to_the_days_of_the_case_at_any_moment(
    life: list[Recorded], after: int
) -> None:
    at = NOON + timedelta(days=after)
    found = charged(life, at)
    assert found["holds"]
    assert found["gap"] == 0
    assert found["charged"] == found["days"] == _slowly(life, at)


def _slowly(life: list[Recorded], at: datetime) -> int:
    """Count midnights one by one, from the last registration to the first end after it."""
    counting = that_counts(life)
    begin, end = counting[0].time, at
    for event in counting:
        upheld = event.type == "OuterObjectionAnswered" and event.data.upheld  # type: ignore[union-attr]
        if event.type in END or upheld:
            end = min(end, event.time)
            break
    count, midnight = 0, datetime.combine(begin.astimezone(LOCAL).date(), time(), LOCAL)
    while (midnight := midnight + timedelta(days=1)).astimezone(UTC) <= end:
        count += 1
    return count
