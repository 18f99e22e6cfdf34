"""What comes before a draft: contact, research, measures, consultation, and their order."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from banli_engine.errors import NotAssignedUnit, NotPermitted
from banli_events.assignment import OuterObjectionAnswered, OutOfScopeExplained
from banli_events.deadlines import Step
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import (
    CaseArchived,
    ConsultationHeld,
    LogResearch,
    MeasureTaken,
    ProposerContacted,
    RecordConsultation,
    RecordContact,
    RecordMeasure,
    ResearchLogged,
    StepRule,
)
from banli_events.words import ContactMode
from banli_supervision.refusals import (
    AlreadyArchived,
    HandlingEnded,
    NotContacted,
    NotContactedAgain,
    NotRectified,
    NotResearched,
    NotSigner,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import Case
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    APPROVED,
    ASSIGNED,
    BEN,
    CARA,
    CASE,
    CLOCK,
    CONTACTED,
    DRAFTED,
    FINN,
    IRIS,
    ISSUED,
    LI,
    PASSED,
    PUBLISHED,
    REGISTERED,
    RESEARCHED,
    RULES,
    WANG,
)
from banli_testing.whole import CONSULTED, WHOLE, WHOLE_CLOCK, WHOLE_RULES, WHOLE_SET

case = Case(SERVICE, CASE, PUBLISHED)
accepted = case.given(REGISTERED, ASSIGNED, CLOCK, ACCEPTED)
ready = accepted.given(CONTACTED, RESEARCHED)

CALL = RecordContact(
    signer=LI, mode=ContactMode.VISIT, contacted_on=CONTACTED.contacted_on, summary="Walked there."
)
LOOK = LogResearch(researched_on=RESEARCHED.researched_on, summary="Counted cars.")


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


@pytest.mark.parametrize("command", [CALL.model_copy(update={"signer": WANG}),
                                     LOOK.model_copy(update={"summary": "x"})])  # fmt: skip
def test_after_the_case_is_closed_nothing_more_is_done(command: Any) -> None:
    closed = ready.given(DRAFTED, PASSED, APPROVED, ISSUED, CaseArchived(rules=RULES))
    closed.when(command, by=ANNA).then_rejected(AlreadyArchived)


FIX = RecordMeasure(taken_on=date(2025, 3, 10), what="Lights at one crossing.")
FIXED = MeasureTaken(taken_on=date(2025, 3, 10), what="Lights at one crossing.")
MEET = RecordConsultation(**CONSULTED.model_dump())
ENDS = [
    ItemWithdrawn(reason="Settled.", withdrawn_on=date(2025, 3, 10)),
    OutOfScopeExplained(reason="r", explained_to=(LI,), explained_on=date(2025, 3, 10)),
    OuterObjectionAnswered(upheld=True, reason="r", answered_on=date(2025, 3, 10)),
]


def test_a_handler_records_what_was_put_right_and_who_was_consulted() -> None:
    """R011, R080."""
    for speaker in (ANNA, FINN):
        accepted.when(FIX, by=speaker).then(FIXED)
        accepted.when(MEET, by=speaker).then(CONSULTED)
    for command in (FIX, MEET):
        accepted.when(command, by=IRIS).then_rejected(NotAssignedUnit)
        accepted.when(command, by=CARA).then_rejected(NotPermitted)
    accepted.given(FIXED).when(FIX, by=ANNA).then_nothing()
    accepted.given(CONSULTED).when(MEET, by=ANNA).then_nothing()


def test_those_consulted_are_of_those_who_signed() -> None:
    """R011."""
    with_another = MEET.model_copy(update={"people": (LI, "P-zhao")})
    accepted.when(with_another, by=ANNA).then_rejected(NotSigner, "data.people.1")
    one = MEET.model_copy(update={"people": (WANG,)})
    accepted.when(one, by=ANNA).then(ConsultationHeld(**one.model_dump()))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("command", [CALL, LOOK, FIX, MEET])
def test_after_the_end_of_the_handling_nothing_more_is_recorded(end: Any, command: Any) -> None:
    """R078."""
    accepted.given(end).when(command, by=ANNA).then_rejected(HandlingEnded)


def test_an_item_registered_again_after_a_mistaken_entry_begins_anew() -> None:
    """R007."""
    again = accepted.given(CONTACTED, ENDS[0], REGISTERED)
    again.when(CALL, by=ANNA).then_too_early()
    again.given(ASSIGNED, CLOCK, ACCEPTED).when(CALL, by=ANNA).then(CONTACTED)


CONTACT_FIRST = StepRule(step=Step.RESEARCH, after=(Step.CONTACT,), units=("traffic",))
THEN_RECTIFY = StepRule(step=Step.RECTIFY, after=(Step.RESEARCH,))
THEN_TALK = StepRule(step=Step.CONSULT, after=(Step.RECTIFY, Step.RECONTACT))


def ordered(*steps: StepRule) -> Case:
    """The case under the rules with these steps, accepted."""
    rules = WHOLE_SET.model_copy(update={"steps": steps})
    published = replace(WHOLE, rule_sets={WHOLE_RULES: rules})
    return Case(SERVICE, CASE, published).given(REGISTERED, ASSIGNED, WHOLE_CLOCK, ACCEPTED)


def test_the_order_of_steps_is_data_of_the_rules() -> None:
    """R080: first contact, then research, then put right, then speak again."""
    told = ordered(CONTACT_FIRST, THEN_RECTIFY, THEN_TALK)
    told.when(LOOK, by=ANNA).then_rejected(NotContacted)
    told.when(FIX, by=ANNA).then_rejected(NotResearched)
    told.when(MEET, by=ANNA).then_rejected(NotRectified)
    told = told.given(CONTACTED)
    told.when(LOOK, by=ANNA).then(RESEARCHED)
    told = told.given(RESEARCHED)
    told.when(FIX, by=ANNA).then(FIXED)
    told = told.given(FIXED)
    told.when(MEET, by=ANNA).then_rejected(NotContactedAgain)
    told = told.given(CONTACTED)
    told.when(MEET, by=ANNA).then(CONSULTED)


def test_an_order_can_hold_for_some_units_only() -> None:
    """R080."""
    told = ordered(CONTACT_FIRST)
    told.when(LOOK, by=FINN).then(RESEARCHED)
    told.when(LOOK, by=ANNA).then_rejected(NotContacted)


def test_a_contact_before_the_measure_is_none_after_it() -> None:
    """R080: what counts is the order in which they were recorded, not the day that is stated."""
    told = ordered(THEN_TALK).given(
        CONTACTED.model_copy(update={"contacted_on": date(2025, 12, 1)}), FIXED
    )
    told.when(MEET, by=ANNA).then_rejected(NotContactedAgain)


def test_without_a_measure_no_contact_is_one_after_it() -> None:
    """R080."""
    told = ordered(StepRule(step=Step.CONSULT, after=(Step.RECONTACT,))).given(CONTACTED)
    told.when(MEET, by=ANNA).then_rejected(NotContactedAgain)


def test_before_the_rules_are_known_the_order_is_too_early_to_tell() -> None:
    case.given(REGISTERED, ASSIGNED).when(LOOK, by=ANNA).then_too_early()
