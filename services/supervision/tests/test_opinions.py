"""What co-units are asked, and say."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from banli_engine.errors import NotAssignedUnit, NotPermitted, TooEarly
from banli_events.assignment import Reassigned
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import (
    CaseArchived,
    CoOpinionSubmitted,
    DeadlineSet,
    RequestCoOpinion,
    SubmitCoOpinion,
)
from banli_supervision.refusals import (
    AlreadyAnswered,
    AlreadyApproved,
    AlreadyArchived,
    AlreadyAsked,
    AlreadySent,
    HandlingEnded,
    NotAsked,
    NotCoUnit,
    NotHandler,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, Case
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ASSIGNED,
    BEN,
    CARA,
    CASE,
    CO,
    FINN,
    GRACE,
    IRIS,
    LEAD,
    REGISTERED,
    RULES,
)
from banli_testing.whole import (
    ATTACHED,
    FILE,
    OPINED,
    REQUESTED,
    WHOLE,
    WHOLE_APPROVED,
    WHOLE_CLOCK,
    WHOLE_DRAFTED,
    WHOLE_ISSUED,
    WHOLE_PASSED,
)

case = Case(SERVICE, CASE, WHOLE)
accepted = case.given(REGISTERED, ASSIGNED, WHOLE_CLOCK, ACCEPTED)
asked = accepted.given(REQUESTED)
answered = asked.given(OPINED)
ASK = RequestCoOpinion(**REQUESTED.model_dump())
SAY = SubmitCoOpinion(opinion="Yes, daily.")
WITHDRAWN = ItemWithdrawn(reason="Settled.", withdrawn_on=date(2025, 3, 10))


def test_the_handler_of_the_lead_unit_asks_a_co_unit_and_its_clock_starts() -> None:
    """R032, R036, R038."""
    requested, clock = accepted.when(ASK, by=ANNA).events
    assert requested == REQUESTED
    assert isinstance(clock, DeadlineSet)
    assert clock.clock == "unit-opinion:patrol"
    assert clock.due == datetime(2025, 4, 9, 16, tzinfo=UTC)


def test_nobody_else_asks_and_nobody_else_is_asked() -> None:
    """R032."""
    accepted.when(ASK, by=FINN).then_rejected(NotHandler)
    accepted.when(ASK, by=IRIS).then_rejected(NotAssignedUnit)
    for speaker in (BEN, CARA):
        accepted.when(ASK, by=speaker).then_rejected(NotPermitted)
    for unit in ("fire", "traffic"):
        other = ASK.model_copy(update={"unit": unit})
        accepted.when(other, by=ANNA).then_rejected(NotCoUnit, "data.unit")


def test_a_co_unit_is_asked_once() -> None:
    """R032."""
    requested, clock = accepted.when(ASK, by=ANNA).events
    told = accepted.given(requested, clock)
    told.when(ASK, by=ANNA, at=NOON + timedelta(days=2)).then_nothing()
    other = ASK.model_copy(update={"question": "Can you pay for it?"})
    told.when(other, by=ANNA).then_rejected(AlreadyAsked)


def test_a_request_of_which_only_the_first_fact_reached_the_log_yields_its_clock() -> None:
    """R038."""
    requested, clock = accepted.when(ASK, by=ANNA).events
    accepted.given(requested).when(ASK, by=ANNA, at=NOON + timedelta(days=2)).then(clock)


def test_the_co_units_handler_answers_what_it_was_asked() -> None:
    """R038."""
    asked.when(SAY, by=FINN).then(OPINED.event)
    accepted.when(SAY, by=FINN).then_rejected(NotAsked)
    asked.when(SAY, by=ANNA).then_rejected(NotCoUnit)
    asked.when(SAY, by=IRIS).then_rejected(NotAssignedUnit)
    asked.when(SAY, by=GRACE).then_rejected(NotPermitted)
    case.given(REGISTERED).when(SAY, by=FINN).then_too_early()


def test_within_the_co_unit_the_handler_named_answers() -> None:
    """R019, R038."""
    zoe = CO.model_copy(update={"handler": "zoe"})
    told = asked.given(Reassigned(lead=LEAD, co=(zoe,), duty_basis="Same.", reason="Moved."))
    told.when(SAY, by=FINN).then_rejected(NotHandler)


def test_an_opinion_is_given_once() -> None:
    """R038."""
    answered.when(SAY, by=FINN).then_nothing()
    other = SAY.model_copy(update={"opinion": "No."})
    answered.when(other, by=FINN).then_rejected(AlreadyAnswered)
    more = SAY.model_copy(update={"attachments": (FILE,)})
    answered.given(ATTACHED).when(more, by=FINN).then_rejected(AlreadyAnswered)


def test_what_is_enclosed_with_an_opinion_belongs_to_the_case() -> None:
    more = SAY.model_copy(update={"attachments": (FILE,)})
    asked.when(more, by=FINN).then_rejected(TooEarly, "data.attachments")
    asked.given(ATTACHED).when(more, by=FINN).then(
        CoOpinionSubmitted(unit="patrol", opinion="Yes, daily.", attachments=(FILE,))
    )


def test_an_opinion_may_come_late_until_the_approval() -> None:
    """R036, R038."""
    long_after = NOON + timedelta(days=300)
    read = asked.given(WHOLE_DRAFTED, *WHOLE_PASSED)
    read.when(SAY, by=FINN, at=long_after).then(OPINED.event)
    read.given(WHOLE_APPROVED).when(SAY, by=FINN).then_rejected(AlreadyApproved)
    sent = read.given(WHOLE_APPROVED, WHOLE_ISSUED)
    sent.when(SAY, by=FINN).then_rejected(AlreadySent)
    unasked = accepted.given(WHOLE_DRAFTED, *WHOLE_PASSED, WHOLE_APPROVED, WHOLE_ISSUED)
    unasked.when(ASK, by=ANNA).then_rejected(AlreadySent)


@pytest.mark.parametrize(("command", "speaker"), [(ASK, ANNA), (SAY, FINN)])
def test_after_the_end_nobody_is_asked_and_nobody_answers(command: Any, speaker: Any) -> None:
    """R078."""
    told = accepted if command is ASK else asked
    told.given(WITHDRAWN).when(command, by=speaker).then_rejected(HandlingEnded)
    told.given(CaseArchived(rules=RULES)).when(command, by=speaker).then_rejected(AlreadyArchived)
