"""What supervision has said of a case's reply or co-opinion."""

from dataclasses import replace

from banli_audit.facts.steps import Steps
from banli_audit.facts.supervision import Draft, Sent, Supervision
from banli_events import supervision as s
from banli_events.envelope import Recorded


def _drafted(was: Supervision, said: s.ReplyDrafted, event: Recorded) -> Supervision:
    reply = said.reply
    draft = Draft(
        hash=said.reply_hash,
        author=_speaker(event),
        product=str(reply.product),
        measures=reply.measures,
        outcome=reply.outcome,
        round=said.round,
        time=event.time,
        opinions=frozenset((*(each.unit for each in reply.opinions), *reply.without)),
    )
    return replace(was, draft=draft, approved=None)


def _reviewed(was: Supervision, said: s.ReplyReviewed, event: Recorded) -> Supervision:
    if was.draft is None or was.draft.hash != said.reply_hash:
        return was
    passed = (*was.draft.passed, (_speaker(event), str(said.role or "")))
    return replace(was, draft=replace(was.draft, passed=passed, verdict="passed"))


def _returned(was: Supervision, said: s.ReplyReturned, event: Recorded) -> Supervision:
    if was.draft is None or was.draft.hash != said.reply_hash:
        return was
    draft = replace(was.draft, passed=(), verdict="returned", returned_at=event.time)
    return replace(was, draft=draft, approved=None)


def _approved(was: Supervision, said: s.ReplyApproved, _: Recorded) -> Supervision:
    return replace(was, approved=said.reply_hash)


def _issued(was: Supervision, said: s.ReplyIssued, event: Recorded) -> Supervision:
    return _went_out(was, said.reply_hash, said.to, said.round, event)


def _delivered(was: Supervision, said: s.CoOpinionDelivered, event: Recorded) -> Supervision:
    number = was.draft.round if was.draft else 1
    return _went_out(was, said.reply_hash, (said.to,), number, event)


def _went_out(
    was: Supervision, hash_: str, to: tuple[str, ...], number: int, event: Recorded
) -> Supervision:
    sent = Sent(hash_, to, event.time, number, was.draft)
    return replace(was, sents={**was.sents, number: sent})


def _published(was: Supervision, said: s.PublicationDecided, event: Recorded) -> Supervision:
    return replace(was, published={**was.published, said.round: event.time})


def _speaker(event: Recorded) -> str:
    return event.context.actor.person if event.context.actor else ""


STEPS: Steps = {
    s.ReplyDrafted: _drafted,
    s.ReplyReviewed: _reviewed,
    s.ReplyReturned: _returned,
    s.ReplyApproved: _approved,
    s.ReplyIssued: _issued,
    s.CoOpinionDelivered: _delivered,
    s.PublicationDecided: _published,
}
