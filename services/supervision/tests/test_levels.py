"""The levels of the chain, and what comes before an approval; drafts that are void."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from banli_engine.reference import Holder
from banli_events.assignment import OutOfScopeExplained, Reassigned
from banli_events.deadlines import Step
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import (
    ApproveReply,
    DeadlineSet,
    IssueReply,
    MeasureTaken,
    PassReply,
    ReplyDrafted,
    ReplyReturned,
    ReturnReply,
    StepRule,
)
from banli_events.words import Actor, Aspect, Responsible, ReturnReason
from banli_supervision.refusals import (
    AspectMissing,
    DraftVoid,
    HandlingEnded,
    NotApprover,
    NotConsulted,
    NotPassed,
    NotRectified,
    NotTheirLevel,
    OneLevelEach,
    OpinionsChanged,
    SignerNotContacted,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, Case, said
from banli_testing.story import (
    ANNA,
    BEN,
    CARA,
    CASE,
    CO,
    DORA,
    EMIL,
    LEAD,
    LI,
    YEAR,
)
from banli_testing.whole import (
    CONSULTED,
    CONTACTED_WANG,
    PREPARED,
    WHOLE,
    WHOLE_APPROVED,
    WHOLE_DRAFTED,
    WHOLE_PASSED,
    WHOLE_REPLY,
    WHOLE_RULES,
    WHOLE_SET,
)

WHOLE_HASH = WHOLE_REPLY.digest()
WHOLE_PASS = PassReply(reply_hash=WHOLE_HASH, form="In order.", substance="Good.")
WHOLE_APPROVE = ApproveReply(reply_hash=WHOLE_HASH)
WHOLE_ISSUE = IssueReply(
    document_number="2025-41", issued_on=date(2025, 3, 10), sealed=True, opinion_form=True
)
WHOLE_RETURN = ReturnReply(
    reply_hash=WHOLE_HASH,
    reason=ReturnReason.LOW_QUALITY,
    remark="Too vague.",
    failed=(Aspect.FORM, Aspect.SUBSTANCE),
)
by_head, by_office, by_deputy = WHOLE_PASSED
whole = Case(SERVICE, CASE, WHOLE)
written = whole.given(*PREPARED, WHOLE_DRAFTED)
read = written.given(*WHOLE_PASSED)


def test_the_levels_of_the_chain_pass_a_draft_one_after_another() -> None:
    """R012, R026, R066."""
    written.when(WHOLE_PASS, by=BEN).then(by_head.event)
    first = written.given(by_head)
    first.when(WHOLE_PASS, by=CARA).then(by_office.event)
    second = first.given(by_office)
    second.when(WHOLE_PASS, by=DORA).then(by_deputy.event)


def test_no_level_is_skipped_and_none_comes_before_its_turn() -> None:
    """R012, R066."""
    for speaker in (CARA, DORA, EMIL):
        written.when(WHOLE_PASS, by=speaker).then_rejected(NotTheirLevel, "actor.post")
    first = written.given(by_head)
    first.when(WHOLE_PASS, by=DORA).then_rejected(NotTheirLevel)
    read.when(WHOLE_PASS, by=EMIL).then_rejected(NotTheirLevel)
    for passed_by in range(3):
        some = written.given(*WHOLE_PASSED[:passed_by])
        some.when(WHOLE_APPROVE, by=EMIL).then_rejected(NotPassed)
    read.when(WHOLE_APPROVE, by=EMIL).then(WHOLE_APPROVED.event)
    read.when(WHOLE_APPROVE, by=DORA).then_rejected(NotApprover)


def test_a_level_passes_once_and_nobody_takes_two() -> None:
    """R060, R061, R066."""
    first = written.given(by_head)
    first.when(WHOLE_PASS, by=BEN).then_nothing()
    standing_in = replace(
        WHOLE,
        posts={
            **WHOLE.posts,
            "office": replace(WHOLE.posts["office"], holders=(Holder("ben", "Ben", YEAR, None),)),
            "chief": replace(WHOLE.posts["chief"], holders=(Holder("ben", "Ben", YEAR, None),)),
        },
    )
    ben_in_office = Actor(person="ben", post="office", unit="supervision")
    ben_as_chief = Actor(person="ben", post="chief", unit="bureau")
    there = replace(first, reference=standing_in)
    there.when(WHOLE_PASS, by=ben_in_office).then_rejected(OneLevelEach, "actor.person")
    replace(read, reference=standing_in).when(WHOLE_APPROVE, by=ben_as_chief).then_rejected(
        OneLevelEach
    )


def test_a_return_says_what_fails_and_starts_the_clock_of_the_rework() -> None:
    """R054, R067, R068."""
    returned = ReplyReturned(**WHOLE_RETURN.model_dump())
    clock = DeadlineSet(
        clock="rework:1",
        due=datetime(2025, 3, 20, 16, tzinfo=UTC),
        counted_from=date(2025, 3, 10),
        days=10,
        rules=WHOLE_RULES,
        clause="article",
    )
    for speaker in (BEN, CARA, DORA, EMIL):
        first, second = written.when(WHOLE_RETURN, by=speaker).events
        assert first == returned
        assert isinstance(second, DeadlineSet)
        assert second.model_copy(update={"basis": None, "days": 10}) == clock
    unsaid = WHOLE_RETURN.model_copy(update={"failed": ()})
    written.when(unsaid, by=CARA).then_rejected(AspectMissing, "data.failed")


def test_a_return_of_which_only_the_first_fact_reached_the_log_yields_its_clock() -> None:
    """R068."""
    returned, clock = written.when(WHOLE_RETURN, by=CARA).events
    half = written.given(said(returned, by=CARA))
    half.when(WHOLE_RETURN, by=CARA, at=NOON + timedelta(days=3)).then(clock)
    half.given(clock).when(WHOLE_RETURN, by=CARA).then_nothing()


def test_each_return_is_counted_and_has_a_clock_of_its_own() -> None:
    """R068."""
    told = written.given(said(ReplyReturned(**WHOLE_RETURN.model_dump()), by=CARA))
    better = WHOLE_REPLY.model_copy(update={"text": "Better."})
    again = told.given(said(ReplyDrafted(reply=better, reply_hash=better.digest()), by=ANNA))
    second = WHOLE_RETURN.model_copy(update={"reply_hash": better.digest()})
    _, clock = again.when(second, by=CARA).events
    assert isinstance(clock, DeadlineSet)
    assert clock.clock == "rework:2"
    assert again.state.returns == 1


def without(*missing: Any) -> Case:
    facts: tuple[Any, ...] = (*PREPARED, WHOLE_DRAFTED, *WHOLE_PASSED)
    return whole.given(*(fact for fact in facts if fact not in missing))


def test_everyone_who_signed_is_contacted_before_the_approval() -> None:
    """R003, R031, R081."""
    without(CONTACTED_WANG).when(WHOLE_APPROVE, by=EMIL).then_rejected(SignerNotContacted)
    without().when(WHOLE_APPROVE, by=EMIL).then(WHOLE_APPROVED.event)


def test_those_who_signed_are_consulted_face_to_face_before_the_approval() -> None:
    """R011."""
    without(CONSULTED).when(WHOLE_APPROVE, by=EMIL).then_rejected(NotConsulted)


def test_the_order_of_the_rules_holds_for_the_approval_too() -> None:
    """R080."""
    step = StepRule(step=Step.APPROVE, after=(Step.RECTIFY,))
    rules = WHOLE_SET.model_copy(update={"steps": (step,)})
    ordered = replace(read, reference=replace(WHOLE, rule_sets={WHOLE_RULES: rules}))
    ordered.when(WHOLE_APPROVE, by=EMIL).then_rejected(NotRectified)
    taken = MeasureTaken(taken_on=date(2025, 3, 10), what="Lights.")
    ordered.given(taken).when(WHOLE_APPROVE, by=EMIL).then(WHOLE_APPROVED.event)


OTHER_HANDLER = LEAD.model_copy(update={"handler": "zoe"})
ELSEWHERE = Responsible(unit="fire", leader="dora", handler="iris")


@pytest.mark.parametrize("lead", [OTHER_HANDLER, ELSEWHERE])
def test_a_draft_whose_author_handles_the_case_no_more_is_void(lead: Responsible) -> None:
    """R009: reassigned and reviewed, approved or issued, in this order."""
    moved = Reassigned(lead=lead, co=(CO,), duty_basis="Other duty.", reason="Upheld.")
    away = read.given(moved)
    away.when(WHOLE_APPROVE, by=EMIL).then_rejected(DraftVoid)
    written.given(moved).when(WHOLE_PASS, by=CARA).then_rejected(DraftVoid)
    written.given(moved).when(WHOLE_RETURN, by=CARA).then_rejected(DraftVoid)
    approved_before = read.given(WHOLE_APPROVED, moved)
    approved_before.when(WHOLE_ISSUE, by=CARA).then_rejected(DraftVoid)
    heard_later = read.given(moved, WHOLE_APPROVED)
    heard_later.when(WHOLE_ISSUE, by=CARA).then_rejected(DraftVoid)


def test_a_change_that_leaves_the_handler_leaves_the_draft() -> None:
    """R009."""
    moved = Reassigned(lead=LEAD, co=(CO,), duty_basis="The same.", reason="New leader.")
    read.given(moved).when(WHOLE_APPROVE, by=EMIL).then(WHOLE_APPROVED.event)


@pytest.mark.parametrize("co", [(), (CO, ELSEWHERE), (ELSEWHERE,)])
def test_other_co_units_ask_for_another_draft(co: Any) -> None:
    """R037, R053: an objection that is upheld, and a draft, in either order."""
    moved = Reassigned(lead=LEAD, co=co, duty_basis="Other duty.", reason="Upheld.")
    read.given(moved).when(WHOLE_APPROVE, by=EMIL).then_rejected(OpinionsChanged)
    early = whole.given(*PREPARED, moved, WHOLE_DRAFTED, *WHOLE_PASSED)
    early.when(WHOLE_APPROVE, by=EMIL).then_rejected(OpinionsChanged)


@pytest.mark.parametrize(
    "end",
    [
        ItemWithdrawn(reason="r", withdrawn_on=date(2025, 3, 10)),
        OutOfScopeExplained(reason="r", explained_to=(LI,), explained_on=date(2025, 3, 10)),
    ],
)
@pytest.mark.parametrize(
    ("command", "speaker"), [(WHOLE_APPROVE, EMIL), (WHOLE_RETURN, CARA), (WHOLE_PASS, EMIL)]
)
def test_after_the_end_of_the_handling_nothing_is_reviewed(
    end: Any, command: Any, speaker: Actor
) -> None:
    """R078."""
    read.given(end).when(command, by=speaker).then_rejected(HandlingEnded)
