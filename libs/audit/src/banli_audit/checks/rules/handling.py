"""Who handles an item: studied, proposed, handed over, taken on, handed on."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.codes import Code
from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
    Reassigned,
    SponsorAssigned,
)
from banli_events.words import PostRole, Responsible

LEADERS = (PostRole.DEPUTY_CHIEF, PostRole.CHIEF)


def classified(known: Known, said: Classified) -> Breaches:
    """Only what is registered is classified (R008)."""
    if known.intake.register is None:
        yield Code.NOT_REGISTERED


def proposed(known: Known, said: AssignmentProposed) -> Breaches:
    """What is registered and classified is proposed to units (R072)."""
    yield from _must_be_classified(known)


def assigned(known: Known, said: Assigned) -> Breaches:
    """The item is handed, once a round, to those who were proposed and are in office (R008)."""
    yield from _must_be_classified(known)
    before = known.assignment.handling
    if before is not None and before.round >= said.round:
        yield Code.ASSIGNED_TWICE
    elif said.round > 1:
        yield from _must_be_ordered(known, said)
        return
    yield from _must_be_proposed(known, said)


def _must_be_ordered(known: Known, said: Assigned) -> Breaches:
    """A further round goes to the same handler, whoever has left since, as it was ordered."""
    ordered = known.supervision.rounds.ordered
    if said.round not in ordered or ordered[said.round] != said.lead:
        yield Code.NOT_ORDERED


def reassigned(known: Known, said: Reassigned) -> Breaches:
    """An item goes to others for an objection upheld or as a leader approves (R009, R053).

    Or back to those whose reply went out when it was not known that it had gone on.
    """
    before = known.assignment.handling
    if before is None:
        yield Code.NOT_ASSIGNED
        return
    if said.round != before.round:
        yield Code.WRONG_ROUND
    if known.event.context.actor is None:
        yield from _must_stand_by(known, said)
        return
    yield from must_not_be_replied(known)
    if not known.assignment.upheld and known.role not in LEADERS:
        yield Code.REASSIGNED_AT_WILL
    yield from _must_be_proposed(known, said)


def _must_stand_by(known: Known, said: Reassigned) -> Breaches:
    theirs = [(each.lead, each.co) for each in known.assignment.before]
    if (said.lead, said.co) not in theirs or said.round not in known.supervision.sents:
        yield Code.REASSIGNED_AT_WILL


def must_not_be_replied(known: Known) -> Breaches:
    """What went out stands: after the reply of a round that was known, nobody turns it (R009)."""
    handling = known.assignment.handling
    if (handling.round if handling else 1) in known.supervision.sents:
        yield Code.AFTER_REPLY


def _must_be_proposed(known: Known, said: Assigned | Reassigned) -> Breaches:
    if known.assignment.proposal != (said.lead, said.co, said.duty_basis):
        yield Code.NOT_PROPOSED
    if not all(_in_office(known, each) for each in (said.lead, *said.co)):
        yield Code.NOT_RESPONSIBLE


def accepted(known: Known, said: AssignmentAccepted) -> Breaches:
    """Each unit takes the item on once, by one of its own, unless it objects (R009, R053)."""
    was = known.assignment
    yield from must_be_its_own(known, said.unit)
    if was.handling is None:
        return
    if said.unit in was.taken_on:
        yield Code.ACCEPTED_TWICE
    if said.unit in was.objecting | was.upheld:
        yield Code.OBJECTION_OPEN


def sponsored(known: Known, said: SponsorAssigned) -> Breaches:
    """A leader in office vouches for the case (R075)."""
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    made = known.published.role(said.post, known.upto)
    held = known.published.in_post(said.person, said.post, known.day, known.upto)
    if not known.published.unsure("post", said.post) and not (made in LEADERS and held):
        yield Code.NOT_RESPONSIBLE


def must_be_its_own(known: Known, unit: str) -> Breaches:
    """A unit of the assignment speaks, by one of its own (R009)."""
    if known.assignment.handling is None:
        yield Code.NOT_ASSIGNED
    elif unit not in known.assignment.handling.units or unit != known.unit:
        yield Code.NOT_ITS_UNIT


def must_be_its_unit(known: Known) -> Breaches:
    """Whoever works on a case speaks for a unit of its assignment (R009)."""
    if known.assignment.handling is None:
        yield Code.NOT_ASSIGNED
    elif known.unit not in known.assignment.handling.units:
        yield Code.NOT_ITS_UNIT


def must_be_the_handler(known: Known, unit: str | None = None) -> Breaches:
    """The handler whom the assignment names speaks: of the lead unit, or of a co-unit (R019)."""
    handling = known.assignment.handling
    if handling is None:
        yield Code.NOT_ASSIGNED
        return
    charged = dict(zip(handling.units, handling.handlers, strict=True))
    named = unit or handling.lead.unit
    if known.unit not in charged or known.unit != named:
        yield Code.NOT_ITS_UNIT
    elif known.speaker != charged[named]:
        yield Code.NOT_THE_HANDLER


def must_have_a_say(known: Known) -> Breaches:
    """A handler or head speaks for a unit of the assignment; others speak for the body."""
    if known.role in (PostRole.HANDLER, PostRole.UNIT_HEAD):
        yield from must_be_its_unit(known)


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
