"""What assignment's events change on a line of the handling ledger."""

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
from banli_events.base import instant
from banli_events.envelope import Recorded
from banli_reporting.ledger import Lines
from banli_reporting.ledgers.handling.line import Line


def classify(line: Line, recorded: Recorded, classified: Classified) -> None:
    """Note the category."""
    line.category, line.classified_at = classified.category, recorded.time


def propose(line: Line, recorded: Recorded, proposed: AssignmentProposed) -> None:
    """Note that a lead was proposed; who it is counts once it is assigned."""
    line.proposed_at, line.proposal = recorded.time, recorded.version


def assign(line: Line, recorded: Recorded, assigned: Assigned | Reassigned) -> None:
    """Note who has it now; what its units had said before still counts (R009)."""
    lead = assigned.lead
    line.lead_unit, line.leader, line.handler = lead.unit, lead.leader, lead.handler
    line.co = [
        {"unit": each.unit, "leader": each.leader, "handler": each.handler} for each in assigned.co
    ]
    line.duty_basis, line.round = assigned.duty_basis, assigned.round
    line.assigned_at, line.upheld_at, line.upheld = recorded.time, None, []
    units = {lead.unit: None, **{each.unit: None for each in assigned.co}}
    line.proposal, line.parts = None, list(dict.fromkeys((*line.parts, *units)))
    line.accepted = {unit: at for unit, at in line.accepted.items() if unit in units}
    line.objecting = {unit: at for unit, at in line.objecting.items() if unit in units}


def accept(line: Line, recorded: Recorded, accepted: AssignmentAccepted) -> None:
    """Note that a unit took it on."""
    line.accepted[accepted.unit] = instant(recorded.time)


def object_to(line: Line, recorded: Recorded, objected: AssignmentObjected) -> None:
    """Note that a unit holds that the item is not its duty (R053)."""
    line.objecting[objected.unit] = instant(recorded.time)


def answer(line: Line, recorded: Recorded, said: ObjectionUpheld | ObjectionRefused) -> None:
    """Note that a unit's objection was answered (R053)."""
    line.objecting.pop(said.unit, None)
    if isinstance(said, ObjectionUpheld):
        line.upheld.append(said.unit)
    if isinstance(said, ObjectionUpheld) and said.unit == line.lead_unit:
        line.upheld_at = recorded.time


def plan(line: Line, recorded: Recorded, filed: PlanFiled) -> None:
    """Note that a unit said how it will go about it (R016)."""
    if filed.unit not in line.planned:
        line.planned.append(filed.unit)


def vouch(line: Line, recorded: Recorded, sponsored: SponsorAssigned) -> None:
    """Note which leader vouches for it (R075)."""
    line.sponsor = sponsored.person


def divide(line: Line, recorded: Recorded, divided: TasksDivided) -> None:
    """Note the parts that must be done before the whole is (R017)."""
    known = set(line.open_tasks)
    for task in divided.tasks:
        if task.id not in known:
            line.open_tasks.append(task.id)
            line.tasks[task.id] = task.model_dump(mode="json", exclude={"id", "what"})
    line.parts = list(dict.fromkeys((*line.parts, *(task.unit for task in divided.tasks))))


def finish(line: Line, recorded: Recorded, finished: TaskFinished) -> None:
    """Note that a part is done (R017)."""
    line.open_tasks = [task for task in line.open_tasks if task != finished.task]
    line.tasks.pop(finished.task, None)


def refer(line: Line, recorded: Recorded, sent: ReferredOut | EscalatedToGovernment) -> None:
    """Note which outside body was asked (R044, R086)."""
    line.referred[sent.referral] = sent.to


def hear_back(line: Line, recorded: Recorded, said: ExternalResultReceived) -> None:
    """Note that an outside body answered (R046)."""
    line.referred.pop(said.referral, None)


def object_outside(line: Line, recorded: Recorded, raised: OuterObjectionRaised) -> None:
    """Note that this body holds that the item is another's (R053)."""
    line.outer_objection_at = recorded.time


def hear_the_assigner(line: Line, recorded: Recorded, said: OuterObjectionAnswered) -> None:
    """Note the assigner's answer: the item goes back, or this body goes on (R053)."""
    line.outer_objection_at = None
    if said.upheld:
        line.given_back_at = recorded.time


def explain(line: Line, recorded: Recorded, explained: OutOfScopeExplained) -> None:
    """Note that those who signed know that the item is not this body's duty (R078)."""
    line.out_of_scope_at = recorded.time


ASSIGNING: Lines = {
    Classified: classify,
    AssignmentProposed: propose,
    Assigned: assign,
    Reassigned: assign,
    AssignmentAccepted: accept,
    AssignmentObjected: object_to,
    ObjectionUpheld: answer,
    ObjectionRefused: answer,
    PlanFiled: plan,
    SponsorAssigned: vouch,
    TasksDivided: divide,
    TaskFinished: finish,
    ReferredOut: refer,
    EscalatedToGovernment: refer,
    ExternalResultReceived: hear_back,
    OuterObjectionRaised: object_outside,
    OuterObjectionAnswered: hear_the_assigner,
    OutOfScopeExplained: explain,
}
