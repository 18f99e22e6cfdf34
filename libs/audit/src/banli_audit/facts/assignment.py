"""What assignment has said of a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from banli_audit.facts.steps import Steps
from banli_events import assignment as a
from banli_events.envelope import Recorded
from banli_events.words import Responsible

Named = tuple[Responsible, tuple[Responsible, ...], str]
"""A lead, the co-units, and the duty that is the ground."""


@dataclass(frozen=True, slots=True)
class Handling:
    """Who was to handle a case, in which round, from when on."""

    lead: Responsible
    co: tuple[Responsible, ...]
    round: int
    time: datetime

    @property
    def units(self) -> tuple[str, ...]:
        """The units of the assignment, the lead first."""
        return (self.lead.unit, *(each.unit for each in self.co))

    @property
    def handlers(self) -> tuple[str, ...]:
        """The handlers of the assignment, the lead's first."""
        return (self.lead.handler, *(each.handler for each in self.co))


@dataclass(frozen=True, slots=True)
class Work:
    """A part of the handling: who divided it off, who has it, of which it is a part, if done."""

    unit: str
    section: str
    handler: str
    parent: str | None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Referral:
    """What an outside body was asked: when, by when an answer is expected, and when it came."""

    asked_at: datetime
    expected_by: date | None
    result_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """What assignment has said of a case."""

    begun: int = 0  # intake's version with which the case began anew
    category: str | None = None
    proposal: Named | None = None
    handling: Handling | None = None
    before: tuple[Handling, ...] = ()  # those that this one took the place of
    accepted: frozenset[str] = frozenset()  # units
    taken_on: frozenset[str] = frozenset()  # of these, since the item was last handed over
    objecting: frozenset[str] = frozenset()  # units whose objection is not answered
    upheld: frozenset[str] = frozenset()  # since the item was last handed over, as the next
    bound: frozenset[str] = frozenset()  # units whose objection was refused
    planned: frozenset[str] = frozenset()
    sponsor: str | None = None
    tasks: Mapping[str, Work] = field(default_factory=dict)
    referrals: Mapping[str, Referral] = field(default_factory=dict)
    outer_open: bool = False  # an outer objection waits for its answer
    outer_answered_at: datetime | None = None
    outer_upheld: bool = False
    out_of_scope_at: datetime | None = None


def _classified(was: Assignment, said: a.Classified, _: Recorded) -> Assignment:
    return replace(was, category=said.category)


def _proposed(was: Assignment, said: a.AssignmentProposed, _: Recorded) -> Assignment:
    return replace(was, proposal=(said.lead, said.co, said.duty_basis))


def _assigned(was: Assignment, said: a.Assigned | a.Reassigned, event: Recorded) -> Assignment:
    handling = Handling(said.lead, said.co, said.round, event.time)
    units = frozenset(handling.units)
    return replace(
        was,
        handling=handling,
        before=(*was.before, was.handling) if was.handling else (),
        accepted=was.accepted & units,
        taken_on=frozenset(),
        objecting=was.objecting & units,
        upheld=frozenset(),
        bound=was.bound & units,
    )


def _accepted(was: Assignment, said: a.AssignmentAccepted, _: Recorded) -> Assignment:
    unit = {said.unit}
    return replace(was, accepted=was.accepted | unit, taken_on=was.taken_on | unit)


def _objected(was: Assignment, said: a.AssignmentObjected, _: Recorded) -> Assignment:
    return replace(was, objecting=was.objecting | {said.unit})


def _upheld(was: Assignment, said: a.ObjectionUpheld, _: Recorded) -> Assignment:
    unit = {said.unit}
    return replace(was, objecting=was.objecting - unit, upheld=was.upheld | unit)


def _bound(was: Assignment, said: a.ObjectionRefused, _: Recorded) -> Assignment:
    unit = {said.unit}
    return replace(was, objecting=was.objecting - unit, bound=was.bound | unit)


def _planned(was: Assignment, said: a.PlanFiled, _: Recorded) -> Assignment:
    return replace(was, planned=was.planned | {said.unit})


def _sponsored(was: Assignment, said: a.SponsorAssigned, _: Recorded) -> Assignment:
    return replace(was, sponsor=said.person)


def _divided(was: Assignment, said: a.TasksDivided, _: Recorded) -> Assignment:
    parts = {task.id: Work(said.unit, task.unit, task.handler, task.parent) for task in said.tasks}
    return replace(was, tasks={**was.tasks, **parts})


def _finished(was: Assignment, said: a.TaskFinished, _: Recorded) -> Assignment:
    part = was.tasks.get(said.task)
    if part is None:
        return was
    return replace(was, tasks={**was.tasks, said.task: replace(part, done=True)})


def _referred(
    was: Assignment, said: a.ReferredOut | a.EscalatedToGovernment, event: Recorded
) -> Assignment:
    asked = Referral(event.time, said.expected_by)
    return replace(was, referrals={**was.referrals, said.referral: asked})


def _result(was: Assignment, said: a.ExternalResultReceived, event: Recorded) -> Assignment:
    asked = was.referrals.get(said.referral)
    if asked is None:
        return was
    answered = replace(asked, result_at=event.time)
    return replace(was, referrals={**was.referrals, said.referral: answered})


def _outer_raised(was: Assignment, _: a.OuterObjectionRaised, __: Recorded) -> Assignment:
    return replace(was, outer_open=True)


def _outer_answered(was: Assignment, said: a.OuterObjectionAnswered, event: Recorded) -> Assignment:
    return replace(was, outer_open=False, outer_answered_at=event.time, outer_upheld=said.upheld)


def _out_of_scope(was: Assignment, _: a.OutOfScopeExplained, event: Recorded) -> Assignment:
    return replace(was, out_of_scope_at=event.time)


STEPS: Steps = {
    a.Classified: _classified,
    a.AssignmentProposed: _proposed,
    a.Assigned: _assigned,
    a.Reassigned: _assigned,
    a.AssignmentAccepted: _accepted,
    a.AssignmentObjected: _objected,
    a.ObjectionUpheld: _upheld,
    a.ObjectionRefused: _bound,
    a.PlanFiled: _planned,
    a.SponsorAssigned: _sponsored,
    a.TasksDivided: _divided,
    a.TaskFinished: _finished,
    a.ReferredOut: _referred,
    a.EscalatedToGovernment: _referred,
    a.ExternalResultReceived: _result,
    a.OuterObjectionRaised: _outer_raised,
    a.OuterObjectionAnswered: _outer_answered,
    a.OutOfScopeExplained: _out_of_scope,
}
