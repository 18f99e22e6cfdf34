"""Classifying, proposing, confirming and accepting."""

from datetime import date
from typing import Any

import pytest

from banli_assignment.refusals import (
    AlreadyAssigned,
    NotAnalysed,
    NotAssigned,
    NotClassified,
    NotProposed,
    UnfitHandler,
    UnfitLeader,
    UnitNotOpen,
    UnitTwice,
)
from banli_assignment.service import SERVICE
from banli_engine.errors import NotAssignedUnit, NotPermitted, UnfitSubject
from banli_engine.reference import Reference
from banli_events.assignment import (
    AcceptAssignment,
    AppointmentEnded,
    AssignmentAccepted,
    Classified,
    ClassifyItem,
    ConfirmAssignment,
    HolderAppointed,
    OpenUnit,
    PostCreated,
    ProposeAssignment,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.words import Actor, PostRole, Responsible
from banli_testing.grammar import OPERATOR, Case, publish
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ASSIGNED,
    BEN,
    CARA,
    CASE,
    CLASSIFIED,
    CO,
    EMIL,
    FINN,
    HUGO,
    IRIS,
    LEAD,
    PROPOSED,
    PUBLISHED,
    REGISTERED,
    YEAR,
)

case = Case(SERVICE, CASE, PUBLISHED)
registered = case.given(REGISTERED)
classified = registered.given(CLASSIFIED)
proposed = classified.given(PROPOSED)
assigned = proposed.given(ASSIGNED)

CLASSIFY = ClassifyItem(category="Road safety")


def propose(lead: Responsible = LEAD, *co: Responsible, **changed: Any) -> ProposeAssignment:
    grounds = {"duty_basis": PROPOSED.duty_basis, "note": PROPOSED.note}
    return ProposeAssignment(lead=lead, co=co, **{**grounds, **changed})


def body(*more: tuple[str, Event]) -> Reference:
    return publish(
        ("unit/traffic", UnitOpened(name="t", since=YEAR)),
        ("post/traffic-handler", PostCreated(unit="traffic", title="h", role=PostRole.HANDLER)),
        ("post/traffic-handler", HolderAppointed(person="anna", name="Anna", since=YEAR)),
        ("post/deputy", PostCreated(unit="traffic", title="d", role=PostRole.DEPUTY_CHIEF)),
        ("post/deputy", HolderAppointed(person="dora", name="Dora", since=YEAR)),
        ("post/office", PostCreated(unit="traffic", title="o", role=PostRole.SUPERVISION_OFFICE)),
        ("post/office", HolderAppointed(person="cara", name="Cara", since=YEAR)),
        *more,
    )


TODAY = date(2025, 3, 10)
CARA_THERE = Actor(person="cara", post="office", unit="traffic")


def test_the_office_classifies_proposes_and_confirms() -> None:
    """R008, R072"""
    registered.when(CLASSIFY, by=CARA).then(CLASSIFIED)
    classified.when(propose(LEAD, CO), by=CARA).then(PROPOSED)
    proposed.when(ConfirmAssignment(), by=CARA).then(ASSIGNED)


@pytest.mark.parametrize("command", [CLASSIFY, propose(), ConfirmAssignment()])
def test_before_the_item_is_known_it_is_too_early(command: Any) -> None:
    case.when(command, by=CARA).then_too_early()


@pytest.mark.parametrize("command", [CLASSIFY, propose(), ConfirmAssignment()])
@pytest.mark.parametrize("speaker", [ANNA, BEN, EMIL, HUGO])
def test_only_the_supervision_office_assigns(command: Any, speaker: Actor) -> None:
    """R060"""
    proposed.when(command, by=speaker).then_rejected(NotPermitted)


def test_one_thing_after_the_other() -> None:
    """R008, R072"""
    registered.when(propose(), by=CARA).then_rejected(NotClassified)
    registered.when(ConfirmAssignment(), by=CARA).then_rejected(NotClassified)
    classified.when(ConfirmAssignment(), by=CARA).then_rejected(NotProposed)


def test_a_proposal_names_the_analysis_it_rests_on() -> None:
    """R072"""
    classified.when(propose(note=None), by=CARA).then_rejected(NotAnalysed, "data.note")


def test_saying_the_same_again_changes_nothing() -> None:
    classified.when(CLASSIFY, by=CARA).then_nothing()
    proposed.when(propose(LEAD, CO), by=CARA).then_nothing()
    assigned.when(ConfirmAssignment(), by=CARA).then_nothing()
    assigned.when(CLASSIFY, by=CARA).then_nothing()
    assigned.when(propose(LEAD, CO), by=CARA).then_nothing()


def test_the_category_may_change_until_the_item_is_assigned_a_proposal_always() -> None:
    """R008, R009"""
    other = ClassifyItem(category="Parking")
    proposed.when(other, by=CARA).then(Classified(category="Parking"))
    proposed.when(propose(LEAD), by=CARA).then(PROPOSED.model_copy(update={"co": ()}))
    assigned.when(other, by=CARA).then_rejected(AlreadyAssigned)
    assigned.when(propose(LEAD), by=CARA).then(PROPOSED.model_copy(update={"co": ()}))


def test_the_last_proposal_is_the_one_confirmed() -> None:
    """R072"""
    replaced = proposed.given(PROPOSED.model_copy(update={"co": ()}))
    replaced.when(ConfirmAssignment(), by=CARA).then(ASSIGNED.model_copy(update={"co": ()}))


def test_the_leader_holds_a_chiefs_post() -> None:
    """R018, R059"""
    named = LEAD.model_copy(update={"leader": "ben"})
    classified.when(propose(named), by=CARA).then_rejected(UnfitLeader, "data.lead.leader")
    chief = LEAD.model_copy(update={"leader": "emil"})
    classified.when(propose(chief), by=CARA).then(
        PROPOSED.model_copy(update={"lead": chief, "co": ()})
    )


@pytest.mark.parametrize("handler", ["ben", "finn"])
def test_the_handler_holds_a_handlers_post_in_that_very_unit(handler: str) -> None:
    """R019, R062"""
    named = LEAD.model_copy(update={"handler": handler})
    classified.when(propose(named), by=CARA).then_rejected(UnfitHandler, "data.lead.handler")


def test_a_co_unit_is_held_to_the_same() -> None:
    """R019, R039"""
    named = CO.model_copy(update={"handler": "anna"})
    classified.when(propose(LEAD, named), by=CARA).then_rejected(UnfitHandler, "data.co.0.handler")


@pytest.mark.parametrize("co", [(LEAD,), (CO, CO)])
def test_a_unit_handles_an_item_once(co: tuple[Responsible, ...]) -> None:
    """R039"""
    classified.when(propose(LEAD, *co), by=CARA).then_rejected(UnitTwice, "data.co")


@pytest.mark.parametrize("part", ["unit", "leader", "handler"])
def test_whoever_is_not_known_may_still_be_on_the_way(part: str) -> None:
    named = LEAD.model_copy(update={part: "unheard-of"})
    classified.when(propose(named), by=CARA).then_too_early()


def test_a_unit_that_opens_later_is_given_nothing() -> None:
    """R018"""
    later = Case(SERVICE, CASE, body(("unit/new", UnitOpened(name="n", since=date(2026, 1, 1)))))
    named = LEAD.model_copy(update={"unit": "new"})
    later.given(REGISTERED, CLASSIFIED).when(propose(named), by=CARA_THERE).then_rejected(
        UnitNotOpen
    )
    today = Case(SERVICE, CASE, body(("unit/traffic", UnitOpened(name="t", since=TODAY))))
    today.given(REGISTERED, CLASSIFIED).when(propose(), by=CARA_THERE).then(
        PROPOSED.model_copy(update={"co": ()})
    )


def test_a_proposal_is_not_confirmed_when_its_handler_has_left() -> None:
    """R019, R020"""
    left = AppointmentEnded(person="anna", since=date(2025, 3, 10), reason="Moved.")
    alone = PROPOSED.model_copy(update={"co": ()})
    there = Case(SERVICE, CASE, body()).given(REGISTERED, CLASSIFIED, alone)
    there.when(ConfirmAssignment(), by=CARA_THERE).then(ASSIGNED.model_copy(update={"co": ()}))
    gone = Case(SERVICE, CASE, body(("post/traffic-handler", left)))
    gone.given(REGISTERED, CLASSIFIED, alone).when(
        ConfirmAssignment(), by=CARA_THERE
    ).then_rejected(UnfitHandler)


@pytest.mark.parametrize(
    ("speaker", "unit"), [(ANNA, "traffic"), (BEN, "traffic"), (FINN, "patrol")]
)
def test_each_assigned_unit_accepts_for_itself(speaker: Actor, unit: str) -> None:
    """R009"""
    assigned.when(AcceptAssignment(), by=speaker).then(AssignmentAccepted(unit=unit))


def test_accepting_twice_changes_nothing() -> None:
    assigned.given(ACCEPTED).when(AcceptAssignment(), by=BEN).then_nothing()
    assigned.given(ACCEPTED).when(AcceptAssignment(), by=FINN).then(
        AssignmentAccepted(unit="patrol")
    )


def test_other_units_accept_nothing() -> None:
    """R009"""
    assigned.when(AcceptAssignment(), by=IRIS).then_rejected(NotAssignedUnit)


def test_nothing_is_accepted_before_it_is_assigned() -> None:
    """R009"""
    proposed.when(AcceptAssignment(), by=ANNA).then_rejected(NotAssigned)
    case.when(AcceptAssignment(), by=ANNA).then_too_early()


def test_a_unit_is_not_opened_on_a_case() -> None:
    case.when(OpenUnit(name="x", since=YEAR), by=OPERATOR).then_rejected(UnfitSubject)
