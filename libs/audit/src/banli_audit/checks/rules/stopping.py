"""What stops each kind of clock, and when that was done, as far as it was known."""

from collections.abc import Iterator
from datetime import datetime

from banli_audit.checks.known import Known
from banli_audit.facts.supervision import Clock
from banli_events.deadlines import ClockKind


def ends(known: Known) -> Iterator[datetime]:
    """When the handling ended, every clock stops."""
    if known.ended_at is not None:
        yield known.ended_at


def stops(known: Known, clock: Clock) -> Iterator[datetime]:
    """When what a clock waits for was done; nothing of a window, which just passes."""
    said, ground = known.supervision, known.supervision.ground
    match clock.kind:
        case ClockKind.REPLY | ClockKind.CO_OPINION:
            yield from (sent.time for sent in said.sents.values())
        case ClockKind.REHANDLING:
            yield from (sent.time for n, sent in said.sents.items() if clock.about == str(n))
        case ClockKind.FIRST_CONTACT:
            yield from (at for each in ground.contacts.values() for at in each)
        case ClockKind.UNIT_OPINION if clock.about in ground.opinions:
            yield ground.opinions[clock.about]
        case ClockKind.PUBLICATION:
            yield from (at for n, at in said.published.items() if clock.about == str(n))
        case ClockKind.REWORK:
            yield from _of_the_draft(known, clock)
        case ClockKind.REFERRAL:
            result = known.assignment.referrals.get(clock.about)
            yield from (at for at in (result,) if at is not None)
        case ClockKind.FEEDBACK:
            yield from _all_rated(known, clock.about)
        case ClockKind.REDECISION:
            answered = known.assignment.outer_answered_at
            yield from (at for at in (answered,) if at is not None)


def _of_the_draft(known: Known, clock: Clock) -> Iterator[datetime]:
    draft = known.supervision.draft
    if draft is not None and draft.time > clock.set_at:
        yield draft.time


def _all_rated(known: Known, about: str) -> Iterator[datetime]:
    for number, sent in known.supervision.sents.items():
        rated = [known.intake.rated_at.get((signer, number)) for signer in sent.to]
        if about == str(number) and None not in rated:
            yield max(at for at in rated if at is not None)
