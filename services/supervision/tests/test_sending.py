"""Sending out what was approved, and deciding what of it is made public."""

from datetime import date, timedelta
from typing import Any

import pytest

from banli_engine.errors import NotPermitted
from banli_events.assignment import OuterObjectionAnswered, Reassigned
from banli_events.intake import ItemCorrected, ItemWithdrawn
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DeadlineMissed,
    DeadlineSet,
    DecidePublication,
    DeliverCoOpinion,
    IssueReply,
    PublicationDecided,
    RehandlingOrdered,
    ReplyApproved,
    ReplyDrafted,
    ReplyReviewed,
)
from banli_events.words import Extent, PostRole, Responsible
from banli_supervision.refusals import (
    AlreadyArchived,
    AlreadyDecided,
    AlreadySent,
    DraftVoid,
    HandlingEnded,
    NoDraft,
    NotApproved,
    NotSealed,
    NotSent,
    OpinionFormMissing,
    PublicationReasonMissing,
    SummaryMissing,
    WrongProduct,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, Case, said
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    APPROVED,
    ASSIGNED,
    BEN,
    CARA,
    CASE,
    CLOCK,
    CO_OPINION,
    CONTACTED,
    DRAFTED,
    DUE,
    EMIL,
    HUGO,
    ISSUED,
    LEAD,
    LI,
    PASSED,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
    RESEARCHED,
    RULES,
)
from banli_testing.whole import (
    MADE_PUBLIC,
    PREPARED,
    RATED,
    RELEASED,
    REPORTED,
    VERIFIED,
    WHOLE,
    WHOLE_ISSUED,
    WHOLE_RULES,
)

FILED = CaseSummaryFiled(summary="Lights stand, patrols go.")
case = Case(SERVICE, CASE, PUBLISHED)
ready = case.given(REGISTERED, ASSIGNED, CLOCK, ACCEPTED, CONTACTED, RESEARCHED)
drafted = ready.given(DRAFTED)
passed = drafted.given(PASSED)
approved = passed.given(APPROVED)
issued = approved.given(ISSUED)

DAY = date(2025, 3, 10)
ISSUE = IssueReply(document_number="2025-41", issued_on=DAY)
DELIVER = DeliverCoOpinion(delivered_on=DAY)

CO_HASH = CO_OPINION.digest()
co_approved = case.given(
    REGISTERED_AS_CO, ASSIGNED, CLOCK, ACCEPTED, CONTACTED, RESEARCHED,
    said(ReplyDrafted(reply=CO_OPINION, reply_hash=CO_HASH), by=ANNA),
    said(ReplyReviewed(reply_hash=CO_HASH, form="f", substance="s"), by=BEN),
    said(ReplyApproved(reply_hash=CO_HASH, role=PostRole.CHIEF), by=EMIL),
)  # fmt: skip
DELIVERED = CoOpinionDelivered(
    reply_hash=CO_HASH, to="Transport bureau", delivered_on=date(2025, 3, 10)
)


def test_an_approved_reply_is_issued_to_everyone_who_signed() -> None:
    approved.when(ISSUE, by=CARA).then(ISSUED.event)


def test_what_is_not_approved_is_not_issued() -> None:
    ready.when(ISSUE, by=CARA).then_rejected(NoDraft)
    drafted.when(ISSUE, by=CARA).then_rejected(NotApproved)
    passed.when(ISSUE, by=CARA).then_rejected(NotApproved)
    case.given(REGISTERED).when(ISSUE, by=CARA).then_too_early()


def test_only_the_office_sends_out() -> None:
    for speaker in (ANNA, BEN, EMIL, HUGO):
        approved.when(ISSUE, by=speaker).then_rejected(NotPermitted)
        co_approved.when(DELIVER, by=speaker).then_rejected(NotPermitted)


def test_a_reply_goes_out_once() -> None:
    issued.when(ISSUE, by=CARA).then_nothing()
    other = ISSUE.model_copy(update={"document_number": "2025-42"})
    issued.when(other, by=CARA).then_rejected(AlreadySent)


def test_a_missed_deadline_does_not_stop_the_issue() -> None:
    late = approved.given(said(DeadlineMissed(clock="reply", due=DUE), at=DUE))
    late.when(ISSUE, by=CARA, at=DUE + timedelta(days=3)).then(ISSUED.event)


def test_a_co_opinion_is_delivered_to_the_body_that_leads() -> None:
    co_approved.when(DELIVER, by=CARA).then(DELIVERED)
    co_approved.given(DELIVERED).when(DELIVER, by=CARA).then_nothing()
    later = DELIVER.model_copy(update={"delivered_on": date(2025, 4, 1)})
    co_approved.given(DELIVERED).when(later, by=CARA).then_rejected(AlreadySent)


def test_a_co_opinion_that_is_not_approved_or_void_is_not_delivered() -> None:
    """R009, R012."""
    drafted = said(ReplyDrafted(reply=CO_OPINION, reply_hash=CO_HASH), by=ANNA)
    told = case.given(REGISTERED_AS_CO, ASSIGNED, CLOCK, ACCEPTED, CONTACTED, RESEARCHED, drafted)
    told.when(DELIVER, by=CARA).then_rejected(NotApproved)
    iris = Responsible(unit="fire", leader="dora", handler="iris")
    moved = Reassigned(lead=iris, duty_basis="Other duty.", reason="Upheld.")
    co_approved.given(moved).when(DELIVER, by=CARA).then_rejected(DraftVoid)


def test_a_co_opinion_goes_to_the_lead_as_corrected() -> None:
    right = ItemCorrected(
        field="outer.lead", before="Transport bureau", after="Roads bureau", reason="Typing error."
    )
    co_approved.given(right).when(DELIVER, by=CARA).then(
        DELIVERED.model_copy(update={"to": "Roads bureau"})
    )


def test_each_product_has_its_own_way_out() -> None:
    approved.when(DELIVER, by=CARA).then_rejected(WrongProduct)
    co_approved.when(ISSUE, by=CARA).then_rejected(WrongProduct)


def test_after_the_case_is_closed_nothing_goes_out() -> None:
    closed = issued.given(CaseArchived(rules=RULES))
    other = ISSUE.model_copy(update={"document_number": "x"})
    closed.when(other, by=CARA).then_rejected(AlreadyArchived)


whole = Case(SERVICE, CASE, WHOLE)
released = whole.given(*PREPARED, *RELEASED)
out = released.given(WHOLE_ISSUED)
WHOLE_ISSUE = ISSUE.model_copy(update={"sealed": True, "opinion_form": True})
WITHDRAWN = ItemWithdrawn(reason="Settled.", withdrawn_on=DAY)


def test_a_reply_goes_out_sealed_with_the_form_to_rate_it() -> None:
    """R027."""
    for unsaid in (None, False):
        unsealed = WHOLE_ISSUE.model_copy(update={"sealed": unsaid})
        released.when(unsealed, by=CARA).then_rejected(NotSealed)
        formless = WHOLE_ISSUE.model_copy(update={"opinion_form": unsaid})
        released.when(formless, by=CARA).then_rejected(OpinionFormMissing)


def test_with_the_issue_the_clocks_of_feedback_and_publication_start() -> None:
    """R004, R027, R038."""
    issued, *clocks = released.when(WHOLE_ISSUE, by=CARA).events
    assert issued == WHOLE_ISSUED.event
    assert [each.clock for each in clocks if isinstance(each, DeadlineSet)] == [
        "feedback:1",
        "publication:1",
    ]


def test_an_issue_of_which_only_the_first_fact_reached_the_log_yields_its_clocks() -> None:
    """R027."""
    issued, *clocks = released.when(WHOLE_ISSUE, by=CARA).events
    later = NOON + timedelta(days=2)
    half = released.given(said(issued, by=CARA))
    half.when(WHOLE_ISSUE, by=CARA, at=later).then(*clocks)
    half.given(clocks[0]).when(WHOLE_ISSUE, by=CARA, at=later).then(clocks[1])
    half.given(*clocks).when(WHOLE_ISSUE, by=CARA, at=later).then_nothing()


@pytest.mark.parametrize(
    "end", [WITHDRAWN, OuterObjectionAnswered(upheld=True, reason="r", answered_on=DAY)]
)
def test_once_the_end_is_known_nothing_goes_out(end: Any) -> None:
    """R078: withdrawn and issued, in this order."""
    released.given(end).when(WHOLE_ISSUE, by=CARA).then_rejected(HandlingEnded)


def test_an_outer_objection_that_is_refused_ends_nothing() -> None:
    """R053."""
    told = released.given(OuterObjectionAnswered(upheld=False, reason="r", answered_on=DAY))
    assert told.when(WHOLE_ISSUE, by=CARA).events[0] == WHOLE_ISSUED.event


def test_what_went_out_before_the_withdrawal_was_known_stands() -> None:
    """R078: issued and withdrawn, in this order; asked again, it is the same reply."""
    both = released.given(WHOLE_ISSUED, WITHDRAWN)
    assert both.state.sent[1].what == WHOLE_ISSUED.event
    both.when(WHOLE_ISSUE, by=CARA).then_nothing()
    public = DecidePublication(extent=Extent.FULL)
    both.when(public, by=CARA).then_rejected(HandlingEnded)


def test_what_went_out_before_the_case_went_to_others_stands() -> None:
    """R009: issued and reassigned, in this order."""
    iris = Responsible(unit="fire", leader="dora", handler="iris")
    moved = Reassigned(lead=iris, duty_basis="Other duty.", reason="Upheld.")
    both = out.given(moved)
    assert both.state.sent[1].what == WHOLE_ISSUED.event
    released.given(moved).when(WHOLE_ISSUE, by=CARA).then_rejected(DraftVoid)


FULL = DecidePublication(extent=Extent.FULL)
SUMMARY = DecidePublication(extent=Extent.SUMMARY, summary="Lights.")
NONE = DecidePublication(extent=Extent.NONE, reason="It names people.")


@pytest.mark.parametrize("command", [FULL, SUMMARY, NONE])
def test_once_the_reply_is_out_the_office_decides_what_is_made_public(command: Any) -> None:
    out.when(command, by=CARA).then(PublicationDecided(**command.model_dump(), round=1))
    released.when(command, by=CARA).then_rejected(NotSent)
    for speaker in (ANNA, BEN, EMIL, HUGO):
        out.when(command, by=speaker).then_rejected(NotPermitted)


def test_a_summary_has_its_text_and_silence_its_reason() -> None:
    no_text = DecidePublication(extent=Extent.SUMMARY, reason="Too long.")
    out.when(no_text, by=CARA).then_rejected(SummaryMissing, "data.summary")
    no_reason = DecidePublication(extent=Extent.NONE)
    out.when(no_reason, by=CARA).then_rejected(PublicationReasonMissing, "data.reason")


def test_it_is_decided_once_what_is_made_public() -> None:
    decided = out.given(MADE_PUBLIC)
    decided.when(FULL, by=CARA).then_nothing()
    decided.when(NONE, by=CARA).then_rejected(AlreadyDecided)


def test_a_decision_on_publication_can_be_the_last_that_a_case_lacks() -> None:
    """R014, R029."""
    told = out.given(*RATED, VERIFIED, REPORTED, FILED)
    told.when(FULL, by=CARA).then(MADE_PUBLIC, CaseArchived(rules=WHOLE_RULES))
    told.given(MADE_PUBLIC).when(FULL, by=CARA).then(CaseArchived(rules=WHOLE_RULES))


def test_a_co_opinion_is_not_made_public() -> None:
    told = co_approved.given(DELIVERED)
    told.when(FULL, by=CARA).then_rejected(NotSent)


def test_the_reply_of_a_second_round_goes_out_as_one_of_its_own() -> None:
    again = RehandlingOrdered(round=2, unsatisfied=(LI,), lead=LEAD, reason="Not content.")
    told = out.given(again, ASSIGNED.model_copy(update={"round": 2}))
    second = ISSUE.model_copy(update={"document_number": "2025-90"})
    told.when(second, by=CARA).then_rejected(NoDraft)
