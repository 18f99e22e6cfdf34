"""Who may: roles and units, systems with their grants, doors, and terms of office."""

from datetime import date
from typing import Any

import pytest

from banli_engine.authority import permit
from banli_engine.decider import INTERNAL, OPERATORS, Aggregate, Asked, OverHttp, Service
from banli_engine.errors import (
    HandlesItself,
    NotAdmitted,
    NotAssignedUnit,
    NotGranted,
    NotHolder,
    NotPermitted,
    TooEarly,
    UnknownCommand,
)
from banli_engine.pending import Pending
from banli_engine.reference import Reference, fold
from banli_events.assignment import (
    AppointmentEnded,
    ClassifyItem,
    ConfirmAssignment,
    DivideTasks,
    FilePlan,
    HolderAppointed,
    OpenUnit,
    PostCreated,
    RouteItem,
    SystemAdmitted,
    SystemRetired,
    UnitOpened,
)
from banli_events.base import Command, Event
from banli_events.envelope import Recorded
from banli_events.words import Actor, PostRole, SystemGrant, Task
from banli_testing.grammar import NOON, published

SINCE = date(2025, 1, 1)
TODAY = NOON.date()
HANA = Actor(person="hana", post="handler", unit="traffic")
FAR = Actor(person="fay", post="far-handler", unit="patrol")
CHU = Actor(person="chu", post="chief", unit="bureau")
CLASSIFY, CONFIRM, PLAN = ClassifyItem(category="x"), ConfirmAssignment(), FilePlan(plan="x")
TASK = Task(id="t", role="LEAD", unit="traffic", handler="hana", what="x")
DIVIDE = DivideTasks(tasks=(TASK,))

SERVICE = Service(
    name="assignment",
    aggregates={
        "case": Aggregate(
            frozenset(),
            lambda *_: (),
            lambda state, _: state,
            units=lambda state, _: _known(state),
            accused=lambda state: {each[1:] for each in state if each.startswith("!")},
        )
    },
    commands={
        FilePlan: frozenset({PostRole.HANDLER, PostRole.CHIEF}),
        ConfirmAssignment: frozenset({PostRole.CHIEF}),
        ClassifyItem: OverHttp(frozenset({PostRole.CHIEF})),
        DivideTasks: OverHttp(frozenset({PostRole.CHIEF}), door=True),
        OpenUnit: OPERATORS,
        RouteItem: INTERNAL,
    },
    reactions={},
    subject_of={},
    grants={ConfirmAssignment: SystemGrant.APPROVE},
)
ALL = tuple(each.__name__ for each in SERVICE.commands)
BODY: tuple[tuple[str, Event], ...] = (
    ("unit/bureau", UnitOpened(name="b", since=SINCE)),
    ("unit/traffic", UnitOpened(name="t", since=SINCE)),
    ("unit/signals", UnitOpened(name="s", parent="traffic", since=SINCE)),
    ("unit/patrol", UnitOpened(name="p", since=SINCE)),
    ("post/handler", PostCreated(unit="traffic", title="h", role=PostRole.HANDLER)),
    ("post/far-handler", PostCreated(unit="patrol", title="h", role=PostRole.HANDLER)),
    ("post/chief", PostCreated(unit="bureau", title="c", role=PostRole.CHIEF)),
    ("post/handler", HolderAppointed(person="hana", name="H", since=SINCE)),
    ("post/far-handler", HolderAppointed(person="fay", name="F", since=SINCE)),
    ("post/chief", HolderAppointed(person="chu", name="C", since=SINCE)),
)


def _known(state: frozenset[str]) -> frozenset[str]:
    if not state:
        raise TooEarly("subject")
    return state


def ask(
    command: Command,
    by: Actor | None,
    *more: tuple[str, Event],
    via: str = "http",
    units: frozenset[str] = frozenset({"traffic"}),
    **how: Any,
) -> None:
    """Ask the door whether somebody may, in a case that these units handle."""
    facts: list[Recorded] = [*published(*BODY, *more)]
    reference = Reference()
    for fact in facts:
        reference = fold(reference, fact)
    asked = Pending("sender", "id", "hash", via, "case/1", command, actor=by, **how)
    permit(SERVICE, asked, Asked(command, "case/1", NOON, by, via, reference), units)


def admitted(*units: str, grants: tuple[SystemGrant, ...] = ()) -> tuple[str, Event]:
    return "system/x", SystemAdmitted(name="x", units=units, commands=ALL, grants=grants)


def test_a_role_that_may_not_is_refused() -> None:
    with pytest.raises(NotPermitted):
        ask(CONFIRM, HANA)
    ask(CONFIRM, CHU)


@pytest.mark.parametrize("accused", ["!chu", "!bureau"])
def test_whom_a_case_accuses_says_nothing_about_it_for_an_answer_tells_what_it_says(
    accused: str,
) -> None:
    """Policies, row 30."""
    there = frozenset({"traffic", accused})
    with pytest.raises(NotPermitted) as refused:
        ask(CONFIRM, CHU, units=there)
    assert refused.value.field == "actor"
    ask(PLAN, HANA, units=there)
    with pytest.raises(NotAssignedUnit):  # as where the case accuses somebody else
        ask(PLAN, FAR, units=frozenset({"traffic", "!fay"}))


def test_a_system_that_speaks_for_the_accused_says_nothing_for_another_unit_either() -> None:
    there = frozenset({"patrol", "!traffic"})
    system = admitted("bureau", "traffic", grants=(SystemGrant.APPROVE,))
    with pytest.raises(NotPermitted):
        ask(CONFIRM, CHU, system, via="system:x", units=there)
    system = admitted("bureau", grants=(SystemGrant.APPROVE,))
    ask(CONFIRM, CHU, system, via="system:x", units=there)


def test_who_accuses_a_unit_accuses_who_holds_a_post_in_its_sections_today() -> None:
    held = ("post/signals", HolderAppointed(person="chu", name="C", since=SINCE))
    made = ("post/signals", PostCreated(unit="signals", title="s", role=PostRole.HANDLER))
    there = frozenset({"patrol", "!traffic"})
    with pytest.raises(NotPermitted):
        ask(CONFIRM, CHU, made, held, units=there)
    ended = ("post/signals", AppointmentEnded(person="chu", since=TODAY, reason="x"))
    ask(CONFIRM, CHU, made, held, ended, units=there)


def test_a_handler_acts_in_what_the_own_unit_handles_a_chief_everywhere() -> None:
    ask(PLAN, HANA)
    with pytest.raises(NotAssignedUnit):
        ask(PLAN, FAR)
    ask(PLAN, CHU)


def test_whose_case_it_is_may_still_be_on_its_way() -> None:
    with pytest.raises(TooEarly):
        ask(PLAN, HANA, units=frozenset())
    ask(PLAN, CHU, units=frozenset())


def test_nobody_gives_what_only_the_service_gives_itself() -> None:
    inner = RouteItem(functions=("x",))
    for by in (HANA, CHU):
        with pytest.raises(NotPermitted):
            ask(inner, by)
    ask(inner, None, via="reaction:route")


def test_only_operators_publish_and_never_a_system() -> None:
    opening = OpenUnit(name="x", since=SINCE)
    ask(opening, CHU, operator=True)
    with pytest.raises(NotPermitted):
        ask(opening, CHU)
    with pytest.raises(NotPermitted):
        ask(opening, CHU, admitted("bureau"), via="system:x", operator=True)


def test_nobody_who_names_no_speaker_or_post_may_anything() -> None:
    for by in (None, Actor(person="chu", post="none", unit="none")):
        with pytest.raises(NotPermitted):
            ask(PLAN, by)


def test_what_people_do_themselves_no_system_does() -> None:
    ask(CLASSIFY, CHU)
    with pytest.raises(NotPermitted):
        ask(CLASSIFY, CHU, admitted("bureau"), via="system:x")


def test_what_stands_behind_a_door_is_asked_by_that_door_alone() -> None:
    ask(DIVIDE, CHU, door=True)
    for by, via, door in ((CHU, "http", False), (CHU, "system:x", True), (HANA, "http", True)):
        with pytest.raises(NotPermitted):
            ask(DIVIDE, by, admitted("bureau"), via=via, door=door)


class Elsewhere(Command):
    """No command of this service."""


def test_a_command_of_another_service_is_none() -> None:
    with pytest.raises(UnknownCommand):
        ask(Elsewhere(), CHU)


def test_a_system_acts_by_what_it_is_admitted_for() -> None:
    ask(PLAN, HANA, admitted("traffic"), via="system:x")
    with pytest.raises(NotAdmitted):
        ask(PLAN, HANA, admitted("patrol"), via="system:x")
    narrow = SystemAdmitted(name="x", units=("traffic",), commands=("ClassifyItem",))
    with pytest.raises(NotAdmitted):
        ask(PLAN, HANA, ("system/x", narrow), via="system:x")
    with pytest.raises(TooEarly):
        ask(PLAN, HANA, via="system:x")


def test_a_system_approves_only_with_a_grant() -> None:
    grants = (SystemGrant.APPROVE,)
    ask(CONFIRM, CHU, admitted("bureau", grants=grants), via="system:x")
    with pytest.raises(NotGranted):
        ask(CONFIRM, CHU, admitted("bureau", grants=(SystemGrant.REVIEW,)), via="system:x")


@pytest.mark.parametrize("theirs", ["traffic", "signals"])
def test_a_system_approves_nothing_that_its_own_units_or_their_sections_handle(
    theirs: str,
) -> None:
    both = admitted("bureau", theirs, grants=(SystemGrant.APPROVE,))
    with pytest.raises(HandlesItself):
        ask(CONFIRM, CHU, both, via="system:x")
    ask(CONFIRM, CHU, both, via="system:x", units=frozenset({"patrol"}))
    with pytest.raises(TooEarly):
        ask(CONFIRM, CHU, both, via="system:x", units=frozenset())


def test_a_retired_system_may_nothing_until_it_is_admitted_again() -> None:
    retired = ("system/x", SystemRetired(reason="Replaced."))
    with pytest.raises(NotAdmitted):
        ask(PLAN, HANA, admitted("traffic"), retired, via="system:x")
    ask(PLAN, HANA, admitted("patrol"), retired, admitted("traffic"), via="system:x")


def holds(person: str, since: date, until: date | None = None, *, acting: bool = False) -> Event:
    return HolderAppointed(person=person, name="N", since=since, until=until, acting=acting)


def test_who_stands_in_speaks_on_the_days_of_the_appointment() -> None:
    joe = replace_person(HANA, "joe")
    last = date(TODAY.year, TODAY.month, TODAY.day + 1)
    ask(PLAN, joe, ("post/handler", holds("joe", TODAY, last, acting=True)))
    for since, until in ((SINCE, TODAY), (last, None)):
        with pytest.raises(NotHolder):
            ask(PLAN, joe, ("post/handler", holds("joe", since, until, acting=True)))


def test_who_has_left_speaks_no_more_and_a_stranger_may_be_on_the_way() -> None:
    left = ("post/handler", AppointmentEnded(person="hana", since=TODAY, reason="Retired."))
    with pytest.raises(NotHolder):
        ask(PLAN, HANA, left)
    with pytest.raises(TooEarly):
        ask(PLAN, replace_person(HANA, "joe"))
    with pytest.raises(NotHolder):
        ask(PLAN, HANA.model_copy(update={"unit": "bureau"}))


def replace_person(actor: Actor, person: str) -> Actor:
    return actor.model_copy(update={"person": person})
