"""More time for a clock, and clocks that stand still."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from banli_engine.decider import LOCAL
from banli_engine.errors import NotPermitted, Rejection
from banli_events.assignment import Reassigned
from banli_events.deadlines import Basis, ClockKind, Pause, Span
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import (
    DeadlineExtended,
    DeadlineMissed,
    DeadlineResumed,
    DeadlineSuspended,
    ExtensionRefused,
    ExtensionRequested,
    GrantExtension,
    RefuseExtension,
    Reminded,
    RequestExtension,
    ResumeDeadline,
    RuleSetPublished,
    SetDeadline,
    SuspendDeadline,
)
from banli_supervision.overdue import (
    AlreadyExtended,
    AlreadyRequested,
    AlreadySuspended,
    ClockRanOut,
    ClockStopped,
    ConsentMissing,
    NotExtendable,
    NotRequested,
    OwnExtension,
    UnknownClock,
)
from banli_supervision.refusals import HandlingEnded, NotHandler
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, Case, publish, said
from banli_testing.ruled import (
    CALENDAR,
    COUNTED,
    DAYS,
    MONTHS,
    RULE_SET,
    WORKING_DAYS,
    rule,
)
from banli_testing.story import (
    ANNA,
    ANNA_AS_CHIEF,
    ASSIGNED,
    BODY,
    CARA,
    CASE,
    CLOCK,
    DORA,
    DRAFTED,
    DUE,
    EMIL,
    FINN,
    ISSUED,
    LEAD,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
)

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def started(*facts: Any, reference: Any = COUNTED) -> Case:
    """An assigned case with all the clocks that its rules start."""
    told = Case(SERVICE, CASE, reference).given(*(facts or (REGISTERED,)), ASSIGNED)
    return told.given(*told.when(SetDeadline(assigned_at=NOON)).events)


case = started()
REPLY_DUE = datetime(2025, 6, 10, 16, tzinfo=UTC)
ASK = RequestExtension(clock="reply", reason="Lamps are on order.")
GRANT = GrantExtension(clock="reply", reason="It takes that long.")
REFUSE = RefuseExtension(clock="reply", reason="It does not.")
REQUESTED = said(ExtensionRequested(clock="reply", reason="Lamps are on order."), by=ANNA)
SUSPEND = SuspendDeadline(clock="reply", reason="Roads are asked.")
SUSPENDED = DeadlineSuspended(clock="reply", reason="Roads are asked.")
RESUME = ResumeDeadline(clock="reply")


def granted(told: Case, at: datetime = NOON) -> DeadlineExtended:
    [event] = told.when(GRANT, by=EMIL, at=at).events
    assert isinstance(event, DeadlineExtended)
    return event


def resumed(told: Case, at: datetime, clock: str = "reply") -> DeadlineResumed:
    [event] = told.when(ResumeDeadline(clock=clock), by=CARA, at=at).events
    assert isinstance(event, DeadlineResumed)
    return event


def test_the_handler_asks_for_more_time_until_the_clock_has_run_out() -> None:
    """R021, R063"""
    case.when(ASK, by=ANNA).then(REQUESTED.event)
    case.when(ASK, by=ANNA, at=REPLY_DUE - MOMENT).then(REQUESTED.event)
    case.when(ASK, by=ANNA, at=REPLY_DUE).then_rejected(ClockRanOut, "data.clock")
    case.given(REQUESTED).when(ASK, by=ANNA, at=REPLY_DUE + DAY).then_nothing()
    other = ASK.model_copy(update={"reason": "Something else."})
    case.given(REQUESTED).when(other, by=ANNA).then_rejected(AlreadyRequested)
    case.when(ASK, by=FINN).then_rejected(NotHandler)
    case.when(ASK, by=CARA).then_rejected(NotPermitted)


def test_more_time_is_given_only_for_what_the_rules_have_it() -> None:
    """R021"""
    contact = ASK.model_copy(update={"clock": "first-contact"})
    case.when(contact, by=ANNA).then_rejected(NotExtendable, "data.clock")
    unknown = ASK.model_copy(update={"clock": "rework:9"})
    case.when(unknown, by=ANNA).then_rejected(UnknownClock)
    bare = Case(SERVICE, CASE, COUNTED).given(REGISTERED, ASSIGNED)
    bare.when(ASK, by=ANNA).then_too_early()
    old = Case(SERVICE, CASE, PUBLISHED).given(REGISTERED, ASSIGNED, CLOCK)
    old.when(ASK, by=ANNA).then_rejected(NotExtendable)


def test_what_is_done_or_ended_needs_no_more_time() -> None:
    """R063"""
    case.given(DRAFTED, ISSUED).when(ASK, by=ANNA).then_rejected(ClockStopped)
    ended = case.given(ItemWithdrawn(reason="Taken back.", withdrawn_on=date(2025, 4, 1)))
    ended.when(ASK, by=ANNA).then_rejected(HandlingEnded)


def test_consent_is_told_where_the_rules_ask_or_the_day_is_the_assigners() -> None:
    """R001, R021"""
    co = started(REGISTERED_AS_CO)
    ask = ASK.model_copy(update={"clock": "co-opinion"})
    co.when(ask, by=ANNA).then_rejected(ConsentMissing, "data.consent")
    agreed = ask.model_copy(update={"consent": "By telephone."})
    co.when(agreed, by=ANNA).then(
        ExtensionRequested(clock="co-opinion", reason=ask.reason, consent="By telephone.")
    )
    named = REGISTERED.outer.model_copy(update={"due_on": date(2025, 5, 1)})
    bound = started(REGISTERED.model_copy(update={"outer": named}))
    bound.when(ASK, by=ANNA).then_rejected(ConsentMissing)


def test_a_leader_allows_the_most_that_the_rules_have_from_the_same_start() -> None:
    """R021: and the unit is reminded of the new day."""
    more = granted(case.given(REQUESTED))
    assert more.basis == Basis(
        span=Span(amount=6, unit=MONTHS),
        counted_from=date(2025, 3, 10),
        last_day=date(2025, 9, 10),
        calendar=more.basis.calendar,
        source="city rules, 2025",
    )
    assert more.due == datetime(2025, 9, 10, 16, tzinfo=UTC)
    assert more.remind_at == datetime(2025, 8, 30, 16, tzinfo=UTC)
    told = case.given(REQUESTED, more)
    assert told.state.clocks["reply"].cause == told.history[-1].id
    told.when(GRANT, by=EMIL).then_nothing()
    told.when(ASK, by=ANNA).then_rejected(AlreadyExtended)
    told.when(REFUSE, by=EMIL).then_rejected(NotRequested)


def test_nobody_decides_on_more_time_for_themselves() -> None:
    """R061: neither who asked nor who handles the case now."""
    asked = case.given(REQUESTED)
    for command in (GRANT, REFUSE):
        asked.when(command, by=ANNA_AS_CHIEF).then_rejected(OwnExtension, "actor.person")
        asked.when(command, by=CARA).then_rejected(NotPermitted)
        case.when(command, by=EMIL).then_rejected(NotRequested)
    moved = Reassigned(
        lead=LEAD.model_copy(update={"handler": "finn"}), duty_basis="Traffic.", reason="Leave."
    )
    asked.given(moved).when(GRANT, by=ANNA_AS_CHIEF).then_rejected(OwnExtension)
    before = case.given(said(REQUESTED.event, by=FINN))
    before.when(GRANT, by=ANNA_AS_CHIEF).then_rejected(OwnExtension)
    asked.when(GRANT, by=DORA).then(granted(asked))


def test_a_leader_refuses_with_the_reason_and_it_can_be_asked_again() -> None:
    """R021"""
    refused = ExtensionRefused(clock="reply", reason="It does not.")
    case.given(REQUESTED).when(REFUSE, by=EMIL).then(refused)
    told = case.given(REQUESTED, refused)
    told.when(REFUSE, by=EMIL).then_nothing()
    told.when(GRANT, by=EMIL).then_rejected(NotRequested)
    told.when(ASK, by=ANNA).then(REQUESTED.event)


def test_what_was_asked_for_in_time_is_allowed_also_when_the_clock_ran_out_since() -> None:
    """R063: then nothing was missed."""
    late = case.given(REQUESTED, DeadlineMissed(clock="reply", due=REPLY_DUE))
    more = granted(late, at=REPLY_DUE + DAY)
    assert not late.given(more).state.clocks["reply"].missed


def test_the_office_lets_a_clock_stand_still_once_with_its_reason() -> None:
    """R063"""
    case.when(SUSPEND, by=CARA).then(SUSPENDED)
    case.when(SUSPEND, by=ANNA).then_rejected(NotPermitted)
    case.when(SUSPEND, by=CARA, at=REPLY_DUE).then_rejected(ClockRanOut)
    still = case.given(SUSPENDED)
    still.when(SUSPEND, by=CARA, at=REPLY_DUE).then_nothing()
    other = SUSPEND.model_copy(update={"reason": "Another."})
    still.when(other, by=CARA).then_rejected(AlreadySuspended)
    case.given(DRAFTED, ISSUED).when(SUSPEND, by=CARA).then_rejected(ClockStopped)


def test_a_clock_that_runs_on_gets_back_the_days_on_which_it_stood_still() -> None:
    """R063: with the pause in its ground, and a reminder of the new day."""
    still = case.given(Reminded(clock="reply", due=REPLY_DUE, unit="traffic", handler="anna"))
    still = still.given(said(SUSPENDED, at=NOON + DAY))
    on = resumed(still, NOON + 31 * DAY)
    pause = Pause(since=date(2025, 3, 11), until=date(2025, 4, 10), why="Roads are asked.")
    assert (on.pause, on.basis.pauses) == (pause, (pause,))
    assert on.basis.last_day == date(2025, 7, 10)
    running = still.given(on)
    assert running.state.clocks["reply"].due == datetime(2025, 7, 10, 16, tzinfo=UTC)
    assert not running.state.clocks["reply"].reminded
    running.when(RESUME, by=CARA).then_nothing()
    case.when(RESUME, by=CARA).then_nothing()
    case.when(RESUME, by=ANNA).then_rejected(NotPermitted)


def test_a_pause_within_a_day_changes_nothing_and_reminds_nobody_again() -> None:
    """R063"""
    told = case.given(Reminded(clock="reply", due=REPLY_DUE, unit="traffic", handler="anna"))
    on = resumed(told.given(SUSPENDED), NOON + timedelta(hours=3))
    assert on.due == REPLY_DUE
    assert told.given(SUSPENDED, on).state.clocks["reply"].reminded


def test_a_clock_of_working_days_gets_back_working_days() -> None:
    """R063: from Thursday, 3 April, over a holiday and a weekend, to Monday."""
    still = case.given(
        said(DeadlineSuspended(clock="first-contact", reason="r"), at=NOON + 24 * DAY)
    )
    on = resumed(still, NOON + 28 * DAY, "first-contact")
    assert on.basis.last_day == date(2025, 4, 9)  # from the 8th on by one: Monday


def test_a_clock_that_an_older_build_set_runs_on_too() -> None:
    """R063: its ground is not known, but its day."""
    old = Case(SERVICE, CASE, PUBLISHED).given(REGISTERED, ASSIGNED, CLOCK, SUSPENDED)
    assert resumed(old, NOON + 10 * DAY).due == DUE + 10 * DAY


def test_an_extension_while_it_stands_still_counts_the_pause_too() -> None:
    """R063"""
    still = case.given(said(SUSPENDED, at=NOON), REQUESTED)
    still.when(ASK, by=ANNA, at=REPLY_DUE + DAY).then_nothing()
    told = still.given(granted(still))
    assert resumed(told, NOON + 10 * DAY).basis.last_day == date(2025, 9, 22)  # 20th: a Saturday


def off(day: date) -> bool:
    week = day.strftime("%a") in ("Sat", "Sun")
    return (week and day not in CALENDAR.workdays) or day in CALENDAR.holidays


def slowly(start: date, span: Span, still: set[date], stopped: set[date]) -> date:
    """Walk on day by day: what is left of the span, then the days off, or on which it stopped."""
    left = span.amount
    if span.unit == MONTHS:
        there = date(start.year, start.month + span.amount, start.day)
        left = (there - start).days
    day = start
    while left:
        day += DAY
        left -= day not in still and not (span.unit == WORKING_DAYS and off(day))
    while off(day) or day in still or day in stopped:
        day += DAY
    return day


@given(
    st.sampled_from([(20, 40, DAYS), (20, 30, WORKING_DAYS), (1, 3, MONTHS)]),
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["suspend", "resume", "extend"])), max_size=12
    ),
)
def test_under_pauses_and_extensions_a_clock_is_due_when_a_slow_walk_has_it(
    spans: tuple[int, int, Any], moves: list[tuple[int, str]]
) -> None:
    """R021, R063: whatever the order, it never ends while it stands still or before it runs on."""
    short, long, unit = spans
    reply = rule(ClockKind.REPLY, short, unit, extended=Span(amount=long, unit=unit))
    rules = RULE_SET.model_copy(update={"clocks": (reply,)})
    pack = RuleSetPublished(version=1, rules=rules)
    told = started(reference=publish(*BODY, ("calendar/cn", CALENDAR), ("pack/city", pack)))
    start, now, span = date(2025, 3, 10), NOON, reply.span
    still: set[date] = set()
    stopped: set[date] = set()  # days on which it was stopped, to run on on another
    since: date | None = None
    for wait, move in moves:
        now += wait * DAY
        today = now.astimezone(LOCAL).date()
        if move == "suspend":
            answer = told.when(SUSPEND, by=CARA, at=now)
            since = today if answer.events else since
        elif move == "resume":
            answer = told.when(RESUME, by=CARA, at=now)
            if answer.events and since is not None:
                still |= {since + at * DAY for at in range(1, (today - since).days + 1)}
                stopped |= {since} if today > since else set()
                since = None
        else:
            asked = told.when(ASK, by=ANNA, at=now)
            told = told.given(*(said(event, by=ANNA, at=now) for event in asked.events))
            answer = told.when(GRANT, by=EMIL, at=now)
            span = reply.extended or span if answer.events else span
        told = told.given(*(said(event, at=now) for event in answer.events))
        clock = told.state.clocks["reply"]
        last = slowly(start, span, still, stopped)
        assert clock.due == datetime.combine(last + DAY, time(), LOCAL).astimezone(UTC)
        assert bool([*SERVICE.aggregates["case"].due(told.state)]) is (since is None)
        assert isinstance(answer.refusal, Rejection | None)
