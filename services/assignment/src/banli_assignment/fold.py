"""How each fact changes what assignment knows of a case; an unknown one leaves it alone."""

from dataclasses import replace

from banli_assignment.state import Item, Known, Objection, Own, Part, State, units_of
from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    AssignmentObjected,
    AssignmentProposed,
    Classified,
    EscalatedToGovernment,
    ExternalResultReceived,
    ObjectionRefused,
    ObjectionUpheld,
    OuterObjectionAnswered,
    OuterObjectionRaised,
    OutOfScopeExplained,
    PlanFiled,
    Reassigned,
    ReferredOut,
    SponsorAssigned,
    TaskFinished,
    TasksDivided,
)
from banli_events.envelope import Recorded
from banli_events.intake import ItemRegistered, ItemWithdrawn
from banli_events.supervision import (
    CaseArchived,
    CoOpinionDelivered,
    DeadlineExtended,
    DeadlineResumed,
    DeadlineSet,
    DeadlineSuspended,
    ReplyIssued,
)


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one fact into the state."""
    match recorded.source:
        case "intake":
            return _intake(state, recorded)
        case "assignment":
            own = _own(state.own, recorded)
            return state if own is state.own else replace(state, own=own)
        case "supervision":
            known = _known(state.known, recorded)
            return state if known is state.known else replace(state, known=known)
        case _:
            return state


def _intake(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case ItemRegistered() as item:
            signers = frozenset(signer.person for signer in item.signers)
            accused = frozenset(item.accused)
            known = Item(str(item.kind), item.numbering.body, signers, accused)
            return replace(state, item=known)
        case ItemWithdrawn():
            return replace(state, withdrawn=True)
        case _:
            return state


def _own(own: Own, recorded: Recorded) -> Own:
    for part in (_assigning, _objecting, _working, _outside):
        changed = part(own, recorded)
        if changed is not own:
            return changed
    return own


def _assigning(own: Own, recorded: Recorded) -> Own:
    match recorded.data:
        case Classified(category=category):
            return replace(own, category=category)
        case AssignmentProposed() as proposed:
            return replace(own, proposed=proposed, proposal=recorded.version)
        case Assigned() | Reassigned() as assigned:
            units = units_of(assigned)
            stand = {
                unit: each
                for unit, each in own.objections.items()
                if unit in units and not isinstance(each.ruling, ObjectionUpheld)
            }
            return replace(
                own,
                assignments=(*own.assignments, (recorded.version, assigned)),
                accepted=own.accepted & units,
                objections=stand,
            )
        case AssignmentAccepted(unit=unit):
            return replace(own, accepted=own.accepted | {unit})
        case _:
            return own


def _objecting(own: Own, recorded: Recorded) -> Own:
    match recorded.data:
        case AssignmentObjected(unit=unit) as said:
            return replace(own, objections={**own.objections, unit: Objection(said)})
        case ObjectionUpheld(unit=unit) | ObjectionRefused(unit=unit) as ruling if (
            unit in own.objections
        ):
            ruled = replace(own.objections[unit], ruling=ruling)
            return replace(own, objections={**own.objections, unit: ruled})
        case _:
            return own


def _working(own: Own, recorded: Recorded) -> Own:
    match recorded.data:
        case SponsorAssigned() as sponsor:
            return replace(own, sponsor=sponsor)
        case PlanFiled(unit=unit, plan=plan):
            return replace(own, plans={**own.plans, unit: plan})
        case TasksDivided(unit=unit, tasks=tasks):
            return replace(
                own, parts={**own.parts, **{each.id: Part(each, unit) for each in tasks}}
            )
        case TaskFinished(task=task, result=result) if task in own.parts:
            done = replace(own.parts[task], result=result)
            return replace(own, parts={**own.parts, task: done})
        case _:
            return own


def _outside(own: Own, recorded: Recorded) -> Own:
    match recorded.data:
        case OuterObjectionRaised() as raised:
            return replace(own, outer=raised)
        case OuterObjectionAnswered() as answer:
            return replace(own, outer_answer=answer)
        case ReferredOut(referral=name) | EscalatedToGovernment(referral=name) as sent:
            return replace(own, referrals={**own.referrals, name: sent})
        case ExternalResultReceived(referral=name) as result:
            return replace(own, results={**own.results, name: result})
        case OutOfScopeExplained() as explained:
            return replace(own, explained=explained)
        case _:
            return own


def _known(known: Known, recorded: Recorded) -> Known:
    match recorded.data:
        case DeadlineSet(clock=clock, due=due, rules=rules):
            return replace(known, windows={**known.windows, clock: due}, rules=rules)
        case DeadlineExtended(clock=clock, due=due) | DeadlineResumed(clock=clock, due=due):
            return replace(known, windows={**known.windows, clock: due})
        case DeadlineSuspended(clock=clock):
            return replace(known, windows={**known.windows, clock: None})
        case ReplyIssued(round=number):
            return replace(known, replied=known.replied | {number})
        case CoOpinionDelivered():
            return replace(known, replied=known.replied | {1})
        case CaseArchived():
            return replace(known, archived=True)
        case _:
            return known
