"""Who vouches for a case, the plan of a unit, the parts of its work; and meetings."""

from typing import Any

import pytest
from bureau import JUNE, bureau, left
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banli_assignment.refusals import (
    AlreadyFinished,
    AlreadyHeld,
    ItemTakenBack,
    NoSuchParent,
    NoSuchTask,
    NotAccepted,
    NotItsUnit,
    NotTaskHandler,
    NotYetWhole,
    ParentFinished,
    TaskTwice,
    UnfitSponsor,
    UnfitTaskHandler,
    UnknownRole,
)
from banli_engine.errors import NotAssignedUnit, NotPermitted, UnfitSubject
from banli_events.assignment import (
    AssignmentAccepted,
    AssignSponsor,
    ClassifyItem,
    DivideTasks,
    FilePlan,
    FinishTask,
    HoldMeeting,
    MeetingHeld,
    PlanFiled,
    Reassigned,
    SponsorAssigned,
    TaskFinished,
    TasksDivided,
)
from banli_events.intake import ItemWithdrawn
from banli_events.words import MeetingKind, OuterRole, Responsible, Task
from banli_testing.grammar import Case
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ASSIGNED,
    BEN,
    CARA,
    CLASSIFIED,
    EMIL,
    FINN,
    IRIS,
    PROPOSED,
    REGISTERED,
    YEAR,
)

FACTS = (REGISTERED, CLASSIFIED, PROPOSED, ASSIGNED, ACCEPTED)
assigned = bureau().given(REGISTERED, CLASSIFIED, PROPOSED, ASSIGNED)
accepted = assigned.given(ACCEPTED)


# -- sponsor

SPONSOR = AssignSponsor(person="emil", post="chief")
NAMED = SponsorAssigned(person="emil", post="chief")


def test_the_office_names_the_leader_who_vouches_for_the_case() -> None:
    """R075, R060"""
    accepted.when(SPONSOR, by=CARA).then(NAMED)
    accepted.given(NAMED).when(SPONSOR, by=CARA).then_nothing()
    accepted.when(SPONSOR, by=ANNA).then_rejected(NotPermitted)


def test_another_leader_may_take_their_place() -> None:
    """R075"""
    other = AssignSponsor(person="dora", post="deputy-chief")
    accepted.given(NAMED).when(other, by=CARA).then(
        SponsorAssigned(person="dora", post="deputy-chief")
    )


@pytest.mark.parametrize(
    ("person", "post", "field"),
    [("anna", "traffic-handler", "data.post"), ("anna", "chief", "data.person")],
)
def test_who_vouches_is_a_leader_in_office(person: str, post: str, field: str) -> None:
    """R075"""
    named = AssignSponsor(person=person, post=post)
    accepted.when(named, by=CARA).then_rejected(UnfitSponsor, field)


@pytest.mark.parametrize(("person", "post"), [("emil", "nowhere"), ("nobody", "chief")])
def test_who_is_not_known_may_still_be_appointed(person: str, post: str) -> None:
    """R075"""
    accepted.when(AssignSponsor(person=person, post=post), by=CARA).then_too_early()


# -- plan

PLAN = FilePlan(plan="Lights in May.")


@pytest.mark.parametrize("speaker", [ANNA, BEN])
def test_a_unit_files_its_plan(speaker: Any) -> None:
    """R016, R024"""
    filed = PlanFiled(unit="traffic", plan="Lights in May.")
    accepted.when(PLAN, by=speaker).then(filed)
    accepted.given(filed).when(PLAN, by=speaker).then_nothing()
    later = FilePlan(plan="Lights in June.")
    accepted.given(filed).when(later, by=speaker).then(
        PlanFiled(unit="traffic", plan="Lights in June.")
    )


def test_only_a_unit_that_took_the_item_on_files_a_plan() -> None:
    """R009, R016, R024"""
    assigned.when(PLAN, by=ANNA).then_rejected(NotAccepted)
    accepted.when(PLAN, by=FINN).then_rejected(NotAccepted)
    accepted.when(PLAN, by=IRIS).then_rejected(NotAssignedUnit)


# -- tasks


def task(name: str, parent: str | None = None, **changed: Any) -> Task:
    given = {"unit": "traffic", "role": OuterRole.LEAD, "handler": "anna", "what": name}
    return Task(id=name, parent=parent, **{**given, **changed})


SIGNALS: dict[str, Any] = {"unit": "signals", "handler": "june"}
WHOLE = task("whole")
PART = task("part", "whole", role=OuterRole.CO, **SIGNALS)
DIVIDED = TasksDivided(unit="traffic", tasks=(WHOLE, PART))
divided = accepted.given(DIVIDED)


def divide(*tasks: Task) -> DivideTasks:
    return DivideTasks(tasks=tasks)


def test_a_unit_divides_its_work_among_its_sections() -> None:
    """R017, R039, R082: nested, with a leading and a helping section."""
    accepted.when(divide(WHOLE, PART), by=ANNA).then(DIVIDED)
    accepted.when(divide(WHOLE, PART), by=BEN).then(DIVIDED)
    divided.when(divide(WHOLE, PART), by=BEN).then_nothing()


def test_a_co_unit_divides_its_own_work() -> None:
    """R039"""
    co = accepted.given(AssignmentAccepted(unit="patrol"))
    own = task("own", unit="patrol", handler="finn")
    co.when(divide(own), by=FINN).then(TasksDivided(unit="patrol", tasks=(own,)))
    co.given(DIVIDED).when(
        divide(task("under", "whole", unit="patrol", handler="finn")), by=FINN
    ).then_rejected(NoSuchParent, "data.tasks.0.parent")


def test_other_units_divide_nothing() -> None:
    """R009, R017"""
    accepted.when(divide(WHOLE), by=IRIS).then_rejected(NotAssignedUnit)
    assigned.when(divide(WHOLE), by=ANNA).then_rejected(NotAccepted)
    accepted.when(divide(WHOLE), by=CARA).then_rejected(NotPermitted)


def test_more_tasks_may_follow() -> None:
    """R017"""
    more = task("more", "part", **SIGNALS)
    divided.when(divide(more), by=ANNA).then(TasksDivided(unit="traffic", tasks=(more,)))
    done = divided.given(TaskFinished(task="part", result="Done."))
    done.when(divide(more), by=ANNA).then_rejected(ParentFinished, "data.tasks.0.parent")


@pytest.mark.parametrize(
    ("tasks", "refusal", "field"),
    [
        ((WHOLE, WHOLE), TaskTwice, "data.tasks.1.id"),
        ((PART, WHOLE), NoSuchParent, "data.tasks.0.parent"),
        ((task("loop", "loop"),), NoSuchParent, "data.tasks.0.parent"),
        ((task("x", role="BOSS"),), UnknownRole, "data.tasks.0.role"),
        ((task("x", unit="patrol", handler="finn"),), NotItsUnit, "data.tasks.0.unit"),
        ((task("x", unit="bureau", handler="emil"),), NotItsUnit, "data.tasks.0.unit"),
        ((task("x", unit="signals"),), UnfitTaskHandler, "data.tasks.0.handler"),
    ],
)
def test_a_task_fits_its_place(tasks: tuple[Task, ...], refusal: Any, field: str) -> None:
    """R017, R082"""
    accepted.when(divide(*tasks), by=ANNA).then_rejected(refusal, field)


@pytest.mark.parametrize("part", ["unit", "handler"])
def test_whom_a_task_names_may_still_be_on_the_way(part: str) -> None:
    """R082"""
    accepted.when(divide(task("x", **{part: "unheard-of"})), by=ANNA).then_too_early()


def test_a_task_keeps_its_id_for_ever() -> None:
    """R017"""
    other = task("part", **SIGNALS)
    divided.when(divide(other), by=ANNA).then_rejected(TaskTwice)


def test_the_parts_are_done_before_the_whole() -> None:
    """R017"""
    divided.when(FinishTask(task="whole", result="Done."), by=ANNA).then_rejected(NotYetWhole)
    done = TaskFinished(task="part", result="Wired.")
    divided.when(FinishTask(task="part", result="Wired."), by=JUNE).then(done)
    divided.given(done).when(FinishTask(task="part", result="Wired."), by=JUNE).then_nothing()
    divided.given(done).when(FinishTask(task="whole", result="Done."), by=ANNA).then(
        TaskFinished(task="whole", result="Done.")
    )


def test_a_task_is_finished_also_when_its_item_went_to_others() -> None:
    """R009, R017"""
    fire = Responsible(unit="fire", leader="dora", handler="iris")
    handed = divided.given(Reassigned(lead=fire, duty_basis="x", reason="y"))
    handed.when(FinishTask(task="part", result="Wired."), by=JUNE).then(
        TaskFinished(task="part", result="Wired.")
    )
    handed.when(divide(task("more")), by=ANNA).then_rejected(NotAssignedUnit)


def test_a_task_is_done_once() -> None:
    """R017"""
    done = divided.given(TaskFinished(task="part", result="Wired."))
    other = FinishTask(task="part", result="Wired twice.")
    done.when(other, by=JUNE).then_rejected(AlreadyFinished)
    done.when(FinishTask(task="none", result="x"), by=ANNA).then_rejected(NoSuchTask)


def test_a_task_is_for_its_handler_to_finish() -> None:
    """R017: a head speaks only for one who has left."""
    finish = FinishTask(task="part", result="Wired.")
    divided.when(finish, by=ANNA).then_rejected(NotTaskHandler)
    divided.when(finish, by=BEN).then_rejected(NotTaskHandler)
    gone = bureau(left("signals-handler", "june")).given(*FACTS, DIVIDED)
    gone.when(finish, by=ANNA).then_rejected(NotTaskHandler)
    gone.when(finish, by=BEN).then(TaskFinished(task="part", result="Wired."))
    divided.when(finish, by=IRIS).then_rejected(NotAssignedUnit)


def test_after_an_end_nothing_is_divided_or_finished() -> None:
    """R017"""
    ended = divided.given(ItemWithdrawn(reason="Taken back.", withdrawn_on=YEAR))
    ended.when(divide(task("more")), by=ANNA).then_rejected(ItemTakenBack)
    ended.when(FinishTask(task="part", result="Wired."), by=JUNE).then_rejected(ItemTakenBack)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_tree_of_tasks_is_done_from_its_leaves(data: st.DataObject) -> None:
    """R017: in whatever order it is tried, the root is the last to be done."""
    parents = [None, *(data.draw(st.integers(0, n - 1)) for n in range(1, 6))]
    tree = tuple(task(f"t{n}", None if up is None else f"t{up}") for n, up in enumerate(parents))
    known = accepted.given(TasksDivided(unit="traffic", tasks=tree))
    done: list[str] = []
    for name in data.draw(st.permutations([each.id for each in tree])) * len(tree):
        answer = known.when(FinishTask(task=name, result="Done."), by=ANNA)
        left_open = {each.parent for each in tree if each.id not in done}
        if name in left_open:
            answer.then_rejected(NotYetWhole)
        elif name not in done:
            answer.then(TaskFinished(task=name, result="Done."))
            known = known.given(*answer.events)
            done.append(name)
    assert done[-1] == "t0"


# -- meetings

HOLD = HoldMeeting(
    kind=MeetingKind.ASSIGNMENT, held_on=YEAR, people=("All heads",), minutes="Handed over."
)
HELD = MeetingHeld(**HOLD.model_dump())
meeting = bureau(subject="meeting/m1")


def test_the_office_records_a_meeting_once() -> None:
    """R006"""
    meeting.when(HOLD, by=CARA).then(HELD)
    meeting.given(HELD).when(HOLD, by=CARA).then_nothing()
    other = HOLD.model_copy(update={"minutes": "Nothing handed over."})
    meeting.given(HELD).when(other, by=CARA).then_rejected(AlreadyHeld)
    meeting.when(HOLD, by=EMIL).then_rejected(NotPermitted)


def test_a_meeting_is_no_case() -> None:
    """R006"""
    meeting.when(ClassifyItem(category="x"), by=CARA).then_rejected(UnfitSubject)
    case: Case = bureau()
    case.when(HOLD, by=CARA).then_rejected(UnfitSubject)
