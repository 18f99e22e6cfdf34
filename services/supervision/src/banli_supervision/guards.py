"""What several decisions ask of a case before anything else."""

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.assignment import Assigned, Reassigned
from banli_events.supervision import AnswerSupervisionNotice, ReceiveSupervisionNotice, RuleSet
from banli_events.words import OuterRole, Product
from banli_supervision.gates import must_pass, validity
from banli_supervision.refusals import (
    AlreadyArchived,
    HandlingEnded,
    NoDraft,
    NotCoUnit,
    NotHandler,
    NotSent,
    StaleDraft,
)
from banli_supervision.state import Draft, Item, Sent, State


def must_be_open(state: State) -> None:
    """After a case is closed, or its handling has ended, nothing more is done (R029, R078)."""
    if state.archived:
        raise AlreadyArchived("subject")
    if state.ended_at is not None:
        raise HandlingEnded("subject")


def item_of(state: State) -> Item:
    """Find what intake registered; it may still be on its way."""
    if state.item is None:
        raise TooEarly("subject")
    return state.item


def assignment_of(state: State) -> Assigned | Reassigned:
    """Find who handles the item; it may still be on its way."""
    if state.assigned is None:
        raise TooEarly("subject")
    return state.assigned


def rules_of(state: State, asked: Asked) -> RuleSet:
    """Find the rules the case is held to (R021); our own reaction may be on its way."""
    if state.rules is None:
        raise TooEarly("subject")
    return asked.reference.rules(state.rules)


def handling(state: State, asked: Asked) -> frozenset[str]:
    """The units that the item is assigned to, lead or co, work on it (R009).

    A notice is for the unit that it went to, whoever handles the item since (R065).
    """
    assigned = assignment_of(state)
    units = frozenset(each.unit for each in (assigned.lead, *assigned.co))
    match asked.command:
        case ReceiveSupervisionNotice(number=number) | AnswerSupervisionNotice(number=number):
            notice = state.notices.get(number)
            return units | {notice.issued.unit} if notice else units
        case _:
            return units


def must_be_handler(state: State, asked: Asked) -> None:
    """Only the handler whom the assignment names writes in the case's name (R019)."""
    lead, speaker = assignment_of(state).lead, asked.speaker
    if (speaker.person, speaker.unit) != (lead.handler, lead.unit):
        raise NotHandler("actor.person")


def must_be_co_handler(state: State, asked: Asked) -> None:
    """Only the handler whom the assignment names for a co-unit speaks for it (R019, R038)."""
    speaker = asked.speaker
    handlers = {each.unit: each.handler for each in assignment_of(state).co}
    if speaker.unit not in handlers:
        raise NotCoUnit("actor.unit")
    if speaker.person != handlers[speaker.unit]:
        raise NotHandler("actor.person")


def current_draft(state: State, reply_hash: str) -> Draft:
    """Find the draft in hand, where it is the one that is meant and its author handles the case."""
    assignment_of(state)
    if state.draft is None:
        raise NoDraft("subject")
    if state.draft.hash != reply_hash:
        raise StaleDraft("data.reply_hash")
    must_pass(validity(state))
    return state.draft


def sent_of(state: State) -> Sent:
    """Find what went out in this round."""
    if state.ordered not in state.sent:
        raise NotSent("subject")
    return state.sent[state.ordered]


def product_of(item: Item) -> Product:
    """Tell what the handling ends in: a reply where this body leads, else a co-opinion (R038)."""
    return Product.REPLY if item.outer.role == OuterRole.LEAD else Product.CO_OPINION
