"""The story of a case: every event in log order, with who said it, how, when, and its label."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg

from banli_events.base import instant
from banli_events.envelope import Recorded, Unreadable, Wire, decode
from banli_reporting.labels import label
from banli_reporting.places import read_events, read_places


async def story(db: asyncpg.Connection, subject: str) -> dict[str, Any] | None:
    """Tell all that is known of a subject; None where nothing is."""
    chapters = await db.fetch("select * from chapters where subject = $1", subject)
    parked = await db.fetch(
        "select topic, part, pos, reason from parked where subject = $1 order by topic, part, pos",
        subject,
    )
    if not chapters and not parked:
        return None
    return {
        "subject": subject,
        "events": sorted(
            (event for chapter in chapters for event in _events(chapter)),
            key=lambda each: each["offset"],
        ),
        "parked": [
            {"topic": topic, "partition": part, "offset": pos, "reason": reason}
            for topic, part, pos, reason in parked
        ],
    }


def _events(chapter: asyncpg.Record) -> Iterator[dict[str, Any]]:
    places = read_places(chapter["places"])
    wires = read_events(chapter["subject"], chapter["events"])
    for place, wire in zip(places, wires, strict=True):
        event = _read(wire)
        context = event.context
        yield {
            "type": event.type,
            "label": label(event.type),
            "time": instant(event.time),
            "actor": context.actor.model_dump() if context.actor else None,
            "via": context.via,
            "data": json.loads(wire.value or b"{}").get("data"),
            "source": event.source,
            "version": event.version,
            "id": event.id,
            "causation": event.causation,
            "hash": event.hash.hex(),
            "topic": chapter["topic"],
            "partition": chapter["part"],
            "offset": place.offset,
        }


def _read(wire: Wire) -> Recorded:
    """Read an event of a story; its sentence alone may be what this build cannot read."""
    try:
        return decode(wire)
    except Unreadable:
        unnamed = ((name, b"_" if name == "ce_type" else value) for name, value in wire.headers)
        event = decode(replace(wire, headers=tuple(unnamed)))
        name = (dict(wire.headers)["ce_type"] or b"").decode()
        return replace(event, type=name, hash=wire.hash)
