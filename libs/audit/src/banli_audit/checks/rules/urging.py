"""The ladder by which a late case is urged, and alarms: each rung after the one before."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.codes import Code
from banli_audit.facts.supervision import Clock
from banli_events.deadlines import ClockKind
from banli_events.supervision import (
    AlarmAcknowledged,
    AlarmClosed,
    PhoneUrged,
    Reminded,
    SupervisionNoticeAnswered,
    SupervisionNoticeIssued,
    SupervisionNoticeReceived,
)


def reminded(known: Known, said: Reminded) -> Breaches:
    """The unit is reminded once of a due instant, before it (R025, R063)."""
    clock = known.clock(said.clock)
    if clock is None or clock.due != said.due:
        yield Code.NO_CLOCK
        return
    if known.event.time >= said.due:
        yield Code.REMINDED_LATE
    if clock.remind_at is not None and known.event.time < clock.remind_at:
        yield Code.REMINDED_EARLY
    if clock.reminded:
        yield Code.REMINDED_TWICE
    if clock.suspended_at is not None:
        yield Code.CLOCK_STANDS
    handling = known.assignment.handling
    charged = zip(handling.units, handling.handlers, strict=True) if handling else ()
    if (said.unit, said.handler) not in charged:
        yield Code.NOT_ITS_UNIT


def phoned(known: Known, said: PhoneUrged) -> Breaches:
    """The unit is called about a clock that ran out, or of which it was reminded (R064)."""
    yield from _must_be_urgent(known, known.clock(said.clock))


def noticed(known: Known, said: SupervisionNoticeIssued) -> Breaches:
    """A notice has a number of its own in the case, and follows a call (R065)."""
    yield from _must_be_urgent(known, known.clock(said.clock))
    if said.clock not in known.supervision.ladder.phoned:
        yield Code.NOT_PHONED
    if said.number in known.supervision.ladder.notices:
        yield Code.NOTICE_TWICE
    handling = known.assignment.handling
    lead = handling.lead.unit if handling else None
    kind, _, about = said.clock.partition(":")
    if said.unit != (about if kind == ClockKind.UNIT_OPINION else lead):
        yield Code.NOT_ITS_UNIT


def notice_taken(known: Known, said: SupervisionNoticeReceived) -> Breaches:
    """The unit to which a notice went takes it (R065)."""
    if known.supervision.ladder.notices.get(said.number) != known.unit:
        yield Code.NO_NOTICE


def notice_answered(known: Known, said: SupervisionNoticeAnswered) -> Breaches:
    """The unit to which a notice went answers it after taking it (R065)."""
    ladder = known.supervision.ladder
    if ladder.notices.get(said.number) != known.unit or said.number not in ladder.taken:
        yield Code.NO_NOTICE


def alarm_handled(known: Known, said: AlarmAcknowledged | AlarmClosed) -> Breaches:
    """An alarm is taken on or settled while it is open."""
    if not known.supervision.ladder.alarms.get(said.alarm, False):
        yield Code.NO_ALARM


def _must_be_urgent(known: Known, clock: Clock | None) -> Breaches:
    if clock is None:
        yield Code.NO_CLOCK
    elif known.event.time < clock.due and not clock.reminded:
        yield Code.NOT_URGENT
