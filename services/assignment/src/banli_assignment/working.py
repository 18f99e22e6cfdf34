"""How a case is worked on: who vouches for it, the plan, the parts of it."""

from banli_assignment.guards import (
    accepting_unit,
    accuses,
    in_office,
    item_of,
    must_be_in_hand,
    unfit,
)
from banli_assignment.proposing import LEADERS
from banli_assignment.refusals import (
    Accused,
    AlreadyFinished,
    NoSuchParent,
    NoSuchTask,
    NotItsUnit,
    NotTaskHandler,
    NotYetWhole,
    ParentFinished,
    TaskTwice,
    UnfitSponsor,
    UnfitTaskHandler,
    UnknownRole,
)
from banli_assignment.state import Part, State
from banli_engine.decider import Asked
from banli_events.assignment import (
    AssignSponsor,
    DivideTasks,
    FilePlan,
    FinishTask,
    PlanFiled,
    SponsorAssigned,
    TaskFinished,
    TasksDivided,
)
from banli_events.base import Event
from banli_events.words import OuterRole, PostRole, Task


def sponsor(state: State, asked: Asked, command: AssignSponsor) -> list[Event]:
    """A leader in office vouches for the case; another may take their place (R075)."""
    item_of(state)
    named = SponsorAssigned(person=command.person, post=command.post)
    if state.own.sponsor == named:
        return []
    must_be_in_hand(state)
    post = asked.reference.post(command.post, "data.post")
    if post.role not in LEADERS:
        raise UnfitSponsor("data.post")
    if not any(each.person == command.person and each.on(asked.today) for each in post.holders):
        raise unfit(asked.reference, command.person, UnfitSponsor("data.person"))
    if accuses(state, asked.reference, asked.today, command.person):
        raise Accused("data.person")
    return [named]


def file_plan(state: State, asked: Asked, command: FilePlan) -> list[Event]:
    """A unit that took the item on says how it will handle it; a new plan replaces it.

    (R016, R024)
    """
    unit = accepting_unit(state, asked)
    if state.own.plans.get(unit) == command.plan:
        return []
    must_be_in_hand(state)
    return [PlanFiled(unit=unit, plan=command.plan)]


def divide(state: State, asked: Asked, command: DivideTasks) -> list[Event]:
    """A unit divides its work among itself and what is below it, nested (R017, R039, R082)."""
    unit = accepting_unit(state, asked)
    parts = dict(state.own.parts)
    if all(task.id in parts and parts[task.id].task == task for task in command.tasks):
        return []
    must_be_in_hand(state)
    for index, task in enumerate(command.tasks):
        for name in ("unit", "handler"):
            if accuses(state, asked.reference, asked.today, getattr(task, name)):
                raise Accused(f"data.tasks.{index}.{name}")
        _must_fit(parts, asked, unit, task, f"data.tasks.{index}")
        parts[task.id] = Part(task, unit)
    return [TasksDivided(unit=unit, tasks=command.tasks)]


def _must_fit(parts: dict[str, Part], asked: Asked, unit: str, task: Task, field: str) -> None:
    """A task is named once, after its parent, for a section of the unit and people there (R082)."""
    if task.id in parts:
        raise TaskTwice(f"{field}.id")
    if task.role not in set(OuterRole):
        raise UnknownRole(f"{field}.role")
    if task.parent is not None:
        parent = parts.get(task.parent)
        if parent is None or parent.divided_by != unit:
            raise NoSuchParent(f"{field}.parent")
        if parent.result is not None:
            raise ParentFinished(f"{field}.parent")
    asked.reference.unit(task.unit, f"{field}.unit")
    if task.unit not in asked.reference.within(frozenset({unit})):
        raise NotItsUnit(f"{field}.unit")
    if not in_office(asked.reference, task.handler, task.unit, asked.today):
        raise unfit(asked.reference, task.handler, UnfitTaskHandler(f"{field}.handler"))


def finish(state: State, asked: Asked, command: FinishTask) -> list[Event]:
    """Who has a task says that it is done, once all its own parts are (R017).

    Also where the item has gone to other units since: a case is not closed before all are done.
    """
    item_of(state)
    part = state.own.parts.get(command.task)
    if part is None:
        raise NoSuchTask("data.task")
    if part.result == command.result:
        return []
    must_be_in_hand(state)
    if part.result is not None:
        raise AlreadyFinished("data.task")
    _must_be_theirs(asked, part)
    children = (each for each in state.own.parts.values() if each.task.parent == command.task)
    if any(each.result is None for each in children):
        raise NotYetWhole("data.task")
    return [TaskFinished(task=command.task, result=command.result)]


def _must_be_theirs(asked: Asked, part: Part) -> None:
    """The task's handler speaks; where that one has left, a head of the unit that divided it."""
    task, speaker, reference = part.task, asked.speaker, asked.reference
    if (speaker.person, speaker.unit) == (task.handler, task.unit):
        return
    left = not in_office(reference, task.handler, task.unit, asked.today)
    heads = reference.holds(speaker.person, PostRole.UNIT_HEAD, asked.today, part.divided_by)
    if not (left and heads):
        raise NotTaskHandler("actor.person")
