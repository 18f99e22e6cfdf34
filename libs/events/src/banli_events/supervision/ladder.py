"""What supervision says when a case is late, or something is out of order."""

from datetime import date

from banli_events.base import Command, Event, Id, Instant, Line, Open, Text
from banli_events.words import AlarmKind


class Reminded(Event):
    """The unit was reminded that a clock runs out soon."""

    clock: Line
    due: Instant
    unit: Id
    handler: Id


class PhoneUrged(Event):
    """The supervision office called the unit about a late case (R064)."""

    clock: Line
    answered_by: Id
    called_on: date  # as stated
    said: Text
    promised_on: date | None = None


class SupervisionNoticeIssued(Event):
    """A numbered notice went to the unit about a late case, to be answered by a day (R065)."""

    number: Line
    clock: Line
    unit: Id
    text: Text
    reply_by: date
    issued_on: date  # as stated


class SupervisionNoticeReceived(Event):
    """The unit took the notice (R065)."""

    number: Line
    received_on: date  # as stated


class SupervisionNoticeAnswered(Event):
    """The unit answered the notice (R065)."""

    number: Line
    answer: Text


class AlarmRaised(Event):
    """Something is out of order that somebody must look at."""

    alarm: Id
    kind: Open[AlarmKind]
    about: Line


class AlarmAcknowledged(Event):
    """Somebody looks at the alarm."""

    alarm: Id


class AlarmClosed(Event):
    """The alarm is settled, in the way named."""

    alarm: Id
    how: Line


class UrgeByPhone(Command):
    """Record a call to the unit about a late case (R064)."""

    clock: Line
    answered_by: Id
    called_on: date
    said: Text
    promised_on: date | None = None


class IssueSupervisionNotice(Command):
    """Send the unit a numbered notice about a late case (R065)."""

    number: Line
    clock: Line
    text: Text
    reply_by: date
    issued_on: date


class ReceiveSupervisionNotice(Command):
    """Confirm that the notice was taken (R065)."""

    number: Line
    received_on: date


class AnswerSupervisionNotice(Command):
    """Answer the notice (R065)."""

    number: Line
    answer: Text


class CheckStaffing(Command):
    """Look whether leader and handlers of a case are still in their posts (R020)."""


class AcknowledgeAlarm(Command):
    """Take an alarm on."""

    alarm: Id


class CloseAlarm(Command):
    """Settle an alarm."""

    alarm: Id
    how: Line
