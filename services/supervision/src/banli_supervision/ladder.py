"""The ladder by which a late case is urged: a call, a numbered notice."""

from datetime import timedelta

from banli_engine.decider import Asked
from banli_events.base import Event
from banli_events.deadlines import ClockKind, Rung
from banli_events.supervision import (
    AnswerSupervisionNotice,
    IssueSupervisionNotice,
    PhoneUrged,
    ReceiveSupervisionNotice,
    SupervisionNoticeAnswered,
    SupervisionNoticeIssued,
    SupervisionNoticeReceived,
    UrgeByPhone,
)
from banli_supervision.checking import running
from banli_supervision.clocks import held_to
from banli_supervision.guards import assignment_of, must_be_open
from banli_supervision.overdue import (
    AlreadyReceived,
    AnsweredBeforeIssued,
    ClockSuspended,
    NotCalled,
    NoticeAnswered,
    NotOwed,
    NotReceived,
    NotUrgent,
    NumberTaken,
    OtherUnit,
    RungTooSoon,
    UnknownNotice,
)
from banli_supervision.state import Clock, Notice, State


def urge_by_phone(state: State, asked: Asked, command: UrgeByPhone) -> list[Event]:
    """A unit is called once it was reminded, or is late, when the rules have it (R010, R064)."""
    urged = PhoneUrged(**dict(command))
    if urged in state.urged:
        return []
    _must_be_urged(asked, running(state, command.clock), Rung.PHONE)
    return [urged]


def issue_notice(state: State, asked: Asked, command: IssueSupervisionNotice) -> list[Event]:
    """After a call the unit gets a notice, numbered once in the case, to be answered (R065)."""
    known = state.notices.get(command.number)
    if known is not None:
        if known.issued != SupervisionNoticeIssued(unit=known.issued.unit, **dict(command)):
            raise NumberTaken("data.number")
        return []
    clock = running(state, command.clock)
    _must_be_urged(asked, clock, Rung.NOTICE)
    if all(call.clock != clock.name for call in state.urged):
        raise NotCalled("data.clock")
    if command.reply_by < command.issued_on:
        raise AnsweredBeforeIssued("data.reply_by")
    return [SupervisionNoticeIssued(unit=_unit(state, clock), **dict(command))]


def receive_notice(state: State, asked: Asked, command: ReceiveSupervisionNotice) -> list[Event]:
    """The unit that the notice went to confirms once that it took it (R065)."""
    notice = _notice(state, asked, command.number)
    if notice.received_on is None:
        must_be_open(state)
        return [SupervisionNoticeReceived(number=command.number, received_on=command.received_on)]
    if notice.received_on != command.received_on:
        raise AlreadyReceived("data.received_on")
    return []


def answer_notice(state: State, asked: Asked, command: AnswerSupervisionNotice) -> list[Event]:
    """The unit answers a notice once it took it; late too, the day it was due stands by (R065)."""
    notice = _notice(state, asked, command.number)
    if notice.answer is None:
        must_be_open(state)
        if notice.received_on is None:
            raise NotReceived("data.number")
        return [SupervisionNoticeAnswered(number=command.number, answer=command.answer)]
    if notice.answer != command.answer:
        raise NoticeAnswered("data.answer")
    return []


def _must_be_urged(asked: Asked, clock: Clock, rung: Rung) -> None:
    """Urging has its time: after a reminder, on the day that the rules name for it (R064, R065)."""
    if not clock.owed:
        raise NotOwed("data.clock")
    if clock.suspended_at is not None:
        raise ClockSuspended("data.clock")
    if not (clock.reminded or clock.missed):
        raise NotUrgent("data.clock")
    held = held_to(asked, clock.rules)
    rule = held.rung(rung)
    last_day = held.day(clock.due - timedelta(microseconds=1))
    if rule is not None and asked.at < held.rung_at(rule, last_day):
        raise RungTooSoon("data.clock")


def _unit(state: State, clock: Clock) -> str:
    return clock.about if clock.kind == ClockKind.UNIT_OPINION else assignment_of(state).lead.unit


def _notice(state: State, asked: Asked, number: str) -> Notice:
    if number not in state.notices:
        raise UnknownNotice("data.number")
    notice = state.notices[number]
    if asked.speaker.unit != notice.issued.unit:
        raise OtherUnit("actor.unit")
    return notice
