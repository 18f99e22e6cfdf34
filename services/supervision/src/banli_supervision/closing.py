"""Sending the product out, and closing the file where all its records are there."""

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DeliverCoOpinion,
    FileCaseSummary,
    IssueReply,
    ReplyIssued,
)
from banli_events.words import Grade, PackRef, Product
from banli_supervision.guards import assignment_of, item_of, must_be_handler, must_be_open
from banli_supervision.refusals import (
    AlreadyFiled,
    AlreadySent,
    NoDraft,
    NotApproved,
    NotSent,
    WrongProduct,
)
from banli_supervision.state import Draft, State

CONTENT = frozenset({Grade.SATISFIED, Grade.BASICALLY})
"""The grades with which a case can be closed."""


def issue(state: State, command: IssueReply) -> list[Event]:
    """An approved reply goes out once, to all who signed; a missed deadline does not stop it."""
    match state.sent:
        case ReplyIssued(document_number=number, issued_on=day) if (number, day) == (
            command.document_number,
            command.issued_on,
        ):
            return []
    draft = _to_send(state, Product.REPLY)
    return [
        ReplyIssued(
            reply_hash=draft.hash,
            to=draft.addressees,
            document_number=command.document_number,
            issued_on=command.issued_on,
            round=assignment_of(state).round,
        )
    ]


def deliver(state: State, command: DeliverCoOpinion) -> list[Event]:
    """An approved co-opinion is handed once to the body that leads (R038)."""
    match state.sent:
        case CoOpinionDelivered(delivered_on=day) if day == command.delivered_on:
            return []
    draft = _to_send(state, Product.CO_OPINION)
    lead = item_of(state).outer.lead
    if lead is None:
        raise TooEarly("subject")
    return [CoOpinionDelivered(reply_hash=draft.hash, to=lead, delivered_on=command.delivered_on)]


def _to_send(state: State, product: Product) -> Draft:
    """Find what may go out: approved, of the right kind, and not sent before."""
    must_be_open(state)
    assignment_of(state)
    if state.sent is not None:
        raise AlreadySent("subject")
    if state.draft is None:
        raise NoDraft("subject")
    if state.draft.product != product:
        raise WrongProduct("subject")
    if not state.draft.approved:
        raise NotApproved("subject")
    return state.draft


def file_summary(state: State, asked: Asked, command: FileCaseSummary) -> list[Event]:
    """The handler sums the case up once the product is out, often the last record (R029).

    Decided again when only the first of its two facts reached the log, it yields the other.
    """
    if state.summary == command.summary:
        return archive(state)
    must_be_open(state)
    if state.summary is not None:
        raise AlreadyFiled("data.summary")
    must_be_handler(state, asked)
    if state.sent is None:
        raise NotSent("subject")
    rules = closing_rules(state, summed_up=True)
    filed = CaseSummaryFiled(summary=command.summary)
    return [filed] if rules is None else [filed, CaseArchived(rules=rules)]


def archive(state: State) -> list[Event]:
    """A case is closed once, its records there and those who signed content (R029, R077)."""
    rules = closing_rules(state, summed_up=state.summary is not None)
    return [] if state.archived or rules is None else [CaseArchived(rules=rules)]


def closing_rules(state: State, *, summed_up: bool) -> PackRef | None:
    """Tell by which rules a case can be closed; None where a record or a good rating is missing.

    The five records (R029): contact, pinned rules, measures, outcome with proof, summary.
    """
    draft, clock = state.draft, state.clock
    if clock is None or draft is None or state.sent is None or not summed_up:
        return None
    complete = bool(state.contacts) and draft.measures and draft.proof
    return clock.rules if complete and _content(state) else None


def _content(state: State) -> bool:
    """A co-opinion is rated by nobody; a reply by everyone to whom it went, and well (R077)."""
    match state.sent:
        case ReplyIssued(to=to, round=number):
            return all(state.grades.get((number, signer)) in CONTENT for signer in to)
        case _:
            return True
