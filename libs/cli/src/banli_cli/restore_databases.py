"""Put a database of a backup back: its service waits until log and database fit together."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

import asyncpg

from banli_cli.backup_databases import connect, program, run
from banli_cli.backup_files import DatabaseKept
from banli_cli.refusal import Refusal
from banli_engine.store import MODE, OPEN, REBUILT, STOPPED, set_setting, setting

RESTORING, RESTORED = "restoring", "restored"
"""The rows of `settings` that tell which backup is being put back, and which was last."""

_SETTINGS = "create table settings (name text primary key, value text not null)"
_WHOLE = ("--no-owner", "--no-acl", "--single-transaction", "--exit-on-error")
_TABLES = """
    select count(*) from pg_tables where schemaname = current_schema() and tablename <> 'settings'
"""


class Stand(StrEnum):
    """How a database stands towards a backup."""

    EMPTY = "empty"
    BEGUN = "being put back"
    DONE = "put back"
    IN_USE = "in use"


async def stand(name: str, dsn: str, backup: str) -> Stand:
    """Tell how a service's database stands towards a backup."""
    db = await connect(name, dsn)
    try:
        if not await db.fetchval("select to_regclass('settings')"):
            return Stand.IN_USE if await db.fetchval(_TABLES) else Stand.EMPTY
        if await setting(db, RESTORING) == backup:
            return Stand.BEGUN
        return Stand.DONE if await setting(db, RESTORED) == backup else Stand.IN_USE
    finally:
        await db.close()


async def close(name: str, dsn: str, backup: str) -> None:
    """Let every process that starts on an empty database wait, as it does in a rebuild."""
    db = await connect(name, dsn)
    try:
        async with db.transaction():
            await db.execute(_SETTINGS)
            await set_setting(db, MODE, STOPPED)
            await set_setting(db, RESTORING, backup)
    except asyncpg.DuplicateTableError:
        raise Refusal(f"A process of {name} has begun on its empty database: stop it.") from None
    finally:
        await db.close()


async def load(name: str, dsn: str, file: Path) -> None:
    """Load a database whole, or not at all; one that is loaded already stays as it is."""
    db = await connect(name, dsn)
    try:
        if await db.fetchval(_TABLES):
            return
        await run(name, await program(db, "pg_restore"), dsn, *_WHOLE, str(file))
    finally:
        await db.close()


async def open_again(
    name: str, dsn: str, backup: str, kept: DatabaseKept, ids: Mapping[str, tuple[str, str]]
) -> None:
    """Let a service know the topics by their new ids, and work.

    `ids`: of each topic the id that it had and the one that it has. Only where the service knew it
    as the topic of the backup: at any other it stops, as ever.
    """
    db = await connect(name, dsn)
    try:
        async with db.transaction():
            for topic, (old, new) in ids.items():
                await db.execute(
                    "update topics set id = $3 where topic = $1 and id = $2", topic, old, new
                )
            told = {**kept.settings, MODE: OPEN, REBUILT: str(uuid4()), RESTORED: backup}
            await db.execute("truncate settings")
            for each, value in told.items():
                await set_setting(db, each, value)
    finally:
        await db.close()


async def load_vault(name: str, dsn: str, file: Path) -> None:
    """Load the vault into a database that holds nobody yet."""
    db = await connect(name, dsn)
    try:
        there = await db.fetchval("select to_regclass('persons')")
        if there and await db.fetchval("select exists (select from persons)"):
            raise Refusal(f"The {name} holds persons already; nothing is overwritten.")
        clean = ("--clean", "--if-exists")
        await run(name, await program(db, "pg_restore"), dsn, *_WHOLE, *clean, str(file))
    finally:
        await db.close()
