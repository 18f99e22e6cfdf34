"""Letting a clock stand still, and run on."""

from datetime import timedelta

from banli_engine.decider import Asked
from banli_events.base import Event
from banli_events.deadlines import Basis, Pause
from banli_events.supervision import (
    DeadlineResumed,
    DeadlineSuspended,
    ResumeDeadline,
    SuspendDeadline,
)
from banli_supervision.checking import running
from banli_supervision.clocks import Held, held_to
from banli_supervision.counting import end_of, stand_still
from banli_supervision.overdue import AlreadySuspended, ClockRanOut
from banli_supervision.state import Clock, State


def suspend(state: State, asked: Asked, command: SuspendDeadline) -> list[Event]:
    """The office lets a clock stand still before it runs out: it is neither missed nor reminded."""
    clock = running(state, command.clock)
    if clock.suspended_at is not None:
        if clock.suspended_for != command.reason:
            raise AlreadySuspended("data.clock")
        return []
    if asked.at >= clock.due:
        raise ClockRanOut("data.clock")
    return [DeadlineSuspended(clock=clock.name, reason=command.reason)]


def resume(state: State, asked: Asked, command: ResumeDeadline) -> list[Event]:
    """The office lets a clock run on: it gets back the days on which it stood still (R063)."""
    clock = running(state, command.clock)
    if clock.suspended_at is None:
        return []
    held = held_to(asked, clock.rules)
    pause = Pause(
        since=held.day(clock.suspended_at), until=held.day(asked.at), why=clock.suspended_for
    )
    rule = held.rule(clock.kind)
    basis = stand_still(
        _basis(clock, held), pause, held.worked, rolls=rule is not None and rule.rolls
    )
    return [
        DeadlineResumed(
            clock=clock.name,
            due=end_of(basis.last_day, held.zone),
            pause=pause,
            basis=basis,
            remind_at=held.remind_at(clock.kind, basis),
        )
    ]


def _basis(clock: Clock, held: Held) -> Basis:
    """Tell how the clock was counted; of one set by an older build only its last day is known."""
    last_day = held.day(clock.due - timedelta(microseconds=1))
    return clock.basis or Basis(
        counted_from=clock.counted_from, last_day=last_day, source=clock.clause
    )
