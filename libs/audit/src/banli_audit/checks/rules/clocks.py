"""Clocks: counted anew from what set them going, and called missed only when they were."""

from collections.abc import Iterator
from datetime import date, datetime

from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.published import civil_day
from banli_audit.checks.rules.counting import Held, held_to
from banli_audit.checks.rules.stopping import ends, stops
from banli_audit.codes import Code
from banli_audit.facts.assignment import Handling
from banli_audit.facts.intake import Register
from banli_events.deadlines import ClockKind, TimeUnit
from banli_events.supervision import DeadlineMissed, DeadlineMissWithdrawn, DeadlineSet, RuleSet
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
    if rules is None or not _holds_for(known, known.intake.register, rules):
        yield Code.NO_PACK
        return
    if said.rules not in _in_force(known, known.intake.register):
        yield Code.OTHER_RULES
    held = held_to(known, said.rules)
    if held is not None and not _set_rightly(known, known.intake.register, held, said):
        yield Code.CLOCK_MISCOUNTED


def _holds_for(known: Known, register: Register, rules: RuleSet) -> bool:
    return (
        register.kind in rules.kinds
        and (not rules.bodies or register.body in rules.bodies)
        and rules.valid_from <= known.day
    )


def _in_force(known: Known, register: Register) -> list[PackRef | None]:
    """Tell what a case is held to: the rules of its first clock, else those now in force (R021)."""
    if known.supervision.pinned is not None:
        return [known.supervision.pinned]
    opened = [each.time for each in _handed(known)][:1]
    return [
        known.published.in_force(register.kind, register.body, civil_day(at), known.upto)
        for at in (*opened, known.caused_at or known.event.time)
    ]


def _set_rightly(known: Known, register: Register, held: Held, said: DeadlineSet) -> bool:
    if said.counted_from not in _starts(known, register, held, said.clock):
        return False
    basis, rule = said.basis, held.rule(said.clock)
    if basis is None:
        return _set_as_once(known, register, held, said)
    if basis.counted_from != said.counted_from or basis.pauses:
        return False
    if not held.is_over(basis.last_day, said.due):
        return False
    if basis.span is None:
        named = _named(known, register, said.clock)
        return basis.last_day == named and said.days is None and _earlier(held, said, named)
    return (
        rule is not None
        and (basis.span, said.clause) == (rule.span, rule.clause)
        and said.days == (rule.span.amount if rule.span.unit == TimeUnit.DAY else None)
        and held.explains(rule, basis)
        and not _earlier(held, said, _named(known, register, said.clock))
    )


def _named(known: Known, register: Register, clock: str) -> date | None:
    """Find the day that the assigner named, or by which a result is expected."""
    kind, _, about = clock.partition(":")
    if kind == ClockKind.REFERRAL and about in known.assignment.referrals:
        return known.assignment.referrals[about].expected_by
    return register.due_on if clock in _BOUND else None


def _earlier(held: Held, said: DeadlineSet, named: date | None) -> bool:
    """A day that somebody named binds where it is earlier than what the rules allow."""
    rule = held.rule(said.clock)
    if named is None or rule is None:
        return named is not None
    return named < held.count(rule, rule.span, said.counted_from).last_day


def _set_as_once(known: Known, register: Register, held: Held, said: DeadlineSet) -> bool:
    """Judge a clock of the first kind: one for the product, in calendar days, not explained."""
    rule = held.rule(ClockKind.REPLY if known.leads else ClockKind.CO_OPINION)
    if rule is None:
        return False
    counted = held.count(rule, rule.span, said.counted_from).last_day
    if register.due_on is not None and register.due_on < counted:
        return said.days is None and held.is_over(register.due_on, said.due)
    return said.days == rule.span.amount and held.is_over(counted, said.due)


def _starts(known: Known, register: Register, held: Held, clock: str) -> list[date]:
    """Tell from which day a clock is counted; from none where nothing set it going."""
    kind, _, about = clock.partition(":")
    days = [held.day(moment) for moment in _moments(known, kind, about)][:1]
    if kind != ClockKind.OUTER_OBJECTION:
        return days
    stated = register.assigned_on or register.received_on
    return [min(day, stated) for day in days]


def _moments(known: Known, kind: str, about: str) -> Iterator[datetime]:
    said, handed = known.supervision, _handed(known)
    match kind:
        case ClockKind.OBJECTION:
            yield from (each.time for each in handed if about in ("", *each.units))
        case ClockKind.REHANDLING:
            yield from (each.time for each in handed if about == str(each.round))
        case ClockKind.REPLY | ClockKind.CO_OPINION | ClockKind.FIRST_CONTACT:
            yield from (each.time for each in handed)
        case ClockKind.FEEDBACK | ClockKind.PUBLICATION:
            yield from (sent.time for n, sent in said.sents.items() if about == str(n))
        case ClockKind.UNIT_OPINION if about in said.ground.asked:
            yield said.ground.asked[about]
        case ClockKind.REWORK if said.draft and said.draft.returned_at:
            yield said.draft.returned_at
        case ClockKind.REFERRAL if about in known.assignment.referrals:
            yield known.assignment.referrals[about].asked_at
        case _:
            yield known.caused_at or known.event.time


def _handed(known: Known) -> list[Handling]:
    """List to whom the item was ever handed, the first at the front."""
    was = known.assignment
    return [*was.before, was.handling] if was.handling else []


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
