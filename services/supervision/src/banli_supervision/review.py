"""Passing, returning and approving a draft: never by its author, always this very text."""

from banli_engine.decider import Asked
from banli_events.base import Event
from banli_events.deadlines import ClockKind
from banli_events.supervision import (
    ApproveReply,
    PassReply,
    ReplyApproved,
    ReplyReturned,
    ReplyReviewed,
    ReturnReply,
    RuleSet,
)
from banli_events.words import PostRole
from banli_supervision import clocks, gates
from banli_supervision.guards import assignment_of, current_draft, must_be_open, rules_of
from banli_supervision.refusals import (
    AlreadyApproved,
    AspectMissing,
    DraftReturned,
    NotApprover,
    NotLeadUnit,
    NotTheirLevel,
    OneLevelEach,
    OwnDraft,
)
from banli_supervision.state import Draft, State


def pass_on(state: State, asked: Asked, command: PassReply) -> list[Event]:
    """The level whose turn it is finds a draft good, in form and substance (R012, R026, R054)."""
    draft = current_draft(state, command.reply_hash)
    role, person = _role(asked), asked.speaker.person
    at = dict(draft.passed).get(person)
    if at in (role, ""):
        return []
    rules = rules_of(state, asked)
    _must_be_reviewer(state, asked, rules, draft)
    if draft.returned is not None:
        raise DraftReturned("data.reply_hash")
    if at is not None:
        raise OneLevelEach("actor.person")
    _must_be_their_turn(rules, draft, role)
    return [
        ReplyReviewed(
            reply_hash=command.reply_hash,
            form=command.form,
            substance=command.substance,
            role=role,
        )
    ]


def send_back(state: State, asked: Asked, command: ReturnReply) -> list[Event]:
    """A post of the chain sends a draft back with reason and what fails (R054, R067, R068).

    The clock of the rework starts; where only the return reached the log, it is yielded again.
    """
    draft = current_draft(state, command.reply_hash)
    returned = ReplyReturned(
        reply_hash=command.reply_hash,
        reason=command.reason,
        remark=command.remark,
        failed=command.failed,
    )
    if draft.returned == returned and draft.returned_at is not None:
        about = str(state.returns)
        return [*clocks.start(state, asked, ClockKind.REWORK, draft.returned_at, about=about)]
    rules = rules_of(state, asked)
    _must_be_reviewer(state, asked, rules, draft)
    if draft.returned is not None:
        raise DraftReturned("data.reply_hash")
    if rules.thorough and not command.failed:
        raise AspectMissing("data.failed")
    about = str(state.returns + 1)
    return [returned, *clocks.start(state, asked, ClockKind.REWORK, asked.at, about=about)]


def approve(state: State, asked: Asked, command: ApproveReply) -> list[Event]:
    """The last of the chain releases a draft that passed gate 4 (R003, R011, R012, R026, R066)."""
    draft = current_draft(state, command.reply_hash)
    if draft.approved:
        return []
    must_be_open(state)
    person = asked.speaker.person
    if person == draft.author:
        raise OwnDraft("actor.person")
    rules = rules_of(state, asked)
    if _role(asked) != rules.chain[-1]:
        raise NotApprover("actor.post")
    gates.must_pass(gates.review(state, rules), "data.reply_hash")
    if person in dict(draft.passed):
        raise OneLevelEach("actor.person")
    return [ReplyApproved(reply_hash=command.reply_hash, role=rules.chain[-1])]


def _role(asked: Asked) -> str:
    return asked.reference.post(asked.speaker.post).role


def _must_be_reviewer(state: State, asked: Asked, rules: RuleSet, draft: Draft) -> None:
    """A post of the chain reviews, never its own draft; a head for the lead unit (R060, R061)."""
    must_be_open(state)
    speaker, role = asked.speaker, _role(asked)
    if speaker.person == draft.author:
        raise OwnDraft("actor.person")
    if draft.approved:
        raise AlreadyApproved("data.reply_hash")
    if role not in rules.chain:
        raise NotTheirLevel("actor.post")
    if role == PostRole.UNIT_HEAD and speaker.unit != assignment_of(state).lead.unit:
        raise NotLeadUnit("actor.unit")


def _must_be_their_turn(rules: RuleSet, draft: Draft, role: str) -> None:
    """The levels review one after another; by the first packs any one of them, in any order."""
    levels = gates.levels_left(draft, rules)[:1] if rules.thorough else rules.chain[:-1]
    if role not in levels:
        raise NotTheirLevel("actor.post")
