"""What supervision says of the reply or co-opinion: drafted, reviewed, approved, sent."""

import hashlib
from datetime import date
from typing import Annotated

from pydantic import Field

from banli_events.base import Command, Event, Id, Line, Open, Sha256, Text, Value, canonical
from banli_events.words import (
    Adopted,
    AskAnswer,
    Aspect,
    Extent,
    FollowUp,
    Outcome,
    PostRole,
    Product,
    ReturnReason,
)


class Reply(Value):
    """A whole reply or co-opinion: all that an approval is bound to."""

    product: Open[Product]
    text: Text
    answers: tuple[AskAnswer, ...]
    outcome: Outcome
    measures: tuple[Line, ...] = ()
    addressees: tuple[Id, ...]  # the signers; empty for a co-opinion, which goes to the outer lead
    opinions: tuple[Adopted, ...] = ()  # of the co-units, each with what became of it
    without: tuple[Id, ...] = ()  # co-units whose opinion had not come when its time was over
    follow_up: FollowUp | None = None
    attachments: tuple[Sha256, ...] = ()

    def digest(self) -> Sha256:
        """Hash the whole reply, so that an approval is void when anything of it changes.

        SHA-256 over its canonical JSON: keys sorted, no spaces, UTF-8, fields that hold their
        default left out, so that a field added later does not change an old reply's hash.
        """
        said = self.model_dump(mode="json", exclude_defaults=True)
        return hashlib.sha256(canonical(said)).hexdigest()


class ReplyDrafted(Event):
    """A handler wrote the reply or co-opinion, answering each ask."""

    schema_version = 2

    reply: Reply  # version 2: opinions, without, follow_up, attachments, more of the outcome
    reply_hash: Sha256
    round: int = 1


class ReplyReviewed(Event):
    """Someone other than its author found the draft good, in form and in substance."""

    schema_version = 2

    reply_hash: Sha256
    form: Line
    substance: Line
    role: Open[PostRole] | None = None  # version 2: at which level of the chain


class ReplyReturned(Event):
    """The draft went back to its author, with the reason."""

    schema_version = 2

    reply_hash: Sha256
    reason: Open[ReturnReason]
    remark: Line
    failed: tuple[Open[Aspect], ...] = ()  # version 2


class ReplyApproved(Event):
    """The post that the rule pack names released this very text; from now on it may be sent."""

    reply_hash: Sha256
    role: Open[PostRole]


class ReplyIssued(Event):
    """The approved reply was sent to every signer."""

    schema_version = 2

    reply_hash: Sha256
    to: tuple[Id, ...]
    document_number: Line
    issued_on: date  # as stated on the document
    round: int = 1
    sealed: bool | None = None  # version 2, as the next two; none: not told
    opinion_form: bool | None = None  # whether the form to rate it went with it
    copies: tuple[Line, ...] = ()


class CoOpinionDelivered(Event):
    """The approved co-opinion of this body was handed to the outer lead."""

    reply_hash: Sha256
    to: Line
    delivered_on: date  # as stated


class PublicationDecided(Event):
    """It was decided apart from the reply how much of it is made public, and why not all."""

    extent: Open[Extent]
    reason: Line | None = None
    summary: Text | None = None
    round: int = 1


class DraftReply(Command):
    """Write the reply, or the co-opinion where this body is co (R042)."""

    text: Text
    answers: Annotated[tuple[AskAnswer, ...], Field(min_length=1, max_length=100)]
    outcome: Outcome
    measures: tuple[Line, ...] = ()
    opinions: Annotated[tuple[Adopted, ...], Field(max_length=100)] = ()
    follow_up: FollowUp | None = None
    attachments: Annotated[tuple[Sha256, ...], Field(max_length=100)] = ()


class PassReply(Command):
    """Find a draft good, in form and in substance (R012, R061)."""

    reply_hash: Sha256
    form: Line
    substance: Line


class ReturnReply(Command):
    """Send a draft back to its author, with the reason (R067, R068)."""

    reply_hash: Sha256
    reason: ReturnReason
    remark: Line
    failed: Annotated[tuple[Aspect, ...], Field(max_length=2)] = ()


class ApproveReply(Command):
    """Release this very text (R012, R066)."""

    reply_hash: Sha256


class IssueReply(Command):
    """Send the approved reply to every signer."""

    document_number: Line
    issued_on: date
    sealed: bool | None = None
    opinion_form: bool | None = None
    copies: Annotated[tuple[Line, ...], Field(max_length=100)] = ()


class DeliverCoOpinion(Command):
    """Hand the approved co-opinion to the outer lead (R038)."""

    delivered_on: date


class DecidePublication(Command):
    """Decide how much of an issued reply is made public."""

    extent: Extent
    reason: Line | None = None
    summary: Text | None = None
