"""Writing the reply or co-opinion: by its handler, after the groundwork, answering each ask."""

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.supervision import DraftReply, Reply, ReplyDrafted
from banli_events.words import AskAnswer, OutcomeClass, Product
from banli_supervision.guards import (
    assignment_of,
    item_of,
    must_be_handler,
    must_be_open,
    product_of,
)
from banli_supervision.refusals import (
    AlreadySent,
    AskAnsweredTwice,
    AskUnanswered,
    MeasuresMissing,
    NotContacted,
    NotResearched,
    UnchangedDraft,
    UnknownAsk,
    UnknownResult,
)
from banli_supervision.state import Item, State


def draft(state: State, asked: Asked, command: DraftReply) -> list[Event]:
    """After acceptance, contact and research, the handler answers each ask (R030, R031, R042).

    A new draft takes the place of the old one; reviews and approval of that one are void.
    """
    must_be_open(state)
    if state.sent is not None:
        raise AlreadySent("subject")
    item, assigned = item_of(state), assignment_of(state)
    must_be_handler(state, asked)
    if assigned.lead.unit not in state.accepted:
        raise TooEarly("subject")
    if not state.contacts:
        raise NotContacted("subject")
    if not state.research:
        raise NotResearched("subject")
    _must_answer_each(item.asks, command.answers)
    if command.outcome.result not in set(OutcomeClass):
        raise UnknownResult("data.outcome.result")
    if not command.measures:
        raise MeasuresMissing("data.measures")
    return _unless_known(state, _reply(item, command), assigned.round)


def _unless_known(state: State, reply: Reply, number: int) -> list[Event]:
    """Repeating the draft in hand changes nothing; one that was returned must be redone (R068)."""
    reply_hash = reply.digest()
    if state.draft is not None and state.draft.hash == reply_hash:
        if state.draft.returned is not None:
            raise UnchangedDraft("data")
        return []
    return [ReplyDrafted(reply=reply, reply_hash=reply_hash, round=number)]


def _must_answer_each(asks: frozenset[str], answers: tuple[AskAnswer, ...]) -> None:
    answered = [answer.ask for answer in answers]
    for index, ask in enumerate(answered):
        if ask not in asks:
            raise UnknownAsk(f"data.answers.{index}.ask")
    if len(set(answered)) < len(answered):
        raise AskAnsweredTwice("data.answers")
    if asks - set(answered):
        raise AskUnanswered("data.answers")


def _reply(item: Item, command: DraftReply) -> Reply:
    """A reply goes to all who signed; a co-opinion to the outer lead, so it names nobody (R038)."""
    product = product_of(item)
    return Reply(
        product=product,
        text=command.text,
        answers=command.answers,
        outcome=command.outcome,
        measures=command.measures,
        addressees=item.signers if product is Product.REPLY else (),
    )
