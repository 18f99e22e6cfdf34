"""How the facts of other services change what supervision knows of a case."""

from dataclasses import replace

from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    ExternalResultReceived,
    OuterObjectionAnswered,
    OutOfScopeExplained,
    PlanFiled,
    Reassigned,
    TaskFinished,
    TasksDivided,
)
from banli_events.envelope import Recorded
from banli_events.intake import (
    AttachmentAdded,
    FeedbackReceived,
    ItemCorrected,
    ItemRegistered,
    ItemWithdrawn,
)
from banli_supervision.state import Elsewhere, Item


def hear(heard: Elsewhere, recorded: Recorded) -> Elsewhere:
    """Fold one fact of another service into what is known of them."""
    match recorded.data:
        case ItemRegistered() as item:
            return replace(heard, item=_item(item))
        case ItemCorrected(field="outer.lead", after=lead):
            return replace(heard, item=_with_outer_lead(heard.item, lead))
        case ItemWithdrawn():
            return replace(heard, withdrawn_at=recorded.time)
        case AttachmentAdded(file=file):
            return replace(heard, files=heard.files | {file})
        case FeedbackReceived(signer=signer, grade=grade, round=number):
            return replace(
                heard,
                grades={**heard.grades, (number, signer): grade},
                rated_at={(number, signer): recorded.time, **heard.rated_at},
            )
        case _:
            return _hear_assignment(heard, recorded)


def _hear_assignment(heard: Elsewhere, recorded: Recorded) -> Elsewhere:
    match recorded.data:
        case Assigned() | Reassigned() as assigned:
            units = [each.unit for each in (assigned.lead, *assigned.co)]
            return replace(
                heard,
                assigned=assigned,
                began={assigned.round: recorded.time, **heard.began},
                handed={**dict.fromkeys(units, recorded.time), **heard.handed},
                accepted=heard.accepted & set(units),
            )
        case AssignmentAccepted(unit=unit):
            return replace(heard, accepted=heard.accepted | {unit})
        case PlanFiled(unit=unit):
            return replace(heard, planned=heard.planned | {unit})
        case TasksDivided(tasks=tasks):
            return replace(heard, open_tasks=heard.open_tasks | {task.id for task in tasks})
        case TaskFinished(task=task):
            return replace(heard, open_tasks=heard.open_tasks - {task})
        case ExternalResultReceived(referral=referral):
            return replace(heard, results={**heard.results, referral: recorded.time})
        case OutOfScopeExplained():
            return replace(heard, out_of_scope_at=recorded.time)
        case OuterObjectionAnswered(upheld=upheld):
            return replace(heard, outer_answered_at=recorded.time, outer_upheld=upheld)
        case _:
            return heard


def _item(item: ItemRegistered) -> Item:
    return Item(
        kind=item.kind,
        body=item.numbering.body,
        outer=item.outer,
        received_on=item.received_on,
        asks=frozenset(ask.id for ask in item.asks),
        signers=tuple(signer.person for signer in item.signers),
        accused=frozenset(item.accused),
    )


def _with_outer_lead(item: Item | None, lead: str) -> Item | None:
    if item is None:
        return None
    return replace(item, outer=item.outer.model_copy(update={"lead": lead}))
