"""A digest of what a service holds, so that two moments, or two services, can be compared.

Row by row in the order of the primary key, each value preceded by its length: two digests are the
same only where every row is.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from banli_engine.store import connect
from banli_events.base import instant

TABLES = {
    "events": "select * from events {where} order by subject, source, version",
    "due": "select * from due {where} order by subject, clock",
    "watching": "select * from watching {where} order by key, subject",
    "published": "select pos, subject, source, version from published {where} order by pos",
}
"""What a rebuild must bring back exactly; the rest is work in progress."""


async def digest(dsn: str, subjects: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Count and hash the rows of these subjects, or all rows where none is named, at one moment."""
    db = await connect(dsn)
    try:
        async with db.transaction(isolation="repeatable_read", readonly=True):
            return {name: await _table(db, query, subjects) for name, query in TABLES.items()}
    finally:
        await db.close()


async def _table(db: asyncpg.Connection, query: str, subjects: Sequence[str]) -> dict[str, Any]:
    where, words = ("where subject = any($1)", [list(subjects)]) if subjects else ("", [])
    rows, sha256 = 0, hashlib.sha256()
    async for row in db.cursor(query.format(where=where), *words, prefetch=1_000):
        rows += 1
        for value in row:
            said = _bytes(value)
            sha256.update(len(said).to_bytes(4, "big") + said)
    return {"rows": rows, "sha256": sha256.hexdigest()}


def _bytes(value: Any) -> bytes:
    match value:
        case bytes():
            return value
        case datetime():
            return instant(value).encode()
        case _:
            return str(value).encode()
