"""Looking at clocks: what stops each, when somebody must look, and whether it was met."""

from collections.abc import Iterable

from banli_engine.decider import Asked, Due
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    CheckDeadline,
    WithdrawMiss,
)
from banli_supervision.state import State


def due(state: State) -> Iterable[Due]:
    """Stub."""
    return ()


def check(state: State, asked: Asked, command: CheckDeadline) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def withdraw_misses(state: State, asked: Asked, command: WithdrawMiss) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")
