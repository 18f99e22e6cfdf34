"""Studying an item, proposing who handles it, handing it over, taking it on."""

from typing import Any

from banli_assignment.guards import (
    accuses,
    assignment_of,
    item_of,
    must_be_in_hand,
    must_not_be_replied,
    unfit,
)
from banli_assignment.refusals import (
    Accused,
    AlreadyAssigned,
    NeedsApproval,
    NotAnalysed,
    NotClassified,
    NotProposed,
    ObjectionStands,
    RightlyObjected,
    StaleProposal,
    UnfitHandler,
    UnfitLeader,
    UnitNotOpen,
    UnitTwice,
)
from banli_assignment.state import Own, State
from banli_engine.decider import Asked
from banli_events.assignment import (
    AcceptAssignment,
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
    ClassifyItem,
    ConfirmAssignment,
    ObjectionRefused,
    ProposeAssignment,
    Reassigned,
)
from banli_events.base import Event
from banli_events.words import PostRole, Responsible

LEADERS = (PostRole.DEPUTY_CHIEF, PostRole.CHIEF)
"""The posts whose holders can be the responsible leader of an assignment (R018)."""


def classify(state: State, asked: Asked, command: ClassifyItem) -> list[Event]:
    """An item has one category; it may change until the item is assigned, or rightly objected to.

    (R008, R053)
    """
    item_of(state)
    if state.own.category == command.category:
        return []
    must_be_in_hand(state)
    if state.own.assigned is not None and state.own.upheld is None:
        raise AlreadyAssigned("data.category")
    return [Classified(category=command.category)]


def propose(state: State, asked: Asked, command: ProposeAssignment) -> list[Event]:
    """The office proposes who handles a classified item, with ground and analysis (R060, R072).

    A new proposal replaces the one before it; once the item is assigned it is no more than that.
    """
    item_of(state)
    own = state.own
    if own.category is None:
        raise NotClassified("subject")
    proposed = AssignmentProposed(
        lead=command.lead, co=command.co, duty_basis=command.duty_basis, note=command.note
    )
    if own.proposed == proposed and (own.open_proposal or _carried_out(own)):
        return []
    must_be_in_hand(state)
    if command.note is None:
        raise NotAnalysed("data.note")
    must_be_fit(state, asked, command.lead, command.co)
    return [proposed]


def confirm(state: State, asked: Asked, command: ConfirmAssignment) -> list[Event]:
    """A proposal takes effect where leader, unit and handler are all in office that day (R008).

    The office confirms, each item by itself, also of thousands handed over in a meeting (R006,
    R060, R072). Once the item is assigned, only an objection that was upheld lets the office hand
    it to others by itself (R053); anything else needs a leader's approval (R009).
    """
    item_of(state)
    own = state.own
    if own.category is None:
        raise NotClassified("subject")
    proposed = proposal_of(own, command.proposal)
    if not own.open_proposal:
        return _confirmed_before(own, command)
    must_be_in_hand(state)
    must_be_fit(state, asked, proposed.lead, proposed.co)
    handed: dict[str, Any] = {
        "lead": proposed.lead,
        "co": proposed.co,
        "duty_basis": proposed.duty_basis,
    }
    if own.assigned is None:
        return [Assigned(**handed, meeting=command.meeting)]
    if own.upheld is None:
        raise NeedsApproval("subject")
    must_not_be_replied(state)
    return [Reassigned(**handed, reason=own.upheld.reason, round=own.assigned.round)]


def _confirmed_before(own: Own, command: ConfirmAssignment) -> list[Event]:
    if not _carried_out(own):
        raise StaleProposal("data.proposal")
    if isinstance(own.assigned, Assigned) and command.meeting not in (None, own.assigned.meeting):
        raise AlreadyAssigned("data.meeting")
    return []


def accept(state: State, asked: Asked, command: AcceptAssignment) -> list[Event]:
    """Each unit that the item was assigned to takes it on once, unless it objects (R009, R053)."""
    assignment_of(state)
    unit = asked.speaker.unit
    if unit in state.own.accepted:
        return []
    must_be_in_hand(state)
    objection = state.own.objections.get(unit)
    if objection is not None and not isinstance(objection.ruling, ObjectionRefused):
        raise ObjectionStands("subject")
    return [AssignmentAccepted(unit=unit)]


def proposal_of(own: Own, version: int | None) -> AssignmentProposed:
    """Find the proposal that is meant: the last, and no other in its place (R072)."""
    if own.proposed is None:
        raise NotProposed("subject")
    if version not in (None, own.proposal):
        raise StaleProposal("data.proposal")
    return own.proposed


def _carried_out(own: Own) -> bool:
    """Tell whether those handle the item who were proposed last."""
    if own.assigned is None or own.proposed is None or own.upheld is not None:
        return False
    return (own.assigned.lead, own.assigned.co) == (own.proposed.lead, own.proposed.co)


def must_be_fit(state: State, asked: Asked, lead: Responsible, co: tuple[Responsible, ...]) -> None:
    """Units are named once, none that rightly objected or is accused, each with people in office.

    (R018, R019, R020, R053)
    """
    if len({each.unit for each in (lead, *co)}) <= len(co):
        raise UnitTwice("data.co")
    named = [("data.lead", lead), *((f"data.co.{i}", each) for i, each in enumerate(co))]
    for field, each in named:
        if each.unit in state.own.rightly_objected:
            raise RightlyObjected(f"{field}.unit")
        for name in ("unit", "leader", "handler"):
            if accuses(state, asked.reference, asked.today, getattr(each, name)):
                raise Accused(f"{field}.{name}")
        _must_be_three_in_one(asked, each, field)


def _must_be_three_in_one(asked: Asked, named: Responsible, field: str) -> None:
    """Leader, unit and handler are all there, each in a fitting post today (R018, R019, R020)."""
    reference, today = asked.reference, asked.today
    if reference.unit(named.unit, f"{field}.unit").since > today:
        raise UnitNotOpen(f"{field}.unit")
    if not any(reference.holds(named.leader, role, today) for role in LEADERS):
        raise unfit(reference, named.leader, UnfitLeader(f"{field}.leader"))
    if not reference.holds(named.handler, PostRole.HANDLER, today, named.unit):
        raise unfit(reference, named.handler, UnfitHandler(f"{field}.handler"))
