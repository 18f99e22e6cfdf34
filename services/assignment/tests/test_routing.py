"""Whose duty an item is, and the proposal that comes of it."""

from datetime import date
from typing import Any

import pytest
from bureau import bureau, duties, handles, left
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banli_assignment.reactions import REACTIONS
from banli_engine.errors import NotPermitted
from banli_events.assignment import (
    AssignmentProposed,
    Classified,
    ConfirmAssignment,
    OutOfScopeExplained,
    RouteItem,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.intake import ItemRegistered, ItemWithdrawn
from banli_events.words import Duty, Responsible
from banli_testing.grammar import Answer, Case
from banli_testing.story import ASSIGNED, CARA, CASE, LI, PROPOSED, REGISTERED, WANG

ROUTE = RouteItem(functions=("交通设施", "校园安全"), territory="城东")
TRAFFIC = Responsible(unit="traffic", leader="dora", handler="anna")
PATROL = Responsible(unit="patrol", leader="kate", handler="finn")
FIRE = Responsible(unit="fire", leader="emil", handler="iris")


def routed(*published: tuple[str, Event], route: RouteItem = ROUTE) -> Answer:
    return bureau(*published).given(REGISTERED).when(route)


def lead_of(answer: Answer) -> Responsible:
    found = answer.events[-1]
    assert isinstance(found, AssignmentProposed)
    return found.lead


def test_a_registered_item_is_looked_at_by_its_topics_and_place() -> None:
    """R070, R071: the reaction asks only where there is something to go by."""
    told = REGISTERED.model_copy(update={"topics": ROUTE.functions, "territory": "城东"})
    react = REACTIONS[ItemRegistered].react
    assert react(bureau().given(told).history[0]) == (CASE, ROUTE)
    assert react(bureau().given(REGISTERED).history[0]) is None


def test_the_unit_whose_duty_it_is_is_proposed_with_the_reason() -> None:
    """R070, R071, R059, R062: function, deputy in charge, handler, and why, in one sentence."""
    duty = handles("交通设施")
    routed(duties("traffic", duty)).then(
        Classified(category="交通设施"),
        AssignmentProposed(
            lead=TRAFFIC,
            duty_basis="三定方案：交通设施",
            note="“交通设施”属“traffic”职责（三定方案：交通设施），拟由其主办。",
            duty=duty,
        ),
    )


def test_a_route_stays_a_proposal_until_the_office_confirms_it() -> None:
    """R060"""
    first = routed(duties("traffic", handles("交通设施")))
    known = bureau().given(REGISTERED, *first.events)
    assert known.state.own.assigned is None
    confirmed = known.when(ConfirmAssignment(), by=CARA)
    confirmed.then(
        ASSIGNED.model_copy(update={"co": (), "lead": TRAFFIC, "duty_basis": "三定方案：交通设施"})
    )


def test_who_keeps_the_place_comes_before_who_keeps_it_all_over() -> None:
    """R071"""
    there = duties("patrol", handles("交通设施", "城东"))
    all_over = duties("fire", handles("交通设施"), handles("校园安全"))
    elsewhere = duties("traffic", handles("交通设施", "城西"), handles("校园安全", "城西"))
    assert lead_of(routed(there, all_over, elsewhere)) == PATROL
    assert lead_of(routed(all_over, elsewhere)) == FIRE
    routed(elsewhere).then_nothing()


def test_who_keeps_more_of_it_comes_first_then_the_unit_s_name() -> None:
    """R070"""
    one = duties("fire", handles("交通设施"))
    two = duties("patrol", handles("校园安全"), handles("交通设施"))
    assert lead_of(routed(one, two)) == PATROL
    tied = routed(one, duties("patrol", handles("校园安全")))
    assert lead_of(tied) == FIRE
    assert "另有1个单位同样相符" in str(tied.events)


def test_a_unit_that_opens_today_is_found() -> None:
    """R070"""
    today = ("unit/traffic", UnitOpened(name="traffic", since=date(2025, 3, 10)))
    assert lead_of(routed(today, duties("traffic", handles("交通设施")))) == TRAFFIC


def test_of_a_unit_s_duties_the_item_s_first_topic_counts() -> None:
    """R070"""
    two = duties("patrol", handles("校园安全"), handles("交通设施"))
    assert routed(two).events[0] == Classified(category="交通设施")


@pytest.mark.parametrize(
    "published",
    [
        (),
        (duties("traffic", handles("消防")),),
        (duties("traffic", handles("交通设施")), left("traffic-handler", "anna")),
        (
            duties("traffic", handles("交通设施")),
            left("deputy-chief", "dora"),
            left("chief", "emil"),
        ),
        (
            ("unit/new", UnitOpened(name="New", since=date(2025, 4, 1))),
            duties("new", handles("交通设施")),
        ),
    ],
)
def test_where_no_duty_fits_or_a_post_is_empty_the_office_proposes(published: Any) -> None:
    """R059, R062, R070"""
    routed(*published).then_nothing()


def test_without_a_deputy_in_charge_the_chief_leads() -> None:
    """R059"""
    answer = routed(duties("traffic", handles("交通设施")), left("deputy-chief", "dora"))
    assert lead_of(answer).leader == "emil"


EXPLAINED = OutOfScopeExplained(
    reason="Roads.", explained_to=(LI, WANG), explained_on=date(2025, 3, 10)
)


@pytest.mark.parametrize(
    "before",
    [
        (Classified(category="Road safety"),),
        (Classified(category="交通设施"), PROPOSED),
        (PROPOSED, ASSIGNED),
        (ItemWithdrawn(reason="Taken back.", withdrawn_on=date(2025, 3, 10)),),
        (EXPLAINED,),
    ],
)
def test_a_route_that_is_found_late_changes_nothing(before: tuple[Event, ...]) -> None:
    """R060, R070"""
    late = bureau(duties("traffic", handles("交通设施"))).given(REGISTERED, *before)
    late.when(ROUTE).then_nothing()


def test_half_a_route_is_finished() -> None:
    """R070"""
    one = bureau(duties("traffic", handles("交通设施")))
    half: Case = one.given(REGISTERED, Classified(category="交通设施"))
    assert [type(each) for each in half.when(ROUTE).events] == [AssignmentProposed]


def test_nobody_asks_for_a_route() -> None:
    """R060"""
    bureau().given(REGISTERED).when(ROUTE, by=CARA).then_rejected(NotPermitted)


UNITS = ("fire", "patrol", "traffic")
PLACES = st.sampled_from([None, "城东", "城西"])
HANDLED = st.lists(
    st.builds(handles, st.sampled_from(["交通设施", "校园安全", "消防"]), PLACES),
    unique_by=lambda duty: (duty.function, duty.territory),
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(HANDLED, HANDLED, HANDLED), PLACES, st.permutations(UNITS))
def test_no_unit_fits_better_than_the_one_that_is_found(
    handled: tuple[list[Duty], ...], place: str | None, order: list[str]
) -> None:
    """R070, R071: whatever the duties, and in whatever order they were published."""
    by_unit = dict(zip(UNITS, handled, strict=True))
    route = RouteItem(functions=("交通设施", "校园安全"), territory=place)
    fit = {
        unit: [d for d in them if d.function in route.functions and d.territory in (None, place)]
        for unit, them in by_unit.items()
    }
    answer = routed(*(duties(unit, *by_unit[unit]) for unit in order), route=route)
    if not any(fit.values()):
        answer.then_nothing()
        return

    def rank(unit: str) -> tuple[bool, int]:
        here = any(d.territory is not None for d in fit[unit])
        return here, len({d.function for d in fit[unit]})

    found = lead_of(answer).unit
    assert fit[found]
    assert all(rank(found) >= rank(unit) for unit in UNITS if fit[unit])
    assert found == min(unit for unit in UNITS if fit[unit] and rank(unit) == rank(found))
