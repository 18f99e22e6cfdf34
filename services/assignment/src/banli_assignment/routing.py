"""Finding by duty who should handle an item."""

from collections.abc import Iterator
from dataclasses import dataclass

from banli_assignment.guards import accuses, ended
from banli_assignment.proposing import LEADERS
from banli_assignment.state import State
from banli_engine.decider import Asked
from banli_engine.reference import Reference
from banli_events.assignment import AssignmentProposed, Classified, RouteItem
from banli_events.base import Event
from banli_events.words import Duty, PostRole, Responsible


@dataclass(frozen=True, slots=True)
class Route:
    """A unit whose duty an item is, with how well it fits."""

    unit: str
    duty: Duty
    here: bool  # the duty is for the item's own territory
    matched: int  # how many of the item's functions are the unit's


def route(state: State, asked: Asked, command: RouteItem) -> list[Event]:
    """Who keeps the function, there or all over, is proposed with the reason (R070, R071).

    It stays a proposal: the office confirms it, or puts another in its place (R060). Where nobody
    fits, or a post is empty (R059, R062), or the office was first, nothing comes of it.
    """
    own = state.own
    if state.item is None or own.proposed or ended(state):
        return []
    routes = sorted(
        _routes(state, asked, command), key=lambda each: (not each.here, -each.matched, each.unit)
    )
    if not routes or own.category not in (None, routes[0].duty.function):
        return []
    best = routes[0]
    lead = _three_in_one(state, asked, best.unit)
    if lead is None:
        return []
    equals = sum((each.here, each.matched) == (best.here, best.matched) for each in routes) - 1
    proposed = AssignmentProposed(
        lead=lead,
        duty_basis=best.duty.basis,
        note=_reason(asked.reference, best, equals),
        duty=best.duty,
    )
    classified = [Classified(category=best.duty.function)] if own.category is None else []
    return [*classified, proposed]


def _routes(state: State, asked: Asked, command: RouteItem) -> Iterator[Route]:
    for unit, duties in asked.reference.duties.items():
        opened = asked.reference.units.get(unit)
        fit = [
            duty
            for duty in duties
            if duty.function in command.functions and duty.territory in (None, command.territory)
        ]
        if opened is None or opened.since > asked.today or not fit:
            continue
        if accuses(state, asked.reference, asked.today, unit):
            continue
        best = min(fit, key=lambda d: (d.territory is None, command.functions.index(d.function)))
        matched = len({duty.function for duty in fit})
        yield Route(unit, best, best.territory is not None, matched)


def _three_in_one(state: State, asked: Asked, unit: str) -> Responsible | None:
    """Find the leader in charge of a unit, else the chief, and its handler (R059, R062).

    Nobody whom the item accuses.
    """
    reference, today = asked.reference, asked.today
    deputy, chief = LEADERS
    leaders = reference.holder(deputy, today, charge=unit), reference.holder(chief, today)
    handler = reference.holder(PostRole.HANDLER, today, unit=unit)
    fit = [one for one in leaders if one and not accuses(state, reference, today, one)]
    if not fit or handler is None or accuses(state, reference, today, handler):
        return None
    return Responsible(unit=unit, leader=fit[0], handler=handler)


def _reason(reference: Reference, chosen: Route, equals: int) -> str:
    duty, name = chosen.duty, reference.units[chosen.unit].name
    where = f"在“{duty.territory}”" if duty.territory else ""
    more = f"，共有{chosen.matched}项职能相符" if chosen.matched > 1 else ""
    others = f"，另有{equals}个单位同样相符、按单位编号取先" if equals else ""
    return f"“{duty.function}”{where}属“{name}”职责（{duty.basis}）{more}{others}，拟由其主办。"
