"""Looking at clocks: what stops each, when somebody must look, and whether it was met."""

from collections.abc import Iterable
from datetime import datetime

from banli_engine.decider import Asked, Due
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.deadlines import ClockKind
from banli_events.supervision import (
    CheckDeadline,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    Reminded,
    WithdrawMiss,
)
from banli_supervision import closing, feedback, ratings
from banli_supervision.guards import assignment_of, must_be_open
from banli_supervision.overdue import ClockStopped, UnknownClock
from banli_supervision.state import Clock, State

REMIND = "remind:"
"""Before the name of a clock: somebody must look whether the unit is to be reminded of it."""


def stopped_at(state: State, clock: Clock) -> datetime | None:
    """Tell when what a clock waits for was done, or the handling ended; None where neither was."""
    stops = [at for at in (_done_at(state, clock), state.ended_at) if at is not None]
    return min(stops, default=None)


def running(state: State, name: str) -> Clock:
    """Find a clock of an open case that nothing has stopped yet; it may still be to be set."""
    must_be_open(state)
    if state.rules is None:
        raise TooEarly("data.clock")
    if name not in state.clocks:
        raise UnknownClock("data.clock")
    clock = state.clocks[name]
    if stopped_at(state, clock) is not None or not _counts(state, clock):
        raise ClockStopped("data.clock")
    return clock


def due(state: State) -> Iterable[Due]:
    """Name the clocks that may be missed, and the reminders that are still to be given (R022)."""
    for clock in state.clocks.values():
        if not _waits(state, clock):
            continue
        if _ripens(state, clock):
            yield Due(clock.name, clock.due, clock.cause)
        stopped = stopped_at(state, clock)
        if clock.remind_at is not None and not clock.reminded and stopped is None:
            yield Due(REMIND + clock.name, clock.remind_at, clock.cause)


def check(state: State, asked: Asked, command: CheckDeadline) -> list[Event]:
    """A clock is missed where nothing had stopped it by its due instant (R063).

    Before, the unit is reminded once (R025); ratings are then no longer waited for (R077).
    """
    clock = state.clocks.get(command.clock.removeprefix(REMIND))
    if clock is None or not _waits(state, clock):
        return []
    if command.clock.startswith(REMIND):
        return _remind(state, asked, clock, command.due)
    if command.due != clock.due or asked.at < clock.due or not _ripens(state, clock):
        return []
    if clock.kind == ClockKind.FEEDBACK:
        return feedback.when_time_is_over(state, asked, int(clock.about))
    return [DeadlineMissed(clock=clock.name, due=clock.due)]


def withdraw_misses(state: State, asked: Asked, command: WithdrawMiss) -> list[Event]:
    """What had been done in time, and was only heard of later, was not missed after all (R063)."""
    stops = [(clock, stopped_at(state, clock)) for clock in state.clocks.values() if clock.missed]
    return [
        DeadlineMissWithdrawn(clock=clock.name, due=clock.due, done_at=at)
        for clock, at in stops
        if at is not None and at <= clock.due
    ]


def _remind(state: State, asked: Asked, clock: Clock, at: datetime) -> list[Event]:
    if at != clock.remind_at or clock.reminded or stopped_at(state, clock) is not None:
        return []
    if not at <= asked.at < clock.due:
        return []
    lead = assignment_of(state).lead
    return [Reminded(clock=clock.name, due=clock.due, unit=lead.unit, handler=lead.handler)]


def _waits(state: State, clock: Clock) -> bool:
    """Tell whether a clock runs for somebody: not a right, not missed, not standing still."""
    if state.archived or clock.missed or clock.suspended_at is not None:
        return False
    windows = (ClockKind.OBJECTION, ClockKind.OUTER_OBJECTION)
    return clock.kind not in windows and _counts(state, clock)


def _counts(state: State, clock: Clock) -> bool:
    """Tell whether a clock is of this round, and of a unit that still has the case."""
    match clock.kind:
        case ClockKind.FEEDBACK:
            return clock.about == str(state.ordered)
        case ClockKind.UNIT_OPINION:
            co = state.assigned.co if state.assigned else ()
            return clock.about in {each.unit for each in co}
        case _:
            return True


def _ripens(state: State, clock: Clock) -> bool:
    """Tell whether something follows when it runs out: it was not stopped, or not in time.

    Ratings are waited for until all are there, or the time is over and all is said that follows.
    """
    stopped = stopped_at(state, clock)
    if clock.kind == ClockKind.FEEDBACK:
        return stopped is None or (state.ended_at is None and closing.asks_for_more(state))
    return stopped is None or stopped > clock.due


def _done_at(state: State, clock: Clock) -> datetime | None:
    heard, about = state.heard, clock.about
    match clock.kind:
        case ClockKind.FIRST_CONTACT:
            return next(iter(state.contacted_at), None)
        case ClockKind.REPLY | ClockKind.CO_OPINION | ClockKind.REHANDLING:
            sent = state.sent.get(int(about or 1))
            return sent.at if sent else None
        case ClockKind.REFERRAL:
            return heard.results.get(about)
        case ClockKind.REDECISION:
            return heard.outer_answered_at
        case ClockKind.FEEDBACK:
            return clock.done_at or _all_rated_at(state, int(about or 1))
        case _:
            return clock.done_at


def _all_rated_at(state: State, number: int) -> datetime | None:
    if ratings.awaited(state, number):
        return None
    rated = [at for (of, _), at in state.heard.rated_at.items() if of == number]
    return max(rated, default=None)
