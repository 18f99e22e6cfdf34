"""The ladder: a call once the unit was reminded or is late, then a numbered notice."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from banli_engine.errors import NotPermitted, Rejection
from banli_events.assignment import Reassigned
from banli_events.base import Event
from banli_events.deadlines import Rung
from banli_events.supervision import (
    AnswerSupervisionNotice,
    CaseArchived,
    CoOpinionRequested,
    DeadlineMissed,
    DeadlineSet,
    DeadlineSuspended,
    IssueSupervisionNotice,
    PhoneUrged,
    ReceiveSupervisionNotice,
    Reminded,
    RuleSetPublished,
    SupervisionNoticeAnswered,
    SupervisionNoticeIssued,
    SupervisionNoticeReceived,
    UrgeByPhone,
)
from banli_supervision.overdue import (
    AlreadyReceived,
    AnsweredBeforeIssued,
    ClockStopped,
    ClockSuspended,
    NotCalled,
    NoticeAnswered,
    NotOwed,
    NotReceived,
    NotUrgent,
    NumberTaken,
    OtherUnit,
    RungTooSoon,
    UnknownClock,
    UnknownNotice,
)
from banli_supervision.refusals import AlreadyArchived
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, Case, publish, said
from banli_testing.ruled import CALENDAR, COUNTED, RULE_SET, RULED, rung
from banli_testing.story import (
    ANNA,
    ASSIGNED,
    BEN,
    BODY,
    CARA,
    CASE,
    CLOCK,
    DRAFTED,
    DUE,
    FINN,
    ISSUED,
    LEAD,
    PUBLISHED,
    REGISTERED,
)

# The reply is due by the end of Sunday, 8 June; on Monday it may be called, on Wednesday noticed.
MONDAY = DUE
WEDNESDAY = datetime(2025, 6, 10, 16, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)

CLOCKED = CLOCK.model_copy(update={"rules": RULED})
MISSED = DeadlineMissed(clock="reply", due=DUE)
REMINDED = Reminded(clock="reply", due=DUE, unit="traffic", handler="anna")
CALL = UrgeByPhone(
    clock="reply",
    answered_by="ben",
    called_on=date(2025, 6, 9),
    said="He promised it.",
    promised_on=date(2025, 6, 12),
)
CALLED = PhoneUrged(**dict(CALL))
NOTIFY = IssueSupervisionNotice(
    number="7",
    clock="reply",
    text="The reply is late.",
    reply_by=date(2025, 6, 20),
    issued_on=date(2025, 6, 11),
)
NOTIFIED = SupervisionNoticeIssued(unit="traffic", **dict(NOTIFY))
RECEIVE = ReceiveSupervisionNotice(number="7", received_on=date(2025, 6, 12))
RECEIVED = SupervisionNoticeReceived(**dict(RECEIVE))
ANSWER = AnswerSupervisionNotice(number="7", answer="It goes out tomorrow.")
ANSWERED = SupervisionNoticeAnswered(**dict(ANSWER))

running = Case(SERVICE, CASE, COUNTED).given(REGISTERED, ASSIGNED, CLOCKED)
late = running.given(MISSED)
called = late.given(CALLED)
notified = called.given(NOTIFIED)


def under(ladder: tuple[Any, ...], *facts: Event) -> Case:
    rules = RuleSetPublished(version=1, rules=RULE_SET.model_copy(update={"ladder": ladder}))
    reference = publish(*BODY, ("calendar/cn", CALENDAR), ("pack/city", rules))
    return Case(SERVICE, CASE, reference).given(REGISTERED, ASSIGNED, CLOCKED, *facts)


def test_a_late_unit_is_called_and_the_same_call_is_noted_once() -> None:
    """R010, R064"""
    late.when(CALL, by=CARA, at=MONDAY).then(CALLED)
    called.when(CALL, by=CARA, at=MONDAY).then_nothing()
    again = CALL.model_copy(update={"said": "And again."})
    called.when(again, by=CARA, at=MONDAY).then(PhoneUrged(**dict(again)))
    late.when(CALL, by=ANNA, at=MONDAY).then_rejected(NotPermitted)


def test_a_call_comes_after_a_reminder_or_a_miss_and_on_the_day_of_the_rules() -> None:
    """R025, R064"""
    running.when(CALL, by=CARA, at=MONDAY).then_rejected(NotUrgent, "data.clock")
    late.when(CALL, by=CARA, at=MONDAY - MOMENT).then_rejected(RungTooSoon)
    running.given(REMINDED).when(CALL, by=CARA, at=MONDAY).then(CALLED)
    early = under((rung(Rung.PHONE, 3, before=True),), REMINDED)
    early.when(CALL, by=CARA, at=DUE - timedelta(days=4)).then(CALLED)
    early.when(CALL, by=CARA, at=DUE - timedelta(days=4) - MOMENT).then_rejected(RungTooSoon)


def test_without_a_ladder_a_late_unit_can_be_urged_at_once() -> None:
    """R064, R065: also under a pack of the first kind."""
    old = Case(SERVICE, CASE, PUBLISHED).given(REGISTERED, ASSIGNED, CLOCK, MISSED)
    for told in (under((), MISSED), old):
        told.when(CALL, by=CARA, at=DUE).then(CALLED)
        told.given(CALLED).when(NOTIFY, by=CARA, at=DUE).then(NOTIFIED)


@pytest.mark.parametrize("command", [CALL, NOTIFY])
@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (called.given(DRAFTED, ISSUED), ClockStopped),
        (called.given(DeadlineSuspended(clock="reply", reason="Roads.")), ClockSuspended),
        (called.given(CaseArchived(rules=RULED)), AlreadyArchived),
    ],
)
def test_nobody_is_urged_for_what_is_done_or_stands_still(
    command: Any, told: Case, refusal: type[Rejection]
) -> None:
    """R064, R065"""
    other = command.model_copy(update={"clock": "reply", "number": "8", "said": "Again."})
    told.when(other, by=CARA, at=WEDNESDAY).then_rejected(refusal)


def test_a_unit_is_urged_only_for_what_it_owes() -> None:
    """R046, R064: not for what an outside body or those who signed have not sent."""
    for name in ("referral:r1", "feedback:1", "objection:traffic", "redecision"):
        clock: DeadlineSet = CLOCKED.model_copy(update={"clock": name})
        told = running.given(clock, DeadlineMissed(clock=name, due=DUE))
        call = CALL.model_copy(update={"clock": name})
        told.when(call, by=CARA, at=MONDAY).then_rejected(NotOwed)
    unknown = CALL.model_copy(update={"clock": "other"})
    late.when(unknown, by=CARA, at=MONDAY).then_rejected(UnknownClock)


def test_a_notice_follows_a_call_about_the_same_clock() -> None:
    """R065"""
    called.when(NOTIFY, by=CARA, at=WEDNESDAY).then(NOTIFIED)
    late.when(NOTIFY, by=CARA, at=WEDNESDAY).then_rejected(NotCalled)
    contact = CLOCKED.model_copy(update={"clock": "first-contact"})
    other = called.given(contact, DeadlineMissed(clock="first-contact", due=DUE))
    about = NOTIFY.model_copy(update={"clock": "first-contact"})
    other.when(about, by=CARA, at=WEDNESDAY).then_rejected(NotCalled)
    called.when(NOTIFY, by=CARA, at=WEDNESDAY - MOMENT).then_rejected(RungTooSoon)
    called.when(NOTIFY, by=BEN, at=WEDNESDAY).then_rejected(NotPermitted)


def test_a_notice_has_a_number_of_its_own_in_the_case() -> None:
    """R065"""
    notified.when(NOTIFY, by=CARA, at=WEDNESDAY).then_nothing()
    other = NOTIFY.model_copy(update={"text": "Once more."})
    notified.when(other, by=CARA, at=WEDNESDAY).then_rejected(NumberTaken, "data.number")
    second = other.model_copy(update={"number": "8"})
    notified.when(second, by=CARA, at=WEDNESDAY).then(
        SupervisionNoticeIssued(unit="traffic", **dict(second))
    )
    before = NOTIFY.model_copy(update={"reply_by": date(2025, 6, 10)})
    called.when(before, by=CARA, at=WEDNESDAY).then_rejected(AnsweredBeforeIssued)


def test_a_notice_about_a_units_opinion_goes_to_that_unit() -> None:
    """R036, R065"""
    clock = CLOCKED.model_copy(update={"clock": "unit-opinion:patrol"})
    told = running.given(
        CoOpinionRequested(unit="patrol", question="?"),
        clock,
        DeadlineMissed(clock=clock.clock, due=DUE),
        CALLED.model_copy(update={"clock": clock.clock}),
    )
    about = NOTIFY.model_copy(update={"clock": clock.clock})
    to_patrol = SupervisionNoticeIssued(unit="patrol", **dict(about))
    told.when(about, by=CARA, at=WEDNESDAY).then(to_patrol)
    told.given(to_patrol).when(RECEIVE, by=FINN).then(RECEIVED)
    told.given(to_patrol).when(RECEIVE, by=ANNA).then_rejected(OtherUnit, "actor.unit")
    gone = told.given(Reassigned(lead=LEAD, duty_basis="Traffic.", reason="Patrol is not needed."))
    gone.when(about, by=CARA, at=WEDNESDAY).then_rejected(ClockStopped, "data.clock")
    gone.given(to_patrol).when(RECEIVE, by=FINN).then(RECEIVED)


def test_the_unit_takes_the_notice_and_answers_it_once_each() -> None:
    """R065: a receipt before the answer; a late answer is an answer."""
    notified.when(RECEIVE, by=ANNA).then(RECEIVED)
    notified.when(ANSWER, by=BEN).then_rejected(NotReceived)
    taken = notified.given(RECEIVED)
    taken.when(RECEIVE, by=BEN).then_nothing()
    later = RECEIVE.model_copy(update={"received_on": date(2025, 6, 13)})
    taken.when(later, by=BEN).then_rejected(AlreadyReceived)
    taken.when(ANSWER, by=BEN, at=NOON + timedelta(days=365)).then(ANSWERED)
    taken.given(ANSWERED).when(ANSWER, by=ANNA).then_nothing()
    other = ANSWER.model_copy(update={"answer": "It went out."})
    taken.given(ANSWERED).when(other, by=BEN).then_rejected(NoticeAnswered)


@pytest.mark.parametrize("command", [RECEIVE, ANSWER])
def test_only_the_units_own_people_answer_for_it(command: Any) -> None:
    """R065"""
    notified.when(command, by=FINN).then_rejected(OtherUnit)
    notified.when(command, by=CARA).then_rejected(NotPermitted)
    called.when(command, by=ANNA).then_rejected(UnknownNotice, "data.number")
    closed = notified.given(said(CaseArchived(rules=RULED)))
    closed.when(command, by=ANNA).then_rejected(AlreadyArchived)
