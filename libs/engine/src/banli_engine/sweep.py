"""What nobody asks: clocks that ran out, what waits, and what a newer build can now read."""

import asyncpg

from banli_engine.clock import business_time
from banli_engine.decider import Due, Service
from banli_engine.fold import fold_stored, folded
from banli_engine.pending import Pending, from_clock, from_reaction, to_waiting
from banli_engine.store import StoredEvent, set_setting, setting
from banli_events.catalogue import EVENTS
from banli_events.envelope import Wire, decode, unpack_headers
from banli_events.subjects import kind_of

AT_ONCE = 500
"""How many clocks, and how many that wait, one sweep looks at."""


async def run_out(db: asyncpg.Connection, driven: bool) -> list[Pending]:
    """Find the clocks that have run out, oldest first, without locking."""
    rows = await db.fetch("select name, value from settings")
    now = business_time({row["name"]: row["value"] for row in rows}, driven)
    found = await db.fetch(
        "select subject, clock, at, cause from due where at < $1 order by at, subject limit $2",
        *(now, AT_ONCE),
    )
    return [from_clock(row["subject"], Due(row["clock"], row["at"], row["cause"])) for row in found]


async def waiting(db: asyncpg.Connection, behind: int) -> tuple[list[str], int]:
    """Find subjects on which something waits, oldest first, and behind which row to go on.

    The next call begins anew where this one came to the end, so what waits long holds up nobody.
    """
    rows = await db.fetch(
        "select seq, subject from waiting where seq > $1 order by seq limit $2", behind, AT_ONCE
    )
    subjects = list(dict.fromkeys(row["subject"] for row in rows))
    return subjects, rows[-1]["seq"] if len(rows) == AT_ONCE else 0


async def refill(service: Service, db: asyncpg.Connection) -> None:
    """Derive the table of clocks anew where this build derives them in another way."""
    if await setting(db, "due_version") == str(service.due_version):
        return
    async with db.transaction():
        await db.execute("lock table due in exclusive mode")
        await db.execute("truncate due")
        subjects = await db.fetch("select distinct subject from events")
        for row in subjects:
            subject = row["subject"]
            await db.executemany(
                "insert into due values ($1, $2, $3, $4)",
                [(subject, d.clock, d.at, d.cause) for d in await _due(service, db, subject)],
            )
        await set_setting(db, "due_version", str(service.due_version))


async def _due(service: Service, db: asyncpg.Connection, subject: str) -> list[Due]:
    aggregate = service.aggregates.get(kind_of(subject))
    if aggregate is None:
        return []
    rows = await db.fetch(
        "select source, version, hash, headers, value from events where subject = $1"
        " order by source, version",
        subject,
    )
    now = folded(service, subject)
    events = [
        StoredEvent(
            row["source"],
            row["version"],
            row["hash"],
            Wire(subject.encode(), unpack_headers(row["headers"]), row["value"]),
        )
        for row in rows
    ]
    fold_stored(service, now, events)
    return list(aggregate.due(now.state))


async def run_known(service: Service, db: asyncpg.Connection) -> None:
    """Let the reactions to events that an older build did not know wait for their turn."""
    async with db.transaction():
        rows = await db.fetch(
            "delete from unknown u using events e where u.type = any($1)"
            " and e.subject = u.subject and e.source = u.source and e.version = u.version"
            " returning e.subject, e.headers, e.value",
            list(EVENTS),
        )
        for row in rows:
            wire = Wire(row["subject"].encode(), unpack_headers(row["headers"]), row["value"])
            event = decode(wire)
            reaction = service.reactions.get(type(event.data)) if event.data else None
            asked = from_reaction(service, reaction, event) if reaction else None
            await db.execute(
                "insert into heads values ($1, 1)"
                " on conflict (subject) do update set changes = heads.changes + 1",
                event.subject,
            )
            if asked is not None:
                await db.execute(
                    "insert into waiting (subject, kind, sender, command, body)"
                    " values ($1, $2, $3, $4, $5)",
                    *to_waiting(asked),
                )
