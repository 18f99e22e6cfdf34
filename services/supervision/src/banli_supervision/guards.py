"""What several decisions ask of a case before anything else."""

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.assignment import Assigned
from banli_events.words import OuterRole, Product
from banli_supervision.refusals import (
    AlreadyArchived,
    NoDraft,
    NotAssignedUnit,
    NotHandler,
    StaleDraft,
)
from banli_supervision.state import Clock, Draft, Item, State


def must_be_open(state: State) -> None:
    """After a case is closed nothing more is done in it (R029)."""
    if state.archived:
        raise AlreadyArchived("subject")


def item_of(state: State) -> Item:
    """Find what intake registered; it may still be on its way."""
    if state.item is None:
        raise TooEarly("subject")
    return state.item


def assignment_of(state: State) -> Assigned:
    """Find who handles the item; it may still be on its way."""
    if state.assigned is None:
        raise TooEarly("subject")
    return state.assigned


def clock_of(state: State) -> Clock:
    """Find the clock, and the rules the case is held to; our own reaction may be on its way."""
    if state.clock is None:
        raise TooEarly("subject")
    return state.clock


def must_be_of_its_units(state: State, asked: Asked) -> None:
    """Only the units that the item is assigned to, lead or co, work on it (R009)."""
    assigned = assignment_of(state)
    if asked.speaker.unit not in {each.unit for each in (assigned.lead, *assigned.co)}:
        raise NotAssignedUnit("actor.unit")


def must_be_handler(state: State, asked: Asked) -> None:
    """Only the handler whom the assignment names writes in the case's name (R019)."""
    lead, speaker = assignment_of(state).lead, asked.speaker
    if (speaker.person, speaker.unit) != (lead.handler, lead.unit):
        raise NotHandler("actor.person")


def current_draft(state: State, reply_hash: str) -> Draft:
    """Find the draft in hand, where it is the one that is meant."""
    assignment_of(state)
    if state.draft is None:
        raise NoDraft("subject")
    if state.draft.hash != reply_hash:
        raise StaleDraft("data.reply_hash")
    return state.draft


def product_of(item: Item) -> Product:
    """Tell what the handling ends in: a reply where this body leads, else a co-opinion (R038)."""
    return Product.REPLY if item.outer.role == OuterRole.LEAD else Product.CO_OPINION
