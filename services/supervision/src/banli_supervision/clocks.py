"""Starting the clocks of a case, by the rules it is held to."""

from collections.abc import Iterable

from banli_engine.decider import Asked, Due
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    SetDeadline,
    SetOuterClock,
    SetReferralDeadline,
)
from banli_supervision.state import State


def set_deadlines(state: State, asked: Asked, command: SetDeadline) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def set_referral(state: State, asked: Asked, command: SetReferralDeadline) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def set_outer(state: State, asked: Asked, command: SetOuterClock) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")
