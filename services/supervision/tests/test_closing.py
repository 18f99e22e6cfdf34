"""Summing a case up, and closing it where its five records are there."""

from datetime import date
from typing import Any

import pytest

from banli_engine.errors import NotPermitted
from banli_events.intake import FeedbackReceived
from banli_events.supervision import (
    ArchiveCase,
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DecidePublication,
    FileCaseSummary,
    ReplyApproved,
    ReplyDrafted,
)
from banli_events.words import Grade, PostRole
from banli_supervision.reactions import REACTIONS
from banli_supervision.refusals import (
    AlreadyArchived,
    AlreadyFiled,
    NotHandler,
    NotSent,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import Case, said
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
    EMIL,
    FINN,
    ISSUED,
    LI,
    PASSED,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
    REPLY,
    RESEARCHED,
    RULES,
    WANG,
)

DAY = date(2025, 4, 1)
SUM_UP = FileCaseSummary(summary="Lights stand, patrols go.")
FILED = CaseSummaryFiled(summary="Lights stand, patrols go.")
ARCHIVED = CaseArchived(rules=RULES)
ARCHIVE = ArchiveCase()


def rated(signer: str, grade: Grade | str, number: int = 1) -> FeedbackReceived:
    return FeedbackReceived(signer=signer, grade=grade, round=number, received_on=DAY)


BOTH_CONTENT = (rated(LI, Grade.SATISFIED), rated(WANG, Grade.BASICALLY))
WORK = (REGISTERED, ASSIGNED, CLOCK, ACCEPTED, CONTACTED, RESEARCHED, DRAFTED, PASSED, APPROVED)

case = Case(SERVICE, CASE, PUBLISHED)
issued = case.given(*WORK, ISSUED)
rated_well = issued.given(*BOTH_CONTENT)
closable = rated_well.given(FILED)


def test_the_handler_sums_the_case_up_after_the_issue() -> None:
    """R029."""
    issued.when(SUM_UP, by=ANNA).then(FILED)
    case.given(*WORK).when(SUM_UP, by=ANNA).then_rejected(NotSent)


def test_only_the_handler_sums_up() -> None:
    issued.when(SUM_UP, by=FINN).then_rejected(NotHandler)
    for speaker in (BEN, CARA, EMIL):
        issued.when(SUM_UP, by=speaker).then_rejected(NotPermitted)


def test_before_the_assignment_is_known_it_is_too_early() -> None:
    case.given(REGISTERED).when(SUM_UP, by=ANNA).then_too_early()


def test_a_summary_that_is_the_last_record_closes_the_case() -> None:
    rated_well.when(SUM_UP, by=ANNA).then(FILED, ARCHIVED)


def test_the_summary_again_changes_nothing_and_another_is_refused() -> None:
    issued.given(FILED).when(SUM_UP, by=ANNA).then_nothing()
    closable.given(ARCHIVED).when(SUM_UP, by=ANNA).then_nothing()
    other = FileCaseSummary(summary="Other words.")
    issued.given(FILED).when(other, by=ANNA).then_rejected(AlreadyFiled)
    closable.given(ARCHIVED).when(other, by=ANNA).then_rejected(AlreadyArchived)


def test_a_summary_of_which_only_the_first_fact_reached_the_log_yields_the_other() -> None:
    closable.when(SUM_UP, by=ANNA).then(ARCHIVED)


def test_when_the_last_rating_comes_in_the_case_is_closed() -> None:
    told = issued.given(FILED, *BOTH_CONTENT)
    assert REACTIONS[FeedbackReceived].react(told.history[-1]) == (CASE, ARCHIVE)
    told.when(ARCHIVE).then(ARCHIVED)


def test_a_case_is_closed_once() -> None:
    closable.given(ARCHIVED).when(ARCHIVE).then_nothing()


@pytest.mark.parametrize(
    "ratings",
    [
        (),
        (rated(LI, Grade.SATISFIED),),
        (rated(LI, Grade.SATISFIED), rated(WANG, "GRADE_OF_A_LATER_BUILD")),
        (rated(LI, Grade.SATISFIED), rated(WANG, Grade.SATISFIED, number=2)),
    ],
)
def test_a_case_stays_open_until_everyone_rated(ratings: Any) -> None:
    issued.given(FILED, *ratings).when(ARCHIVE).then_nothing()
    issued.given(*ratings).when(SUM_UP, by=ANNA).then(FILED)


def without(*missing: Any) -> Case:
    return case.given(
        *(fact for fact in (*WORK, ISSUED, *BOTH_CONTENT, FILED) if fact not in missing)
    )


@pytest.mark.parametrize("missing", [CONTACTED, CLOCK, FILED, ISSUED])
def test_a_case_is_not_closed_where_a_record_is_missing(missing: Any) -> None:
    without().when(ARCHIVE).then(ARCHIVED)
    without(missing).when(ARCHIVE).then_nothing()


def test_a_reply_without_measures_does_not_close_a_case() -> None:
    empty = REPLY.model_copy(update={"measures": ()})
    facts: list[Any] = [*WORK, ISSUED, *BOTH_CONTENT, FILED]
    facts[facts.index(DRAFTED)] = said(
        ReplyDrafted(reply=empty, reply_hash=empty.digest()), by=ANNA
    )
    case.given(*facts).when(ARCHIVE).then_nothing()


def test_a_co_case_is_closed_after_delivery_without_ratings() -> None:
    co_hash = CO_OPINION.digest()
    told = case.given(
        *(REGISTERED_AS_CO, ASSIGNED, CLOCK, ACCEPTED, CONTACTED, RESEARCHED),
        said(ReplyDrafted(reply=CO_OPINION, reply_hash=co_hash), by=ANNA),
        said(ReplyApproved(reply_hash=co_hash, role=PostRole.CHIEF), by=EMIL),
    )
    told.when(SUM_UP, by=ANNA).then_rejected(NotSent)
    delivered = CoOpinionDelivered(reply_hash=co_hash, to="Transport bureau", delivered_on=DAY)
    told.given(delivered).when(SUM_UP, by=ANNA).then(FILED, ARCHIVED)


def test_a_rating_that_arrives_before_anything_else_is_kept() -> None:
    told = case.given(REGISTERED, *BOTH_CONTENT, *WORK[1:], ISSUED, FILED)
    told.when(ARCHIVE).then(ARCHIVED)


@pytest.mark.parametrize("whom", [CARA.person, CARA.unit])
def test_whom_an_item_accuses_decides_nothing_about_it(whom: str) -> None:
    """Policies, row 30."""
    accusing = REGISTERED.model_copy(update={"accused": (whom,)})
    case = Case(SERVICE, CASE, PUBLISHED).given(accusing, ASSIGNED)
    publish = DecidePublication(extent="FULL")
    case.when(publish, by=CARA).then_rejected(NotPermitted, "actor")
