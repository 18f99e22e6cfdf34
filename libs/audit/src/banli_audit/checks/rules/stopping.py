"""What stops each kind of clock, and when that was done, as far as it was known."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from banli_audit.checks.known import Seen, facts_of
from banli_audit.checks.streams import Stream, Tell
from banli_audit.codes import Code
from banli_audit.facts.supervision import Clock
from banli_events.deadlines import ClockKind


def ends(known: Seen) -> Iterator[datetime]:
    """When the handling ended, every clock stops."""
    if known.ended_at is not None:
        yield known.ended_at


def stops(known: Seen, clock: Clock) -> Iterator[datetime]:
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
            asked = known.assignment.referrals.get(clock.about)
            if asked is not None and asked.result_at is not None:
                yield asked.result_at
        case ClockKind.FEEDBACK:
            yield from _all_rated(known, clock.about)
        case ClockKind.REDECISION:
            answered = known.assignment.outer_answered_at
            yield from (at for at in (answered,) if at is not None)


def _of_the_draft(known: Seen, clock: Clock) -> Iterator[datetime]:
    draft = known.supervision.draft
    if draft is not None and draft.time > clock.set_at:
        yield draft.time


def _all_rated(known: Seen, about: str) -> Iterator[datetime]:
    for number, sent in known.supervision.sents.items():
        rated = [known.intake.rated_at.get((signer, number)) for signer in sent.to]
        if about == str(number) and None not in rated:
            yield max(at for at in rated if at is not None)


def check_misses(streams: Mapping[str, Stream], tell: Tell) -> None:
    """Tell of a clock that its service left missed, though it knew that it was met in time (R063).

    The service withdraws a miss by a reaction, so that is looked at once all has been read.
    """
    stream = streams.get("supervision")
    facts = stream and facts_of(streams, {**stream.seen, "supervision": len(stream)})
    if not facts or stream is None or stream.last is None:
        return
    known = Seen(**facts)
    for clock in known.supervision.clocks.values():
        done = (*stops(known, clock), *ends(known)) if clock.missed else ()
        if any(at < clock.due for at in done):
            tell(Code.MISS_STANDS, stream.last)
            return
