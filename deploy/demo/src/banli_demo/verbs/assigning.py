"""Who handles an item: found by duty, proposed, handed over, objected to, divided."""

from collections.abc import Iterator, Mapping

from banli_demo.around import meeting_of
from banli_demo.telling import Ask, Case, Verb
from banli_events.assignment import (
    AcceptAssignment,
    ApproveReassignment,
    AssignSponsor,
    ClassifyItem,
    ConfirmAssignment,
    DivideTasks,
    FilePlan,
    FinishTask,
    ObjectToAssignment,
    ProposeAssignment,
    RefuseObjection,
    UpholdObjection,
)
from banli_events.words import OuterRole, Task

HEARD = 1
"""Stands for the version of the last proposal, as its answer told it."""


def classify(case: Case) -> Iterator[Ask]:
    """Put the item under its category."""
    yield case.assignment(case.office, ClassifyItem(category=case.item.topic))


def propose(case: Case, *units: str) -> Iterator[Ask]:
    """Propose a lead and co-units: the item's own, where none are named."""
    lead, *co = units or (case.unit, *case.co)
    case.proposed = lead, tuple(co)
    yield case.assignment(
        case.office,
        ProposeAssignment(
            lead=case.people.responsible(lead),
            co=tuple(case.people.responsible(unit) for unit in co),
            duty_basis="机构职责规定（示例）",
            note="逐件研究：诉求、地点与职责已核对（示例）。",
        ),
    )


def propose_successor(case: Case) -> Iterator[Ask]:
    """Propose that the unit's second handler goes on where the first has left."""
    case.handler = case.people.second(case.unit)
    theirs = case.people.responsible(case.unit)
    yield case.assignment(
        case.office,
        ProposeAssignment(
            lead=theirs.model_copy(update={"handler": case.handler.person}),
            duty_basis="机构职责规定（示例）",
            note="原承办人调离，由接任者承办（示例）。",
        ),
    )


def confirm(case: Case, meeting: str = "") -> Iterator[Ask]:
    """Hand it over; in a meeting, with all others of that day in one list over HTTP."""
    _take_up(case)
    if meeting:
        yield case.assignment(
            case.office, ConfirmAssignment(meeting=meeting_of(case.item.assembly)), "http"
        )
    else:
        yield case.assignment(case.office, ConfirmAssignment())


def accept(case: Case) -> Iterator[Ask]:
    """Every unit takes it on."""
    for actor in (case.writer, *map(case.handler_of, case.co)):
        yield case.assignment(actor, AcceptAssignment())


def object_(case: Case, belongs_to: str) -> Iterator[Ask]:
    """The unit holds that it is another's duty."""
    reason = "职责规定中属其他部门（示例）。"
    yield case.assignment(
        case.handler_of(case.unit), ObjectToAssignment(reason=reason, belongs_to=belongs_to)
    )


def uphold(case: Case) -> Iterator[Ask]:
    """The office finds the objection right."""
    yield case.assignment(case.office, UpholdObjection(unit=case.unit, reason="异议成立（示例）"))


def overrule(case: Case) -> Iterator[Ask]:
    """The office finds the objection wrong."""
    yield case.assignment(
        case.office, RefuseObjection(unit=case.unit, reason="确属该单位职责（示例）")
    )


def reassign(case: Case) -> Iterator[Ask]:
    """A leader approves that it goes to those who were proposed anew."""
    deputy = case.deputy
    _take_up(case)
    command = ApproveReassignment(proposal=HEARD, reason="职责调整（示例）")
    yield case.assignment(deputy, command, "http")


def sponsor(case: Case) -> Iterator[Ask]:
    """A leader vouches for it."""
    leader = case.deputy
    command = AssignSponsor(person=leader.person, post=leader.post)
    yield case.assignment(case.office, command)


def plan(case: Case) -> Iterator[Ask]:
    """The lead unit says how it will handle it."""
    text = "先联系、后调研、再整改、再沟通；责任到人，按期答复（示例）。"
    yield case.assignment(case.writer, FilePlan(plan=text))


def divide(case: Case) -> Iterator[Ask]:
    """The lead unit divides the work: a lead part with a part of its own, and a supporting one."""

    def task(name: str, role: OuterRole, parent: str | None = None) -> Task:
        return Task(id=name, parent=parent, unit=case.unit, role=role,
                    handler=case.writer.person, what="牵头科室、配合科室分工（示例）")  # fmt: skip

    tasks = task("t1", OuterRole.LEAD), task("t1a", OuterRole.CO, "t1"), task("t2", OuterRole.CO)
    yield case.assignment(case.writer, DivideTasks(tasks=tasks))


def finish(case: Case, name: str) -> Iterator[Ask]:
    """A part is done."""
    yield case.assignment(case.writer, FinishTask(task=name, result="已完成（示例）。"))


def _take_up(case: Case) -> None:
    if case.proposed is not None:
        case.unit, case.co = case.proposed
        case.proposed = None


VERBS: Mapping[str, Verb] = {
    "classify": classify,
    "propose": propose,
    "propose-successor": propose_successor,
    "confirm": confirm,
    "accept": accept,
    "object": object_,
    "uphold": uphold,
    "overrule": overrule,
    "reassign": reassign,
    "sponsor": sponsor,
    "plan": plan,
    "divide": divide,
    "finish": finish,
}
