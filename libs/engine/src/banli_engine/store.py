"""The service's database: its rows, its connections and its settings."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import NamedTuple
from uuid import uuid4

import asyncpg

from banli_events.envelope import Wire

LOCK_TIMEOUT_MS = 10_000
"""A frozen process must not hold others up for ever: waits for locks and idle transactions end."""


LOOKUPS = {
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""Every statement here finds few rows by key, whatever the planner makes of tables that were empty
when the plan was made: a plan that reads whole tables would stay for minutes."""


COMMAND_SECONDS = 30.0
"""For how long a process waits for a database that does not answer; then it connects anew."""


class Moved(Exception):
    """A subject was written to by somebody else since it was read: read and decide again."""


class PositionMoved(Exception):
    """Somebody else has read on from this position: forget the batch and look where it stands."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it lies in the table."""

    source: str
    version: int
    hash: bytes
    wire: Wire


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission or reaction that waits on a subject, with how long it has (milliseconds)."""

    seq: int
    kind: str
    body: bytes
    age_ms: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a consumer got it, with the place where it lies."""

    topic: str
    part: int
    offset: int
    wire: Wire


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that could not be read or does not fit, and why."""

    message: Message
    reason: str


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered to a command."""

    hash: str
    outcome: str
    answer: bytes


@dataclass(slots=True)
class Loaded:
    """A subject as it was read; `events` is empty where `changes` was known already."""

    changes: int = 0
    events: list[StoredEvent] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    more_wait: bool = False  # than these, the oldest
    parked: list[Parked] = field(default_factory=list)


@dataclass(slots=True)
class LoadedBatch:
    """All that a batch rests on, read in one snapshot."""

    subjects: dict[str, Loaded]
    answers: dict[tuple[str, str], StoredAnswer] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    reference_offset: int = 0
    published_mark: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """A position to move: from where the batch was read to where the next begins."""

    topic: str
    part: int
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """An answer on its way; it waits until own events up to `version` are sent."""

    topic: str
    wire: Wire
    subject: str | None = None
    version: int | None = None


class NewWaiting(NamedTuple):
    """A submission or reaction that is to wait on a subject."""

    subject: str
    kind: str
    sender: str
    command: str
    body: bytes


@dataclass(slots=True)
class Effects:
    """What is to be written of one subject."""

    subject: str = ""
    changes: int | None = 0  # as loaded; None where it was not decided on, only written to
    events: list[tuple[StoredEvent, bool]] = field(default_factory=list)  # with: own and new
    out: list[tuple[StoredEvent, bool]] = field(default_factory=list)  # not kept; with: own
    answers: dict[tuple[str, str], StoredAnswer] = field(default_factory=dict)
    remembered: dict[tuple[str, str], StoredAnswer] = field(default_factory=dict)  # from the log
    receipts: list[Receipt] = field(default_factory=list)
    waiting_gone: list[int] = field(default_factory=list)
    waiting: list[NewWaiting] = field(default_factory=list)
    unknown: list[tuple[str, str, int]] = field(default_factory=list)  # type, source, version
    published: list[tuple[int, str, int]] = field(default_factory=list)  # offset, source, version
    unparked: list[Message] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    due: list[tuple[str, datetime, str]] | None = None  # clock, at, cause; None: unchanged
    watches: list[str] | None = None  # keys; None: unchanged
    faults: list[tuple[str, str, str]] = field(default_factory=list)  # reaction, event, code
    decided: bool = False

    @property
    def writes(self) -> bool:
        """Tell whether anything at all is to be written."""
        return self.moved or bool(
            self.answers
            or self.remembered
            or self.receipts
            or self.waiting
            or self.published
            or self.faults
        )

    @property
    def moved(self) -> bool:
        """Tell whether anything about the subject is written."""
        return bool(
            self.events
            or self.out
            or self.waiting_gone
            or self.unparked
            or self.parked
            or self.due is not None
            or self.watches is not None
            or any(new.subject == self.subject for new in self.waiting)
        )


async def connect(
    dsn: str, command_timeout: float | None = None, name: str = "banli"
) -> asyncpg.Connection:
    """Open a connection of the service's own; its waits for locks end by themselves."""
    return await asyncpg.connect(
        dsn,
        command_timeout=command_timeout,
        server_settings={
            "application_name": name,
            "lock_timeout": str(LOCK_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": str(LOCK_TIMEOUT_MS),
            "timezone": "UTC",
            **LOOKUPS,
        },
    )


class Database:
    """One dedicated connection, opened again when it was lost; others see it by its name."""

    def __init__(self, dsn: str, name: str = "banli") -> None:
        self.dsn, self.name = dsn, name
        self._db: asyncpg.Connection | None = None

    async def get(self) -> asyncpg.Connection:
        """Give the connection. Raises OSError or PostgresError where the database is away."""
        if self._db is None or self._db.is_closed():
            self._db = await connect(self.dsn, COMMAND_SECONDS, self.name)
        return self._db

    async def close(self) -> None:
        """Close it."""
        if self._db is not None:
            await self._db.close()


async def prepare(db: asyncpg.Connection) -> None:
    """Create what is missing of the tables; processes that start together take turns."""
    async with db.transaction():
        await db.execute("select pg_advisory_xact_lock(hashtext('banli schema'))")
        await db.execute("set local client_min_messages = warning")
        await db.execute(files("banli_engine").joinpath("schema.sql").read_text())


async def positions(
    db: asyncpg.Connection, partitions: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    """Read where to go on in these partitions, beginning at 0 where none was ever read."""
    wanted = sorted(partitions)
    topics, parts = [t for t, _ in wanted], [p for _, p in wanted]
    await db.execute(
        "insert into positions select t, p, 0 from unnest($1::text[], $2::int[]) x(t, p)"
        " on conflict do nothing",
        topics,
        parts,
    )
    rows = await db.fetch(
        "select topic, part, next_offset from positions"
        " join unnest($1::text[], $2::int[]) x(t, p) on topic = t and part = p",
        topics,
        parts,
    )
    return {(topic, part): offset for topic, part, offset in rows}


TABLES = (
    *("events", "heads", "unsent", "answers", "unsent_receipts", "positions", "topics", "waiting"),
    *("unknown", "published", "parked", "due", "watching", "faults", "leases"),
)
"""All that a rebuild empties: everything but the settings, which say that it goes on."""


MODE, OPEN, CLOSING, STOPPED = "mode", "open", "closing", "stopped"
"""The row of `settings` by which a rebuild closes the ways in and ends every process."""

REBUILT = "rebuilt"
"""The row of `settings` that changes with each rebuild: a process that slept through one ends."""


async def empty(db: asyncpg.Connection) -> None:
    """Forget all that the log can tell again."""
    await db.execute(f"truncate {', '.join(TABLES)}")
    await set_setting(db, REBUILT, str(uuid4()))


async def setting(db: asyncpg.Connection, name: str) -> str | None:
    """Read a row of `settings`."""
    value: str | None = await db.fetchval("select value from settings where name = $1", name)
    return value


async def set_setting(db: asyncpg.Connection, name: str, value: str) -> None:
    """Write a row of `settings`."""
    await db.execute(
        "insert into settings values ($1, $2) on conflict (name) do update set value = $2",
        *(name, value),
    )
