"""Asking those who signed to rate the reply, and recording what they say."""

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.intake import (
    FeedbackReceived,
    FeedbackRequested,
    RecordFeedback,
    RequestFeedback,
)
from banli_events.words import OuterRole
from banli_intake.refusals import (
    AlreadyRated,
    AlreadyWithdrawn,
    NothingToRate,
    NotSigner,
    OwnCase,
)
from banli_intake.state import State


def request(state: State, asked: Asked, command: RequestFeedback) -> list[Event]:
    """Every signer is asked once for each reply, unless the item was taken back (R077)."""
    if state.withdrawn is not None:
        return []
    return [
        FeedbackRequested(signer=signer, reply_hash=command.reply_hash, round=command.round)
        for signer in command.signers
        if (command.round, signer) not in state.requested
    ]


def record(state: State, asked: Asked, command: RecordFeedback) -> list[Event]:
    """A signer to whom the reply went rates it once; who handles the case never records it (R077).

    A rating names its round, so that a late one of the first never closes the second.
    """
    if state.item is not None and state.item.outer.role == OuterRole.CO:
        raise NothingToRate("subject")
    if state.withdrawn is not None:
        raise AlreadyWithdrawn("subject")
    if asked.speaker.person in state.handled_by:
        raise OwnCase("actor.person")
    issued = state.issued
    if command.round not in issued:
        raise TooEarly("subject")
    if command.signer not in issued[command.round]:
        raise NotSigner("data.signer")
    known = state.grades.get((command.round, command.signer))
    if known == command.grade:
        return []
    if known is not None:
        raise AlreadyRated("data.grade")
    return [
        FeedbackReceived(
            signer=command.signer,
            grade=command.grade,
            round=command.round,
            received_on=command.received_on,
        )
    ]
