"""What a rebuild does in a service's database: the mode, who is connected, the tables."""

from dataclasses import dataclass
from typing import Self

import asyncpg

from banli_cli.refusal import NotReached, Refusal
from banli_engine.store import (
    CLOSING,
    MODE,
    OPEN,
    REBUILT,
    STOPPED,
    connect,
    set_setting,
    setting,
)

STOPPED_AT = "stopped_at"
"""The row of `settings` that says since when no process may work: older connections must end."""

_OLDER = """
    select pid from pg_stat_activity
     where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
       and backend_start < (select value::timestamptz from settings where name = 'stopped_at')
"""


_UNSENT = ("unsent", "unsent_receipts", "tidings", "unsent_notices")


@dataclass(slots=True)
class ServiceDatabase:
    """One connection to the database of a service that is being rebuilt."""

    service: str
    db: asyncpg.Connection

    @classmethod
    async def open(cls, service: str, dsn: str) -> Self:
        """Connect, and see to it that nobody else rebuilds this service."""
        try:
            db = await connect(dsn)
        except (OSError, asyncpg.PostgresError):
            raise NotReached(f"The database of {service} cannot be reached.") from None
        if not await db.fetchval("select pg_try_advisory_lock(hashtext('banli rebuild'))"):
            await db.close()
            raise Refusal(f"A rebuild of {service} goes on already.")
        if not await db.fetchval("select to_regclass('settings')"):
            await db.close()
            raise Refusal(f"The database of {service} has no tables: it has never run.")
        return cls(service, db)

    async def mode(self) -> str:
        return await setting(self.db, MODE) or OPEN

    async def close_ways_in(self) -> None:
        """From now on HTTP answers 503 and submissions are not read."""
        await set_setting(self.db, MODE, CLOSING)

    async def stop_processes(self) -> None:
        """From now on every process ends, and one that starts waits."""
        async with self.db.transaction():
            await set_setting(self.db, MODE, STOPPED)
            await self.db.execute(
                "insert into settings values ($1, clock_timestamp()::text)"
                " on conflict (name) do update set value = excluded.value",
                STOPPED_AT,
            )

    async def open_ways_in(self) -> None:
        """Let the processes work again."""
        await set_setting(self.db, MODE, OPEN)

    async def unsent(self) -> int:
        """Count what stands in this database and on no topic; a service that sends has tables."""
        return sum([await self._count(name) for name in _UNSENT])

    async def _count(self, table: str) -> int:
        if not await self.db.fetchval("select to_regclass($1)", table):
            return 0
        count: int = await self.db.fetchval(f"select count(*) from {table}")
        return count

    async def connected(self) -> list[int]:
        """Find connections from before the processes were told to end."""
        return [row["pid"] for row in await self.db.fetch(_OLDER)]

    async def disconnect(self) -> None:
        """End them: who wakes up later finds its connection gone, and ends as well."""
        await self.db.execute(f"select pg_terminate_backend(pid) from ({_OLDER}) o")

    async def empty_and_open(self) -> bool:
        """Forget all that the log can tell again, unless something is unsent; then open.

        One transaction: a rebuild that is killed has done all of this or nothing.
        """
        async with self.db.transaction():
            tables = [
                row["name"]
                for row in await self.db.fetch(
                    "select format('%I.%I', schemaname, tablename) as name from pg_tables"
                    " where schemaname = current_schema() and tablename <> 'settings' order by 1"
                )
            ]
            await self.db.execute(f"lock table {', '.join(tables)} in access exclusive mode")
            if await self.unsent():
                return False
            await self.db.execute(f"truncate {', '.join(tables)}")
            await self.db.execute(
                "insert into settings values ($1, gen_random_uuid()::text)"
                " on conflict (name) do update set value = excluded.value",
                REBUILT,
            )
            await self.open_ways_in()
        return True

    async def events_read(self) -> int:
        """Count how far the two logs have been read."""
        return int(
            await self.db.fetchval(
                "select coalesce(sum(next_offset), 0) from positions"
                " where topic like '%case-events' or topic like '%reference-events'"
            )
        )

    async def close(self) -> None:
        await self.db.close()
