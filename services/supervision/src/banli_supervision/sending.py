"""Sending the product out, and deciding what of it is made public."""

from datetime import datetime

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.deadlines import ClockKind
from banli_events.supervision import (
    CoOpinionDelivered,
    DeadlineSet,
    DecidePublication,
    DeliverCoOpinion,
    IssueReply,
    PublicationDecided,
    ReplyIssued,
)
from banli_events.words import Extent, Product
from banli_supervision import clocks, gates
from banli_supervision.closing import with_what_follows
from banli_supervision.guards import assignment_of, item_of, must_be_open, rules_of, sent_of
from banli_supervision.refusals import (
    AlreadyDecided,
    AlreadySent,
    NoDraft,
    NotSent,
    PublicationReasonMissing,
    SummaryMissing,
    WrongProduct,
)
from banli_supervision.state import Draft, State


def issue(state: State, asked: Asked, command: IssueReply) -> list[Event]:
    """An approved reply goes out once a round, to all who signed, through gate 5 (R004, R027).

    A missed deadline does not stop it. The clocks of feedback and publication start; where only
    the reply reached the log, they are yielded again.
    """
    for number, sent in state.sent.items():
        if isinstance(sent.what, ReplyIssued) and _same(sent.what, command):
            return [*_clocks_of_a_reply(state, asked, number, sent.at)]
    draft = _to_send(state, Product.REPLY)
    issued = ReplyIssued(
        reply_hash=draft.hash,
        to=draft.addressees,
        document_number=command.document_number,
        issued_on=command.issued_on,
        round=state.ordered,
        sealed=command.sealed,
        opinion_form=command.opinion_form,
        copies=command.copies,
    )
    gates.must_pass(gates.reply(state, rules_of(state, asked), issued))
    return [issued, *_clocks_of_a_reply(state, asked, state.ordered, asked.at)]


def deliver(state: State, asked: Asked, command: DeliverCoOpinion) -> list[Event]:
    """An approved co-opinion is handed once to the body that leads (R038)."""
    match state.sent.get(state.ordered):
        case sent if sent is not None and isinstance(sent.what, CoOpinionDelivered):
            if sent.what.delivered_on == command.delivered_on:
                return []
    draft = _to_send(state, Product.CO_OPINION)
    gates.must_pass(gates.approved(state))
    lead = item_of(state).outer.lead
    if lead is None:
        raise TooEarly("subject")
    return [CoOpinionDelivered(reply_hash=draft.hash, to=lead, delivered_on=command.delivered_on)]


def decide_publication(state: State, asked: Asked, command: DecidePublication) -> list[Event]:
    """Once the reply is out: in full, as a summary, or not at all, with the reason."""
    number = state.ordered
    decided = PublicationDecided(
        extent=command.extent, reason=command.reason, summary=command.summary, round=number
    )
    if number in state.published:
        if state.published[number][0] != decided:
            raise AlreadyDecided("subject")
        return with_what_follows(state, asked)
    must_be_open(state)
    if not isinstance(sent_of(state).what, ReplyIssued):
        raise NotSent("subject")
    if command.extent == Extent.SUMMARY and command.summary is None:
        raise SummaryMissing("data.summary")
    if command.extent == Extent.NONE and command.reason is None:
        raise PublicationReasonMissing("data.reason")
    published = {**state.published, number: (decided, asked.at)}
    return with_what_follows(state, asked, decided, published=published)


def _same(sent: ReplyIssued, command: IssueReply) -> bool:
    return IssueReply(**sent.model_dump(include=set(IssueReply.model_fields))) == command


def _clocks_of_a_reply(state: State, asked: Asked, number: int, at: datetime) -> list[DeadlineSet]:
    if state.archived or state.ended_at is not None:
        return []
    return [
        each
        for kind in (ClockKind.FEEDBACK, ClockKind.PUBLICATION)
        for each in clocks.start(state, asked, kind, at, about=str(number))
    ]


def _to_send(state: State, product: Product) -> Draft:
    """Find what may go out: of the right kind, and not sent in this round."""
    must_be_open(state)
    assignment_of(state)
    if state.ordered in state.sent:
        raise AlreadySent("subject")
    if state.draft is None:
        raise NoDraft("subject")
    if state.draft.product != product:
        raise WrongProduct("subject")
    return state.draft
