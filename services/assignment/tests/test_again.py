"""An item goes to others with approval, back for another round, back after a race; or anew."""

from random import Random
from typing import Any

import pytest
from bureau import bureau, left, window

from banli_assignment.again import REPLIED_BEFORE
from banli_assignment.reactions import REACTIONS
from banli_assignment.refusals import (
    AlreadyArchived,
    AlreadyAssigned,
    AlreadyReplied,
    ItemTakenBack,
    NotAssigned,
    NotClassified,
    StaleProposal,
    UnfitHandler,
)
from banli_assignment.service import SERVICE
from banli_engine.errors import NotAssignedUnit, NotPermitted
from banli_events.assignment import (
    AcceptAssignment,
    ApproveReassignment,
    AssignAgain,
    Assigned,
    AssignmentAccepted,
    ClassifyItem,
    ConfirmAssignment,
    ProposeAssignment,
    Reassigned,
    StandByReply,
)
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import (
    CaseArchived,
    CoOpinionDelivered,
    RehandlingOrdered,
    ReplyIssued,
)
from banli_events.words import PackRef, Responsible
from banli_testing.grammar import Case, interleavings, state_of
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ASSIGNED,
    CARA,
    CASE,
    CLASSIFIED,
    CO,
    DORA,
    EMIL,
    FINN,
    IRIS,
    ISSUED,
    LEAD,
    LI,
    PROPOSED,
    REGISTERED,
    YEAR,
)

FIRE = Responsible(unit="fire", leader="dora", handler="iris")
ANEW = PROPOSED.model_copy(update={"lead": FIRE, "note": "Fire has it."})
REASON = "Traffic has no people for it."

proposed = bureau().given(REGISTERED, CLASSIFIED, PROPOSED)
assigned = proposed.given(ASSIGNED, ACCEPTED)
anew = assigned.given(ANEW)
HANDED = Reassigned(lead=FIRE, co=(CO,), duty_basis=ANEW.duty_basis, reason=REASON)
ARCHIVED = CaseArchived(rules=PackRef(pack="with-windows", version=1))
WITHDRAWN = ItemWithdrawn(reason="Wrong number.", entered_in_error=True, withdrawn_on=YEAR)


def approve(case: Case) -> ApproveReassignment:
    return ApproveReassignment(proposal=case.state.own.proposal, reason=REASON)


def propose(lead: Responsible, *co: Responsible, note: str) -> ProposeAssignment:
    return ProposeAssignment(lead=lead, co=co, duty_basis=PROPOSED.duty_basis, note=note)


# -- which proposal


def test_a_confirmation_names_its_proposal() -> None:
    """R072: nobody confirms what another has just replaced."""
    first = proposed.state.own.proposal
    proposed.when(ConfirmAssignment(proposal=first), by=CARA).then(ASSIGNED)
    replaced = proposed.given(ANEW)
    replaced.when(ConfirmAssignment(proposal=first), by=CARA).then_rejected(StaleProposal)
    proposed.when(ConfirmAssignment(proposal=first + 1), by=CARA).then_rejected(StaleProposal)


def test_an_item_is_handed_over_in_a_meeting() -> None:
    """R006"""
    confirm = ConfirmAssignment(meeting="m1")
    handed = ASSIGNED.model_copy(update={"meeting": "m1"})
    proposed.when(confirm, by=CARA).then(handed)
    proposed.given(handed).when(confirm, by=CARA).then_nothing()
    other = ConfirmAssignment(meeting="m2")
    proposed.given(handed).when(other, by=CARA).then_rejected(AlreadyAssigned)


# -- formal reassignment


@pytest.mark.parametrize("leader", [DORA, EMIL])
def test_a_leader_approves_that_an_item_goes_to_others(leader: Any) -> None:
    """R009"""
    assigned.when(propose(FIRE, CO, note="Fire has it."), by=CARA).then(ANEW)
    anew.when(approve(anew), by=leader).then(HANDED)
    anew.given(HANDED).when(approve(anew), by=leader).then_nothing()


@pytest.mark.parametrize("speaker", [ANNA, CARA, FINN])
def test_nobody_else_approves_it(speaker: Any) -> None:
    """R009, R060"""
    anew.when(approve(anew), by=speaker).then_rejected(NotPermitted)


def test_a_leader_approves_what_is_proposed_now() -> None:
    """R009"""
    other = anew.given(ANEW.model_copy(update={"co": ()}))
    other.when(approve(anew), by=DORA).then_rejected(StaleProposal)
    assigned.when(approve(assigned), by=DORA).then_nothing()  # they handle it already
    proposed.when(approve(proposed), by=DORA).then_rejected(NotAssigned)


def test_a_proposal_made_before_another_hand_over_is_void() -> None:
    """R009"""
    again = anew.given(Assigned(lead=LEAD, co=(CO,), duty_basis="x", round=2))
    again.when(approve(anew), by=DORA).then_rejected(StaleProposal)
    again.when(ConfirmAssignment(), by=CARA).then_rejected(StaleProposal)
    again.when(propose(FIRE, CO, note="Fire has it."), by=CARA).then(ANEW)


def test_those_who_get_it_are_in_office() -> None:
    """R009, R019, R020"""
    gone = bureau(left("fire-handler", "iris"))
    known = gone.given(REGISTERED, CLASSIFIED, PROPOSED, ASSIGNED, ANEW)
    known.when(approve(known), by=DORA).then_rejected(UnfitHandler, "data.lead.handler")


def test_a_unit_that_leaves_must_accept_again_when_it_comes_back() -> None:
    """R009"""
    handed = anew.given(AssignmentAccepted(unit="patrol"), HANDED)
    assert handed.state.own.accepted == {"patrol"}
    handed.when(AcceptAssignment(), by=ANNA).then_rejected(NotAssignedUnit)
    handed.when(AcceptAssignment(), by=IRIS).then(AssignmentAccepted(unit="fire"))


def test_after_the_reply_of_the_round_nobody_else_gets_it() -> None:
    """R009"""
    anew.given(ISSUED).when(approve(anew), by=DORA).then_rejected(AlreadyReplied)
    second = assigned.given(ISSUED, Assigned(lead=LEAD, co=(CO,), duty_basis="x", round=2), ANEW)
    second.when(approve(second), by=DORA).then(HANDED.model_copy(update={"round": 2}))
    delivered = CoOpinionDelivered(reply_hash="0" * 64, to="Roads", delivered_on=YEAR)
    anew.given(delivered).when(approve(anew), by=DORA).then_rejected(AlreadyReplied)


def test_a_case_that_has_ended_goes_to_nobody() -> None:
    """R009, R029"""
    anew.given(WITHDRAWN).when(approve(anew), by=DORA).then_rejected(ItemTakenBack)
    anew.given(ARCHIVED).when(approve(anew), by=DORA).then_rejected(AlreadyArchived)
    proposed.given(WITHDRAWN).when(ConfirmAssignment(), by=CARA).then_rejected(ItemTakenBack)


# -- another round

SECOND = AssignAgain(round=2, lead=LEAD)
ORDERED = RehandlingOrdered(round=2, unsatisfied=(LI,), lead=LEAD, reason="Not satisfied.")


def test_another_round_goes_to_the_same_people() -> None:
    """R009, R020: also where one of them has left; the alarm is supervision's."""
    ordered = assigned.given(ISSUED, ORDERED)
    assert REACTIONS[RehandlingOrdered].react(ordered.history[-1]) == (CASE, SECOND)
    round_2 = ASSIGNED.model_copy(update={"round": 2})
    ordered.when(SECOND).then(round_2)
    gone = bureau(left("traffic-handler", "anna")).given(REGISTERED, CLASSIFIED, PROPOSED, ASSIGNED)
    gone.when(SECOND).then(round_2)
    ordered.given(round_2).when(SECOND).then_nothing()
    assert ordered.given(round_2).state.own.accepted == {"traffic"}


def test_another_round_goes_to_who_replied_not_to_who_has_it_since() -> None:
    """R009"""
    handed = anew.given(HANDED)
    handed.when(SECOND).then(ASSIGNED.model_copy(update={"round": 2}))


def test_a_round_is_not_ordered_of_nobody_and_not_after_the_end() -> None:
    """R009"""
    proposed.when(SECOND).then_too_early()
    assigned.given(WITHDRAWN).when(SECOND).then_nothing()


# -- the race of a hand-over and a reply


def standing(case: Case) -> StandByReply:
    asked = REACTIONS[ReplyIssued].react(case.history[-1])
    assert asked is not None
    assert isinstance(asked[1], StandByReply)
    return asked[1]


def test_a_reply_that_did_not_know_of_the_hand_over_stands() -> None:
    """R009: the item goes back to those who replied, once."""
    known = standing(anew.given(ISSUED))
    assert known == StandByReply(round=1, known=anew.state.own.proposal)
    raced = anew.given(HANDED, ISSUED)
    back = Reassigned(
        lead=LEAD, co=(CO,), duty_basis=ASSIGNED.duty_basis, reason=REPLIED_BEFORE, round=1
    )
    raced.when(known).then(back)
    raced.given(back).when(known).then_nothing()


def test_two_hand_overs_that_were_not_known_are_taken_back_together() -> None:
    """R009"""
    known = standing(anew.given(ISSUED))
    patrol = Responsible(unit="patrol", leader="dora", handler="finn")
    twice = anew.given(HANDED, HANDED.model_copy(update={"lead": patrol, "co": ()}), ISSUED)
    (back,) = twice.when(known).events
    assert isinstance(back, Reassigned)
    assert (back.lead, back.co) == (LEAD, (CO,))


def test_a_reply_that_knew_of_the_hand_over_moves_nobody() -> None:
    """R009"""
    handed = anew.given(HANDED, ISSUED)
    handed.when(standing(handed)).then_nothing()
    issued = assigned.given(ISSUED)
    issued.when(standing(issued)).then_nothing()


def test_standing_by_a_reply_late_changes_nothing() -> None:
    """R009: a later round has its own hand-overs."""
    known = standing(anew.given(ISSUED))
    round_2 = ASSIGNED.model_copy(update={"round": 2})
    later = assigned.given(ISSUED, round_2, ANEW, HANDED.model_copy(update={"round": 2}))
    later.when(known).then_nothing()
    anew.given(HANDED, ISSUED, WITHDRAWN).when(known).then_nothing()


def test_a_co_opinion_is_stood_by_like_a_reply() -> None:
    """R009, R038"""
    delivered = CoOpinionDelivered(reply_hash="0" * 64, to="Roads", delivered_on=YEAR)
    issued = anew.given(delivered)
    asked = REACTIONS[CoOpinionDelivered].react(issued.history[-1])
    assert asked == (CASE, StandByReply(round=1, known=anew.state.own.proposal))


# -- an item that was entered in error


def test_an_item_registered_anew_begins_anew() -> None:
    """R007: what was decided about the one entered in error does not hold for it."""
    old = anew.given(window("reply"), ISSUED, WITHDRAWN)
    old.when(AcceptAssignment(), by=FINN).then_rejected(ItemTakenBack)
    again = old.given(REGISTERED)
    assert (again.state.own.assigned, again.state.known.rules) == (None, None)
    again.when(AcceptAssignment(), by=FINN).then_rejected(NotAssigned)
    again.when(ConfirmAssignment(), by=CARA).then_rejected(NotClassified)
    again.when(ClassifyItem(category="Parking"), by=CARA).then(
        CLASSIFIED.model_copy(update={"category": "Parking"})
    )
    whole = again.given(CLASSIFIED, PROPOSED)
    whole.when(ConfirmAssignment(), by=CARA).then(ASSIGNED)


def test_what_a_new_registration_overtakes_does_not_depend_on_the_order_of_reading() -> None:
    """R007"""
    whole = anew.given(window("reply"), ISSUED, WITHDRAWN, REGISTERED, CLASSIFIED, PROPOSED)
    whole = whole.given(ASSIGNED, window("objection:traffic"))
    sources = ("intake", "assignment", "supervision")
    streams = [[e for e in whole.history if e.source == source] for source in sources]
    for order in interleavings(streams, Random(7), 100):
        assert state_of(SERVICE, order) == whole.state
