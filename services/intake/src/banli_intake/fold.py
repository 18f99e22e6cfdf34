"""How each fact changes what intake knows of a case; an unknown one leaves it alone."""

from dataclasses import replace

from banli_events.assignment import Assigned, Reassigned
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
from banli_intake.state import Sent, State


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one fact into the state."""
    seen = recorded.context.seen.get("intake", 0)
    match recorded.data:
        case ReplyIssued(to=to, round=number):
            return replace(state, sent={**state.sent, number: Sent(to, seen)})
        case CoOpinionDelivered():
            return replace(state, sent={**state.sent, 1: Sent((), seen)})
        case Assigned() | Reassigned() as assigned:
            responsible = (assigned.lead, *assigned.co)
            people = {person for each in responsible for person in (each.leader, each.handler)}
            return replace(
                state,
                units=frozenset(each.unit for each in responsible),
                handled_by=state.handled_by | people,
            )
        case _:
            return _own(state, recorded)


def _own(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case ItemRegistered() as item:  # what was said of one entered in error is over
            return State(
                item=item,
                registered=recorded.version,
                attached=state.attached,  # a file belongs to the case, whatever is entered in it
                sent=state.sent,
                units=state.units,
                handled_by=state.handled_by,
            )
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
