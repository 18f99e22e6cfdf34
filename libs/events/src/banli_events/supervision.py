"""What supervision says, and what it can be asked: is it done, well, and in time."""

import hashlib
from datetime import date
from typing import Annotated

from pydantic import Field

from banli_events.base import (
    Command,
    Event,
    Id,
    Instant,
    Line,
    Open,
    Sha256,
    Text,
    Value,
    canonical,
)
from banli_events.words import (
    AskAnswer,
    ContactMode,
    ItemKind,
    Outcome,
    PackRef,
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

    def digest(self) -> Sha256:
        """Hash the whole reply, so that an approval is void when anything of it changes.

        SHA-256 over its canonical JSON: keys sorted, no spaces, UTF-8, fields that hold their
        default left out, so that a field added later does not change an old reply's hash.
        """
        said = self.model_dump(mode="json", exclude_defaults=True)
        return hashlib.sha256(canonical(said)).hexdigest()


class DeadlineSet(Event):
    """A clock was started: what it waits for is due at the instant named, on the ground named."""

    clock: Line
    due: Instant
    counted_from: date
    days: int | None = None  # calendar days; none where the assigner's own due date binds
    rules: PackRef
    clause: Line


class DeadlineMissed(Event):
    """The instant passed and what the clock waits for had not been done."""

    clock: Line
    due: Instant


class ProposerContacted(Event):
    """A signer was met or spoken with about the item."""

    signer: Id
    mode: Open[ContactMode]
    contacted_on: date  # as stated
    summary: Text


class ResearchLogged(Event):
    """The matter was looked into on the ground or in the files."""

    researched_on: date  # as stated
    summary: Text


class ReplyDrafted(Event):
    """A handler wrote the reply or co-opinion, answering each ask."""

    reply: Reply
    reply_hash: Sha256
    round: int = 1


class ReplyReviewed(Event):
    """Someone other than its author found the draft good, in form and in substance."""

    reply_hash: Sha256
    form: Line
    substance: Line


class ReplyReturned(Event):
    """The draft went back to its author, with the reason."""

    reply_hash: Sha256
    reason: Open[ReturnReason]
    remark: Line


class ReplyApproved(Event):
    """The post that the rule pack names released this very text; from now on it may be sent."""

    reply_hash: Sha256
    role: Open[PostRole]


class ReplyIssued(Event):
    """The approved reply was sent to every signer."""

    reply_hash: Sha256
    to: tuple[Id, ...]
    document_number: Line
    issued_on: date  # as stated on the document
    round: int = 1


class CoOpinionDelivered(Event):
    """The approved co-opinion of this body was handed to the outer lead."""

    reply_hash: Sha256
    to: Line
    delivered_on: date  # as stated


class CaseSummaryFiled(Event):
    """The handler summed the case up for the file."""

    summary: Text


class CaseArchived(Event):
    """The file is complete and closed: contact, rules, measures, outcome and summary are there."""

    rules: PackRef


class DeadlineRule(Value):
    """How long something may take, and where that is written."""

    days: Annotated[int, Field(ge=1, le=3660)]  # calendar days; the day of the start is not counted
    clause: Line


class PackPublished(Event):
    """A rule pack came into force in a version: the deadlines and posts that cases are held to."""

    version: int
    name: Line
    kinds: tuple[Open[ItemKind], ...]
    reply: DeadlineRule
    co_opinion: DeadlineRule
    approver: Open[PostRole]
    timezone: Line
    valid_from: date


class SetDeadline(Command):
    """Start the clock that an assignment sets going."""

    assigned_at: Instant


class CheckDeadline(Command):
    """Look whether a clock that has run out was met."""

    clock: Line
    due: Instant


class RecordContact(Command):
    """Record that a signer was met or spoken with (R031)."""

    signer: Id
    mode: ContactMode
    contacted_on: date
    summary: Text


class LogResearch(Command):
    """Record that the matter was looked into (R030)."""

    researched_on: date
    summary: Text


class DraftReply(Command):
    """Write the reply, or the co-opinion where this body is co (R042)."""

    text: Text
    answers: Annotated[tuple[AskAnswer, ...], Field(min_length=1, max_length=100)]
    outcome: Outcome
    measures: tuple[Line, ...] = ()


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


class ApproveReply(Command):
    """Release this very text (R012, R066)."""

    reply_hash: Sha256


class IssueReply(Command):
    """Send the approved reply to every signer."""

    document_number: Line
    issued_on: date


class DeliverCoOpinion(Command):
    """Hand the approved co-opinion to the outer lead (R038)."""

    delivered_on: date


class FileCaseSummary(Command):
    """Sum the case up for the file (R029)."""

    summary: Text


class ArchiveCase(Command):
    """Close the file where all its records are there."""


class PublishPack(Command):
    """Publish a rule pack in a version."""

    version: Annotated[int, Field(ge=1)]
    name: Line
    kinds: Annotated[tuple[ItemKind, ...], Field(min_length=1)]
    reply: DeadlineRule
    co_opinion: DeadlineRule
    approver: PostRole
    timezone: Line
    valid_from: date
