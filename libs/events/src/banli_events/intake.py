"""What intake says, and what it can be asked: all that comes in from outside."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from banli_events.base import Command, Event, Id, Line, Open, Sha256, Text
from banli_events.sealed import PublicKey, Sealed
from banli_events.subjects import SUBJECT
from banli_events.words import Ask, Excluded, Grade, ItemKind, Numbering, OuterAssignment, Signer


class ItemRegistered(Event):
    """An item was entered into the register under its number, with its signers and their asks."""

    schema_version = 3

    kind: Open[ItemKind]
    numbering: Numbering
    title: Line
    content: Text
    asks: tuple[Ask, ...]
    signers: tuple[Signer, ...]
    topics: tuple[Line, ...] = ()
    outer: OuterAssignment
    received_on: date  # as stated; the recorded time stands in the envelope
    territory: Line | None = None  # version 2: the place it is about
    persons: tuple[Id, ...] = ()  # version 3: private persons whom it concerns, entered by the door
    accused: tuple[Id, ...] = ()  # version 3: units and people it accuses: they never read it


class ItemCorrected(Event):
    """A typing error in the register was put right; what stood there before is kept beside it."""

    field: Line
    before: str
    after: str
    reason: Line


class ItemRefused(Event):
    """An item was not entered, for its content is no congress or CPPCC business."""

    kind: Open[ItemKind]
    numbering: Numbering
    ground: Open[Excluded]
    reason: Line
    received_on: date  # as stated


class ItemWithdrawn(Event):
    """Those who signed took the item back, or it had been entered in error; its handling ends."""

    reason: Line
    entered_in_error: bool = False
    withdrawn_on: date  # as stated


class AttachmentAdded(Event):
    """A file belongs to the case; its name is the hash of its content."""

    file: Sha256
    title: Line
    media_type: Line
    size: int  # in bytes


class HandOverListed(Event):
    """The assigner's list of what it handed over in a session, to be compared with the register."""

    assigner: Line
    kind: Open[ItemKind]
    numberings: tuple[Numbering, ...]
    stated_total: int
    received_on: date  # as stated


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


class PersonEntered(Event):
    """A private person is known here, under an opaque id; all else is sealed, each part by itself.

    The vault alone keeps the key that opens it. Entered again, it stands in place of what was.
    """

    public_key: PublicKey
    sealed: tuple[Sealed, ...]
    mark: Sha256  # keyed with the person's key: the same parts entered again are known by it


class PersonUnsealed(Event):
    """Parts of what is sealed about a person were shown to somebody, for a reason."""

    parts: tuple[Id, ...]
    case: Line | None = None  # for the sake of which case
    reason: Line


class PersonForgotten(Event):
    """The key of a person was destroyed: what was sealed can never be opened again."""

    reason: Line


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
    territory: Line | None = None
    persons: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    accused: Annotated[tuple[Id, ...], Field(max_length=100)] = ()


class EnterPerson(Command):
    """Record a person whose particulars were sealed; only the door gives this command."""

    public_key: PublicKey
    sealed: Annotated[tuple[Sealed, ...], Field(min_length=1, max_length=100)]
    mark: Sha256


class UnsealPerson(Command):
    """Be shown parts of what is sealed about a person, for a reason."""

    parts: Annotated[tuple[Id, ...], Field(min_length=1, max_length=100)]
    case: Annotated[str, StringConstraints(pattern=SUBJECT, max_length=200)] | None = None
    reason: Line


class ForgetPerson(Command):
    """Forget a person: destroy the key to all that is sealed about them."""

    reason: Line


class RefuseItem(Command):
    """Do not enter an item whose content is no congress or CPPCC business."""

    kind: ItemKind
    numbering: Numbering
    ground: Excluded
    reason: Line
    received_on: date


class WithdrawItem(Command):
    """Take an item back, for those who signed or because it was entered in error."""

    reason: Line
    entered_in_error: bool = False
    withdrawn_on: date


class AddAttachment(Command):
    """Add a file to the case; its bytes were handed to intake before."""

    file: Sha256
    title: Line
    media_type: Line
    size: Annotated[int, Field(ge=1)]


class ListHandOver(Command):
    """Enter the assigner's list of what it handed over (R057)."""

    assigner: Line
    kind: ItemKind
    numberings: Annotated[tuple[Numbering, ...], Field(max_length=20_000)]
    stated_total: Annotated[int, Field(ge=0)]
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
