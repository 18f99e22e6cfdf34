"""Whom an item accuses never handles it: not proposed, not assigned, not asked, not handed it."""

from datetime import date
from typing import Any

import pytest
from bureau import bureau, duties, handles

from banli_assignment.refusals import Accused
from banli_engine.errors import NotPermitted
from banli_events.assignment import (
    ApproveReassignment,
    AssignSponsor,
    ConfirmAssignment,
    DivideTasks,
    HolderAppointed,
    ProposeAssignment,
    ReferOut,
    RouteItem,
)
from banli_events.words import OuterRole, Responsible, Task
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ASSIGNED,
    CARA,
    CLASSIFIED,
    CO,
    EMIL,
    LEAD,
    PROPOSED,
    REGISTERED,
    YEAR,
)

ROUTE = RouteItem(functions=("交通设施",))
FIRE = Responsible(unit="fire", leader="emil", handler="iris")
TO_FIRE = ASSIGNED.model_copy(update={"lead": FIRE, "co": ()})


def accusing(*whom: str) -> Any:
    return REGISTERED.model_copy(update={"accused": whom})


@pytest.mark.parametrize(
    ("whom", "field"),
    [
        ("traffic", "data.lead.unit"),
        ("anna", "data.lead.handler"),
        ("dora", "data.lead.leader"),
        ("patrol", "data.co.0.unit"),
        ("finn", "data.co.0.handler"),
    ],
)
def test_an_accused_unit_or_person_is_not_proposed_nor_assigned(whom: str, field: str) -> None:
    """Policies, row 30."""
    propose = ProposeAssignment(lead=LEAD, co=(CO,), duty_basis="x", note="x")
    case = bureau().given(accusing(whom), CLASSIFIED)
    case.when(propose, by=CARA).then_rejected(Accused, field)
    case.given(PROPOSED).when(ConfirmAssignment(), by=CARA).then_rejected(Accused, field)
    held = bureau().given(accusing(whom), CLASSIFIED, PROPOSED, TO_FIRE, PROPOSED)
    approve = ApproveReassignment(proposal=4, reason="x")
    held.when(approve, by=EMIL).then_rejected(Accused, field)


def test_who_accuses_a_unit_accuses_its_sections_and_whoever_holds_a_post_there() -> None:
    signals = Responsible(unit="signals", leader="dora", handler="june")
    propose = ProposeAssignment(lead=signals, duty_basis="x", note="x")
    case = bureau().given(accusing("traffic"), CLASSIFIED)
    case.when(propose, by=CARA).then_rejected(Accused, "data.lead.unit")
    stands_in = HolderAppointed(person="finn", name="Finn", since=YEAR, acting=True)
    both = bureau(("post/traffic-head", stands_in)).given(accusing("traffic"), CLASSIFIED)
    to_finn = ProposeAssignment(lead=CO, duty_basis="x", note="x")
    both.when(to_finn, by=CARA).then_rejected(Accused, "data.lead.handler")


def test_a_route_never_leads_to_the_accused() -> None:
    duty = handles("交通设施")
    both = bureau(duties("traffic", duty), duties("patrol", duty))
    found = both.given(accusing("traffic")).when(ROUTE).events[-1]
    assert found.lead.unit == "patrol"  # type: ignore[attr-defined]
    bureau(duties("traffic", duty)).given(accusing("traffic")).when(ROUTE).then_nothing()
    bureau(duties("traffic", duty)).given(accusing("anna")).when(ROUTE).then_nothing()
    led = bureau(duties("traffic", duty)).given(accusing("dora")).when(ROUTE).events[-1]
    assert led.lead.leader == "emil"  # type: ignore[attr-defined]


def test_what_accuses_somebody_is_not_handed_to_them_by_any_other_way() -> None:
    case = bureau().given(accusing("patrol", "emil", "june"), CLASSIFIED)
    case = case.given(PROPOSED.model_copy(update={"co": ()}),
                      ASSIGNED.model_copy(update={"co": ()}), ACCEPTED)  # fmt: skip
    sent = ReferOut(referral="r1", to="patrol", what="x", sent_on=date(2025, 3, 10))
    case.when(sent, by=CARA).then_rejected(Accused, "data.to")
    vouch = AssignSponsor(person="emil", post="chief")
    case.when(vouch, by=CARA).then_rejected(Accused, "data.person")
    task = Task(id="t1", unit="signals", role=OuterRole.LEAD, handler="june", what="x")
    case.when(DivideTasks(tasks=(task,)), by=ANNA).then_rejected(Accused, "data.tasks.0.handler")


@pytest.mark.parametrize("whom", [CARA.person, CARA.unit])
def test_whom_an_item_accuses_says_nothing_about_who_handles_it(whom: str) -> None:
    """Policies, row 30."""
    case = bureau().given(accusing(whom), CLASSIFIED, PROPOSED)
    case.when(ConfirmAssignment(), by=CARA).then_rejected(NotPermitted, "actor")
