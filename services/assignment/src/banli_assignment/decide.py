"""What assignment decides about a case: the table of contents."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from banli_assignment import again, objecting, outside, proposing, routing, working
from banli_assignment.state import State
from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events import assignment as said
from banli_events.base import Command, Event

DECISIONS: Mapping[type[Command], Callable[[State, Asked, Any], Sequence[Event]]] = {
    said.ClassifyItem: proposing.classify,
    said.RouteItem: routing.route,
    said.ProposeAssignment: proposing.propose,
    said.ConfirmAssignment: proposing.confirm,
    said.AcceptAssignment: proposing.accept,
    said.ObjectToAssignment: objecting.object_to,
    said.UpholdObjection: objecting.uphold,
    said.RefuseObjection: objecting.refuse,
    said.ApproveReassignment: again.approve,
    said.AssignAgain: again.assign_again,
    said.StandByReply: again.stand_by,
    said.AssignSponsor: working.sponsor,
    said.FilePlan: working.file_plan,
    said.DivideTasks: working.divide,
    said.FinishTask: working.finish,
    said.RaiseOuterObjection: outside.raise_objection,
    said.RecordOuterAnswer: outside.record_answer,
    said.ReferOut: outside.refer_out,
    said.EscalateToGovernment: outside.escalate,
    said.RecordExternalResult: outside.record_result,
    said.ExplainOutOfScope: outside.explain,
}
"""Which function answers which command about a case."""


def decide(state: State, asked: Asked) -> Sequence[Event]:
    """Answer a command about a case with what becomes true."""
    decision = DECISIONS.get(type(asked.command))
    if decision is None:
        raise UnfitSubject("subject")
    return decision(state, asked, asked.command)
