"""A case's story from its records alone: who said what, when, why and knowing what."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from banli_audit.labels import label
from banli_audit.records import Record, heading, heading_of_unreadable
from banli_audit.settled import Settled
from banli_audit.state import State
from banli_events.base import instant
from banli_events.envelope import Recorded, Unreadable, decode

_SHORT = 100
"""How many characters of a text are shown to people; machines get it whole."""


@dataclass(slots=True)
class Told:
    """One record of the story: what lies there, and the state after it."""

    note: str  # event, redelivery, fork, not kept, unreadable
    place: dict[str, Any]
    event: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give the record as plain values."""
        return {"note": self.note, **self.place, **self.event, "state": self.state}


def is_about(record: Record, subject: str) -> bool:
    """Tell whether a record claims to be about a subject, by its key or by its header."""
    name = subject.encode()
    return record.wire.key == name or ("ce_subject", name) in record.wire.headers


def tell(records: Iterable[Record], subject: str, settled: Settled | None = None) -> Iterator[Told]:
    """Tell a subject's story in the order in which its records lie on the log."""
    state = State(subject)
    settled = settled or Settled()
    hashes: dict[tuple[str, int], bytes] = {}
    names: dict[str, str] = {}  # event id -> how the story names it
    for record in records:
        if not is_about(record, subject):
            continue
        place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        try:
            event = decode(record.wire)
        except Unreadable as fault:
            at = heading_of_unreadable(record)
            said = {"why": str(fault), "id": at.id, "type": at.type, "source": at.source}
            fell = record.wire.key == subject.encode() and settled.falls(at, record.wire.hash, None)
            if fell:
                said["why"] += "; it falls: a fork was settled against it"
            yield Told("unreadable", place, {**said, "version": at.version}, state.as_json())
            continue
        if settled.falls(heading(record, event), event.hash, event.context.previous):
            yield Told("not kept", place, _described(event, names), state.as_json())
            continue
        first = hashes.setdefault((event.source, event.version), event.hash)
        note = "event" if event.id not in names else "redelivery"
        if first != event.hash:
            note = "fork"
        if note == "event":
            state.fold(event)
        described = _described(event, names)
        if choice := settled.of(subject, event.source, event.version):
            described["settled"] = choice.as_json()
        yield Told(note, place, described, state.as_json())
        names.setdefault(event.id, f"{event.type} ({event.source}:{event.version})")


def _described(event: Recorded, names: dict[str, str]) -> dict[str, Any]:
    context = event.context
    chinese, english = label(event.type)
    own = event.causation == context.command.id
    return {
        "id": event.id,
        "source": event.source,
        "version": event.version,
        "type": event.type,
        "label": {"zh": chinese, "en": english},
        "time": instant(event.time),
        "clock": context.clock,
        "actor": context.actor.model_dump() if context.actor else None,
        "via": context.via,
        "cause": {
            "id": event.causation,
            "what": "its command" if own else names.get(event.causation, "an event elsewhere"),
        },
        "command": context.command.model_dump(),
        "seen": dict(context.seen),
        "reference": context.reference,
        "hash": event.hash.hex(),
        "data": event.data.model_dump(mode="json") if event.data else None,
    }


def lines(told: Told, before: dict[str, Any]) -> Iterator[str]:
    """Write one record of the story for people; of the state, what it changed."""
    place, event = told.place, told.event
    where = f"{place['topic']}/{place['partition']}@{place['offset']}"
    if told.note == "unreadable":
        yield f"{where}  UNREADABLE  {event['why']}"
        return
    stream = f"{event['source']}:{event['version']}"
    zh, en = event["label"]["zh"], event["label"]["en"]
    yield f"{where}  {event['time']}  {stream}  {zh} {en}  {event['id']}"
    if told.note == "redelivery":
        yield "    the same bytes again: a redelivery, changes nothing"
        return
    if told.note == "fork":
        yield "    FORK: this version was said before with other bytes; it is left out of the state"
    if told.note == "not kept":
        yield "    NOT KEPT: a fork was settled against it; it is left out of the state"
    if settled := event.get("settled"):
        yield f"    KEPT     by {settled['who']}, {settled['time']}: {settled['reason']}"
    yield f"    who      {_who(event)}"
    command = event["command"]
    part = f"part {command['part']} of {command['of']} of command {command['id']}"
    yield f"    why      {event['cause']['what']}; {part}"
    seen = ", ".join(f"{source}:{n}" for source, n in event["seen"].items()) or "no other source"
    yield f"    knowing  {seen}; reference-events up to {event['reference']}"
    for name, value in (event["data"] or {}).items():
        if value not in (None, [], ()):
            yield f"    said     {name}: {_brief(value)}"
    yield f"    state    {told.state.get('step', '')}"
    for name, value in told.state.items():
        if name != "step" and before.get(name) != value:
            yield f"    now      {name}: {_brief(value)}"


def _who(event: dict[str, Any]) -> str:
    actor = event["actor"]
    driven = f", {event['clock']} clock" if event["clock"] else ""
    if actor is None:
        return f"{event['via']}{driven}"
    return f"{actor['person']} as {actor['post']} of {actor['unit']}, {event['via']}{driven}"


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
