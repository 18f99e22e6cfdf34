"""What the rules ask for after the reply: called back, verified, reported, closed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from banli_engine.errors import NotAssignedUnit, NotPermitted
from banli_events.assignment import TaskFinished, TasksDivided
from banli_events.intake import FeedbackReceived, ItemWithdrawn
from banli_events.supervision import (
    ArchiveCase,
    CallbackDone,
    CaseArchived,
    CaseSummaryFiled,
    FileCaseSummary,
    RecordCallback,
    RehandlingOrdered,
    SendClosingReport,
    VerifyMeasure,
)
from banli_events.words import Grade, OuterRole, Task
from banli_supervision.reactions import REACTIONS
from banli_supervision.refusals import (
    AlreadyReported,
    HandlingEnded,
    NotAddressee,
    NotSent,
    UnknownMeasure,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import Case
from banli_testing.story import (
    ANNA,
    ASSIGNED,
    BEN,
    CARA,
    CASE,
    EMIL,
    FINN,
    HUGO,
    IRIS,
    LEAD,
    LI,
    RULES,
    WANG,
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
    WHOLE_SET,
)

DAY = date(2025, 4, 1)
SUM_UP = FileCaseSummary(summary="Lights stand, patrols go.")
FILED = CaseSummaryFiled(summary="Lights stand, patrols go.")
ARCHIVED = CaseArchived(rules=RULES)
ARCHIVE = ArchiveCase()


def rated(signer: str, grade: Grade | str, number: int = 1) -> FeedbackReceived:
    return FeedbackReceived(signer=signer, grade=grade, round=number, received_on=DAY)


whole = Case(SERVICE, CASE, WHOLE)
out = whole.given(*PREPARED, *RELEASED, WHOLE_ISSUED)
WHOLE_ARCHIVED = CaseArchived(rules=WHOLE_RULES)
LAST: tuple[Any, ...] = (*RATED, VERIFIED, MADE_PUBLIC, REPORTED, FILED)
CALL = RecordCallback(signer=LI, called_on=DAY, summary="She is glad.")
CALLED = CallbackDone(signer=LI, called_on=DAY, summary="She is glad.")
VERIFY = VerifyMeasure(**VERIFIED.model_dump())
REPORT = SendClosingReport(document_number="R-7", sent_on=date(2025, 4, 3), receipt="A-9")
WITHDRAWN = ItemWithdrawn(reason="Settled.", withdrawn_on=DAY)
AGAIN = RehandlingOrdered(round=2, unsatisfied=(LI,), lead=LEAD, reason="Not content.")


def but(*missing: Any) -> Case:
    """All that the rules ask for, but these."""
    return out.given(*(fact for fact in LAST if fact not in missing))


def test_after_the_reply_those_who_signed_are_called_back() -> None:
    """R076, R201."""
    for speaker in (ANNA, FINN, CARA):
        out.when(CALL, by=speaker).then(CALLED)
    out.given(CALLED).when(CALL, by=ANNA).then_nothing()
    out.when(CALL, by=IRIS).then_rejected(NotAssignedUnit)
    for speaker in (BEN, EMIL, HUGO):
        out.when(CALL, by=speaker).then_rejected(NotPermitted)
    other = CALL.model_copy(update={"signer": "P-zhao"})
    out.when(other, by=ANNA).then_rejected(NotAddressee, "data.signer")
    whole.given(*PREPARED, *RELEASED).when(CALL, by=ANNA).then_rejected(NotSent)


def test_the_office_looks_whether_each_measure_was_carried_out() -> None:
    """R028."""
    out.when(VERIFY, by=CARA).then(VERIFIED)
    out.given(VERIFIED).when(VERIFY, by=CARA).then_nothing()
    for speaker in (ANNA, BEN, EMIL):
        out.when(VERIFY, by=speaker).then_rejected(NotPermitted)
    other = VERIFY.model_copy(update={"measure": "A bridge"})
    out.when(other, by=CARA).then_rejected(UnknownMeasure, "data.measure")
    whole.given(*PREPARED, *RELEASED).when(VERIFY, by=CARA).then_rejected(NotSent)


def test_a_measure_that_was_not_carried_out_keeps_the_case_open_until_it_is() -> None:
    """R028."""
    failed = VERIFIED.model_copy(update={"carried_out": False})
    told = but(VERIFIED).given(failed)
    told.when(ARCHIVE).then_nothing()
    told.when(VERIFY, by=CARA).then(VERIFIED, WHOLE_ARCHIVED)
    then_undone = but(VERIFIED).given(VERIFIED, failed)
    then_undone.when(ARCHIVE).then_nothing()


def test_once_all_are_content_the_assigner_has_the_closing_report() -> None:
    """R199."""
    rated = out.given(*RATED)
    rated.when(REPORT, by=CARA).then(REPORTED)
    rated.given(REPORTED).when(REPORT, by=CARA).then_nothing()
    other = REPORT.model_copy(update={"receipt": "A-10"})
    rated.given(REPORTED).when(other, by=CARA).then_rejected(AlreadyReported)
    for speaker in (ANNA, BEN, EMIL):
        rated.when(REPORT, by=speaker).then_rejected(NotPermitted)
    whole.given(*PREPARED, *RELEASED).when(REPORT, by=CARA).then_rejected(NotSent)


@pytest.mark.parametrize("grades", [(), (Grade.SATISFIED,), (Grade.SATISFIED, Grade.NOT_SATISFIED)])
def test_while_ratings_are_awaited_or_ask_for_more_no_closing_is_reported(grades: Any) -> None:
    """R199: the ratings may still be on their way."""
    told = out.given(*(rated(one, grade) for one, grade in zip((LI, WANG), grades, strict=False)))
    told.when(REPORT, by=CARA).then_too_early()


@pytest.mark.parametrize("missing", LAST)
def test_a_case_is_closed_with_all_that_its_rules_ask_for(missing: Any) -> None:
    """R014, R028, R029, R199."""
    but().when(ARCHIVE).then(WHOLE_ARCHIVED)
    but(missing).when(ARCHIVE).then_nothing()


def test_whichever_record_comes_last_closes_the_case() -> None:
    """R014, R029."""
    but(VERIFIED).when(VERIFY, by=CARA).then(VERIFIED, WHOLE_ARCHIVED)
    but(REPORTED).when(REPORT, by=CARA).then(REPORTED, WHOLE_ARCHIVED)
    but(FILED).when(SUM_UP, by=ANNA).then(FILED, WHOLE_ARCHIVED)


def test_a_last_record_that_reached_the_log_alone_yields_the_closing() -> None:
    """R029."""
    but().when(VERIFY, by=CARA).then(WHOLE_ARCHIVED)
    but().when(REPORT, by=CARA).then(WHOLE_ARCHIVED)
    but().when(SUM_UP, by=ANNA).then(WHOLE_ARCHIVED)
    for command, speaker in ((VERIFY, CARA), (REPORT, CARA), (SUM_UP, ANNA)):
        but().given(WHOLE_ARCHIVED).when(command, by=speaker).then_nothing()


@pytest.mark.parametrize(
    ("waived", "facts"),
    [("verify", (VERIFIED,)), ("report", (REPORTED,)), ("publish", (MADE_PUBLIC,))],
)
def test_what_the_rules_do_not_ask_for_is_not_waited_for(waived: str, facts: Any) -> None:
    """R021."""
    rules = WHOLE_SET.model_copy(update={waived: False})
    told = replace(but(*facts), reference=replace(WHOLE, rule_sets={WHOLE_RULES: rules}))
    told.when(ARCHIVE).then(WHOLE_ARCHIVED)


def test_a_case_is_closed_when_all_its_tasks_are_done() -> None:
    """R017."""
    tasks = tuple(
        Task(id=name, unit="traffic", role=OuterRole.LEAD, handler="anna", what="Count.")
        for name in ("t1", "t2")
    )
    one, two = (TaskFinished(task=task.id, result="Done.") for task in tasks)
    told = but().given(TasksDivided(unit="traffic", tasks=tasks), one)
    told.when(ARCHIVE).then_nothing()
    done = told.given(two)
    assert REACTIONS[TaskFinished].react(done.history[-1]) == (CASE, ARCHIVE)
    done.when(ARCHIVE).then(WHOLE_ARCHIVED)


def test_summary_and_report_are_those_of_the_last_round() -> None:
    """R029, R199: what was filed before the item was handled again does not close it."""
    told = out.given(FILED, REPORTED, AGAIN, ASSIGNED.model_copy(update={"round": 2}))
    assert (told.state.summary, told.state.reported, told.state.draft) == (None, None, None)
    told.when(SUM_UP, by=ANNA).then_rejected(NotSent)
    told.when(REPORT, by=CARA).then_rejected(NotSent)


@pytest.mark.parametrize(
    ("command", "speaker"), [(CALL, ANNA), (VERIFY, CARA), (REPORT, CARA), (SUM_UP, ANNA)]
)
def test_after_a_withdrawal_nothing_more_is_recorded_and_nothing_closes(
    command: Any, speaker: Any
) -> None:
    """R078."""
    out.given(WITHDRAWN).when(command, by=speaker).then_rejected(HandlingEnded)
    but().given(WITHDRAWN).when(ARCHIVE).then_nothing()
