"""Letting a clock stand still, and run on."""

from collections.abc import Iterable

from banli_engine.decider import Asked, Due
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    ResumeDeadline,
    SuspendDeadline,
)
from banli_supervision.state import State


def suspend(state: State, asked: Asked, command: SuspendDeadline) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def resume(state: State, asked: Asked, command: ResumeDeadline) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")
