"""What a decision says, put in its envelope."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from banli_engine import tracing
from banli_engine.errors import TooLarge
from banli_engine.fold import Folded
from banli_engine.pending import Pending
from banli_engine.store import StoredEvent
from banli_events.base import Event
from banli_events.envelope import (
    MAX_BYTES,
    CommandRef,
    Context,
    Recorded,
    Wire,
    decode,
    encode,
    seen_of,
)

if TYPE_CHECKING:
    from banli_engine.answering import Desk


def write(
    desk: "Desk",
    subject: str,
    known: Folded,
    asked: Pending,
    events: Sequence[Event],
    before: int,
) -> list[tuple[Recorded, Wire]]:
    """Write events once, as the bytes that are stored, sent and hashed for ever.

    `before`: how many of the same command were said already.
    """
    name, of = desk.service.name, before + len(events)
    version, previous = known.head(name), known.previous(name)
    cause = asked.cause
    times = [desk.now, known.latest, cause.time if cause else None]
    written: list[tuple[Recorded, Wire]] = []
    for part, data in enumerate(events, start=before + 1):
        version += 1
        event = Recorded(
            subject=subject,
            source=name,
            version=version,
            id=desk.new_id(),
            type=type(data).__name__,
            schema=data.schema_version,
            time=max(moment for moment in times if moment is not None),
            causation=cause.event if cause else asked.id,
            context=Context(
                previous=previous,
                command=CommandRef(id=asked.id, hash=asked.hash, part=part, of=of),
                seen=seen_of(known.heads, name),
                reference=desk.reference.offset,
                correlationid=(cause and cause.correlation) or asked.id,
                actor=asked.actor,
                via=asked.via,
                clock="driven" if desk.driven else None,
            ),
            data=data,
            trace=tracing.text(asked.span),
        )
        wire = encode(event)
        if wire.size > MAX_BYTES:
            raise TooLarge
        event = event.hashed(wire.hash)
        previous = event.hash.hex()
        written.append((event, wire))
    return written


def correlation_of(stored: Iterable[StoredEvent], event: str) -> str | None:
    """Tell to what an event belongs; None where it is not there."""
    for each in stored:
        if dict(each.wire.headers).get("ce_id") == event.encode():
            return decode(each.wire).context.correlationid
    return None
