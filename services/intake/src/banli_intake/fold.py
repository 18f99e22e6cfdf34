"""How each fact changes what intake knows of a case; an unknown one leaves it alone."""

from dataclasses import replace

from banli_events.assignment import Assigned, Reassigned, SponsorAssigned, TasksDivided
from banli_events.envelope import Recorded
from banli_events.intake import (
    AttachmentAdded,
    FeedbackReceived,
    FeedbackRequested,
    ItemCorrected,
    ItemRefused,
    ItemRegistered,
    ItemWithdrawn,
)
from banli_events.supervision import CoOpinionDelivered, ReplyIssued
from banli_intake import correction
from banli_intake.state import State


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one fact into the state."""
    match recorded.data:
        case ReplyIssued(to=to, round=number):
            return replace(state, issued={**state.issued, number: to})
        case CoOpinionDelivered():
            return replace(state, issued={**state.issued, 1: ()})
        case Assigned() | Reassigned() as assigned:
            responsible = (assigned.lead, *assigned.co)
            people = {person for each in responsible for person in (each.leader, each.handler)}
            units = frozenset(each.unit for each in responsible)
            return replace(
                state,
                units=units,
                parts=state.parts | units,
                leader=assigned.lead.leader,
                handled_by=state.handled_by | people,
            )
        case TasksDivided(tasks=tasks):
            people, parts = {task.handler for task in tasks}, {task.unit for task in tasks}
            return replace(state, handled_by=state.handled_by | people, parts=state.parts | parts)
        case SponsorAssigned(person=person):
            return replace(state, sponsor=person)
        case _:
            return _own(state, recorded)


def _own(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case ItemRegistered() as item:
            return replace(state, item=item)
        case ItemRefused() as refused:
            return replace(state, refused=refused)
        case ItemCorrected() as corrected:
            return replace(state, item=_corrected(state.item, corrected))
        case ItemWithdrawn() as withdrawn:
            return replace(state, withdrawn=withdrawn)
        case AttachmentAdded(file=file) as attached:
            return replace(state, attached={**state.attached, file: attached})
        case FeedbackRequested(signer=signer, round=number):
            return replace(state, requested=state.requested | {(number, signer)})
        case FeedbackReceived(signer=signer, grade=grade, round=number):
            return replace(state, grades={**state.grades, (number, signer): grade})
        case _:
            return state


def _corrected(item: ItemRegistered | None, corrected: ItemCorrected) -> ItemRegistered | None:
    if item is None:
        return None
    try:
        return correction.write(item, corrected.field, corrected.after)
    except ValueError:  # a field that this build does not know
        return item
