"""The ladder by which a late case is urged: a call, a numbered notice."""

from collections.abc import Iterable

from banli_engine.decider import Asked, Due
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    AnswerSupervisionNotice,
    IssueSupervisionNotice,
    ReceiveSupervisionNotice,
    UrgeByPhone,
)
from banli_supervision.state import State


def urge_by_phone(state: State, asked: Asked, command: UrgeByPhone) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def issue_notice(state: State, asked: Asked, command: IssueSupervisionNotice) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def receive_notice(state: State, asked: Asked, command: ReceiveSupervisionNotice) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def answer_notice(state: State, asked: Asked, command: AnswerSupervisionNotice) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")
