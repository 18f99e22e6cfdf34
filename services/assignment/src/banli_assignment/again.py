"""An item goes to others, or back: approved by a leader, for another round, after a race."""

from banli_assignment.guards import (
    assignment_of,
    ended,
    must_be_in_hand,
    must_not_be_replied,
)
from banli_assignment.proposing import must_be_fit, proposal_of
from banli_assignment.refusals import StaleProposal
from banli_assignment.state import State
from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.assignment import (
    ApproveReassignment,
    AssignAgain,
    Assigned,
    Reassigned,
    StandByReply,
)
from banli_events.base import Event

REPLIED_BEFORE = "改交前答复已发出，仍由原承办单位负责。"
"""Why an item goes back to those who replied."""


def approve(state: State, asked: Asked, command: ApproveReassignment) -> list[Event]:
    """Once assigned, an item goes to others only as a leader approves, with the reason (R009).

    Not after the reply of this round went out: what went out is answered for by who wrote it.
    """
    assigned = assignment_of(state)
    proposed = proposal_of(state.own, command.proposal)
    reassigned = Reassigned(
        lead=proposed.lead,
        co=proposed.co,
        duty_basis=proposed.duty_basis,
        reason=command.reason,
        round=assigned.round,
    )
    if (reassigned.lead, reassigned.co) == (assigned.lead, assigned.co):
        return []
    must_be_in_hand(state)
    if not state.own.open_proposal:
        raise StaleProposal("data.proposal")
    must_not_be_replied(state)
    must_be_fit(state, asked, proposed.lead, proposed.co)
    return [reassigned]


def assign_again(state: State, asked: Asked, command: AssignAgain) -> list[Event]:
    """A case that is handled once more goes to those who handled it, whoever left since.

    That a post is empty is for the alarm to say (R020), not a reason to let the case lie.
    """
    if state.own.assigned is None:
        raise TooEarly("subject")
    if ended(state) or state.own.assigned.round >= command.round:
        return []
    theirs = (each for _, each in reversed(state.own.assignments) if each.lead == command.lead)
    before = next(theirs, state.own.assigned)
    return [
        Assigned(
            lead=command.lead,
            co=tuple(each for each in before.co if each.unit != command.lead.unit),
            duty_basis=before.duty_basis,
            round=command.round,
        )
    ]


def stand_by(state: State, asked: Asked, command: StandByReply) -> list[Event]:
    """A reply that went out before it was known that the item went to others stands (R009).

    The item goes back to those who replied.
    """
    assigned = state.own.assigned
    replied = [each for version, each in state.own.assignments if version <= command.known]
    if ended(state) or not replied or not isinstance(assigned, Reassigned):
        return []
    theirs = replied[-1]
    unchanged = (assigned.lead, assigned.co) == (theirs.lead, theirs.co)
    if unchanged or assigned.round != command.round or theirs.round != command.round:
        return []
    return [
        Reassigned(
            lead=theirs.lead,
            co=theirs.co,
            duty_basis=theirs.duty_basis,
            reason=REPLIED_BEFORE,
            round=command.round,
        )
    ]
