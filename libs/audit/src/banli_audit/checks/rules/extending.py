"""More time for a clock, within limits and by somebody else; clocks that stand still."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.rules.counting import Held, held_to, moved_on
from banli_audit.checks.rules.handling import must_be_the_handler
from banli_audit.codes import Code
from banli_audit.facts.supervision import Clock
from banli_events.supervision import (
    DeadlineExtended,
    DeadlineResumed,
    DeadlineSuspended,
    ExtensionRefused,
    ExtensionRequested,
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
    held = held_to(known, clock.rules)
    if held is not None:
        yield from _within(held, clock, said)


def _within(held: Held, clock: Clock, said: DeadlineExtended) -> Breaches:
    rule, basis = held.rule(said.clock), said.basis
    lacks_consent = rule is not None and rule.consent and clock.asked_by and not clock.consent
    if rule is None or rule.extended is None or lacks_consent:
        yield Code.EXTENDED_TOO_FAR
        return
    same_start = (basis.counted_from, basis.pauses) == (clock.counted_from, clock.pauses)
    follows = held.is_over(basis.last_day, said.due) and held.explains(rule, basis)
    if not same_start or not follows or said.clause != rule.clause:
        yield Code.CLOCK_MISCOUNTED
    if basis.last_day > held.count(rule, rule.extended, clock.counted_from, basis.pauses).last_day:
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
    held = held_to(known, clock.rules)
    if held is None:
        return
    stood = held.day(clock.suspended_at), held.day(known.event.time)
    if stood != (said.pause.since, said.pause.until) or not _runs_on(held, clock, said):
        yield Code.CLOCK_MISCOUNTED


def _runs_on(held: Held, clock: Clock, said: DeadlineResumed) -> bool:
    basis, rule = said.basis, held.rule(said.clock)
    if not held.is_over(basis.last_day, said.due):
        return False
    pauses = (*clock.pauses, said.pause)
    if (basis.counted_from, basis.pauses) != (clock.counted_from, pauses):
        return False
    if clock.last_day is None:  # set before clocks explained themselves
        return True
    if basis.span != clock.span:
        return False
    if basis.span is None or rule is None:
        return basis.last_day == moved_on(clock.last_day, said.pause)
    return held.explains(rule, basis)


def _must_be_asked_for(known: Known, name: str) -> Breaches:
    clock = known.clock(name)
    if clock is None:
        yield Code.NO_CLOCK
    elif clock.asked_by is None:
        yield Code.NOT_ASKED_FOR
