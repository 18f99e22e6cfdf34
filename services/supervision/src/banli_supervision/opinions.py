"""What co-units are asked and say before the draft."""

from collections.abc import Iterable

from banli_engine.decider import Asked, Due
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    RequestCoOpinion,
    SubmitCoOpinion,
)
from banli_supervision.state import State


def request(state: State, asked: Asked, command: RequestCoOpinion) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def submit(state: State, asked: Asked, command: SubmitCoOpinion) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")
