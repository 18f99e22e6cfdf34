"""What supervision has said to urge a late case, and of what is out of order."""

from dataclasses import replace

from banli_audit.facts.steps import Steps
from banli_audit.facts.supervision import Supervision
from banli_events import supervision as s
from banli_events.envelope import Recorded


def _phoned(was: Supervision, said: s.PhoneUrged, _: Recorded) -> Supervision:
    return replace(was, ladder=replace(was.ladder, phoned=was.ladder.phoned | {said.clock}))


def _noticed(was: Supervision, said: s.SupervisionNoticeIssued, _: Recorded) -> Supervision:
    notices = {said.number: said.unit, **was.ladder.notices}
    return replace(was, ladder=replace(was.ladder, notices=notices))


def _taken(was: Supervision, said: s.SupervisionNoticeReceived, _: Recorded) -> Supervision:
    return replace(was, ladder=replace(was.ladder, taken=was.ladder.taken | {said.number}))


def _alarmed(was: Supervision, said: s.AlarmRaised, _: Recorded) -> Supervision:
    return replace(was, ladder=replace(was.ladder, alarms={**was.ladder.alarms, said.alarm: True}))


def _settled(was: Supervision, said: s.AlarmClosed, _: Recorded) -> Supervision:
    alarms = {**was.ladder.alarms, said.alarm: False}
    return replace(was, ladder=replace(was.ladder, alarms=alarms))


STEPS: Steps = {
    s.PhoneUrged: _phoned,
    s.SupervisionNoticeIssued: _noticed,
    s.SupervisionNoticeReceived: _taken,
    s.AlarmRaised: _alarmed,
    s.AlarmClosed: _settled,
}
