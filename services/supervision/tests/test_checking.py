"""Looking at clocks: what stops each, when it is missed, when the unit is reminded before."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from banli_engine.decider import Due
from banli_engine.errors import NotPermitted
from banli_events.assignment import (
    ExternalResultReceived,
    OuterObjectionAnswered,
    OutOfScopeExplained,
    Reassigned,
    ReferredOut,
)
from banli_events.base import Event
from banli_events.deadlines import ClockKind
from banli_events.intake import FeedbackReceived, ItemWithdrawn
from banli_events.supervision import (
    CheckDeadline,
    CoOpinionDelivered,
    CoOpinionRequested,
    CoOpinionSubmitted,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    DeadlineSet,
    DeadlineSuspended,
    FeedbackClosed,
    PublicationDecided,
    RehandlingOrdered,
    Reminded,
    ReplyReturned,
    WithdrawMiss,
)
from banli_events.words import Extent, Grade, ReturnReason
from banli_supervision.reactions import REACTIONS
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, Case, Said, said
from banli_testing.ruled import COUNTED, RULED
from banli_testing.story import (
    ASSIGNED,
    CARA,
    CASE,
    CLOCK,
    CONTACTED,
    DRAFTED,
    DUE,
    ISSUED,
    LEAD,
    LI,
    PUBLISHED,
    REGISTERED,
    REPLY,
    WANG,
)

MOMENT = timedelta(microseconds=1)
REMIND_AT = DUE - timedelta(days=10)
CLOCKED = CLOCK.model_copy(update={"rules": RULED, "remind_at": REMIND_AT})

case = Case(SERVICE, CASE, COUNTED).given(REGISTERED, ASSIGNED)
running = case.given(CLOCKED)
CHECK = CheckDeadline(clock="reply", due=DUE)
MISSED = DeadlineMissed(clock="reply", due=DUE)
REMIND = CheckDeadline(clock="remind:reply", due=REMIND_AT)
REMINDED = Reminded(clock="reply", due=DUE, unit="traffic", handler="anna")
RETURNED = ReplyReturned(
    reply_hash=REPLY.digest(), reason=ReturnReason.LOW_QUALITY, remark="Too short."
)
AGAIN = ASSIGNED.model_copy(update={"round": 2})


def due(told: Case) -> list[Due]:
    return list(SERVICE.aggregates["case"].due(told.state))


def clock(name: str, at: datetime = DUE) -> DeadlineSet:
    return CLOCKED.model_copy(update={"clock": name, "due": at, "remind_at": None})


def names(told: Case) -> list[str]:
    return [one.clock for one in due(told)]


def rated(*signers: str) -> tuple[Event, ...]:
    return tuple(
        FeedbackReceived(signer=one, grade=Grade.SATISFIED, received_on=date(2025, 4, 1))
        for one in signers
    )


STOPS: dict[str, tuple[tuple[Event | Said, ...], Event | Said]] = {
    ClockKind.REPLY: ((DRAFTED,), ISSUED),
    ClockKind.CO_OPINION: (
        (DRAFTED,),
        CoOpinionDelivered(
            reply_hash=REPLY.digest(), to="Transport", delivered_on=date(2025, 4, 1)
        ),
    ),
    "rehandling:2": (
        (AGAIN, DRAFTED),
        said(ISSUED.event.model_copy(update={"round": 2})),
    ),
    ClockKind.FIRST_CONTACT: ((), CONTACTED),
    "unit-opinion:patrol": (
        (CoOpinionRequested(unit="patrol", question="?"),),
        CoOpinionSubmitted(unit="patrol", opinion="Yes."),
    ),
    "rework:1": ((DRAFTED, RETURNED), DRAFTED),
    "publication:1": ((DRAFTED, ISSUED), PublicationDecided(extent=Extent.FULL)),
    "referral:r1": (
        (ReferredOut(referral="r1", to="Roads", what="Lamps", sent_on=date(2025, 3, 1)),),
        ExternalResultReceived(referral="r1", result="Done", received_on=date(2025, 4, 1)),
    ),
    ClockKind.REDECISION: (
        (),
        OuterObjectionAnswered(upheld=False, reason="Yours", answered_on=date(2025, 4, 1)),
    ),
}
BY_OTHERS = ("referral:r1", ClockKind.REDECISION)


def at(fact: Event | Said, moment: datetime) -> Said:
    one = fact if isinstance(fact, Said) else said(fact)
    return said(one.event, by=one.by, at=moment)


@pytest.mark.parametrize("name", STOPS)
@pytest.mark.parametrize(
    ("after", "missed"), [(-MOMENT, False), (timedelta(0), False), (MOMENT, True)]
)
def test_each_clock_is_stopped_by_what_it_waits_for_in_time_by_the_recorded_time(
    name: str, after: timedelta, missed: bool
) -> None:
    """R022, R063: whatever comes a moment too late, comes late."""
    before, stop = STOPS[name]
    waiting = case.given(*before, clock(name))
    assert name in names(waiting)
    check = CheckDeadline(clock=name, due=DUE)
    waiting.when(check, at=DUE).then(DeadlineMissed(clock=name, due=DUE))
    stopped = waiting.given(at(stop, DUE + after))
    answer = stopped.when(check, at=DUE + timedelta(days=9))
    answer.then(DeadlineMissed(clock=name, due=DUE)) if missed else answer.then_nothing()
    assert (name in names(stopped)) is missed


@pytest.mark.parametrize(
    ("after", "missed"), [(-MOMENT, False), (timedelta(0), False), (MOMENT, True)]
)
def test_what_is_made_public_of_a_reply_is_not_waited_for_once_another_is_ordered(
    after: timedelta, missed: bool
) -> None:
    """R063, R077: only of the last reply can it be decided, so none is late with an earlier one."""
    again = RehandlingOrdered(round=2, unsatisfied=(LI,), lead=LEAD, reason="Not content.")
    told = case.given(DRAFTED, ISSUED, clock("publication:1"), at(again, DUE + after))
    answer = told.when(CheckDeadline(clock="publication:1", due=DUE), at=DUE + timedelta(days=9))
    if missed:
        answer.then(DeadlineMissed(clock="publication:1", due=DUE))
    else:
        answer.then_nothing()
    assert ("publication:1" in names(told)) is missed


@pytest.mark.parametrize("name", [*STOPS, "feedback:1"])
@pytest.mark.parametrize(
    "end",
    [
        ItemWithdrawn(reason="They took it back.", withdrawn_on=date(2025, 4, 1)),
        OutOfScopeExplained(
            reason="Not ours.", explained_to=(LI, WANG), explained_on=date(2025, 4, 1)
        ),
        OuterObjectionAnswered(upheld=True, reason="Right.", answered_on=date(2025, 4, 1)),
    ],
)
def test_where_the_handling_ends_every_clock_stops(name: str, end: Event) -> None:
    """R063, R078"""
    before, _ = STOPS.get(name, ((DRAFTED, ISSUED), None))
    ended = case.given(*before, clock(name), end)
    assert due(ended) == []
    ended.when(CheckDeadline(clock=name, due=DUE), at=DUE).then_nothing()


@pytest.mark.parametrize("name", BY_OTHERS)
def test_a_miss_is_withdrawn_where_it_was_in_time_and_only_heard_of_late(name: str) -> None:
    """R063: what was recorded in time counts; what was not stays missed."""
    before, stop = STOPS[name]
    missed = case.given(*before, clock(name), DeadlineMissed(clock=name, due=DUE))
    missed.when(WithdrawMiss()).then_nothing()
    missed.given(at(stop, DUE + MOMENT)).when(WithdrawMiss()).then_nothing()
    heard = missed.given(at(stop, DUE))
    reaction = REACTIONS[type(at(stop, DUE).event)].react(heard.history[-1])
    assert reaction == (CASE, WithdrawMiss())
    withdrawn = DeadlineMissWithdrawn(clock=name, due=DUE, done_at=DUE)
    heard.when(WithdrawMiss()).then(withdrawn)
    heard.given(withdrawn).when(WithdrawMiss()).then_nothing()
    assert due(heard.given(withdrawn)) == []


def test_a_withdrawal_of_the_item_in_time_withdraws_every_miss() -> None:
    """R063: decided again after half of them, it yields the others."""
    gone = ItemWithdrawn(reason="They took it back.", withdrawn_on=date(2025, 4, 1))
    both = case.given(
        *(clock("reply"), clock("first-contact")),
        *(MISSED, DeadlineMissed(clock="first-contact", due=DUE), gone),
    )
    answer = both.when(WithdrawMiss())
    assert [event.clock for event in answer.events if isinstance(event, DeadlineMissWithdrawn)] == [
        *("reply", "first-contact")
    ]
    both.given(answer.events[0]).when(WithdrawMiss()).then(answer.events[1])


@pytest.mark.parametrize("name", ["objection:traffic", "outer-objection"])
def test_a_window_that_closes_makes_nobody_late(name: str) -> None:
    """R053"""
    window = case.given(clock(name))
    assert due(window) == []
    window.when(CheckDeadline(clock=name, due=DUE), at=DUE).then_nothing()


def test_before_it_is_due_and_after_it_is_missed_there_is_nothing_to_say() -> None:
    """R063: each clock is missed exactly once."""
    running.when(CHECK, at=DUE - MOMENT).then_nothing()
    running.when(CHECK, at=DUE).then(MISSED)
    running.given(MISSED).when(CHECK, at=DUE).then_nothing()
    assert due(running.given(MISSED)) == []
    case.when(CHECK, at=DUE).then_nothing()
    running.when(CheckDeadline(clock="other", due=DUE), at=DUE).then_nothing()
    running.when(CheckDeadline(clock="reply", due=NOON), at=DUE).then_nothing()


def test_somebody_must_look_at_the_reminder_and_at_the_end_each_by_the_event_that_set_it() -> None:
    """R022, R025"""
    cause = running.history[-1].id
    assert due(running) == [Due("reply", DUE, cause), Due("remind:reply", REMIND_AT, cause)]
    assert names(running.given(REMINDED)) == ["reply"]
    assert names(running.given(DRAFTED, ISSUED)) == []
    stopped_late = running.given(DRAFTED, at(ISSUED, DUE + MOMENT))
    assert names(stopped_late) == ["reply"]


def test_the_unit_is_reminded_once_before_and_never_after() -> None:
    """R025"""
    running.when(REMIND, at=REMIND_AT - MOMENT).then_nothing()
    running.when(REMIND, at=REMIND_AT).then(REMINDED)
    running.when(REMIND, at=DUE - MOMENT).then(REMINDED)
    running.when(REMIND, at=DUE).then_nothing()
    running.given(REMINDED).when(REMIND, at=REMIND_AT).then_nothing()
    running.given(DRAFTED, ISSUED).when(REMIND, at=REMIND_AT).then_nothing()
    other = CheckDeadline(clock="remind:reply", due=REMIND_AT + MOMENT)
    running.when(other, at=DUE - MOMENT).then_nothing()


def test_a_clock_that_stands_still_is_neither_missed_nor_reminded() -> None:
    """R063"""
    still = running.given(DeadlineSuspended(clock="reply", reason="Roads are asked."))
    assert due(still) == []
    still.when(CHECK, at=DUE).then_nothing()
    still.when(REMIND, at=REMIND_AT).then_nothing()


def test_a_draft_before_the_return_does_not_stop_the_rework() -> None:
    """R068"""
    returned = case.given(
        DRAFTED, RETURNED, clock("rework:1"), DRAFTED, RETURNED, clock("rework:2")
    )
    assert names(returned) == ["rework:2"]
    assert names(returned.given(at(DRAFTED, DUE + MOMENT))) == ["rework:2"]  # and not rework:1


def test_an_opinion_that_is_repeated_late_was_still_given_in_time() -> None:
    """R036"""
    before, stop = STOPS["unit-opinion:patrol"]
    told = case.given(*before, clock("unit-opinion:patrol"), stop)
    assert due(told.given(at(stop, DUE + MOMENT))) == []


def test_of_a_unit_that_no_longer_has_the_item_nothing_is_waited_for() -> None:
    """R009, R036"""
    before, _ = STOPS["unit-opinion:patrol"]
    told = case.given(*before, clock("unit-opinion:patrol"))
    alone = Reassigned(
        lead=LEAD, duty_basis="Traffic keeps crossings.", reason="Patrol is not needed."
    )
    assert names(told) == ["unit-opinion:patrol"]
    assert names(told.given(alone)) == []
    told.given(alone).when(
        CheckDeadline(clock="unit-opinion:patrol", due=DUE), at=DUE
    ).then_nothing()


def test_ratings_are_waited_for_until_all_are_in_or_their_time_is_over() -> None:
    """R077: a window that runs out is closed, not missed."""
    sent = case.given(CLOCKED, DRAFTED, ISSUED, clock("feedback:1"))
    check = CheckDeadline(clock="feedback:1", due=DUE)
    assert names(sent.given(*rated(LI))) == ["feedback:1"]
    assert names(sent.given(*rated(LI, WANG))) == []
    answer = sent.given(*rated(LI)).when(check, at=DUE)
    closed = answer.events[0]
    assert closed == FeedbackClosed(round=1, silent=(WANG,))
    assert names(sent.given(*rated(LI), closed)) == []
    sent.given(*rated(LI)).when(check, at=DUE - MOMENT).then_nothing()


@pytest.mark.parametrize("command", [CHECK, WithdrawMiss()])
def test_nobody_looks_at_clocks_by_hand(command: Any) -> None:
    running.when(command, by=CARA).then_rejected(NotPermitted)


def test_clocks_of_a_pack_of_the_first_kind_run_as_they_did() -> None:
    """R063"""
    old = Case(SERVICE, CASE, PUBLISHED).given(REGISTERED, ASSIGNED, CLOCK)
    assert due(old) == [Due("reply", DUE, old.history[-1].id)]
    old.when(CHECK, at=DUE).then(MISSED)
