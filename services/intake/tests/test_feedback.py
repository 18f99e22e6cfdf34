"""Asking the signers and recording how they rate the reply."""

from dataclasses import replace
from datetime import date

import pytest

from banli_engine.decider import Asked
from banli_engine.errors import NotPermitted, UnfitSubject
from banli_engine.reference import Reference
from banli_events.assignment import Reassigned, TasksDivided
from banli_events.intake import (
    FeedbackReceived,
    FeedbackRequested,
    ItemWithdrawn,
    RecordFeedback,
    RequestFeedback,
)
from banli_events.supervision import DraftReply, ReplyIssued
from banli_events.words import Actor, Grade, OuterRole, Responsible, Task
from banli_intake.decide import decide
from banli_intake.reactions import REACTIONS
from banli_intake.refusals import AlreadyRated, AlreadyWithdrawn, NothingToRate, NotSigner, OwnCase
from banli_intake.service import SERVICE
from banli_testing.grammar import NOON, Case, said
from banli_testing.story import (
    ANNA,
    ANSWERS,
    ASSIGNED,
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


def publish_with(registrar: str) -> Reference:
    """The body, in which somebody else holds the registrar's post, too."""
    post = PUBLISHED.posts["registry"]
    holder = replace(post.holders[0], person=registrar, name=registrar)
    posts = {**PUBLISHED.posts, "registry": replace(post, holders=(*post.holders, holder))}
    return replace(PUBLISHED, posts=posts)


def rate(grade: Grade, signer: str = LI, number: int = 1) -> RecordFeedback:
    return RecordFeedback(signer=signer, grade=grade, round=number, received_on=DAY)


def rated(grade: Grade, signer: str = LI, number: int = 1) -> FeedbackReceived:
    return FeedbackReceived(signer=signer, grade=grade, round=number, received_on=DAY)


def test_when_a_reply_is_issued_every_signer_is_asked() -> None:
    """R077"""
    issued = case.given(REGISTERED, ISSUED)
    assert REACTIONS[ReplyIssued].react(issued.history[-1]) == (CASE, ASK_BOTH)
    issued.when(ASK_BOTH).then(
        FeedbackRequested(signer=LI, reply_hash=HASH),
        FeedbackRequested(signer=WANG, reply_hash=HASH),
    )


def test_nobody_is_asked_twice_for_one_reply() -> None:
    """R077"""
    asked = case.given(REGISTERED, ISSUED, FeedbackRequested(signer=LI, reply_hash=HASH))
    asked.when(ASK_BOTH).then(FeedbackRequested(signer=WANG, reply_hash=HASH))
    asked.given(FeedbackRequested(signer=WANG, reply_hash=HASH)).when(ASK_BOTH).then_nothing()


def test_a_second_round_asks_again() -> None:
    asked = case.given(REGISTERED, ISSUED, FeedbackRequested(signer=LI, reply_hash=HASH))
    again = RequestFeedback(signers=(LI,), reply_hash=HASH, round=2)
    asked.when(again).then(FeedbackRequested(signer=LI, reply_hash=HASH, round=2))


def test_a_signer_rates_the_reply() -> None:
    """R077"""
    case.given(REGISTERED, ISSUED).when(rate(Grade.BASICALLY), by=HUGO).then(rated(Grade.BASICALLY))


def test_feedback_before_the_reply_is_known_is_too_early() -> None:
    case.given(REGISTERED).when(rate(Grade.SATISFIED), by=HUGO).then_too_early()
    case.given().when(rate(Grade.SATISFIED), by=HUGO).then_too_early()
    case.given(REGISTERED, ISSUED).when(rate(Grade.SATISFIED, number=2), by=HUGO).then_too_early()


def test_a_co_opinion_is_rated_by_nobody() -> None:
    case.given(REGISTERED_AS_CO).when(rate(Grade.SATISFIED), by=HUGO).then_rejected(NothingToRate)


def test_only_those_to_whom_the_reply_went_rate_it() -> None:
    """R077"""
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
    """R077"""
    case.given(REGISTERED, ISSUED).when(rate(Grade.SATISFIED), by=speaker).then_rejected(
        NotPermitted
    )


@pytest.mark.parametrize("person", ["anna", "dora", "finn"])
def test_a_registrar_who_handles_the_case_does_not_record_its_ratings(person: str) -> None:
    """R077: nor one who has handled it in an earlier round or before it went to others."""
    speaker = Actor(person=person, post="registry", unit="supervision")
    there = publish_with(person)
    once = Case(SERVICE, CASE, there).given(REGISTERED, ISSUED, ASSIGNED)
    once.when(rate(Grade.SATISFIED), by=speaker).then_rejected(OwnCase, "actor.person")
    fire = Responsible(unit="fire", leader="emil", handler="iris")
    handed = once.given(Reassigned(lead=fire, duty_basis="x", reason="y"))
    handed.when(rate(Grade.SATISFIED), by=speaker).then_rejected(OwnCase)


def test_nor_does_one_who_was_given_a_part_of_it() -> None:
    """R077, R082"""
    june = Actor(person="june", post="registry", unit="supervision")
    known = Case(SERVICE, CASE, publish_with("june")).given(REGISTERED, ISSUED, ASSIGNED)
    known.when(rate(Grade.SATISFIED), by=june).then(rated(Grade.SATISFIED))
    part = Task(id="t1", unit="traffic", role=OuterRole.LEAD, handler="june", what="Lights.")
    divided = known.given(TasksDivided(unit="traffic", tasks=(part,)))
    divided.when(rate(Grade.SATISFIED), by=june).then_rejected(OwnCase, "actor.person")
    case.given(REGISTERED, ISSUED, ASSIGNED).when(rate(Grade.SATISFIED), by=HUGO).then(
        rated(Grade.SATISFIED)
    )


def test_a_late_rating_of_one_round_says_nothing_of_another() -> None:
    """R077"""
    second = said(ISSUED.event.model_copy(update={"round": 2}), by=CARA)
    both = case.given(REGISTERED, ISSUED, second, rated(Grade.SATISFIED, number=2))
    both.when(rate(Grade.NOT_SATISFIED), by=HUGO).then(rated(Grade.NOT_SATISFIED))
    assert both.state.grades == {(2, LI): Grade.SATISFIED}


def test_what_was_taken_back_is_rated_by_nobody() -> None:
    """R077, R202: nor is anybody asked to."""
    back = ItemWithdrawn(reason="Taken back.", withdrawn_on=DAY)
    withdrawn = case.given(REGISTERED, ISSUED, back)
    withdrawn.when(rate(Grade.SATISFIED), by=HUGO).then_rejected(AlreadyWithdrawn)
    withdrawn.when(ASK_BOTH).then_nothing()


def test_nobody_asks_the_signers_by_hand() -> None:
    case.given(REGISTERED, ISSUED).when(ASK_BOTH, by=HUGO).then_rejected(NotPermitted)


def test_a_command_for_another_kind_of_subject_is_refused() -> None:
    draft = DraftReply(text="x", answers=ANSWERS, outcome=OUTCOME)
    with pytest.raises(UnfitSubject):
        decide(case.state, Asked(draft, CASE, NOON, HUGO, "http", PUBLISHED))
