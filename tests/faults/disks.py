"""A service's database as a disk that is copied, lost and given back."""

import asyncio
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from wholelog import Line, query

from banli_demo.batches import Record, read_batches
from banli_engine import store

TABLES = (*store.TABLES, "settings")
COUNTED = ("unsent", "unsent_receipts", "waiting")


def backup(dsn: str) -> dict[str, bytes]:
    """Copy a database as it stands at one moment, while it is written to."""

    async def copy() -> dict[str, bytes]:
        db = await asyncpg.connect(dsn)
        copies = {}
        async with db.transaction(isolation="repeatable_read", readonly=True):
            for table in TABLES:
                into = io.BytesIO()
                await db.copy_from_table(table, output=into, format="binary")
                copies[table] = into.getvalue()
        await db.close()
        return copies

    return asyncio.run(copy())


def restore(dsn: str, copies: dict[str, bytes]) -> None:
    """Fill an empty database from a copy."""

    async def fill() -> None:
        db = await asyncpg.connect(dsn)
        await store.prepare(db)
        for table, copied in copies.items():
            await db.copy_to_table(table, source=io.BytesIO(copied), format="binary")
        for table in COUNTED:
            await db.execute(
                f"select setval(pg_get_serial_sequence('{table}', 'seq'),"
                f" 1 + coalesce(max(seq), 0)) from {table}"
            )
        await db.close()

    asyncio.run(fill())


def new_disk(world: Any, service: str, copies: dict[str, bytes] | None = None) -> str:
    """Put another database in the place of the service's; the old one's address comes back."""
    lost = world.dsns[service]
    number = next(world.numbers)
    world.dsns[service] = world.servers.create_database(f"{world.epoch}_{service}_{number}")
    if copies is not None:
        restore(world.dsns[service], copies)
    return str(lost)


def hold_back(dsn: str) -> None:
    """Hold the leases of both relays, as a frozen process would: nothing more is sent."""
    query(
        dsn,
        "insert into leases select name, 'frozen', now() + interval '1 hour'"
        " from unnest(array['events', 'receipts']) name on conflict (name) do update"
        " set holder = excluded.holder, until = excluded.until returning name",
    )


@contextmanager
def watched(dsn: str, ends: dict[tuple[str, int], int]) -> Iterator[dict[str, Any]]:
    """Watch a database that is filled from the log; yield what was seen while it was behind."""
    seen: dict[str, Any] = {"last_behind": 0.0, "looks": 0, "written": []}
    yield seen
    asyncio.run(_watch(dsn, ends, seen))


async def _watch(dsn: str, ends: dict[tuple[str, int], int], seen: dict[str, Any]) -> None:
    db = await asyncpg.connect(dsn)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        looked = time.time()
        async with db.transaction(isolation="repeatable_read"):
            if not await db.fetchval("select to_regclass('settings') is not null"):
                continue
            rows = await db.fetch("select topic, part, next_offset from positions")
            counts = [await db.fetchval(f"select count(*) from {t}") for t in COUNTED[:2]]
        at = {(topic, part): offset for topic, part, offset in rows}
        if all(at.get(place, 0) >= end for place, end in ends.items()):
            break
        seen["looks"] += 1
        seen["last_behind"] = looked
        if any(counts):
            seen["written"].append(counts)
    await db.close()


def change_on_the_log(world: Any, line: Line, change: Callable[[Record], Record]) -> None:
    """Change a record where it lies on the broker's disk: its length is kept, its checksum right.

    So the broker, which serves what lies in the file, sees nothing.
    """
    partition = world.servers.folder / "kafka" / "data" / f"{line.topic}-{line.part}"
    for segment in partition.glob("*.log"):
        at = 0
        for batch in read_batches(segment.read_bytes()):
            if batch.base_offset <= line.offset <= batch.last_offset:
                mine = line.offset - batch.base_offset
                records = [change(r) if r.offset_delta == mine else r for r in batch.records()]
                changed = batch.with_records(records).pack()
                assert len(changed) == len(batch.pack())
                with segment.open("r+b") as file:
                    file.seek(at)
                    file.write(changed)
                return
            at += len(batch.pack())
    raise AssertionError("the record lies in no segment")


def let_go(dsn: str) -> None:
    """Let the relays send again."""
    query(dsn, "delete from leases where holder = 'frozen' returning name")
