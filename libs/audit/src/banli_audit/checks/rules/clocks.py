"""Clocks: counted anew from what set them going, and called missed only when they were."""

from collections.abc import Iterator
from datetime import date, datetime

from banli_audit.checks.days import DAY, Calendar, count, end_of, length, zone_of
from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.published import civil_day
from banli_audit.checks.rules.stopping import ends, stops
from banli_audit.codes import Code
from banli_audit.facts.assignment import Handling
from banli_events.deadlines import Basis, ClockKind, Pause, Span, TimeUnit
from banli_events.supervision import (
    ClockRule,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    DeadlineSet,
    RuleSet,
)
from banli_events.words import PackRef

_OF_HANDLING = frozenset(
    {
        ClockKind.OBJECTION,
        ClockKind.FIRST_CONTACT,
        ClockKind.REPLY,
        ClockKind.CO_OPINION,
        ClockKind.REHANDLING,
    }
)
"""The clocks that an assignment sets going."""

_BOUND = frozenset({ClockKind.REPLY, ClockKind.CO_OPINION})
"""The clocks that the assigner's own due date binds, where it is earlier."""


def deadline_set(known: Known, said: DeadlineSet) -> Breaches:
    """A clock starts once, by the rules of the case or a day named that is earlier (R021, R063)."""
    if known.clock(said.clock) is not None:
        yield Code.CLOCK_TWICE
    kind = said.clock.partition(":")[0]
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
        return
    if kind in _OF_HANDLING and known.assignment.handling is None:
        yield Code.NOT_ASSIGNED
        return
    if known.published.any_unsure("pack"):
        return
    rules = known.published.rules(said.rules, known.upto)
    if rules is None or not _holds_for(known, rules):
        yield Code.NO_PACK
        return
    if said.rules not in _held_to(known):
        yield Code.OTHER_RULES
    if not _set_rightly(known, rules, said):
        yield Code.CLOCK_MISCOUNTED


def _held_to(known: Known) -> list[PackRef | None]:
    """Tell what a case is held to: the rules of its first clock, else those now in force (R021)."""
    register, was = known.intake.register, known.assignment
    if known.supervision.pinned is not None or register is None:
        return [known.supervision.pinned]
    handed = [each.time for each in (*was.before, was.handling) if each][:1]
    opened = [*handed, known.caused_at or known.event.time]
    return [
        known.published.in_force(register.kind, register.body, civil_day(at), known.upto)
        for at in opened
    ]


def _holds_for(known: Known, rules: RuleSet) -> bool:
    register = known.intake.register
    return (
        register is not None
        and register.kind in rules.kinds
        and (not rules.bodies or register.body in rules.bodies)
        and rules.valid_from <= known.day
    )


def _set_rightly(known: Known, rules: RuleSet, said: DeadlineSet) -> bool:
    zone = zone_of(rules.timezone)
    if zone is None or said.counted_from not in set(_starts(known, rules, said)):
        return False
    if said.basis is None:
        return _set_as_once(known, rules, said)
    basis, rule = said.basis, rule_of(rules, said.clock)
    counted_days = basis.span is not None and basis.span.unit == TimeUnit.DAY
    return (
        said.due == end_of(basis.last_day, zone)
        and basis.counted_from == said.counted_from
        and said.days == (basis.span.amount if basis.span and counted_days else None)
        and not basis.pauses
        and (
            _is_bound(known, rules, rule, said)
            if basis.span is None
            else rule is not None
            and (basis.span, said.clause) == (rule.span, rule.clause)
            and is_counted(known, rules, rule, basis)
            and not _must_be_bound(known, said, basis.last_day)
        )
    )


def rule_of(rules: RuleSet, clock: str) -> ClockRule | None:
    """Find how long something may take; None where the rules do not say."""
    kind = clock.partition(":")[0]
    return next((rule for rule in rules.clocks if rule.clock == kind), None)


def is_counted(known: Known, rules: RuleSet, rule: ClockRule, basis: Basis) -> bool:
    """Tell whether a last day follows from its span: counted anew, day by day."""
    if known.published.unsure("calendar", rules.calendar) or basis.span is None:
        return True
    calendar = known.published.calendar(rules.calendar, known.upto) or Calendar()
    counted = count(basis.span, basis.counted_from, calendar, rolls=rule.rolls, pauses=basis.pauses)
    working = basis.span.unit == TimeUnit.WORKING_DAY
    by_calendar = rule.rolls or working
    first = basis.counted_from + DAY if working else counted.rolled_from or counted.last_day
    covered = calendar.first <= first and counted.last_day <= calendar.last
    return (
        (basis.last_day, basis.rolled_from) == (counted.last_day, counted.rolled_from)
        and basis.skipped == counted.skipped
        and basis.calendar == (calendar.ref if by_calendar else None)
        and basis.provisional == (by_calendar and not covered)
        and basis.source == rule.source
    )


def last_day(
    known: Known,
    rules: RuleSet,
    rule: ClockRule,
    span: Span,
    start: date,
    pauses: tuple[Pause, ...],
) -> date:
    """Count a span of the rules from a day."""
    calendar = known.published.calendar(rules.calendar, known.upto) or Calendar()
    return count(span, start, calendar, rolls=rule.rolls, pauses=pauses).last_day


def moved_on(day: date, pause: Pause) -> date:
    """Move a day that somebody named by the days on which its clock stood still."""
    return date.fromordinal(day.toordinal() + length(pause))


def _is_bound(known: Known, rules: RuleSet, rule: ClockRule | None, said: DeadlineSet) -> bool:
    """A day that somebody named binds where it is earlier than what the rules allow."""
    basis, register = said.basis, known.intake.register
    if basis is None or register is None:
        return False
    kind = said.clock.partition(":")[0]
    if kind in _BOUND and basis.last_day != register.due_on:
        return False
    if kind not in _BOUND and kind != ClockKind.REFERRAL:
        return False
    if rule is None or known.published.unsure("calendar", rules.calendar):
        return True
    return basis.last_day < last_day(known, rules, rule, rule.span, said.counted_from, ())


def _must_be_bound(known: Known, said: DeadlineSet, counted: date) -> bool:
    register = known.intake.register
    due_on = register.due_on if register else None
    return said.clock in _BOUND and due_on is not None and due_on < counted


def _set_as_once(known: Known, rules: RuleSet, said: DeadlineSet) -> bool:
    """Judge a clock of the first kind: one for the product, in calendar days, not explained."""
    register, zone = known.intake.register, zone_of(rules.timezone)
    rule = rule_of(rules, ClockKind.REPLY if known.leads else ClockKind.CO_OPINION)
    if register is None or zone is None or rule is None:
        return False
    counted = last_day(known, rules, rule, rule.span, said.counted_from, ())
    if register.due_on is not None and register.due_on < counted:
        return (said.days, said.due) == (None, end_of(register.due_on, zone))
    return (said.days, said.due) == (rule.span.amount, end_of(counted, zone))


def _starts(known: Known, rules: RuleSet, said: DeadlineSet) -> Iterator[date]:
    """Go through the days from which a clock may be counted: mostly one."""
    kind, _, about = said.clock.partition(":")
    register, zone = known.intake.register, zone_of(rules.timezone)
    stated = []
    if kind == ClockKind.OUTER_OBJECTION and register is not None:
        stated = [register.assigned_on or register.received_on]
    for moment in _moments(known, kind, about):
        day = moment.astimezone(zone).date()
        yield min([day, *stated])


def _moments(known: Known, kind: str, about: str) -> Iterator[datetime]:
    was, ground = known.assignment, known.supervision.ground
    handed = [*was.before, was.handling] if was.handling else []
    match kind:
        case ClockKind.OBJECTION:
            yield from _first(each for each in handed if about in ("", *each.units))
        case ClockKind.REHANDLING:
            yield from _first(each for each in handed if about == str(each.round))
        case ClockKind.REPLY | ClockKind.CO_OPINION | ClockKind.FIRST_CONTACT:
            yield from _first(each for each in handed)
        case ClockKind.FEEDBACK | ClockKind.PUBLICATION:
            yield from (sent.time for sent in known.supervision.sents.values())
        case ClockKind.UNIT_OPINION if about in ground.asked:
            yield ground.asked[about]
        case ClockKind.REWORK:
            draft = known.supervision.draft
            yield draft.returned_at if draft and draft.returned_at else known.event.time
        case _:
            yield known.caused_at or known.event.time


def _first(handed: Iterator[Handling]) -> Iterator[datetime]:
    yield from (each.time for each in [*handed][:1])


def deadline_missed(known: Known, said: DeadlineMissed) -> Breaches:
    """A clock is missed once, after its due instant, where nothing had met it in time (R063)."""
    clock = known.clock(said.clock)
    if known.event.time < said.due:
        yield Code.NOT_DUE
    if clock is None or clock.due != said.due:
        yield Code.NO_CLOCK
        return
    if clock.missed:
        yield Code.MISSED_TWICE
    if clock.suspended_at is not None:
        yield Code.CLOCK_STANDS
    if any(at < said.due for at in (*stops(known, clock), *ends(known))):
        yield Code.WAS_IN_TIME


def miss_withdrawn(known: Known, said: DeadlineMissWithdrawn) -> Breaches:
    """A miss is withdrawn where what the clock waits for is known to have been done in time."""
    clock = known.clock(said.clock)
    if clock is None or clock.due != said.due:
        yield Code.NO_CLOCK
        return
    if not clock.missed:
        yield Code.NOT_MISSED
    if said.done_at > said.due or said.done_at not in (*stops(known, clock), *ends(known)):
        yield Code.WITHDRAWN_WRONGLY
