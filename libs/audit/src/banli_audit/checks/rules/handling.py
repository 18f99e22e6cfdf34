"""Who handles an item, and what they do before they write: contact and research."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.findings import Code
from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
)
from banli_events.supervision import ProposerContacted, ResearchLogged
from banli_events.words import PostRole, Responsible

LEADERS = (PostRole.DEPUTY_CHIEF, PostRole.CHIEF)


def classified(known: Known, said: Classified) -> Breaches:
    """Only what is registered is classified."""
    if known.intake.register is None:
        yield Code.NOT_REGISTERED


def proposed(known: Known, said: AssignmentProposed) -> Breaches:
    """What is registered and classified is proposed to units."""
    yield from _must_be_classified(known)


def assigned(known: Known, said: Assigned) -> Breaches:
    """The item is handed, once a round, to those who were proposed and are in office."""
    yield from _must_be_classified(known)
    if known.assignment.proposal != (said.lead, said.co):
        yield Code.NOT_PROPOSED
    before = known.assignment.handling
    if before is not None and before.round >= said.round:
        yield Code.ASSIGNED_TWICE
    if not all(_in_office(known, each) for each in (said.lead, *said.co)):
        yield Code.NOT_RESPONSIBLE


def accepted(known: Known, said: AssignmentAccepted) -> Breaches:
    """Each unit of the assignment takes the item on once, by one of its own."""
    if known.assignment.handling is None:
        yield Code.NOT_ASSIGNED
        return
    if said.unit not in known.assignment.handling.units or said.unit != known.unit:
        yield Code.NOT_ITS_UNIT
    if said.unit in known.assignment.accepted:
        yield Code.ACCEPTED_TWICE


def contacted(known: Known, said: ProposerContacted) -> Breaches:
    """A unit of the assignment speaks with someone who signed."""
    yield from must_be_its_unit(known)
    register = known.intake.register
    if register is None:
        yield Code.NOT_REGISTERED
    elif said.signer not in register.signers:
        yield Code.NOT_A_SIGNER


def researched(known: Known, said: ResearchLogged) -> Breaches:
    """A unit of the assignment looks into the matter."""
    yield from must_be_its_unit(known)


def must_be_its_unit(known: Known) -> Breaches:
    """Whoever works on an open case speaks for a unit of its assignment."""
    if known.supervision.archived:
        yield Code.AFTER_ARCHIVE
    if known.assignment.handling is None:
        yield Code.NOT_ASSIGNED
    elif known.unit not in known.assignment.handling.units:
        yield Code.NOT_ITS_UNIT


def _must_be_classified(known: Known) -> Breaches:
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    if known.assignment.category is None:
        yield Code.NOT_CLASSIFIED


def _in_office(known: Known, named: Responsible) -> bool:
    return (
        known.published.unit_open(named.unit, known.day, known.upto)
        and known.serves(named.leader, LEADERS)
        and known.serves(named.handler, (PostRole.HANDLER,), named.unit)
    )
