"""Alarms: raised, taken on, settled."""

from collections.abc import Iterable

from banli_engine.decider import Asked, Due
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    AcknowledgeAlarm,
    CheckStaffing,
    CloseAlarm,
)
from banli_supervision.state import State


def check_staffing(state: State, asked: Asked, command: CheckStaffing) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def acknowledge(state: State, asked: Asked, command: AcknowledgeAlarm) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def close(state: State, asked: Asked, command: CloseAlarm) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")
