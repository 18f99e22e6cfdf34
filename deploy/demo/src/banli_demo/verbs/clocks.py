"""Clocks and the ladder: more time, standing still, a call, a numbered notice, alarms."""

from collections.abc import Iterator, Mapping
from uuid import uuid5

from banli_demo.telling import Ask, Case, Verb
from banli_events.subjects import NAMESPACE
from banli_events.supervision import (
    AcknowledgeAlarm,
    AnswerSupervisionNotice,
    CloseAlarm,
    GrantExtension,
    IssueSupervisionNotice,
    ReceiveSupervisionNotice,
    RefuseExtension,
    RequestExtension,
    ResumeDeadline,
    SuspendDeadline,
    UrgeByPhone,
)
from banli_events.words import AlarmKind


def extend(case: Case) -> Iterator[Ask]:
    """The handler asks for more time, and says how the assigner agreed."""
    yield case.supervision(
        case.writer,
        RequestExtension(
            clock="reply", reason="涉及面广、难度大（示例）", consent="交办机关书面同意（示例）"
        ),
    )


def grant(case: Case) -> Iterator[Ask]:
    """A leader allows it."""
    yield case.supervision(case.deputy, GrantExtension(clock="reply", reason="同意延期（示例）"))


def deny(case: Case) -> Iterator[Ask]:
    """A leader does not."""
    yield case.supervision(case.deputy, RefuseExtension(clock="reply", reason="按期办结（示例）"))


def suspend(case: Case) -> Iterator[Ask]:
    """The clock of the reply stands still."""
    reason = "等待上级政策出台（示例）"
    yield case.supervision(case.office, SuspendDeadline(clock="reply", reason=reason))


def resume(case: Case) -> Iterator[Ask]:
    """It runs on."""
    yield case.supervision(case.office, ResumeDeadline(clock="reply"))


def phone(case: Case) -> Iterator[Ask]:
    """The office calls the unit."""
    yield case.supervision(
        case.office,
        UrgeByPhone(
            clock="reply",
            answered_by=case.writer.person,
            called_on=case.day,
            said="已催办（示例）。",
            promised_on=case.in_days(10),
        ),
    )


def notice(case: Case) -> Iterator[Ask]:
    """The office sends the unit a numbered notice."""
    yield case.supervision(
        case.office,
        IssueSupervisionNotice(
            number=_number(case),
            clock="reply",
            text="请于限期内办结并书面说明（示例）。",
            reply_by=case.in_days(7),
            issued_on=case.day,
        ),
    )


def receive(case: Case) -> Iterator[Ask]:
    """The unit takes the notice."""
    yield case.supervision(
        case.writer, ReceiveSupervisionNotice(number=_number(case), received_on=case.day)
    )


def answer(case: Case) -> Iterator[Ask]:
    """The unit answers the notice."""
    yield case.supervision(
        case.writer,
        AnswerSupervisionNotice(number=_number(case), answer="已加快办理（示例）。"),
    )


def alarm_take(case: Case) -> Iterator[Ask]:
    """The office takes on the alarm of a vacant post."""
    yield case.supervision(case.office, AcknowledgeAlarm(alarm=_vacancy(case)))


def alarm_close(case: Case) -> Iterator[Ask]:
    """The office settles it."""
    how = "已由接任者承办（示例）"
    yield case.supervision(case.office, CloseAlarm(alarm=_vacancy(case), how=how))


def _vacancy(case: Case) -> str:
    left = case.handler_of(case.unit).person
    return str(uuid5(NAMESPACE, f"{AlarmKind.VACANT_POST}/{case.unit}/handler/{left}"))


def _number(case: Case) -> str:
    return f"督（示例）〔2022〕{case.item.key}号"


VERBS: Mapping[str, Verb] = {
    "extend": extend,
    "grant": grant,
    "deny": deny,
    "suspend": suspend,
    "resume": resume,
    "phone": phone,
    "notice": notice,
    "receive": receive,
    "answer": answer,
    "alarm-take": alarm_take,
    "alarm-close": alarm_close,
}
