"""Passing, returning and approving a draft."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from banli_engine.errors import NotPermitted
from banli_engine.reference import rules_of
from banli_events.supervision import (
    ApproveReply,
    CaseArchived,
    DraftReply,
    IssueReply,
    PassReply,
    ReplyApproved,
    ReplyDrafted,
    ReplyReturned,
    ReplyReviewed,
    ReturnReply,
)
from banli_events.words import Actor, PostRole, ReturnReason
from banli_supervision.refusals import (
    AlreadyApproved,
    AlreadyArchived,
    DraftReturned,
    NoDraft,
    NotApproved,
    NotApprover,
    NotLeadUnit,
    NotPassed,
    NotTheirLevel,
    OwnDraft,
    StaleDraft,
    UnchangedDraft,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import Case, record, said
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ANNA_AS_CHIEF,
    ANNA_AS_HEAD,
    APPROVED,
    ASSIGNED,
    BEN,
    CARA,
    CASE,
    CLOCK,
    CONTACTED,
    DORA,
    DRAFTED,
    EMIL,
    FINN,
    GRACE,
    HUGO,
    ISSUED,
    PACK,
    PASSED,
    PUBLISHED,
    REGISTERED,
    REPLY,
    RESEARCHED,
    RULES,
)

HASH = REPLY.digest()
case = Case(SERVICE, CASE, PUBLISHED)
ready = case.given(REGISTERED, ASSIGNED, CLOCK, ACCEPTED, CONTACTED, RESEARCHED)
drafted = ready.given(DRAFTED)
passed = drafted.given(PASSED)
approved = passed.given(APPROVED)
issued = approved.given(ISSUED)

PASS = PassReply(reply_hash=HASH, form="In order.", substance="To the point.")
RETURN = ReturnReply(reply_hash=HASH, reason=ReturnReason.LOW_QUALITY, remark="Too vague.")
RETURNED = said(
    ReplyReturned(reply_hash=HASH, reason=ReturnReason.LOW_QUALITY, remark="Too vague."), by=CARA
)
APPROVE = ApproveReply(reply_hash=HASH)
ISSUE = IssueReply(document_number="2025-41", issued_on=date(2025, 3, 10))

BETTER = REPLY.model_copy(update={"text": "Better."})
REDRAFTED = said(ReplyDrafted(reply=BETTER, reply_hash=BETTER.digest()), by=ANNA)
REDRAFT = DraftReply(
    text=BETTER.text, answers=REPLY.answers, outcome=REPLY.outcome, measures=REPLY.measures
)
SAME_DRAFT = REDRAFT.model_copy(update={"text": REPLY.text})


@pytest.mark.parametrize("speaker", [BEN, CARA])
def test_the_units_head_or_the_office_passes_or_returns_a_draft(speaker: Actor) -> None:
    """R060, R061, R067, R068."""
    role = {BEN: PostRole.UNIT_HEAD, CARA: PostRole.SUPERVISION_OFFICE}[speaker]
    drafted.when(PASS, by=speaker).then(PASSED.event.model_copy(update={"role": role}))
    drafted.when(RETURN, by=speaker).then(RETURNED.event)


@pytest.mark.parametrize("command", [PASS, RETURN])
def test_nobody_reviews_their_own_draft(command: Any) -> None:
    drafted.when(command, by=ANNA_AS_HEAD).then_rejected(OwnDraft, "actor.person")


@pytest.mark.parametrize("command", [PASS, RETURN])
def test_handlers_other_units_and_posts_outside_the_chain_review_nothing(command: Any) -> None:
    """R060, R061."""
    for speaker in (ANNA, FINN):
        drafted.when(command, by=speaker).then_rejected(NotPermitted)
    drafted.when(command, by=GRACE).then_rejected(NotLeadUnit)
    drafted.when(command, by=DORA).then_rejected(NotTheirLevel, "actor.post")


def test_who_approves_can_send_back_and_does_not_pass() -> None:
    """R066, R068."""
    drafted.when(PASS, by=EMIL).then_rejected(NotTheirLevel)
    drafted.when(RETURN, by=EMIL).then(RETURNED.event)


@pytest.mark.parametrize(("command", "speaker"), [(PASS, BEN), (RETURN, CARA), (APPROVE, EMIL)])
def test_what_is_said_of_a_draft_is_said_of_that_very_text(command: Any, speaker: Actor) -> None:
    drafted.given(REDRAFTED).when(command, by=speaker).then_rejected(StaleDraft, "data.reply_hash")
    ready.when(command, by=speaker).then_rejected(NoDraft)
    case.given(REGISTERED).when(command, by=speaker).then_too_early()


def test_a_reviewer_passes_a_draft_once_and_another_reviewer_too() -> None:
    passed.when(PASS, by=BEN).then_nothing()
    by_office = PASSED.event.model_copy(update={"role": PostRole.SUPERVISION_OFFICE})
    passed.when(PASS, by=CARA).then(by_office)


def test_a_returned_draft_is_redone_before_it_can_be_passed() -> None:
    returned = drafted.given(RETURNED)
    returned.when(PASS, by=BEN).then_rejected(DraftReturned)
    returned.when(APPROVE, by=EMIL).then_rejected(DraftReturned)
    returned.when(SAME_DRAFT, by=ANNA).then_rejected(UnchangedDraft)
    returned.when(REDRAFT, by=ANNA).then(REDRAFTED.event)
    redone = returned.given(REDRAFTED)
    again = PASS.model_copy(update={"reply_hash": BETTER.digest()})
    redone.when(again, by=BEN).then(ReplyReviewed(**again.model_dump(), role=PostRole.UNIT_HEAD))


def test_returning_again_changes_nothing_and_another_reason_is_refused() -> None:
    returned = drafted.given(RETURNED)
    returned.when(RETURN, by=CARA).then_nothing()
    other = RETURN.model_copy(update={"remark": "Too long."})
    returned.when(other, by=BEN).then_rejected(DraftReturned)


def test_a_passed_draft_can_still_be_returned_and_then_is_passed_no_more() -> None:
    passed.when(RETURN, by=CARA).then(RETURNED.event)
    passed.given(RETURNED).when(APPROVE, by=EMIL).then_rejected(DraftReturned)


def test_an_approved_draft_is_not_reviewed_any_more() -> None:
    approved.when(RETURN, by=CARA).then_rejected(AlreadyApproved)
    approved.when(PASS, by=CARA).then_rejected(AlreadyApproved)
    approved.when(PASS, by=BEN).then_nothing()


def test_the_post_that_the_pinned_pack_names_approves() -> None:
    passed.when(APPROVE, by=EMIL).then(APPROVED.event)
    passed.when(APPROVE, by=DORA).then_rejected(NotApprover, "actor.post")
    for speaker in (ANNA, BEN, CARA, HUGO):
        passed.when(APPROVE, by=speaker).then_rejected(NotPermitted)


def test_another_pack_names_another_approver() -> None:
    by_deputy = rules_of(PACK.model_copy(update={"approver": PostRole.DEPUTY_CHIEF}))
    there = replace(passed, reference=replace(PUBLISHED, rule_sets={RULES: by_deputy}))
    there.when(APPROVE, by=DORA).then(ReplyApproved(reply_hash=HASH, role=PostRole.DEPUTY_CHIEF))
    there.when(APPROVE, by=EMIL).then_rejected(NotApprover)


def test_nobody_approves_their_own_reply() -> None:
    passed.when(APPROVE, by=ANNA_AS_CHIEF).then_rejected(OwnDraft)


def test_nothing_is_approved_before_it_is_passed() -> None:
    drafted.when(APPROVE, by=EMIL).then_rejected(NotPassed)


def test_approving_twice_changes_nothing() -> None:
    approved.when(APPROVE, by=EMIL).then_nothing()


def test_an_approval_before_the_rules_are_pinned_is_too_early() -> None:
    unpinned = case.given(REGISTERED, ASSIGNED, ACCEPTED, CONTACTED, RESEARCHED, DRAFTED, PASSED)
    unpinned.when(APPROVE, by=EMIL).then_too_early()


def test_a_new_draft_voids_reviews_and_approval() -> None:
    redone = approved.given(REDRAFTED)
    redone.when(ISSUE, by=CARA).then_rejected(NotApproved)
    again = APPROVE.model_copy(update={"reply_hash": BETTER.digest()})
    redone.when(again, by=EMIL).then_rejected(NotPassed)
    redone.when(APPROVE, by=EMIL).then_rejected(StaleDraft)


@pytest.mark.parametrize(
    ("command", "speaker"),
    [(PASS, CARA), (RETURN, CARA)],
)
def test_after_the_case_is_closed_nothing_more_is_said(command: Any, speaker: Actor) -> None:
    closed = issued.given(CaseArchived(rules=RULES))
    closed.when(command, by=speaker).then_rejected(AlreadyArchived)


def test_a_fact_about_a_draft_that_never_was_leaves_the_state_alone() -> None:
    state = SERVICE.aggregates["case"].evolve(ready.state, record((), CASE, PASSED))
    assert state == ready.state
