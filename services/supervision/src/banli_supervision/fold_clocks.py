"""How clocks, calls, notices and alarms change by what supervision itself says."""

from dataclasses import replace
from datetime import datetime

from banli_events.deadlines import ClockKind
from banli_events.envelope import Recorded
from banli_events.supervision import (
    AlarmAcknowledged,
    AlarmClosed,
    AlarmRaised,
    CoOpinionSubmitted,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    DeadlineResumed,
    DeadlineSet,
    DeadlineSuspended,
    ExtensionRefused,
    ExtensionRequested,
    FeedbackClosed,
    PhoneUrged,
    PublicationDecided,
    RehandlingOrdered,
    Reminded,
    ReplyDrafted,
    SupervisionNoticeAnswered,
    SupervisionNoticeIssued,
    SupervisionNoticeReceived,
)
from banli_supervision.state import Alarm, Clock, Notice, State


def evolve_clocks(state: State, recorded: Recorded) -> State:
    """Fold what is said of a clock."""
    match recorded.data:
        case DeadlineSet() as said:
            return replace(state, clocks={**state.clocks, said.clock: _clock(said, recorded)})
        case DeadlineExtended(clock=name) as more:
            return _changed(
                state,
                name,
                due=more.due,
                basis=more.basis,
                clause=more.clause,
                remind_at=more.remind_at,
                cause=recorded.id,
                request=None,
                decided=more.reason,
                extended=True,
                missed=False,
                reminded=_reminded(state, name, more.remind_at),
            )
        case DeadlineResumed(clock=name) as on:
            return _changed(
                state,
                name,
                due=on.due,
                basis=on.basis,
                remind_at=on.remind_at,
                cause=recorded.id,
                suspended_at=None,
                reminded=_reminded(state, name, on.remind_at),
            )
        case _:
            return _flagged(state, recorded)


def _clock(said: DeadlineSet, recorded: Recorded) -> Clock:
    return Clock(
        name=said.clock,
        due=said.due,
        rules=said.rules,
        cause=recorded.id,
        counted_from=said.counted_from,
        clause=said.clause,
        basis=said.basis,
        remind_at=said.remind_at,
    )


def _flagged(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case ExtensionRequested(clock=name) as request:
            asker = recorded.context.actor.person if recorded.context.actor else ""
            return _changed(state, name, request=request, asked_by=asker)
        case ExtensionRefused(clock=name, reason=reason):
            return _changed(state, name, request=None, decided=reason)
        case DeadlineSuspended(clock=name, reason=reason):
            return _changed(state, name, suspended_at=recorded.time, suspended_for=reason)
        case DeadlineMissed(clock=name):
            return _changed(state, name, missed=True)
        case DeadlineMissWithdrawn(clock=name):
            return _changed(state, name, missed=False)
        case Reminded(clock=name):
            return _changed(state, name, reminded=True)
        case _:
            return state


def stop_clocks(state: State, recorded: Recorded) -> State:
    """Note on the clocks that only our own facts stop that it was done, or is waited for no more.

    With a next round nobody can decide any more what of the reply before is made public.
    """
    match recorded.data:
        case CoOpinionSubmitted(unit=unit):
            kind, about = ClockKind.UNIT_OPINION, unit
        case PublicationDecided(round=number):
            kind, about = ClockKind.PUBLICATION, str(number)
        case RehandlingOrdered():
            kind, about = ClockKind.PUBLICATION, ""
        case FeedbackClosed(round=number):
            kind, about = ClockKind.FEEDBACK, str(number)
        case ReplyDrafted():
            kind, about = ClockKind.REWORK, ""  # whichever return it was set at
        case _:
            return state
    done = {
        name: replace(clock, done_at=recorded.time)
        for name, clock in state.clocks.items()
        if clock.kind == kind and clock.done_at is None and about in ("", clock.about or about)
    }
    return replace(state, clocks={**state.clocks, **done}) if done else state


def evolve_ladder(state: State, recorded: Recorded) -> State:
    """Fold what is said of calls, notices and alarms."""
    match recorded.data:
        case PhoneUrged() as call:
            return replace(state, urged=(*state.urged, call))
        case SupervisionNoticeIssued(number=number) as issued:
            return replace(state, notices={**state.notices, number: Notice(issued)})
        case SupervisionNoticeReceived(number=number, received_on=day) if number in state.notices:
            notice = replace(state.notices[number], received_on=day)
            return replace(state, notices={**state.notices, number: notice})
        case SupervisionNoticeAnswered(number=number, answer=answer) if number in state.notices:
            notice = replace(state.notices[number], answer=answer)
            return replace(state, notices={**state.notices, number: notice})
        case AlarmRaised(alarm=alarm, kind=kind, about=about):
            return replace(state, alarms={**state.alarms, alarm: Alarm(str(kind), about)})
        case AlarmAcknowledged(alarm=alarm) if alarm in state.alarms:
            acknowledged = replace(state.alarms[alarm], acknowledged=True)
            return replace(state, alarms={**state.alarms, alarm: acknowledged})
        case AlarmClosed(alarm=alarm) if alarm in state.alarms:
            closed = replace(state.alarms[alarm], closed=True)
            return replace(state, alarms={**state.alarms, alarm: closed})
        case _:
            return state


def _reminded(state: State, name: str, remind_at: datetime | None) -> bool:
    """Tell whether the unit was reminded, where the instant for it stays the same."""
    clock = state.clocks.get(name)
    return clock is not None and clock.reminded and clock.remind_at == remind_at


def _changed(state: State, name: str, **change: object) -> State:
    clock = state.clocks.get(name)
    if clock is None:
        return state
    return replace(state, clocks={**state.clocks, name: replace(clock, **change)})  # type: ignore[arg-type]
