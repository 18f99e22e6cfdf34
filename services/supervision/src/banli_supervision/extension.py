"""More time for a clock: asked for, allowed or not."""

from collections.abc import Iterable

from banli_engine.decider import Asked, Due
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    GrantExtension,
    RefuseExtension,
    RequestExtension,
)
from banli_supervision.state import State


def request(state: State, asked: Asked, command: RequestExtension) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def grant(state: State, asked: Asked, command: GrantExtension) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def refuse(state: State, asked: Asked, command: RefuseExtension) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")
