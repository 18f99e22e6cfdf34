"""The one answer to a command: its bytes, and the receipt that carries them."""

import hashlib
from collections.abc import Sequence

from banli_engine.errors import Rejection
from banli_engine.pending import Pending
from banli_engine.store import Receipt, StoredAnswer
from banli_engine.topics import receipts, system_of
from banli_events.base import instant
from banli_events.envelope import Recorded, Wire, data_of
from banli_events.submission import (
    RECEIPT_BODY,
    RECEIPT_COMMAND,
    RECEIPT_OFFSET,
    RECEIPT_PARTITION,
    RECEIPT_SENDER,
    RECEIPT_SOURCE,
    RECEIPT_TOPIC,
    Answer,
    Outcome,
    Problem,
    receipt_id,
    token,
)


def admitted(sender: str, events: Sequence[tuple[Recorded, Wire]]) -> StoredAnswer:
    """Answer with the events that a command led to; the same bytes whenever it is asked again.

    Written by hand, as `Answer` would be: what stands in it needs no escaping, but the sentences,
    which are text of JSON already.
    """
    first, last = events[0][0], events[-1][0]
    command = first.context.command
    said = ",".join([_said(event, wire) for event, wire in events])
    text = (
        f'{{"receipt":"{receipt_id(sender, command.id)}","command":"{command.id}"'
        f',"outcome":"{Outcome.ADMITTED}","subject":"{first.subject}"'
        f',"after":"{token(last.subject, last.source, last.version)}","events":[{said}]}}'
    )
    return StoredAnswer(command.hash, Outcome.ADMITTED, text.encode())


def _said(event: Recorded, wire: Wire) -> str:
    return (
        f'{{"id":"{event.id}","type":"{event.type}","source":"{event.source}"'
        f',"version":{event.version},"time":"{instant(event.time)}","data":{data_of(wire)}}}'
    )


def unchanged(asked: Pending) -> StoredAnswer:
    """Answer that what is asked holds already."""
    answer = Answer(
        receipt=receipt_id(asked.sender, asked.id),
        command=asked.id,
        outcome=Outcome.UNCHANGED,
        subject=asked.subject or None,
    )
    return _stored(asked.hash, answer)


def refused(asked: Pending, why: Rejection, *, again: bool = False) -> StoredAnswer:
    """Answer with the reason of a refusal; `again`: the id belongs to another command already."""
    name = f"{asked.id}/{asked.hash}" if again else asked.id
    answer = Answer(
        receipt=receipt_id(asked.sender, name),
        command=asked.id,
        outcome=Outcome.REFUSED,
        subject=asked.subject or None,
        problem=problem(why),
    )
    return _stored(asked.hash, answer)


def problem(why: Rejection) -> Problem:
    """Write a refusal as a problem document (RFC 9457)."""
    return Problem(
        type=f"urn:banli:refusal:{why.code}",
        title=why.code.replace("-", " "),
        status=why.status,
        detail=why.sentence,
        code=why.code,
        field=why.field,
    )


def receipt(
    source: str, asked: Pending, answer: StoredAnswer, version: int | None, epoch: str
) -> Receipt | None:
    """Wrap an answer for the topic of who asked; None where none is owed.

    A department's submission always gets one. Over HTTP only a refusal or a no-change leaves one,
    so that a rebuild remembers it; what was admitted is remembered by its events.
    """
    if asked.message is None and (asked.via != "http" or answer.outcome == Outcome.ADMITTED):
        return None
    headers = {
        RECEIPT_SOURCE: source,
        RECEIPT_SENDER: asked.sender,
        RECEIPT_COMMAND: answer.hash,
    }
    topic = receipts("http", epoch)
    if asked.message is not None:
        message = asked.message
        topic = receipts(system_of(message.topic), epoch)
        headers |= {
            RECEIPT_TOPIC: message.topic,
            RECEIPT_PARTITION: str(message.part),
            RECEIPT_OFFSET: str(message.offset),
            RECEIPT_BODY: hashlib.sha256(message.wire.value or b"").hexdigest(),
        }
    wire = Wire(
        asked.id.encode(),
        tuple((name, text.encode()) for name, text in headers.items()),
        answer.answer,
    )
    return Receipt(topic, wire, asked.subject or None, version)


def _stored(digest: str, answer: Answer) -> StoredAnswer:
    return StoredAnswer(digest, answer.outcome, answer.model_dump_json(exclude_none=True).encode())
