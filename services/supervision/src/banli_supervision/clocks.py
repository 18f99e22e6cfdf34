"""Starting the clocks of a case, by the rules it is held to."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from banli_engine.decider import LOCAL, Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.deadlines import Basis, ClockKind, Rung, TimeUnit
from banli_events.supervision import (
    ClockRule,
    DeadlineSet,
    RuleSet,
    RungRule,
    SetDeadline,
    SetOuterClock,
    SetReferralDeadline,
)
from banli_events.words import PackRef, Product
from banli_supervision.alarms import vacancies
from banli_supervision.counting import Worked, away, begin_of, count, end_of, worked_by
from banli_supervision.guards import assignment_of, item_of, product_of
from banli_supervision.state import State

REMINDED = frozenset({ClockKind.REPLY, ClockKind.REHANDLING, ClockKind.CO_OPINION})
"""The clocks of whose end the unit is reminded before (R025)."""

NO_CALENDAR = "none"
"""What rules name that count by the week alone."""

ASSIGNERS_DAY = "the assigner's own due date"
AGREED_DAY = "the day by which the result is expected"


@dataclass(frozen=True, slots=True)
class Held:
    """The rules that a case is held to, with the days and the time zone it is counted in."""

    ref: PackRef
    rules: RuleSet
    worked: Worked
    zone: ZoneInfo

    def rule(self, kind: str) -> ClockRule | None:
        """Find how long something may take; None where the rules do not say."""
        return next((rule for rule in self.rules.clocks if rule.clock == kind), None)

    def rung(self, rung: Rung) -> RungRule | None:
        """Find when a step of urging is due; None where the rules do not say."""
        return next((rule for rule in self.rules.ladder if rule.rung == rung), None)

    def day(self, at: datetime) -> date:
        """Tell on which civil day an instant lies."""
        return at.astimezone(self.zone).date()

    def rung_at(self, rung: RungRule, last_day: date) -> datetime:
        """Find the beginning of the day on which a step of urging is due (R064, R065)."""
        return begin_of(away(last_day, rung.span, self.worked, back=rung.before), self.zone)

    def remind_at(self, kind: str, basis: Basis) -> datetime | None:
        """Find when the unit is reminded; not of a day that was past when it was named (R025)."""
        rung = self.rung(Rung.REMIND)
        if rung is None or kind not in REMINDED or basis.last_day <= basis.counted_from:
            return None
        return self.rung_at(rung, basis.last_day)


def held_to(asked: Asked, ref: PackRef) -> Held:
    """Look up rules with the calendar they count by, in its last version (R021)."""
    rules = asked.reference.rules(ref)
    worked = Worked()
    if rules.calendar != NO_CALENDAR:
        worked = worked_by(rules.calendar, asked.reference.calendar(rules.calendar))
    return Held(ref, rules, worked, ZoneInfo(rules.timezone))


def start(
    state: State, asked: Asked, kind: ClockKind, at: datetime, about: str = ""
) -> list[DeadlineSet]:
    """Start a clock once, where the rules that the case has pinned have it (R021)."""
    if state.rules is None:
        raise TooEarly("subject")
    held = held_to(asked, state.rules)
    return _start(state, held, kind, held.day(at), about)


def set_deadlines(state: State, asked: Asked, command: SetDeadline) -> list[Event]:
    """An assignment starts its clocks, each from its own day (R021, R063).

    Which of two assignments this is asked for makes no difference: what has no clock yet gets one.
    """
    assignment_of(state)
    item, heard = item_of(state), state.heard
    first = min(heard.began.values())
    held = held_to(asked, _rules(state, asked, first))
    replies = product_of(item) is Product.REPLY
    product = ClockKind.REPLY if replies else ClockKind.CO_OPINION
    set_: list[DeadlineSet] = []
    for number, at in sorted(heard.began.items()):
        if number > 1:
            set_ += _start(state, held, ClockKind.REHANDLING, held.day(at), str(number))
        else:
            set_ += _start(state, held, product, held.day(at), bound=item.outer.due_on)
    set_ += _start(state, held, ClockKind.FIRST_CONTACT, held.day(first))
    for unit, at in heard.handed.items():
        set_ += _start(state, held, ClockKind.OBJECTION, held.day(at), unit)
    dues = [clock.due for clock in state.clocks.values()] + [one.due for one in set_]
    return [*set_, *vacancies(state, asked, max(dues, default=asked.at))]


def set_referral(state: State, asked: Asked, command: SetReferralDeadline) -> list[Event]:
    """An outside body has as long as the rules say, or until the day that was agreed (R046, R086).

    Of the two the earlier binds. It can be asked before the item is assigned.
    """
    opened_at = min([command.sent_at, *state.heard.began.values()])
    held = held_to(asked, _rules(state, asked, opened_at))
    day = held.day(command.sent_at)
    return [*_start(state, held, ClockKind.REFERRAL, day, command.referral, command.expected_by)]


def set_outer(state: State, asked: Asked, command: SetOuterClock) -> list[Event]:
    """Objecting to the assigner is possible for some days after it handed the item over (R053).

    They count from the day that the assigner or the register states, at the latest from the day
    of the registration; those of the assigner's answer from the day this body objected.
    """
    item = item_of(state)
    held = held_to(asked, _rules(state, asked, command.started_at))
    day = held.day(command.started_at)
    if command.clock == ClockKind.OUTER_OBJECTION:
        day = min(item.outer.assigned_on or item.received_on, day)
    return [*_start(state, held, ClockKind(command.clock), day)]


def _rules(state: State, asked: Asked, opened_at: datetime) -> PackRef:
    """Tell which rules a case is held to: those it has pinned, else those now to be pinned."""
    if state.rules is not None:
        return state.rules
    item = item_of(state)
    return asked.reference.rules_for(item.kind, item.body, opened_at.astimezone(LOCAL).date())


def _start(
    state: State,
    held: Held,
    kind: ClockKind,
    day: date,
    about: str = "",
    bound: date | None = None,
) -> list[DeadlineSet]:
    """Count what the rules allow; a day that somebody named binds where it is earlier."""
    name, rule = f"{kind}:{about}" if about else str(kind), held.rule(kind)
    if name in state.clocks:
        return []
    found = _found(held, rule, kind, day, bound)
    if found is None:
        return []
    basis, clause, days = found
    return [
        DeadlineSet(
            clock=name,
            due=end_of(basis.last_day, held.zone),
            counted_from=day,
            days=days,
            rules=held.ref,
            clause=clause,
            basis=basis,
            remind_at=held.remind_at(kind, basis),
        )
    ]


def _found(
    held: Held, rule: ClockRule | None, kind: str, day: date, bound: date | None
) -> tuple[Basis, str, int | None] | None:
    """Find the last day, the clause it rests on and, where it was counted so, calendar days."""
    if rule is not None:
        counted = count(day, rule.span, held.worked, source=rule.source, rolls=rule.rolls)
        if bound is None or bound >= counted.last_day:
            in_days = rule.span.unit == TimeUnit.DAY
            return counted, rule.clause, rule.span.amount if in_days else None
    if bound is None:
        return None
    named = AGREED_DAY if kind == ClockKind.REFERRAL else ASSIGNERS_DAY
    clause = f"{named}, earlier than {rule.clause}" if rule else named
    return Basis(counted_from=day, last_day=bound, source=named), clause, None
