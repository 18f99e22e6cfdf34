"""A digest tells two states of a database apart, row by row, and nothing else."""

import asyncpg

from banli_engine.digest import digest
from banli_engine.store import connect, prepare

_EVENT = "insert into events values ($1, 'intake', $2, $3, $4, $5)"


async def _write(db: asyncpg.Connection, subject: str, version: int, value: bytes) -> None:
    await db.execute(_EVENT, subject, version, b"hash", b"headers", value)


async def test_a_digest_changes_with_any_row_and_only_with_its_own(
    databases: dict[str, str],
) -> None:
    dsn = databases["intake"]
    db = await connect(dsn)
    try:
        await prepare(db)
        await _write(db, "case/1", 1, b"one")
        before = await digest(dsn, ["case/1"])
        await _write(db, "case/2", 1, b"other")
        assert await digest(dsn, ["case/1"]) == before
        assert (await digest(dsn))["events"]["rows"] == 2
        await db.execute("update events set value = 'onf' where subject = 'case/1'")
        changed = await digest(dsn, ["case/1"])
        assert changed["events"]["rows"] == before["events"]["rows"] == 1
        assert changed["events"]["sha256"] != before["events"]["sha256"]
        assert changed["due"] == before["due"]
    finally:
        await db.close()
