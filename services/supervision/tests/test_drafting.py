"""The draft: by the handler, after the groundwork, with each ask, opinion and proof."""

from datetime import date, timedelta
from typing import Any

import pytest

from banli_engine.errors import NotAssignedUnit, NotPermitted, TooEarly
from banli_events.assignment import Reassigned
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import (
    CaseArchived,
    DraftReply,
    RehandlingOrdered,
    ReplyDrafted,
    RequestCoOpinion,
)
from banli_events.words import (
    Actor,
    Adopted,
    AskAnswer,
    Outcome,
    Taken,
)
from banli_supervision.refusals import (
    AlreadyArchived,
    AlreadySent,
    AskAnsweredTwice,
    AskUnanswered,
    HandlingEnded,
    MeasuresMissing,
    NotContacted,
    NotCoordinated,
    NotHandler,
    NotResearched,
    OpinionsAwaited,
    OpinionUntold,
    UnchangedDraft,
    UnknownAsk,
    UnknownOpinion,
    UnknownResult,
    UnknownTaken,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import Case, said
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
    LEAD,
    LI,
    OUTCOME,
    PASSED,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
    REPLY,
    RESEARCHED,
    RULES,
)
from banli_testing.whole import (
    ATTACHED,
    CONTACTED_WANG,
    FILE,
    OPINED,
    PLANNED,
    PREPARED,
    RELEASED,
    REQUESTED,
    WHOLE,
    WHOLE_DRAFTED,
    WHOLE_ISSUED,
    WHOLE_REPLY,
)

MOMENT = timedelta(microseconds=1)
ASK_PATROL = RequestCoOpinion(unit="patrol", question="Can you patrol there?")
WITHDRAWN = ItemWithdrawn(reason="Settled.", withdrawn_on=date(2025, 3, 10))
case = Case(SERVICE, CASE, PUBLISHED)
accepted = case.given(REGISTERED, ASSIGNED, CLOCK, ACCEPTED)
ready = accepted.given(CONTACTED, RESEARCHED)


def draft(**changed: Any) -> DraftReply:
    said = {"text": REPLY.text, "answers": ANSWERS, "outcome": OUTCOME, "measures": REPLY.measures}
    return DraftReply(**{**said, **changed})


def test_the_handler_drafts_a_reply_to_everyone_who_signed() -> None:
    ready.when(draft(), by=ANNA).then(DRAFTED.event)


def test_where_this_body_is_co_the_draft_is_a_co_opinion_to_nobody_who_signed() -> None:
    co = case.given(REGISTERED_AS_CO, ASSIGNED, CLOCK, ACCEPTED, CONTACTED, RESEARCHED)
    co.when(draft(), by=ANNA).then(ReplyDrafted(reply=CO_OPINION, reply_hash=CO_OPINION.digest()))


def test_nobody_but_the_handler_named_drafts() -> None:
    """R019, R061."""
    ready.when(draft(), by=FINN).then_rejected(NotHandler, "actor.person")
    ready.when(draft(), by=IRIS).then_rejected(NotAssignedUnit, "actor.unit")
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
    """R042."""
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


def test_only_people_in_post_speak() -> None:
    stranger = Actor(person="zoe", post="traffic-handler", unit="traffic")
    ready.when(draft(), by=stranger).then_too_early()


def test_after_the_case_is_closed_nothing_is_drafted() -> None:
    closed = ready.given(DRAFTED, PASSED, APPROVED, ISSUED, CaseArchived(rules=RULES))
    closed.when(draft(text="x"), by=ANNA).then_rejected(AlreadyArchived)


WORDS = set(DraftReply.model_fields)
whole = Case(SERVICE, CASE, WHOLE)
prepared = whole.given(*PREPARED)


def write(**changed: Any) -> DraftReply:
    """The draft of the whole way, with something else in it."""
    return DraftReply(**{**WHOLE_REPLY.model_dump(include=WORDS), **changed})


def drafted(**changed: Any) -> ReplyDrafted:
    reply = WHOLE_REPLY.model_copy(update=changed)
    return ReplyDrafted(reply=reply, reply_hash=reply.digest())


def without(*missing: Any) -> Case:
    return whole.given(*(fact for fact in PREPARED if fact not in missing))


def test_the_whole_way_to_a_draft() -> None:
    prepared.when(write(), by=ANNA).then(WHOLE_DRAFTED.event)
    prepared.given(WHOLE_DRAFTED).when(write(), by=ANNA).then_nothing()


def test_the_groundwork_comes_before_the_draft() -> None:
    """R024, R030, R031, R032."""
    without(CONTACTED, CONTACTED_WANG).when(write(), by=ANNA).then_rejected(NotContacted)
    without(RESEARCHED).when(write(), by=ANNA).then_rejected(NotResearched)
    without(REQUESTED, OPINED).when(write(), by=ANNA).then_rejected(NotCoordinated)


@pytest.mark.parametrize("missing", [ACCEPTED, PLANNED, ATTACHED])
def test_what_other_services_say_may_still_be_on_its_way(missing: Any) -> None:
    """R023, R024, R043: accepted, planned, and the file that is the evidence."""
    without(missing).when(write(), by=ANNA).then_too_early()


def test_a_co_unit_is_waited_for_until_its_time_is_over() -> None:
    """R036, R038."""
    asked = without(REQUESTED, OPINED)
    asked = asked.given(*asked.when(ASK_PATROL, by=ANNA).events)
    untold = write(opinions=())
    due = asked.state.clocks["unit-opinion:patrol"].due
    asked.when(untold, by=ANNA).then_rejected(OpinionsAwaited)
    asked.when(untold, by=ANNA, at=due - MOMENT).then_rejected(OpinionsAwaited)
    late = drafted(opinions=(), without=("patrol",))
    asked.when(untold, by=ANNA, at=due).then(late)


def test_of_each_opinion_it_is_told_what_became_of_it() -> None:
    """R037."""
    prepared.when(write(opinions=()), by=ANNA).then_rejected(OpinionUntold, "data.opinions")
    one = WHOLE_REPLY.opinions[0]
    twice = write(opinions=(one, one))
    prepared.when(twice, by=ANNA).then_rejected(OpinionUntold)
    strange = write(opinions=(one, one.model_copy(update={"unit": "fire"})))
    prepared.when(strange, by=ANNA).then_rejected(UnknownOpinion, "data.opinions.1.unit")
    some = write(opinions=(one.model_copy(update={"taken": "SOMEHOW"}),))
    prepared.when(some, by=ANNA).then_rejected(UnknownTaken, "data.opinions.0.taken")
    for taken in Taken:
        told = (Adopted(unit="patrol", taken=taken, reason="For a reason."),)
        prepared.when(write(opinions=told), by=ANNA).then(drafted(opinions=told))


def test_what_is_enclosed_belongs_to_the_case() -> None:
    other = "f" * 64
    prepared.when(write(attachments=(FILE,)), by=ANNA).then(drafted(attachments=(FILE,)))
    prepared.when(write(attachments=(other,)), by=ANNA).then_rejected(TooEarly, "data.attachments")


def test_a_new_handler_writes_anew_even_the_same_words() -> None:
    """R009."""
    finn = LEAD.model_copy(update={"handler": "finn", "unit": "patrol"})
    moved = Reassigned(lead=finn, duty_basis="Patrol's.", reason="Upheld.")
    took = ACCEPTED.model_copy(update={"unit": "patrol"})
    plan = PLANNED.model_copy(update={"unit": "patrol"})
    told = prepared.given(WHOLE_DRAFTED, moved, took, plan)
    told.when(write(), by=ANNA).then_rejected(NotAssignedUnit)
    told.when(write(opinions=()), by=FINN).then(drafted(opinions=()))
    same = ready.given(DRAFTED, moved, took)
    same.when(draft(), by=FINN).then(DRAFTED.event)


SECOND = RehandlingOrdered(round=2, unsatisfied=(LI,), lead=LEAD, reason="Not content.")


def test_in_a_second_round_the_handler_writes_something_else() -> None:
    """R068, R077: once assignment has given the case back, and not what did not satisfy."""
    ordered = whole.given(*PREPARED, *RELEASED, WHOLE_ISSUED, SECOND)
    better = write(text="Better.")
    ordered.when(better, by=ANNA).then_too_early()
    back = ordered.given(ASSIGNED.model_copy(update={"round": 2}))
    back.when(write(), by=ANNA).then_rejected(UnchangedDraft)
    expected = drafted(text="Better.").model_copy(update={"round": 2})
    back.when(better, by=ANNA).then(expected)
    again = back.given(said(expected, by=ANNA))
    again.when(better, by=ANNA).then_nothing()


def test_after_the_end_of_the_handling_nothing_is_drafted() -> None:
    """R078."""
    prepared.given(WITHDRAWN).when(write(), by=ANNA).then_rejected(HandlingEnded)
