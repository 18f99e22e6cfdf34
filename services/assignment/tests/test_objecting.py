"""A unit objects to an assignment, and what the office finds of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from bureau import LAST, OBJECTED, REFUSED, UPHELD, WITHOUT, bureau, window

from banli_assignment.refusals import (
    AlreadyAccepted,
    AlreadyAssigned,
    AlreadyObjected,
    AlreadyReplied,
    AlreadyRuled,
    NeedsApproval,
    NotAssigned,
    NotObjected,
    NoWindow,
    ObjectionBinding,
    ObjectionLate,
    ObjectionStands,
    RightlyObjected,
    StaleProposal,
)
from banli_engine.errors import NotAssignedUnit, NotPermitted
from banli_events.assignment import (
    AcceptAssignment,
    AssignmentAccepted,
    AssignmentObjected,
    Classified,
    ClassifyItem,
    ConfirmAssignment,
    ObjectionRefused,
    ObjectionUpheld,
    ObjectToAssignment,
    ProposeAssignment,
    Reassigned,
    RefuseObjection,
    UpholdObjection,
)
from banli_events.deadlines import Basis, Pause
from banli_events.supervision import DeadlineExtended, DeadlineResumed, DeadlineSuspended
from banli_events.words import Responsible
from banli_testing.grammar import said
from banli_testing.story import (
    ANNA,
    ASSIGNED,
    BEN,
    CARA,
    CLASSIFIED,
    CO,
    EMIL,
    FINN,
    GRACE,
    IRIS,
    ISSUED,
    LEAD,
    PROPOSED,
    REGISTERED,
)

assigned = bureau().given(REGISTERED, CLASSIFIED, PROPOSED, ASSIGNED)
may_object = assigned.given(window("reply"), window("objection:patrol"))
pending = may_object.given(said(OBJECTED, by=FINN))

OBJECT = ObjectToAssignment(reason="Crossings are not ours.", belongs_to="fire")
UPHOLD = UpholdObjection(unit="patrol", reason="Patrol is right.")
REFUSE = RefuseObjection(unit="patrol", reason="Patrol is wrong.")
FIRE = Responsible(unit="fire", leader="dora", handler="iris")
ANEW = PROPOSED.model_copy(update={"co": (FIRE,), "note": "Fire has it."})
A_MOMENT = timedelta(microseconds=1)
A_DAY = timedelta(days=1)


@pytest.mark.parametrize("speaker", [FINN, GRACE])
def test_a_handler_or_head_objects_for_the_unit(speaker: Any) -> None:
    """R053"""
    may_object.when(OBJECT, by=speaker).then(OBJECTED)


def test_other_units_and_the_office_do_not_object() -> None:
    """R053"""
    may_object.when(OBJECT, by=IRIS).then_rejected(NotAssignedUnit)
    may_object.when(OBJECT, by=CARA).then_rejected(NotPermitted)
    bureau().given(REGISTERED, CLASSIFIED).when(OBJECT, by=FINN).then_rejected(NotAssigned)


def test_an_objection_comes_inside_its_window() -> None:
    """R053"""
    may_object.when(OBJECT, by=FINN, at=LAST - A_MOMENT).then(OBJECTED)
    may_object.when(OBJECT, by=FINN, at=LAST).then_rejected(ObjectionLate)


def test_a_window_that_was_made_longer_or_stands_still_is_heeded() -> None:
    """R053"""
    clock = "objection:patrol"
    basis = Basis(counted_from=date(2025, 3, 10), last_day=date(2025, 3, 17), source="Rules")
    longer = may_object.given(
        DeadlineExtended(clock=clock, due=LAST + A_DAY, basis=basis, clause="c", reason="r")
    )
    longer.when(OBJECT, by=FINN, at=LAST).then(OBJECTED)
    longer.when(OBJECT, by=FINN, at=LAST + A_DAY).then_rejected(ObjectionLate)
    still = may_object.given(DeadlineSuspended(clock=clock, reason="Waits."))
    still.when(OBJECT, by=FINN, at=LAST).then(OBJECTED)
    pause = Pause(since=date(2025, 3, 10), until=date(2025, 3, 11), why="Waits.")
    resumed = DeadlineResumed(clock=clock, due=LAST + A_DAY, pause=pause, basis=basis)
    still.given(resumed).when(OBJECT, by=FINN, at=LAST + A_DAY).then_rejected(ObjectionLate)


def test_until_the_window_is_known_it_is_too_early() -> None:
    """R053"""
    assigned.when(OBJECT, by=FINN).then_too_early()
    assigned.given(window("reply")).when(OBJECT, by=FINN).then_too_early()
    assigned.given(window("objection:traffic")).when(OBJECT, by=FINN).then_too_early()


def test_where_the_rules_know_no_window_nobody_waits_for_one() -> None:
    """R053"""
    without = assigned.given(window("reply", WITHOUT))
    without.when(OBJECT, by=FINN).then_rejected(NoWindow)
    committee = REGISTERED.numbering.model_copy(update={"body": "committee"})
    registered = REGISTERED.model_copy(update={"numbering": committee})
    early = bureau().given(registered, CLASSIFIED, PROPOSED, ASSIGNED)
    early.when(OBJECT, by=FINN).then_rejected(NoWindow)


def test_who_has_accepted_no_longer_objects() -> None:
    """R009, R053"""
    accepted = may_object.given(AssignmentAccepted(unit="patrol"))
    accepted.when(OBJECT, by=FINN).then_rejected(AlreadyAccepted)


def test_after_the_reply_nobody_objects() -> None:
    """R053"""
    may_object.given(ISSUED).when(OBJECT, by=FINN).then_rejected(AlreadyReplied)


def test_to_whom_it_belongs_is_a_unit() -> None:
    """R053"""
    other = ObjectToAssignment(reason="Not ours.", belongs_to="unheard-of")
    may_object.when(other, by=FINN).then_too_early()


def test_objecting_twice_changes_nothing_and_never_on_another_ground() -> None:
    """R053"""
    pending.when(OBJECT, by=GRACE).then_nothing()
    other = ObjectToAssignment(reason="We are too few.")
    pending.when(other, by=FINN).then_rejected(AlreadyObjected)


def test_a_unit_does_not_accept_what_it_objects_to() -> None:
    """R053: until the objection is refused."""
    pending.when(AcceptAssignment(), by=FINN).then_rejected(ObjectionStands)
    pending.given(UPHELD).when(AcceptAssignment(), by=FINN).then_rejected(ObjectionStands)
    pending.given(REFUSED).when(AcceptAssignment(), by=FINN).then(AssignmentAccepted(unit="patrol"))
    pending.when(AcceptAssignment(), by=ANNA).then(AssignmentAccepted(unit="traffic"))


def test_the_office_upholds_or_refuses_with_the_reason() -> None:
    """R053, R060"""
    pending.when(UPHOLD, by=CARA).then(UPHELD)
    pending.when(REFUSE, by=CARA).then(REFUSED)
    for speaker in (ANNA, BEN, EMIL, FINN):
        pending.when(UPHOLD, by=speaker).then_rejected(NotPermitted)


def test_an_objection_is_ruled_on_once() -> None:
    """R053"""
    pending.given(UPHELD).when(UPHOLD, by=CARA).then_nothing()
    pending.given(UPHELD).when(REFUSE, by=CARA).then_rejected(AlreadyRuled)
    pending.given(REFUSED).when(UPHOLD, by=CARA).then_rejected(AlreadyRuled)
    may_object.when(UPHOLD, by=CARA).then_rejected(NotObjected)


def test_a_refusal_binds() -> None:
    """R053"""
    other = ObjectToAssignment(reason="Still not ours.")
    pending.given(REFUSED).when(other, by=FINN).then_rejected(ObjectionBinding)
    pending.given(REFUSED).when(OBJECT, by=FINN).then_nothing()


def test_after_an_objection_was_upheld_the_office_hands_the_item_to_others() -> None:
    """R053: proposed anew and confirmed, with the reason of the objection."""
    upheld = pending.given(AssignmentAccepted(unit="traffic"), UPHELD)
    propose = ProposeAssignment(
        lead=LEAD, co=(FIRE,), duty_basis=ANEW.duty_basis, note="Fire has it."
    )
    upheld.when(propose, by=CARA).then(ANEW)
    handed = Reassigned(
        lead=LEAD, co=(FIRE,), duty_basis=ANEW.duty_basis, reason="Patrol is right."
    )
    upheld.given(ANEW).when(ConfirmAssignment(), by=CARA).then(handed)
    done = upheld.given(ANEW, handed)
    done.when(ConfirmAssignment(), by=CARA).then_nothing()
    assert done.state.own.accepted == {"traffic"}
    done.when(AcceptAssignment(), by=FINN).then_rejected(NotAssignedUnit)


def test_the_category_may_change_once_it_was_found_wrong() -> None:
    """R008, R053"""
    other = ClassifyItem(category="Fire safety")
    pending.when(other, by=CARA).then_rejected(AlreadyAssigned)
    pending.given(UPHELD).when(other, by=CARA).then(Classified(category="Fire safety"))


def test_a_unit_that_rightly_objected_is_not_named_again() -> None:
    """R053"""
    upheld = pending.given(UPHELD)
    again = ProposeAssignment(
        lead=LEAD, co=PROPOSED.co, duty_basis=PROPOSED.duty_basis, note=PROPOSED.note
    )
    upheld.when(again, by=CARA).then_rejected(RightlyObjected, "data.co.0.unit")
    upheld.when(ConfirmAssignment(), by=CARA).then_rejected(StaleProposal)


def test_of_two_units_that_rightly_objected_neither_is_named_again() -> None:
    """R053"""
    nor_ours = AssignmentObjected(unit="traffic", reason="Nor ours.")
    right = ObjectionUpheld(unit="traffic", reason="Right.")
    upheld = pending.given(nor_ours, UPHELD, right)
    for lead, co, field in (
        (FIRE, PROPOSED.co, "data.co.0.unit"),
        (FIRE, (LEAD,), "data.co.0.unit"),
        (LEAD, (FIRE,), "data.lead.unit"),
    ):
        named = ProposeAssignment(lead=lead, co=co, duty_basis="x", note="y")
        upheld.when(named, by=CARA).then_rejected(RightlyObjected, field)


def test_without_an_upheld_objection_the_office_alone_hands_nothing_on() -> None:
    """R009"""
    for known in (assigned, pending, pending.given(REFUSED)):
        known.given(ANEW).when(ConfirmAssignment(), by=CARA).then_rejected(NeedsApproval)


def test_an_objection_upheld_after_the_reply_moves_nobody() -> None:
    """R009, R053"""
    late = pending.given(UPHELD, ANEW, ISSUED)
    late.when(ConfirmAssignment(), by=CARA).then_rejected(AlreadyReplied)


def test_an_objection_that_is_not_answered_outlasts_a_hand_over_to_others() -> None:
    """R009, R053: that of a unit which stays; who leaves has nothing left to object to."""
    stays = pending.given(Reassigned(lead=FIRE, co=(CO,), duty_basis="x", reason="y"))
    stays.when(AcceptAssignment(), by=FINN).then_rejected(ObjectionStands)
    stays.when(REFUSE, by=CARA).then(REFUSED)
    bound = stays.given(REFUSED, Reassigned(lead=LEAD, co=(CO,), duty_basis="x", reason="y"))
    other = ObjectToAssignment(reason="Still not ours.")
    bound.when(other, by=FINN).then_rejected(ObjectionBinding)
    leaves = pending.given(Reassigned(lead=FIRE, duty_basis="x", reason="y"))
    leaves.when(REFUSE, by=CARA).then_rejected(NotObjected)


def test_each_unit_has_its_own_objection() -> None:
    """R053"""
    both = pending.given(window("objection:traffic"))
    own = AssignmentObjected(unit="traffic", reason="Nor ours.")
    both.when(ObjectToAssignment(reason="Nor ours."), by=ANNA).then(own)
    ruled = both.given(own, REFUSED)
    ruled.when(UpholdObjection(unit="traffic", reason="Right."), by=CARA).then(
        ObjectionUpheld(unit="traffic", reason="Right.")
    )
    assert isinstance(ruled.state.own.objections["patrol"].ruling, ObjectionRefused)
