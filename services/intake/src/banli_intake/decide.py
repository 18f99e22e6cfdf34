"""What intake decides about a case: the table of contents."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events import intake as said
from banli_events.base import Command, Event
from banli_intake import attaching, rating, registering
from banli_intake.state import State

DECISIONS: Mapping[type[Command], Callable[[State, Asked, Any], Sequence[Event]]] = {
    said.RegisterItem: registering.register,
    said.RefuseItem: registering.refuse,
    said.WithdrawItem: registering.withdraw,
    said.CorrectItem: registering.correct,
    said.AddAttachment: attaching.add,
    said.RequestFeedback: rating.request,
    said.RecordFeedback: rating.record,
}
"""Which function answers which command about a case."""


def decide(state: State, asked: Asked) -> Sequence[Event]:
    """Answer a command about a case with what becomes true."""
    decision = DECISIONS.get(type(asked.command))
    if decision is None:
        raise UnfitSubject("subject")
    return decision(state, asked, asked.command)
