"""Departments' systems: let in, for what, and until when."""

from typing import Any

import pytest

from banli_assignment.refusals import (
    AlreadyAdmitted,
    NeverAdmitted,
    NoSuchCommand,
    NotForSystems,
)
from banli_assignment.service import SERVICE
from banli_assignment.systems import NOT_FOR_SYSTEMS
from banli_engine.errors import NotPermitted
from banli_engine.reference import Reference, fold
from banli_events.assignment import AdmitSystem, RetireSystem, SystemAdmitted, SystemRetired
from banli_events.words import SystemGrant
from banli_testing.grammar import OPERATOR, Case
from banli_testing.story import CARA, PUBLISHED

system = Case(SERVICE, "system/traffic", PUBLISHED)

ADMIT = AdmitSystem(
    name="Traffic desk",
    units=("traffic",),
    commands=("DraftReply", "PassReply"),
    grants=(SystemGrant.REVIEW,),
)
ADMITTED = SystemAdmitted(**ADMIT.model_dump())
RETIRE, RETIRED = RetireSystem(reason="Replaced."), SystemRetired(reason="Replaced.")
CHANGES: list[dict[str, Any]] = [
    {"name": "T"},
    {"units": ("patrol",)},
    {"commands": ("DraftReply",)},
    {"grants": ()},
]


def test_a_system_is_admitted_once_for_units_and_commands_that_exist() -> None:
    system.when(ADMIT, by=OPERATOR).then(ADMITTED)
    system.given(ADMITTED).when(ADMIT, by=OPERATOR).then_nothing()
    unknown = ADMIT.model_copy(update={"units": ("moon",)})
    system.when(unknown, by=OPERATOR).then_too_early()
    senseless = ADMIT.model_copy(update={"commands": ("DrinkTea",)})
    system.when(senseless, by=OPERATOR).then_rejected(NoSuchCommand, "data.commands")


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_system_is_admitted_for_changes_only_after_it_was_retired(
    change: dict[str, Any],
) -> None:
    other = ADMIT.model_copy(update=change)
    system.given(ADMITTED).when(other, by=OPERATOR).then_rejected(AlreadyAdmitted)
    retired = system.given(ADMITTED, RETIRED)
    retired.when(other, by=OPERATOR).then(SystemAdmitted(**other.model_dump()))


def test_a_system_is_retired_once_and_may_come_back() -> None:
    admitted = system.given(ADMITTED)
    admitted.when(RETIRE, by=OPERATOR).then(RETIRED)
    retired = admitted.given(RETIRED)
    retired.when(RETIRE, by=OPERATOR).then_nothing()
    retired.when(RetireSystem(reason="Unused."), by=OPERATOR).then_nothing()
    retired.when(ADMIT, by=OPERATOR).then(ADMITTED)
    retired.given(ADMITTED).when(RETIRE, by=OPERATOR).then(RETIRED)
    system.when(RETIRE, by=OPERATOR).then_rejected(NeverAdmitted)


def test_only_operators_let_in_and_shut_out() -> None:
    system.when(ADMIT, by=CARA).then_rejected(NotPermitted)
    system.given(ADMITTED).when(RETIRE, by=CARA).then_rejected(NotPermitted)


@pytest.mark.parametrize("never", sorted(each.__name__ for each in NOT_FOR_SYSTEMS))
def test_a_system_is_admitted_for_nothing_that_no_system_gives(never: str) -> None:
    asking = ADMIT.model_copy(update={"commands": ("DraftReply", never)})
    system.when(asking, by=OPERATOR).then_rejected(NotForSystems, "data.commands")


def test_what_is_published_knows_of_a_retired_system_that_it_may_nothing() -> None:
    told = system.given(ADMITTED, RETIRED)
    published = Reference()
    for event in told.history:
        published = fold(published, event)
    known = published.system("traffic")
    assert (known.units, known.commands, known.grants) == ((), (), ())
    again = told.given(ADMITTED).history[-1]
    assert fold(published, again).system("traffic") == ADMITTED
