"""What a draft says came of the matter, shown as its class asks."""

from datetime import date
from typing import Any

import pytest

from banli_engine.errors import TooEarly
from banli_events.supervision import (
    DraftReply,
    ReplyDrafted,
)
from banli_events.words import (
    FollowUp,
    NotNow,
    Outcome,
    OutcomeClass,
)
from banli_supervision.refusals import (
    FollowUpMissing,
    MeasuresMissing,
    ReasonMissing,
    ResultUnproved,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import Case
from banli_testing.story import (
    ANNA,
    CASE,
)
from banli_testing.whole import (
    FILE,
    PREPARED,
    WHOLE,
    WHOLE_REPLY,
)

WORDS = set(DraftReply.model_fields)
whole = Case(SERVICE, CASE, WHOLE)
prepared = whole.given(*PREPARED)


def write(**changed: Any) -> DraftReply:
    """The draft of the whole way, with something else in it."""
    return DraftReply(**{**WHOLE_REPLY.model_dump(include=WORDS), **changed})


def drafted(**changed: Any) -> ReplyDrafted:
    reply = WHOLE_REPLY.model_copy(update=changed)
    return ReplyDrafted(reply=reply, reply_hash=reply.digest())


SOLVED = Outcome(
    result=OutcomeClass.A, proof="Lights.", completed_on=date(2025, 3, 9), evidence=(FILE,)
)
PLANNED_FOR = Outcome(
    result=OutcomeClass.B, proof="In the plan.", plan="Plan 7", planned_for=date(2026, 5, 1)
)
NOT_NOW = Outcome(result=OutcomeClass.C, proof="No money.", reason=NotNow.NO_FUNDS)
KEPT = Outcome(result=OutcomeClass.D, proof="Kept.", reason=NotNow.NO_LEGAL_BASIS)
LATER = FollowUp(owner="anna", on=date(2026, 6, 1))


@pytest.mark.parametrize("outcome", [PLANNED_FOR, NOT_NOW, KEPT])
def test_what_is_not_solved_has_somebody_in_office_to_follow_it_up(outcome: Outcome) -> None:
    """R049, R085, R087."""
    told = write(outcome=outcome, follow_up=LATER)
    prepared.when(told, by=ANNA).then(drafted(outcome=outcome, follow_up=LATER))
    unowned = write(outcome=outcome, follow_up=None)
    prepared.when(unowned, by=ANNA).then_rejected(FollowUpMissing, "data.follow_up")
    nobody = write(outcome=outcome, follow_up=FollowUp(owner="zoe", on=date(2026, 6, 1)))
    prepared.when(nobody, by=ANNA).then_rejected(TooEarly, "data.follow_up.owner")


def test_what_is_solved_needs_no_follow_up_and_may_have_one() -> None:
    """R087."""
    prepared.when(write(outcome=SOLVED, follow_up=LATER), by=ANNA).then(
        drafted(outcome=SOLVED, follow_up=LATER)
    )


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        (SOLVED, "completed_on"),
        (SOLVED, "evidence"),
        (PLANNED_FOR, "plan"),
        (PLANNED_FOR, "planned_for"),
        (NOT_NOW, "reason"),
        (KEPT, "reason"),
    ],
)
def test_a_result_is_shown_as_its_class_asks(outcome: Outcome, field: str) -> None:
    """R043, R049, R085."""
    empty: Any = () if field == "evidence" else None
    bare = write(outcome=outcome.model_copy(update={field: empty}), follow_up=LATER)
    refusal = ReasonMissing if field == "reason" else ResultUnproved
    prepared.when(bare, by=ANNA).then_rejected(refusal)


def test_a_reason_is_one_of_the_list() -> None:
    """R085."""
    vague = NOT_NOW.model_copy(update={"reason": "SOMETHING"})
    prepared.when(write(outcome=vague, follow_up=LATER), by=ANNA).then_rejected(ReasonMissing)


def test_a_plan_stands_for_a_measure() -> None:
    """R029."""
    told = write(outcome=PLANNED_FOR, follow_up=LATER, measures=())
    prepared.when(told, by=ANNA).then(drafted(outcome=PLANNED_FOR, follow_up=LATER, measures=()))
    none = write(outcome=NOT_NOW, follow_up=LATER, measures=())
    prepared.when(none, by=ANNA).then_rejected(MeasuresMissing)
