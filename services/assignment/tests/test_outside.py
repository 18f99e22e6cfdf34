"""Objecting to the assigner, referring to other bodies, explaining what is not ours."""

from datetime import date
from typing import Any

import pytest
from bureau import LAST, WITHOUT, bureau, window

from banli_assignment.refusals import (
    AlreadyAnswered,
    AlreadyArchived,
    AlreadyObjected,
    AlreadyReceived,
    AlreadyReplied,
    ExplainedOutOfScope,
    GoneElsewhere,
    ItemTakenBack,
    NoSuchReferral,
    NotAssigned,
    NotObjected,
    NotSigner,
    NoWindow,
    ObjectionBinding,
    ObjectionLate,
    ReferralTwice,
    SignerMissing,
)
from banli_engine.errors import NotAssignedUnit, NotPermitted
from banli_events.assignment import (
    AcceptAssignment,
    AssignmentObjected,
    AssignSponsor,
    ClassifyItem,
    ConfirmAssignment,
    EscalatedToGovernment,
    EscalateToGovernment,
    ExplainOutOfScope,
    ExternalResultReceived,
    FilePlan,
    ObjectToAssignment,
    OuterObjectionAnswered,
    OuterObjectionRaised,
    OutOfScopeExplained,
    ProposeAssignment,
    RaiseOuterObjection,
    RecordExternalResult,
    RecordOuterAnswer,
    ReferOut,
    ReferredOut,
    UpholdObjection,
)
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import CaseArchived
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ASSIGNED,
    BEN,
    CARA,
    CLASSIFIED,
    EMIL,
    FINN,
    IRIS,
    ISSUED,
    LEAD,
    LI,
    PROPOSED,
    REGISTERED,
    WANG,
)

DAY = date(2025, 3, 10)
registered = bureau().given(REGISTERED)
in_window = registered.given(window("outer-objection"))
assigned = registered.given(CLASSIFIED, PROPOSED, ASSIGNED, ACCEPTED)

RAISE = RaiseOuterObjection(reason="Roads keep lamps.", belongs_to="Roads bureau", raised_on=DAY)
RAISED = OuterObjectionRaised(**RAISE.model_dump())
ANSWER = RecordOuterAnswer(upheld=False, reason="Lamps are yours.", answered_on=DAY)
ANSWERED = OuterObjectionAnswered(**ANSWER.model_dump())
MOVED = OuterObjectionAnswered(upheld=True, reason="It goes to Roads.", answered_on=DAY)
REFER = ReferOut(referral="r1", to="Housing bureau", what="Permit the lamps.", sent_on=DAY)
REFERRED = ReferredOut(**REFER.model_dump())
ESCALATE = EscalateToGovernment(
    referral="g1", to="City government", document_number="7", what="Bring us together.", sent_on=DAY
)
ESCALATED = EscalatedToGovernment(**ESCALATE.model_dump())
RESULT = RecordExternalResult(referral="r1", result="Permitted.", received_on=DAY)
RECEIVED = ExternalResultReceived(**RESULT.model_dump())
EXPLAIN = ExplainOutOfScope(reason="Not police work.", explained_to=(WANG, LI), explained_on=DAY)
EXPLAINED = OutOfScopeExplained(**EXPLAIN.model_dump())
WITHDRAWN = ItemWithdrawn(reason="Taken back.", withdrawn_on=DAY)
ARCHIVED = CaseArchived(rules=WITHOUT)


# -- objecting to the assigner


def test_this_body_objects_inside_its_window() -> None:
    """R053"""
    in_window.when(RAISE, by=CARA).then(RAISED)
    in_window.when(RAISE, by=CARA, at=LAST).then_rejected(ObjectionLate)
    registered.when(RAISE, by=CARA).then_too_early()
    bureau().when(RAISE, by=CARA).then_too_early()
    in_window.when(RAISE, by=ANNA).then_rejected(NotPermitted)


def test_where_the_rules_know_no_window_this_body_does_not_wait_for_one() -> None:
    """R053"""
    numbering = REGISTERED.numbering.model_copy(update={"body": "committee"})
    other = bureau().given(REGISTERED.model_copy(update={"numbering": numbering}))
    other.when(RAISE, by=CARA).then_rejected(NoWindow)
    registered.given(window("reply", WITHOUT)).when(RAISE, by=CARA).then_rejected(NoWindow)


def test_this_body_objects_once() -> None:
    """R053"""
    raised = in_window.given(RAISED)
    raised.when(RAISE, by=CARA).then_nothing()
    other = RAISE.model_copy(update={"reason": "We are too few."})
    raised.when(other, by=CARA).then_rejected(AlreadyObjected)
    raised.given(ANSWERED).when(other, by=CARA).then_rejected(ObjectionBinding)


def test_this_body_objects_before_it_replies() -> None:
    """R053"""
    in_window.given(CLASSIFIED, PROPOSED, ASSIGNED, ISSUED).when(RAISE, by=CARA).then_rejected(
        AlreadyReplied
    )


def test_the_assigner_answers_once() -> None:
    """R053"""
    raised = in_window.given(RAISED)
    raised.when(ANSWER, by=CARA).then(ANSWERED)
    raised.given(ANSWERED).when(ANSWER, by=CARA).then_nothing()
    other = ANSWER.model_copy(update={"upheld": True})
    raised.given(ANSWERED).when(other, by=CARA).then_rejected(AlreadyAnswered)
    in_window.when(ANSWER, by=CARA).then_rejected(NotObjected)
    raised.when(ANSWER, by=EMIL).then_rejected(NotPermitted)


def test_while_the_answer_is_awaited_and_after_a_refusal_the_case_goes_on() -> None:
    """R053"""
    ready = in_window.given(RAISED, CLASSIFIED, PROPOSED)
    ready.when(ConfirmAssignment(), by=CARA).then(ASSIGNED)
    ready.given(ANSWERED).when(ConfirmAssignment(), by=CARA).then(ASSIGNED)


# -- referring


def test_what_others_must_do_is_asked_of_them() -> None:
    """R044, R046, R086"""
    assigned.when(REFER, by=CARA).then(REFERRED)
    assigned.when(REFER, by=ANNA).then(REFERRED)
    registered.when(REFER, by=CARA).then(REFERRED)
    assigned.when(ESCALATE, by=CARA).then(ESCALATED)
    assigned.when(ESCALATE, by=EMIL).then(ESCALATED)
    assigned.given(REFERRED).when(REFER, by=CARA).then_nothing()


def test_a_unit_refers_only_what_it_handles() -> None:
    """R009, R046"""
    assigned.when(REFER, by=IRIS).then_rejected(NotAssignedUnit)
    registered.when(REFER, by=ANNA).then_rejected(NotAssigned)
    assigned.when(ESCALATE, by=ANNA).then_rejected(NotPermitted)
    assigned.given(REFERRED).when(RESULT, by=IRIS).then_rejected(NotAssignedUnit)


def test_a_referral_has_an_id_of_its_own() -> None:
    """R046, R086"""
    other = ESCALATE.model_copy(update={"referral": "r1"})
    assigned.given(REFERRED).when(other, by=CARA).then_rejected(ReferralTwice, "data.referral")


def test_the_result_of_a_referral_is_recorded_once() -> None:
    """R046"""
    sent = assigned.given(REFERRED)
    sent.when(RESULT, by=ANNA).then(RECEIVED)
    sent.given(RECEIVED).when(RESULT, by=CARA).then_nothing()
    other = RESULT.model_copy(update={"result": "Not permitted."})
    sent.given(RECEIVED).when(other, by=CARA).then_rejected(AlreadyReceived)
    assigned.when(RESULT, by=CARA).then_rejected(NoSuchReferral)
    other = RESULT.model_copy(update={"referral": "g1"})
    sent.when(other, by=CARA).then_rejected(NoSuchReferral)
    sent.given(ESCALATED).when(other, by=CARA).then(ExternalResultReceived(**other.model_dump()))


def test_a_result_may_come_after_the_file_is_closed() -> None:
    """R046"""
    closed = assigned.given(REFERRED, ARCHIVED)
    closed.when(RESULT, by=CARA).then(RECEIVED)
    closed.when(ESCALATE, by=CARA).then_rejected(AlreadyArchived)


# -- out of scope


@pytest.mark.parametrize("speaker", [CARA, ANNA, BEN, FINN])
def test_everyone_who_signed_is_told_what_is_not_police_work(speaker: Any) -> None:
    """R078"""
    assigned.when(EXPLAIN, by=speaker).then(EXPLAINED)
    assigned.given(EXPLAINED).when(EXPLAIN, by=speaker).then_nothing()


def test_nobody_who_signed_is_left_out_and_nobody_else_told() -> None:
    """R078"""
    some = EXPLAIN.model_copy(update={"explained_to": (LI,)})
    assigned.when(some, by=CARA).then_rejected(SignerMissing)
    more = EXPLAIN.model_copy(update={"explained_to": (LI, WANG, "P-other")})
    assigned.when(more, by=CARA).then_rejected(NotSigner)


def test_it_is_for_the_office_or_the_unit_that_has_the_item_to_explain() -> None:
    """R078"""
    registered.when(EXPLAIN, by=CARA).then(EXPLAINED)
    registered.when(EXPLAIN, by=ANNA).then_rejected(NotAssigned)
    assigned.when(EXPLAIN, by=IRIS).then_rejected(NotAssignedUnit)
    assigned.when(EXPLAIN, by=EMIL).then_rejected(NotPermitted)


def test_what_was_replied_to_was_no_other_s_business() -> None:
    """R078"""
    assigned.given(ISSUED).when(EXPLAIN, by=CARA).then_rejected(AlreadyReplied)


# -- the end


@pytest.mark.parametrize(
    ("end", "refusal"),
    [(WITHDRAWN, ItemTakenBack), (EXPLAINED, ExplainedOutOfScope), (MOVED, GoneElsewhere)],
)
@pytest.mark.parametrize(
    ("command", "speaker"),
    [
        (ClassifyItem(category="Other"), CARA),
        (AcceptAssignment(), FINN),
        (ObjectToAssignment(reason="x"), FINN),
        (AssignSponsor(person="emil", post="chief"), CARA),
        (FilePlan(plan="x"), ANNA),
        (RAISE.model_copy(update={"reason": "y"}), CARA),
        (REFER, CARA),
        (RESULT, CARA),
        (EXPLAIN.model_copy(update={"reason": "y"}), CARA),
    ],
)
def test_after_an_end_nothing_more_is_decided(
    end: Any, refusal: Any, command: Any, speaker: Any
) -> None:
    """R053, R078"""
    assigned.given(RAISED, end).when(command, by=speaker).then_rejected(refusal)


@pytest.mark.parametrize(
    ("end", "refusal"),
    [(WITHDRAWN, ItemTakenBack), (EXPLAINED, ExplainedOutOfScope), (MOVED, GoneElsewhere)],
)
def test_what_has_ended_is_handed_to_nobody(end: Any, refusal: Any) -> None:
    """R053, R078"""
    ready = registered.given(CLASSIFIED, PROPOSED, RAISED, end)
    ready.when(ConfirmAssignment(), by=CARA).then_rejected(refusal)
    other = ProposeAssignment(lead=LEAD, duty_basis="Another paper.", note="Looked at again.")
    ready.when(other, by=CARA).then_rejected(refusal)


def test_after_an_end_no_objection_is_answered() -> None:
    """R053"""
    objected = AssignmentObjected(unit="patrol", reason="Not ours.")
    ended = assigned.given(RAISED, objected, WITHDRAWN)
    ended.when(ANSWER, by=CARA).then_rejected(ItemTakenBack)
    uphold = UpholdObjection(unit="patrol", reason="Right.")
    ended.when(uphold, by=CARA).then_rejected(ItemTakenBack)
