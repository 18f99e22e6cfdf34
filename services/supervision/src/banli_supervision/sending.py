"""Sending the product out, and deciding what of it is made public."""

from collections.abc import Iterable

from banli_engine.decider import Asked, Due
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    DecidePublication,
    DeliverCoOpinion,
    IssueReply,
)
from banli_supervision.state import State


def issue(state: State, asked: Asked, command: IssueReply) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def deliver(state: State, asked: Asked, command: DeliverCoOpinion) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")


def decide_publication(state: State, asked: Asked, command: DecidePublication) -> list[Event]:
    """Stub."""
    raise UnfitSubject("subject")
