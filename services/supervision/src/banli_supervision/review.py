"""Passing, returning and approving a draft: never by its author, always this very text."""

from banli_engine.decider import Asked
from banli_events.base import Event
from banli_events.supervision import (
    ApproveReply,
    PassReply,
    ReplyApproved,
    ReplyReturned,
    ReplyReviewed,
    ReturnReply,
)
from banli_events.words import PostRole
from banli_supervision.guards import assignment_of, clock_of, current_draft, must_be_open
from banli_supervision.refusals import (
    AlreadyApproved,
    DraftReturned,
    NotApprover,
    NotAssignedUnit,
    NotPassed,
    OwnDraft,
)
from banli_supervision.state import Draft, State


def pass_on(state: State, asked: Asked, command: PassReply) -> list[Event]:
    """Someone other than its author finds a draft good; each reviewer once (R012, R061)."""
    draft = current_draft(state, command.reply_hash)
    if asked.speaker.person in draft.passed:
        return []
    _must_be_reviewer(state, asked, draft)
    if draft.returned is not None:
        raise DraftReturned("data.reply_hash")
    return [
        ReplyReviewed(reply_hash=command.reply_hash, form=command.form, substance=command.substance)
    ]


def send_back(state: State, asked: Asked, command: ReturnReply) -> list[Event]:
    """Someone other than its author sends a draft back with the reason (R067, R068)."""
    draft = current_draft(state, command.reply_hash)
    returned = ReplyReturned(
        reply_hash=command.reply_hash, reason=command.reason, remark=command.remark
    )
    if draft.returned == returned:
        return []
    _must_be_reviewer(state, asked, draft)
    if draft.returned is not None:
        raise DraftReturned("data.reply_hash")
    return [returned]


def approve(state: State, asked: Asked, command: ApproveReply) -> list[Event]:
    """The post that the pinned pack names releases a passed draft, not its own (R012, R066)."""
    draft = current_draft(state, command.reply_hash)
    if draft.approved:
        return []
    must_be_open(state)
    if asked.speaker.person == draft.author:
        raise OwnDraft("actor.person")
    pack = asked.reference.pack(clock_of(state).rules)
    if asked.reference.post(asked.speaker.post).role != pack.approver:
        raise NotApprover("actor.post")
    if draft.returned is not None:
        raise DraftReturned("data.reply_hash")
    if not draft.passed:
        raise NotPassed("data.reply_hash")
    return [ReplyApproved(reply_hash=command.reply_hash, role=pack.approver)]


def _must_be_reviewer(state: State, asked: Asked, draft: Draft) -> None:
    """A unit's head reviews for the lead unit, the supervision office for all (R060, R061)."""
    must_be_open(state)
    speaker = asked.speaker
    if speaker.person == draft.author:
        raise OwnDraft("actor.person")
    if draft.approved:
        raise AlreadyApproved("data.reply_hash")
    role = asked.reference.post(speaker.post).role
    if role == PostRole.UNIT_HEAD and speaker.unit != assignment_of(state).lead.unit:
        raise NotAssignedUnit("actor.unit")
