"""More time for a clock, within limits and by somebody else; clocks that stand still."""

from banli_audit.checks.days import end_of, zone_of
from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.rules.clocks import is_counted, last_day, moved_on, rule_of
from banli_audit.checks.rules.handling import must_be_the_handler
from banli_audit.codes import Code
from banli_audit.facts.supervision import Clock
from banli_events.supervision import (
    ClockRule,
    DeadlineExtended,
    DeadlineResumed,
    DeadlineSuspended,
    ExtensionRefused,
    ExtensionRequested,
    RuleSet,
)


def requested(known: Known, said: ExtensionRequested) -> Breaches:
    """The handler asks for more time for a clock that was started."""
    if known.clock(said.clock) is None:
        yield Code.NO_CLOCK
    yield from must_be_the_handler(known)


def refused(known: Known, said: ExtensionRefused) -> Breaches:
    """More time that was asked for is not allowed."""
    yield from _must_be_asked_for(known, said.clock)


def extended(known: Known, said: DeadlineExtended) -> Breaches:
    """A leader allows what was asked for, from the same start, within what the rules allow."""
    yield from _must_be_asked_for(known, said.clock)
    clock = known.clock(said.clock)
    if clock is None:
        return
    if clock.asked_by is not None and clock.asked_by == known.speaker:
        yield Code.OWN_EXTENSION
    rules = known.published.rules(clock.rules, known.upto)
    if rules is None or known.published.unsure("pack", clock.rules.pack):
        return
    rule = rule_of(rules, said.clock)
    lacks_consent = rule is not None and rule.consent and clock.asked_by and not clock.consent
    if rule is None or rule.extended is None or lacks_consent:
        yield Code.EXTENDED_TOO_FAR
    elif not _goes_on(rules, said) or said.basis.span is None:
        yield Code.CLOCK_MISCOUNTED
    else:
        yield from _within(known, rules, rule, clock, said)


def _within(
    known: Known, rules: RuleSet, rule: ClockRule, clock: Clock, said: DeadlineExtended
) -> Breaches:
    start, pauses = clock.counted_from, said.basis.pauses
    counted = (start, clock.pauses) == (said.basis.counted_from, pauses)
    if not counted or not is_counted(known, rules, rule, said.basis):
        yield Code.CLOCK_MISCOUNTED
    if rule.extended is None or known.published.unsure("calendar", rules.calendar):
        return
    if said.basis.last_day > last_day(known, rules, rule, rule.extended, start, pauses):
        yield Code.EXTENDED_TOO_FAR


def suspended(known: Known, said: DeadlineSuspended) -> Breaches:
    """A clock that runs is let stand still."""
    clock = known.clock(said.clock)
    if clock is None:
        yield Code.NO_CLOCK
    elif clock.suspended_at is not None:
        yield Code.CLOCK_STANDS


def resumed(known: Known, said: DeadlineResumed) -> Breaches:
    """A clock that stands still runs on, and is given back the days on which it stood."""
    clock = known.clock(said.clock)
    if clock is None:
        yield Code.NO_CLOCK
        return
    if clock.suspended_at is None:
        yield Code.CLOCK_RUNS
        return
    rules = known.published.rules(clock.rules, known.upto)
    zone = zone_of(rules.timezone) if rules else None
    if rules is None or zone is None or known.published.unsure("pack", clock.rules.pack):
        return
    stood = (clock.suspended_at.astimezone(zone).date(), known.event.time.astimezone(zone).date())
    if stood != (said.pause.since, said.pause.until) or not _runs_on(known, rules, clock, said):
        yield Code.CLOCK_MISCOUNTED


def _runs_on(known: Known, rules: RuleSet, clock: Clock, said: DeadlineResumed) -> bool:
    basis, rule = said.basis, rule_of(rules, said.clock)
    if not _goes_on(rules, said) or basis.pauses != (*clock.pauses, said.pause):
        return False
    if basis.counted_from != clock.counted_from:
        return False
    if clock.last_day is None:  # set before clocks explained themselves
        return True
    if basis.span is None or rule is None:
        return basis.last_day == moved_on(clock.last_day, said.pause)
    return basis.span == clock.span and is_counted(known, rules, rule, basis)


def _goes_on(rules: RuleSet, said: DeadlineExtended | DeadlineResumed) -> bool:
    zone = zone_of(rules.timezone)
    return zone is not None and said.due == end_of(said.basis.last_day, zone)


def _must_be_asked_for(known: Known, name: str) -> Breaches:
    clock = known.clock(name)
    if clock is None:
        yield Code.NO_CLOCK
    elif clock.asked_by is None:
        yield Code.NOT_ASKED_FOR
