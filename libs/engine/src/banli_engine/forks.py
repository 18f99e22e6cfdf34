"""What an operator must see to settle a fork: which events claim a place, and what would fall."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import asyncpg

from banli_engine.choice import NOT_KEPT
from banli_engine.fold import place
from banli_events.envelope import Unreadable, Wire, decode, unpack_headers

_STORED = "select source, version, hash, headers, value from events where subject = $1"
_PARKED = """
    select topic, part, pos, reason, key, headers, value from parked
     where subject = $1 and reason <> $2 order by topic, part, pos
"""


async def forks(
    db: asyncpg.Connection, subject: str, kept: Mapping[tuple[str, int], str]
) -> dict[str, Any]:
    """Tell what is parked of a subject, and each place that a parked message claims."""
    stored = {(row["source"], row["version"]): row for row in await db.fetch(_STORED, subject)}
    parked = await db.fetch(_PARKED, subject, NOT_KEPT)
    claims: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in parked:
        wire = Wire(row["key"], unpack_headers(row["headers"]), row["value"])
        try:
            at = place(wire)
        except Unreadable:
            continue
        where = f"{row['topic']}/{row['part']}@{row['pos']}"
        before = stored.get((at[0], at[1] - 1))
        claims[at].append(_candidate(wire, where, row["reason"], before and before["hash"]))
    for at, found in claims.items():
        if (own := stored.get(at)) is not None:
            wire = Wire(subject.encode(), unpack_headers(own["headers"]), own["value"])
            before = stored.get((at[0], at[1] - 1))
            found.insert(0, _candidate(wire, None, None, before and before["hash"]))
    later = {s: max(v for source, v in stored if source == s) for s, _ in stored}
    return {
        "subject": subject,
        "parked": [row["reason"] for row in parked],
        "settled": [
            {"source": source, "version": version, "keep": keep}
            for (source, version), keep in sorted(kept.items())
        ],
        "places": [
            {
                "source": source,
                "version": version,
                "later": max(0, later.get(source, 0) - version),  # events that are stored behind it
                "candidates": found,
            }
            for (source, version), found in sorted(claims.items())
        ],
    }


def _candidate(
    wire: Wire, where: str | None, why: str | None, before: bytes | None
) -> dict[str, Any]:
    """Describe an event that claims a place; `where` is None for the one that is stored."""
    told: dict[str, Any] = {
        "hash": wire.hash.hex(),
        "stored": where is None,
        "where": where,
        "why_parked": why,
    }
    try:
        event = decode(wire)
    except Unreadable:
        return told | {"readable": False, "continues": False}
    actor = event.context.actor
    return told | {
        "readable": True,
        "continues": event.context.previous == (before.hex() if before else None),
        "type": event.type,
        "time": event.time.isoformat(),
        "id": event.id,
        "by": actor.person if actor else event.context.via,
    }
