"""More time for a clock: asked for, allowed or not."""

from banli_engine.decider import Asked
from banli_events.base import Event
from banli_events.supervision import (
    DeadlineExtended,
    ExtensionRefused,
    ExtensionRequested,
    GrantExtension,
    RefuseExtension,
    RequestExtension,
)
from banli_supervision.checking import running
from banli_supervision.clocks import held_to
from banli_supervision.counting import count, end_of
from banli_supervision.guards import assignment_of, must_be_handler
from banli_supervision.overdue import (
    AlreadyExtended,
    AlreadyRequested,
    ClockRanOut,
    ConsentMissing,
    NotExtendable,
    NotRequested,
    OwnExtension,
)
from banli_supervision.state import Clock, State


def request(state: State, asked: Asked, command: RequestExtension) -> list[Event]:
    """The handler asks before a clock runs out, once for each, where the rules allow more (R021).

    The assigner's consent is told where the rules ask for it, and where the day is the assigner's.
    """
    clock = running(state, command.clock)
    must_be_handler(state, asked)
    wish = ExtensionRequested(clock=clock.name, reason=command.reason, consent=command.consent)
    if clock.request == wish:
        return []
    if clock.request is not None:
        raise AlreadyRequested("data.clock")
    if clock.extended:
        raise AlreadyExtended("data.clock")
    if clock.suspended_at is None and asked.at >= clock.due:
        raise ClockRanOut("data.clock")
    rule = held_to(asked, clock.rules).rule(clock.kind)
    if rule is None or rule.extended is None:
        raise NotExtendable("data.clock")
    if command.consent is None and (rule.consent or clock.basis is None or not clock.basis.span):
        raise ConsentMissing("data.consent")
    return [wish]


def grant(state: State, asked: Asked, command: GrantExtension) -> list[Event]:
    """A leader other than the handler allows the most that the rules have, from the same start.

    What was asked for in time is allowed also when the clock has run out since (R063).
    """
    clock = running(state, command.clock)
    if clock.request is None and clock.extended and clock.decided == command.reason:
        return []
    _must_decide(state, asked, clock)
    held = held_to(asked, clock.rules)
    rule = held.rule(clock.kind)
    if rule is None or rule.extended is None:
        raise NotExtendable("data.clock")
    basis = count(
        clock.counted_from,
        rule.extended,
        held.worked,
        source=rule.source,
        rolls=rule.rolls,
        pauses=clock.basis.pauses if clock.basis else (),
    )
    return [
        DeadlineExtended(
            clock=clock.name,
            due=end_of(basis.last_day, held.zone),
            basis=basis,
            clause=rule.clause,
            reason=command.reason,
            remind_at=held.remind_at(clock.kind, basis),
        )
    ]


def refuse(state: State, asked: Asked, command: RefuseExtension) -> list[Event]:
    """A leader other than the handler does not allow more time, and says why."""
    clock = running(state, command.clock)
    if clock.request is None and not clock.extended and clock.decided == command.reason:
        return []
    _must_decide(state, asked, clock)
    return [ExtensionRefused(clock=clock.name, reason=command.reason)]


def _must_decide(state: State, asked: Asked, clock: Clock) -> None:
    if clock.request is None:
        raise NotRequested("data.clock")
    if asked.speaker.person in (clock.asked_by, assignment_of(state).lead.handler):
        raise OwnExtension("actor.person")
