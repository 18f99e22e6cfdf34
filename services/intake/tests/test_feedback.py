"""Asking the signers and recording how they rate the reply."""

from datetime import date

import pytest

from banli_engine.decider import Asked
from banli_engine.errors import NotPermitted, UnfitSubject
from banli_events.intake import (
    FeedbackReceived,
    FeedbackRequested,
    RecordFeedback,
    RequestFeedback,
)
from banli_events.supervision import DraftReply, ReplyIssued
from banli_events.words import Actor, Grade
from banli_intake.decide import decide
from banli_intake.reactions import REACTIONS
from banli_intake.refusals import AlreadyRated, NothingToRate, NotSigner
from banli_intake.service import SERVICE
from banli_testing.grammar import NOON, Case
from banli_testing.story import (
    ANNA,
    ANSWERS,
    BEN,
    CARA,
    CASE,
    HUGO,
    ISSUED,
    LI,
    OUTCOME,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
    WANG,
)

case = Case(SERVICE, CASE, PUBLISHED)
HASH = ISSUED.event.reply_hash if isinstance(ISSUED.event, ReplyIssued) else ""
ASK_BOTH = RequestFeedback(signers=(LI, WANG), reply_hash=HASH)
DAY = date(2025, 4, 1)


def rate(grade: Grade, signer: str = LI, number: int = 1) -> RecordFeedback:
    return RecordFeedback(signer=signer, grade=grade, round=number, received_on=DAY)


def rated(grade: Grade, signer: str = LI, number: int = 1) -> FeedbackReceived:
    return FeedbackReceived(signer=signer, grade=grade, round=number, received_on=DAY)


def test_when_a_reply_is_issued_every_signer_is_asked() -> None:
    issued = case.given(REGISTERED, ISSUED)
    assert REACTIONS[ReplyIssued].react(issued.history[-1]) == (CASE, ASK_BOTH)
    issued.when(ASK_BOTH).then(
        FeedbackRequested(signer=LI, reply_hash=HASH),
        FeedbackRequested(signer=WANG, reply_hash=HASH),
    )


def test_nobody_is_asked_twice_for_one_reply() -> None:
    asked = case.given(REGISTERED, ISSUED, FeedbackRequested(signer=LI, reply_hash=HASH))
    asked.when(ASK_BOTH).then(FeedbackRequested(signer=WANG, reply_hash=HASH))
    asked.given(FeedbackRequested(signer=WANG, reply_hash=HASH)).when(ASK_BOTH).then_nothing()


def test_a_second_round_asks_again() -> None:
    asked = case.given(REGISTERED, ISSUED, FeedbackRequested(signer=LI, reply_hash=HASH))
    again = RequestFeedback(signers=(LI,), reply_hash=HASH, round=2)
    asked.when(again).then(FeedbackRequested(signer=LI, reply_hash=HASH, round=2))


def test_a_signer_rates_the_reply() -> None:
    case.given(REGISTERED, ISSUED).when(rate(Grade.BASICALLY), by=HUGO).then(rated(Grade.BASICALLY))


def test_feedback_before_the_reply_is_known_is_too_early() -> None:
    case.given(REGISTERED).when(rate(Grade.SATISFIED), by=HUGO).then_too_early()
    case.given().when(rate(Grade.SATISFIED), by=HUGO).then_too_early()
    case.given(REGISTERED, ISSUED).when(rate(Grade.SATISFIED, number=2), by=HUGO).then_too_early()


def test_a_co_opinion_is_rated_by_nobody() -> None:
    case.given(REGISTERED_AS_CO).when(rate(Grade.SATISFIED), by=HUGO).then_rejected(NothingToRate)


def test_only_those_to_whom_the_reply_went_rate_it() -> None:
    case.given(REGISTERED, ISSUED).when(rate(Grade.SATISFIED, "P-zhao"), by=HUGO).then_rejected(
        NotSigner, "data.signer"
    )


def test_the_same_rating_again_changes_nothing_and_another_is_refused() -> None:
    known = case.given(REGISTERED, ISSUED, rated(Grade.SATISFIED))
    known.when(rate(Grade.SATISFIED), by=HUGO).then_nothing()
    known.when(rate(Grade.NOT_SATISFIED), by=HUGO).then_rejected(AlreadyRated, "data.grade")
    known.when(rate(Grade.NOT_SATISFIED, WANG), by=HUGO).then(rated(Grade.NOT_SATISFIED, WANG))


@pytest.mark.parametrize("speaker", [ANNA, BEN, CARA])
def test_those_who_handle_a_case_do_not_record_its_ratings(speaker: Actor) -> None:
    case.given(REGISTERED, ISSUED).when(rate(Grade.SATISFIED), by=speaker).then_rejected(
        NotPermitted
    )


def test_nobody_asks_the_signers_by_hand() -> None:
    case.given(REGISTERED, ISSUED).when(ASK_BOTH, by=HUGO).then_rejected(NotPermitted)


def test_a_command_for_another_kind_of_subject_is_refused() -> None:
    draft = DraftReply(text="x", answers=ANSWERS, outcome=OUTCOME)
    with pytest.raises(UnfitSubject):
        decide(case.state, Asked(draft, CASE, NOON, HUGO, "http", PUBLISHED))
