"""Clocks: how an assignment, a referral, an objection starts them, by the rules of the case."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banli_engine.decider import Asked
from banli_engine.errors import NotPermitted, TooEarly
from banli_engine.reference import Reference
from banli_events.assignment import (
    Assigned,
    EscalatedToGovernment,
    OuterObjectionRaised,
    Reassigned,
    ReferredOut,
)
from banli_events.deadlines import Basis, CalendarRef, ClockKind, Span
from banli_events.explained import in_english
from banli_events.intake import ItemRegistered
from banli_events.supervision import (
    DeadlineRule,
    DeadlineSet,
    RuleSetPublished,
    SetDeadline,
    SetOuterClock,
    SetReferralDeadline,
)
from banli_events.words import PackRef
from banli_supervision.clocks import start
from banli_supervision.reactions import REACTIONS
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, Case, publish, said
from banli_testing.ruled import CALENDAR, COUNTED, MONTHS, RULE_SET, RULED, rule
from banli_testing.story import (
    ASSIGNED,
    BODY,
    CARA,
    CASE,
    CLOCK,
    LEAD,
    PACK,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
)

case = Case(SERVICE, CASE, COUNTED)
assigned = case.given(REGISTERED, ASSIGNED)
by_pack = Case(SERVICE, CASE, PUBLISHED).given(REGISTERED, ASSIGNED)

SET = SetDeadline(assigned_at=NOON)
MOMENT = timedelta(microseconds=1)
SPAN = Basis(
    span=Span(amount=90),
    counted_from=date(2025, 3, 10),
    last_day=date(2025, 6, 8),
    source="article 12",
)


def outer(item: ItemRegistered, **changed: Any) -> ItemRegistered:
    return item.model_copy(update={"outer": item.outer.model_copy(update=changed)})


def set_by(told: Case, command: Any = SET, at: datetime = NOON) -> dict[str, DeadlineSet]:
    return {
        event.clock: event
        for event in told.when(command, at=at).events
        if isinstance(event, DeadlineSet)
    }


def last_days(clocks: dict[str, DeadlineSet]) -> dict[str, date]:
    return {name: said.basis.last_day for name, said in clocks.items() if said.basis}


def test_an_assignment_starts_the_clocks_that_the_rules_have() -> None:
    """R021, R053, R063: all at once, for each unit its window, each explained."""
    assert REACTIONS[Assigned].react(assigned.history[-1]) == (CASE, SET)
    clocks = set_by(assigned)
    assert last_days(clocks) == {
        "reply": date(2025, 6, 10),
        "first-contact": date(2025, 4, 8),  # 4 April is off
        "objection:traffic": date(2025, 3, 13),
        "objection:patrol": date(2025, 3, 13),
    }
    assert {each.rules for each in clocks.values()} == {RULED}
    reply = clocks["reply"]
    assert (reply.due, reply.days, reply.counted_from) == (
        datetime(2025, 6, 10, 16, tzinfo=UTC),
        None,
        date(2025, 3, 10),
    )
    assert reply.basis is not None
    assert reply.basis.calendar == CalendarRef(calendar="cn", version=1)
    assert reply.remind_at == datetime(2025, 5, 30, 16, tzinfo=UTC)  # the 31st begins
    assert clocks["first-contact"].remind_at is None
    assert "3 months under city rules, 2025" in in_english("reply", reply.clause, reply.basis)


def test_running_the_reaction_again_changes_nothing_and_half_of_it_is_completed() -> None:
    """R021"""
    events = assigned.when(SET).events
    assigned.given(*events).when(SET).then_nothing()
    assigned.given(*events[:2]).when(SET).then(*events[2:])


def test_a_pack_of_the_first_kind_has_the_one_clock_of_the_product() -> None:
    """R021: calendar days, no roll, now with its ground beside it."""
    by_pack.when(SET).then(CLOCK.model_copy(update={"basis": SPAN}))
    co = set_by(Case(SERVICE, CASE, PUBLISHED).given(REGISTERED_AS_CO, ASSIGNED))
    assert [(c.clock, c.days, c.clause, c.due) for c in co.values()] == [
        ("co-opinion", 30, "article 14", datetime(2025, 4, 9, 16, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("due_on", "bound"), [(date(2025, 6, 9), True), (date(2025, 6, 10), False), (date.max, False)]
)
def test_the_assigners_own_date_binds_where_it_is_earlier(due_on: date, bound: bool) -> None:
    """R001, R021"""
    reply = set_by(case.given(outer(REGISTERED, due_on=due_on), ASSIGNED))["reply"]
    named = "the assigner's own due date, earlier than article on reply"
    assert reply.clause == (named if bound else "article on reply")
    assert reply.basis is not None
    assert (reply.basis.span is None) is bound
    assert reply.basis.last_day == min(due_on, date(2025, 6, 10))
    co = outer(REGISTERED_AS_CO, due_on=date(2025, 4, 1))
    assert last_days(set_by(case.given(co, ASSIGNED)))["co-opinion"] == date(2025, 4, 1)


def test_clocks_wait_for_item_assignment_rules_and_calendar() -> None:
    """R021"""
    case.given(ASSIGNED).when(SET).then_too_early()
    case.given(REGISTERED).when(SET).then_too_early()
    Case(SERVICE, CASE, Reference()).given(REGISTERED, ASSIGNED).when(SET).then_too_early()
    uncounted = publish(*BODY, ("pack/city", RuleSetPublished(version=1, rules=RULE_SET)))
    Case(SERVICE, CASE, uncounted).given(REGISTERED, ASSIGNED).when(SET).then_too_early()
    before_any = datetime(2024, 12, 31, 4, tzinfo=UTC)
    case.given(REGISTERED, said(ASSIGNED, at=before_any)).when(SET).then_too_early()


def test_the_rules_in_force_on_the_civil_day_of_the_assignment_are_pinned() -> None:
    """R021: later versions change nothing in a case whose first clock is set."""
    newer = PACK.model_copy(
        update={
            "version": 2,
            "valid_from": date(2025, 3, 11),
            "reply": DeadlineRule(days=60, clause="article 9"),
        }
    )
    reference = publish(*BODY, ("pack/congress", PACK), ("pack/congress", newer))
    told = Case(SERVICE, CASE, reference)
    midnight = datetime(2025, 3, 10, 16, tzinfo=UTC)  # the 11th begins in Shanghai
    for at, version, day in (
        (midnight - MOMENT, 1, date(2025, 6, 8)),
        (midnight, 2, date(2025, 5, 10)),
    ):
        clocks = set_by(told.given(REGISTERED, said(ASSIGNED, at=at)))
        assert last_days(clocks) == {"reply": day}
        assert clocks["reply"].rules == PackRef(pack="congress", version=version)


def test_a_case_keeps_the_rules_that_its_first_clock_pinned() -> None:
    """R021: also where others are published that would have been in force."""
    other = RULE_SET.model_copy(update={"clocks": (rule(ClockKind.REHANDLING, 9, MONTHS),)})
    reference = publish(
        *BODY,
        ("calendar/cn", CALENDAR),
        ("pack/city", RuleSetPublished(version=1, rules=RULE_SET)),
        ("pack/city", RuleSetPublished(version=2, rules=other)),
    )
    told = Case(SERVICE, CASE, reference).given(REGISTERED, *assigned.when(SET).events, ASSIGNED)
    assert told.state.rules == RULED
    clocks = set_by(told.given(ASSIGNED.model_copy(update={"round": 2})))
    assert last_days(clocks) == {"rehandling:2": date(2025, 4, 10)}
    assert clocks["rehandling:2"].rules == RULED


def test_the_rules_of_the_body_that_numbered_the_item_come_before_those_for_all() -> None:
    """R021"""
    own = RULE_SET.model_copy(
        update={
            "bodies": ("congress",),
            "clocks": (rule(ClockKind.REPLY, 2, MONTHS, rolls=False),),
        }
    )
    other = own.model_copy(update={"bodies": ("elsewhere",)})
    reference = publish(
        *BODY,
        ("calendar/cn", CALENDAR),
        ("pack/all", RuleSetPublished(version=1, rules=RULE_SET)),
        ("pack/own", RuleSetPublished(version=1, rules=own)),
        ("pack/other", RuleSetPublished(version=1, rules=other)),
    )
    clocks = set_by(Case(SERVICE, CASE, reference).given(REGISTERED, ASSIGNED))
    assert last_days(clocks) == {"reply": date(2025, 5, 10)}
    assert clocks["reply"].rules == PackRef(pack="own", version=1)


def test_a_reassignment_gives_new_units_their_window_and_the_reply_no_new_time() -> None:
    """R009, R053: in whatever order and however late the reactions run."""
    later = NOON + timedelta(days=30)
    moved = Reassigned(
        lead=LEAD.model_copy(update={"unit": "fire", "handler": "iris"}),
        duty_basis="Fire.",
        reason="They are nearer.",
    )
    after = assigned.given(*assigned.when(SET).events, said(moved, at=later))
    assert last_days(set_by(after, SetDeadline(assigned_at=later), later)) == {
        "objection:fire": date(2025, 4, 14)
    }
    late = assigned.given(said(moved, at=later))
    first, then = set_by(late, SET), set_by(late, SetDeadline(assigned_at=later))
    assert first == then
    assert last_days(first)["reply"] == date(2025, 6, 10)
    assert last_days(first)["objection:traffic"] == date(2025, 3, 13)
    assert last_days(first)["objection:fire"] == date(2025, 4, 14)


def test_another_round_has_its_own_clock_from_its_own_day() -> None:
    """R021: by the pinned rules, not by the assigner's date for the first reply."""
    later = NOON + timedelta(days=100)
    told = case.given(outer(REGISTERED, due_on=date(2025, 5, 1)), ASSIGNED)
    told = told.given(*told.when(SET).events)
    again = said(ASSIGNED.model_copy(update={"round": 2}), at=later)
    clocks = set_by(told.given(again), SetDeadline(assigned_at=later), later)
    assert last_days(clocks) == {"rehandling:2": date(2025, 7, 18)}


@pytest.mark.parametrize(
    ("expected_by", "last_day", "clause"),
    [
        (None, date(2025, 4, 9), "article on referral"),
        (date(2025, 4, 20), date(2025, 4, 9), "article on referral"),
        (
            date(2025, 3, 20),
            date(2025, 3, 20),
            "the day by which the result is expected, earlier than article on referral",
        ),
    ],
)
def test_an_outside_body_has_until_the_earlier_of_rule_and_agreed_day(
    expected_by: date | None, last_day: date, clause: str
) -> None:
    """R046, R086"""
    for sent in (
        ReferredOut(referral="r1", to="Roads", what="Lamps", sent_on=date(2025, 3, 1)),
        EscalatedToGovernment(
            referral="r1",
            to="City government",
            document_number="7",
            what="Bring them together.",
            sent_on=date(2025, 3, 1),
        ),
    ):
        asked = assigned.given(sent.model_copy(update={"expected_by": expected_by}))
        reaction = REACTIONS[type(sent)].react(asked.history[-1])
        assert reaction is not None
        clock = set_by(asked, reaction[1])["referral:r1"]
        assert clock.basis is not None
        assert (clock.basis.last_day, clock.clause) == (last_day, clause)


def test_an_outside_body_can_be_asked_before_the_item_is_assigned() -> None:
    """R021, R046: by the rules of that day, which the case then keeps."""
    command = SetReferralDeadline(referral="r1", sent_at=NOON)
    early = case.given(REGISTERED)
    clocks = set_by(early, command)
    assert last_days(clocks) == {"referral:r1": date(2025, 4, 9)}
    assert early.given(*clocks.values()).state.rules == RULED
    late = case.given(REGISTERED, said(ASSIGNED, at=NOON + timedelta(days=3)))
    assert set_by(late, command) == clocks
    case.when(command).then_too_early()


def test_where_the_rules_say_nothing_of_referrals_the_agreed_day_binds() -> None:
    """R046"""
    command = SetReferralDeadline(referral="r1", sent_at=NOON)
    by_pack.when(command).then_nothing()
    agreed = command.model_copy(update={"expected_by": date(2025, 4, 1)})
    clock = set_by(by_pack, agreed)["referral:r1"]
    assert (clock.due, clock.clause) == (
        datetime(2025, 4, 1, 16, tzinfo=UTC),
        "the day by which the result is expected",
    )
    by_pack.given(clock).when(agreed).then_nothing()
    for day in (date.min, date.max):  # a slip of the pen is no fault
        assert set_by(by_pack, command.model_copy(update={"expected_by": day}))


@pytest.mark.parametrize(
    ("stated", "counted_from"),
    [
        ({"assigned_on": date(2025, 3, 1)}, date(2025, 3, 1)),
        ({}, date(2025, 3, 3)),  # the day it was received
        ({"assigned_on": date.max}, date(2025, 3, 10)),  # not later than it was registered
    ],
)
def test_the_outer_window_counts_from_the_day_the_assigner_states(
    stated: dict[str, Any], counted_from: date
) -> None:
    """R053"""
    told = case.given(outer(REGISTERED, **stated))
    reaction = REACTIONS[ItemRegistered].react(told.history[-1])
    assert reaction is not None
    clocks = set_by(told, reaction[1])
    assert last_days(clocks) == {"outer-objection": counted_from + timedelta(days=5)}
    assert told.given(*clocks.values()).state.rules == RULED  # which are pinned with it
    Case(SERVICE, CASE, PUBLISHED).given(REGISTERED).when(reaction[1]).then_nothing()


def test_the_assigner_has_some_days_to_answer_an_objection() -> None:
    """R053"""
    objected = case.given(
        REGISTERED, OuterObjectionRaised(reason="Not ours.", raised_on=date(2025, 3, 9))
    )
    reaction = REACTIONS[OuterObjectionRaised].react(objected.history[-1])
    assert reaction is not None
    assert last_days(set_by(objected, reaction[1])) == {"redecision": date(2025, 3, 24)}


def asked(reference: Reference) -> Asked:
    return Asked(SET, CASE, NOON, None, "reaction:test", reference)


def test_a_clock_is_started_once_by_whoever_needs_it() -> None:
    """R021: none where the rules of the case do not have it, none before there are rules."""
    told = assigned.given(*assigned.when(SET).events)
    [first] = start(told.state, asked(COUNTED), ClockKind.REWORK, NOON, about="1")
    assert last_days({first.clock: first}) == {"rework:1": date(2025, 3, 17)}
    assert start(told.given(first).state, asked(COUNTED), ClockKind.REWORK, NOON, about="1") == []
    assert start(by_pack.given(CLOCK).state, asked(PUBLISHED), ClockKind.REWORK, NOON) == []
    with pytest.raises(TooEarly):
        start(case.state, asked(COUNTED), ClockKind.REWORK, NOON)


@given(
    st.integers(24, 25_000).map(
        lambda hours: datetime(2025, 1, 1, 3, 7, tzinfo=UTC) + timedelta(hours=hours)
    ),
    st.integers(1, 400),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"]),
)
def test_due_is_the_end_of_a_civil_day_so_many_days_after(
    at: datetime, days: int, zone: str
) -> None:
    """R063"""
    pack = PACK.model_copy(update={"timezone": zone, "reply": DeadlineRule(days=days, clause="c")})
    told = Case(SERVICE, CASE, publish(("pack/congress", pack)))
    [event] = told.given(REGISTERED, said(ASSIGNED, at=at)).when(SET).events
    assert isinstance(event, DeadlineSet)
    local = ZoneInfo(zone)
    last_moment = (event.due - MOMENT).astimezone(local)
    assert event.due.astimezone(local).strftime("%H:%M:%S.%f") == "00:00:00.000000"
    assert (last_moment.date() - at.astimezone(local).date()).days == days


@pytest.mark.parametrize("command", [SET, SetOuterClock(clock="redecision", started_at=NOON)])
def test_nobody_winds_the_clocks_by_hand(command: Any) -> None:
    assigned.when(command, by=CARA).then_rejected(NotPermitted)
