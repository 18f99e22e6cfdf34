"""What intake says, and what it can be asked: all that comes in from outside."""

from datetime import date
from typing import Annotated

from pydantic import Field

from banli_events.base import Command, Event, Id, Line, Open, Sha256, Text
from banli_events.words import Ask, Grade, ItemKind, Numbering, OuterAssignment, Signer


class ItemRegistered(Event):
    """An item was entered into the register under its number, with its signers and their asks."""

    kind: Open[ItemKind]
    numbering: Numbering
    title: Line
    content: Text
    asks: tuple[Ask, ...]
    signers: tuple[Signer, ...]
    topics: tuple[Line, ...] = ()
    outer: OuterAssignment
    received_on: date  # as stated; the recorded time stands in the envelope


class ItemCorrected(Event):
    """A typing error in the register was put right; what stood there before is kept beside it."""

    field: Line
    before: str
    after: str
    reason: Line


class FeedbackRequested(Event):
    """A signer was sent the form on which to rate the reply."""

    signer: Id
    reply_hash: Sha256
    round: int = 1


class FeedbackReceived(Event):
    """A signer's rating of the reply came in."""

    signer: Id
    grade: Open[Grade]
    round: int = 1
    received_on: date  # as stated on the form


class RegisterItem(Command):
    """Enter an item into the register (R007, R055, R056)."""

    kind: ItemKind
    numbering: Numbering
    title: Line
    content: Text
    asks: Annotated[tuple[Ask, ...], Field(min_length=1, max_length=100)]
    signers: Annotated[tuple[Signer, ...], Field(min_length=1, max_length=500)]
    topics: tuple[Line, ...] = ()
    outer: OuterAssignment
    received_on: date


class CorrectItem(Command):
    """Put a typing error in the register right, with the reason (R202)."""

    field: Line
    after: Text
    reason: Line


class RequestFeedback(Command):
    """Send every signer of an issued reply the form to rate it."""

    signers: tuple[Id, ...]
    reply_hash: Sha256
    round: int = 1


class RecordFeedback(Command):
    """Record how a signer rates the reply (R077)."""

    signer: Id
    grade: Grade
    round: int = 1
    received_on: date
