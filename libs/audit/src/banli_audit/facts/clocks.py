"""What supervision has said of a case's clocks."""

from dataclasses import replace
from typing import Any

from banli_audit.facts.steps import Steps
from banli_audit.facts.supervision import Clock, Supervision
from banli_events import supervision as s
from banli_events.envelope import Recorded


def _set(was: Supervision, said: s.DeadlineSet, event: Recorded) -> Supervision:
    clock = Clock(
        name=said.clock,
        due=said.due,
        rules=said.rules,
        set_at=event.time,
        counted_from=said.counted_from,
        span=said.basis.span if said.basis else None,
        last_day=said.basis.last_day if said.basis else None,
        pauses=said.basis.pauses if said.basis else (),
        remind_at=said.remind_at,
    )
    pinned = was.pinned or said.rules
    return replace(was, pinned=pinned, clocks={**was.clocks, said.clock: clock})


def _requested(was: Supervision, said: s.ExtensionRequested, event: Recorded) -> Supervision:
    who = event.context.actor.person if event.context.actor else ""
    return _changed(was, said.clock, asked_by=who, consent=said.consent is not None)


def _extended(was: Supervision, said: s.DeadlineExtended, event: Recorded) -> Supervision:
    return _changed(
        was,
        said.clock,
        due=said.due,
        span=said.basis.span,
        last_day=said.basis.last_day,
        asked_by=None,
        remind_at=said.remind_at,
        reminded=False,
        missed=False,
    )


def _refused(was: Supervision, said: s.ExtensionRefused, _: Recorded) -> Supervision:
    return _changed(was, said.clock, asked_by=None)


def _suspended(was: Supervision, said: s.DeadlineSuspended, event: Recorded) -> Supervision:
    return _changed(was, said.clock, suspended_at=event.time)


def _resumed(was: Supervision, said: s.DeadlineResumed, event: Recorded) -> Supervision:
    return _changed(
        was,
        said.clock,
        due=said.due,
        last_day=said.basis.last_day,
        pauses=said.basis.pauses,
        suspended_at=None,
        remind_at=said.remind_at,
        reminded=False,
    )


def _reminded(was: Supervision, said: s.Reminded, _: Recorded) -> Supervision:
    return _changed(was, said.clock, reminded=True)


def _missed(was: Supervision, said: s.DeadlineMissed, _: Recorded) -> Supervision:
    return _changed(was, said.clock, missed=True)


def _withdrawn(was: Supervision, said: s.DeadlineMissWithdrawn, _: Recorded) -> Supervision:
    return _changed(was, said.clock, missed=False)


def _changed(was: Supervision, name: str, **change: Any) -> Supervision:
    clock = was.clocks.get(name)
    if clock is None:
        return was
    return replace(was, clocks={**was.clocks, name: replace(clock, **change)})


STEPS: Steps = {
    s.DeadlineSet: _set,
    s.ExtensionRequested: _requested,
    s.DeadlineExtended: _extended,
    s.ExtensionRefused: _refused,
    s.DeadlineSuspended: _suspended,
    s.DeadlineResumed: _resumed,
    s.Reminded: _reminded,
    s.DeadlineMissed: _missed,
    s.DeadlineMissWithdrawn: _withdrawn,
}
