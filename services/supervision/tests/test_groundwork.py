"""Contact, research and the draft that rests on them."""

from datetime import date
from typing import Any

import pytest

from banli_engine.errors import NotPermitted
from banli_events.supervision import (
    CaseArchived,
    DraftReply,
    LogResearch,
    ProposerContacted,
    RecordContact,
    ReplyDrafted,
    ResearchLogged,
)
from banli_events.words import Actor, AskAnswer, ContactMode, Outcome
from banli_supervision.refusals import (
    AlreadyArchived,
    AlreadySent,
    AskAnsweredTwice,
    AskUnanswered,
    MeasuresMissing,
    NotAssignedUnit,
    NotContacted,
    NotHandler,
    NotResearched,
    NotSigner,
    UnknownAsk,
    UnknownResult,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import Case
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ANSWERS,
    APPROVED,
    ASSIGNED,
    BEN,
    CARA,
    CASE,
    CLOCK,
    CO_OPINION,
    CONTACTED,
    DRAFTED,
    FINN,
    IRIS,
    ISSUED,
    LI,
    OUTCOME,
    PASSED,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
    REPLY,
    RESEARCHED,
    RULES,
    WANG,
)

case = Case(SERVICE, CASE, PUBLISHED)
accepted = case.given(REGISTERED, ASSIGNED, CLOCK, ACCEPTED)
ready = accepted.given(CONTACTED, RESEARCHED)

CALL = RecordContact(
    signer=LI, mode=ContactMode.VISIT, contacted_on=CONTACTED.contacted_on, summary="Walked there."
)
LOOK = LogResearch(researched_on=RESEARCHED.researched_on, summary="Counted cars.")


def draft(**changed: Any) -> DraftReply:
    said = {"text": REPLY.text, "answers": ANSWERS, "outcome": OUTCOME, "measures": REPLY.measures}
    return DraftReply(**{**said, **changed})


def test_a_handler_records_contact_and_research() -> None:
    accepted.when(CALL, by=ANNA).then(CONTACTED)
    accepted.when(LOOK, by=ANNA).then(RESEARCHED)


def test_a_co_units_handler_records_them_too() -> None:
    accepted.when(CALL, by=FINN).then(CONTACTED)
    accepted.when(LOOK, by=FINN).then(RESEARCHED)


@pytest.mark.parametrize("command", [CALL, LOOK])
def test_other_units_have_no_part_in_it(command: Any) -> None:
    accepted.when(command, by=IRIS).then_rejected(NotAssignedUnit)
    accepted.when(command, by=BEN).then_rejected(NotPermitted)


@pytest.mark.parametrize("command", [CALL, LOOK])
def test_before_the_assignment_is_known_it_is_too_early(command: Any) -> None:
    case.given(REGISTERED).when(command, by=ANNA).then_too_early()


def test_contact_is_with_someone_who_signed() -> None:
    nobody = CALL.model_copy(update={"signer": "P-zhao"})
    accepted.when(nobody, by=ANNA).then_rejected(NotSigner, "data.signer")
    case.given(ASSIGNED).when(CALL, by=ANNA).then_too_early()


def test_the_same_contact_or_research_again_changes_nothing_and_another_is_kept() -> None:
    ready.when(CALL, by=ANNA).then_nothing()
    ready.when(LOOK, by=ANNA).then_nothing()
    later = date(2025, 3, 20)
    ready.when(CALL.model_copy(update={"contacted_on": later, "signer": WANG}), by=ANNA).then(
        ProposerContacted(
            signer=WANG, mode=ContactMode.VISIT, contacted_on=later, summary="Walked there."
        )
    )
    ready.when(LOOK.model_copy(update={"researched_on": later}), by=ANNA).then(
        ResearchLogged(researched_on=later, summary="Counted cars.")
    )


def test_the_handler_drafts_a_reply_to_everyone_who_signed() -> None:
    ready.when(draft(), by=ANNA).then(DRAFTED.event)


def test_where_this_body_is_co_the_draft_is_a_co_opinion_to_nobody_who_signed() -> None:
    co = case.given(REGISTERED_AS_CO, ASSIGNED, CLOCK, ACCEPTED, CONTACTED, RESEARCHED)
    co.when(draft(), by=ANNA).then(ReplyDrafted(reply=CO_OPINION, reply_hash=CO_OPINION.digest()))


def test_nobody_but_the_handler_named_drafts() -> None:
    for speaker in (FINN, IRIS):
        ready.when(draft(), by=speaker).then_rejected(NotHandler, "actor.person")
    for other in (BEN, CARA):
        ready.when(draft(), by=other).then_rejected(NotPermitted)


def test_contact_and_research_come_before_the_draft() -> None:
    accepted.given(RESEARCHED).when(draft(), by=ANNA).then_rejected(NotContacted)
    accepted.given(CONTACTED).when(draft(), by=ANNA).then_rejected(NotResearched)


def test_a_draft_before_item_assignment_or_acceptance_are_known_is_too_early() -> None:
    case.when(draft(), by=ANNA).then_too_early()
    case.given(REGISTERED, CONTACTED, RESEARCHED).when(draft(), by=ANNA).then_too_early()
    case.given(ASSIGNED, CONTACTED, RESEARCHED).when(draft(), by=ANNA).then_too_early()
    unaccepted = case.given(REGISTERED, ASSIGNED, CONTACTED, RESEARCHED)
    unaccepted.when(draft(), by=ANNA).then_too_early()
    by_co = unaccepted.given(ACCEPTED.model_copy(update={"unit": "patrol"}))
    by_co.when(draft(), by=ANNA).then_too_early()


def test_each_ask_is_answered_exactly_once() -> None:
    first, second = ANSWERS
    ready.when(draft(answers=(first,)), by=ANNA).then_rejected(AskUnanswered, "data.answers")
    ready.when(draft(answers=(first, second, first)), by=ANNA).then_rejected(
        AskAnsweredTwice, "data.answers"
    )
    stray = AskAnswer(ask="a3", text="x")
    ready.when(draft(answers=(first, stray)), by=ANNA).then_rejected(
        UnknownAsk, "data.answers.1.ask"
    )


def test_a_draft_names_a_known_result_and_a_measure() -> None:
    unknown = Outcome(result="Z", proof="x")
    ready.when(draft(outcome=unknown), by=ANNA).then_rejected(UnknownResult, "data.outcome.result")
    ready.when(draft(measures=()), by=ANNA).then_rejected(MeasuresMissing, "data.measures")


def test_the_same_draft_again_changes_nothing() -> None:
    ready.given(DRAFTED).when(draft(), by=ANNA).then_nothing()
    ready.given(DRAFTED, PASSED, APPROVED).when(draft(), by=ANNA).then_nothing()


def test_after_the_issue_nothing_is_drafted() -> None:
    sent = ready.given(DRAFTED, PASSED, APPROVED, ISSUED)
    sent.when(draft(text="Better."), by=ANNA).then_rejected(AlreadySent)


@pytest.mark.parametrize("command", [draft(text="x"), CALL.model_copy(update={"signer": WANG}),
                                     LOOK.model_copy(update={"summary": "x"})])  # fmt: skip
def test_after_the_case_is_closed_nothing_more_is_done(command: Any) -> None:
    closed = ready.given(DRAFTED, PASSED, APPROVED, ISSUED, CaseArchived(rules=RULES))
    closed.when(command, by=ANNA).then_rejected(AlreadyArchived)


def test_only_people_in_post_speak() -> None:
    stranger = Actor(person="zoe", post="traffic-handler", unit="traffic")
    ready.when(draft(), by=stranger).then_too_early()
