"""Objections, of a unit and of this body; what is asked of others; what is not this body's duty."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.rules.handling import must_be_its_own, must_have_a_say, must_not_be_replied
from banli_audit.codes import Code
from banli_events.assignment import (
    AssignmentObjected,
    EscalatedToGovernment,
    ExternalResultReceived,
    ObjectionRefused,
    ObjectionUpheld,
    OuterObjectionAnswered,
    OuterObjectionRaised,
    OutOfScopeExplained,
    ReferredOut,
)
from banli_events.deadlines import ClockKind


def objected(known: Known, said: AssignmentObjected) -> Breaches:
    """A unit objects once, before it takes the item on, and inside its window (R053)."""
    was = known.assignment
    yield from must_be_its_own(known, said.unit)
    yield from must_not_be_replied(known)
    if said.unit in was.accepted | was.objecting | was.bound | was.upheld:
        yield Code.OBJECTED_AGAIN
    yield from _must_be_in_window(known, f"{ClockKind.OBJECTION}:{said.unit}")


def ruled(known: Known, said: ObjectionUpheld | ObjectionRefused) -> Breaches:
    """Only an objection that waits is found right or wrong (R053)."""
    if said.unit not in known.assignment.objecting:
        yield Code.NO_OBJECTION


def outer_objected(known: Known, said: OuterObjectionRaised) -> Breaches:
    """This body objects once, before it replies, inside its window (R053)."""
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    yield from must_not_be_replied(known)
    if known.assignment.outer_open or known.assignment.outer_answered_at is not None:
        yield Code.OUTER_OBJECTED_AGAIN
    yield from _must_be_in_window(known, ClockKind.OUTER_OBJECTION)


def outer_answered(known: Known, said: OuterObjectionAnswered) -> Breaches:
    """The assigner answers an objection that waits (R053)."""
    if not known.assignment.outer_open:
        yield Code.NO_OUTER_OBJECTION


def referred(known: Known, said: ReferredOut | EscalatedToGovernment) -> Breaches:
    """Each referral has a name of its own (R044, R046, R086)."""
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    if said.referral in known.assignment.referrals:
        yield Code.REFERRED_TWICE
    yield from must_have_a_say(known)


def result_received(known: Known, said: ExternalResultReceived) -> Breaches:
    """A result comes once, of something that was asked (R046)."""
    asked = known.assignment.referrals.get(said.referral)
    if asked is None or asked.result_at is not None:
        yield Code.NO_REFERRAL
    yield from must_have_a_say(known)


def explained(known: Known, said: OutOfScopeExplained) -> Breaches:
    """Everyone who signed is told why the item is not this body's duty (R078)."""
    register = known.intake.register
    if register is None:
        yield Code.NOT_REGISTERED
    elif set(said.explained_to) != set(register.signers):
        yield Code.NOT_A_SIGNER
    yield from must_have_a_say(known)
    yield from must_not_be_replied(known)


def _must_be_in_window(known: Known, name: str) -> Breaches:
    """Where the clock is known it has not run out; one that stands still does not."""
    clock = known.clock(name)
    if clock and clock.suspended_at is None and known.event.time >= clock.due:
        yield Code.OBJECTED_LATE
