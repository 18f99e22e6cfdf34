"""What nobody asks: what waits, what a newer build can now read, and the table of clocks."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import asyncpg
import structlog

from banli_engine import logs
from banli_engine.decider import Due, Reaction, Service
from banli_engine.fold import fold_stored, folded
from banli_engine.loop import Loop
from banli_engine.pending import from_reaction, to_waiting
from banli_engine.store import Database, StoredEvent, set_setting, setting
from banli_events.base import Command, Event
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded, Wire, decode, unpack_headers
from banli_events.subjects import kind_of

AT_ONCE = 500
"""How many that wait and how many newly known events one sweep looks at."""

_STORED = (
    "select source, version, hash, headers, value from events where subject = $1"
    " order by source, version"
)
_CLOCKS = "banli clocks "
_BESIDE = f"""
    select exists (select from pg_stat_activity where datname = current_database()
                      and application_name like '{_CLOCKS}%' and application_name <> $1)
"""
DERIVED, MIXED = "due_version", "mixed"
"""The row of `settings` that says which build's clocks stand in the tables, or that of several."""

_AN_EVENT = "subject = $1 and source = $2 and version = $3"

log = structlog.get_logger()


class Sweep:
    """One process's sweep: each look goes on where the last ended, so nothing starves the rest."""

    def __init__(self, service: Service, database: Database, loop: Loop) -> None:
        self.service, self.database, self.loop = service, database, loop
        self.behind = 0  # the row of `waiting` up to which was looked; 0: begin anew
        self._failed: set[tuple[str, str, int]] = set()  # events that this build cannot run
        self._beside = True  # another build writes clocks, as far as was seen

    @property
    def more(self) -> bool:
        """Tell whether the last look did not come to an end."""
        return bool(self.behind)

    async def once(self) -> None:
        """Take every step, also where one fails."""
        for step in (self.run_known, self.try_again, self.derive_anew):
            try:
                await step(await self.database.get())
            except Exception as fault:
                log.warning("not_swept", step=step.__name__, fault=type(fault).__name__)

    async def try_again(self, db: asyncpg.Connection) -> None:
        """Have the subjects looked at on which something waits, oldest first."""
        rows = await db.fetch(
            "select seq, subject from waiting where seq > $1 order by seq limit $2",
            *(self.behind, AT_ONCE),
        )
        self.loop.touch(dict.fromkeys(row["subject"] for row in rows))
        self.behind = rows[-1]["seq"] if len(rows) == AT_ONCE else 0

    async def derive_anew(self, db: asyncpg.Connection) -> None:
        """Derive the clocks once more when no other build writes them any longer."""
        if await setting(db, DERIVED) != MIXED:
            return
        before, self._beside = self._beside, await others_write(self.service, db)
        if before and not self._beside:
            await refill(self.service, db)

    async def run_known(self, db: asyncpg.Connection) -> None:
        """Let the reactions wait for their turn that were left for later.

        They are those to events that an older build did not know, and those that concern all who
        watch a key. What this build cannot run either stays noted for the next build, and is
        alarmed once.
        """
        rows = await db.fetch(
            "select subject, source, version from unknown where type = any($1) limit $2",
            *(list(EVENTS), AT_ONCE + len(self._failed)),
        )
        for place in [key for row in rows if (key := tuple(row)) not in self._failed][:AT_ONCE]:
            row = await db.fetchrow(f"select headers, value from events where {_AN_EVENT}", *place)
            try:
                event = decode(_wire(place[0], row)) if row else None
                one = _asked_on(self.service.reactions, event)
                many = _asked_on(self.service.spread, event)
            except Exception as fault:
                self._failed.add(place)
                log.error("unknown_not_run", subject=place[0], **logs.of(fault))
                continue
            await _run(db, place, event, one, many)


_Asked = Sequence[tuple[Reaction, str, Command]]


def _asked_on(reactions: Mapping[type[Event], Reaction], event: Recorded | None) -> _Asked:
    """Say what is asked of whom on an event."""
    reaction = reactions.get(type(event.data)) if event and event.data else None
    asked = reaction.on(event) if reaction and event else None
    return [(reaction, *asked)] if reaction and asked else []


async def _run(
    db: asyncpg.Connection,
    place: tuple[str, str, int],
    event: Recorded | None,
    one: _Asked,
    many: _Asked,
) -> None:
    """Forget that an event was left for later, and note what it leads to; one process does.

    What is to be asked of many is asked of each subject that watches the key.
    """
    async with db.transaction():
        if await db.execute(f"delete from unknown where {_AN_EVENT}", *place) == "DELETE 0":
            return
        each = list(one)
        for reaction, key, command in many:
            found = await db.fetch("select subject from watching where key = $1", key)
            each += [(reaction, row["subject"], command) for row in found]
        waiting = [to_waiting(from_reaction(r, event, s, c)) for r, s, c in each if event]
        await db.execute(
            "insert into heads select s, 1 from unnest($1::text[]) s order by 1"
            " on conflict (subject) do update set changes = heads.changes + 1",
            list({place[0], *(new.subject for new in waiting)}),
        )
        await db.executemany(
            "insert into waiting (subject, kind, sender, command, body)"
            " values ($1, $2, $3, $4, $5)",
            waiting,
        )


async def wait_anew(db: asyncpg.Connection) -> None:
    """Give what waits all its time: patience is for facts on their way, not for an outage."""
    await db.execute("update waiting set since = clock_timestamp() where kind = 'submission'")


async def refill(service: Service, db: asyncpg.Connection) -> None:
    """Derive the tables of clocks and of what is watched anew where another build derived them.

    Also where a process of another build may write to them still: then they are derived once more
    when the last of these is gone, whichever of the two is left. A subject of which they cannot be
    derived keeps what it has and is alarmed; the next start tries again.
    """
    if await setting(db, DERIVED) == str(service.due_version):
        return
    await set_setting(db, DERIVED, MIXED)  # whoever starts from now on derives them
    failed = 0
    for row in await db.fetch("select subject from heads"):
        try:
            await _derive(service, db, row["subject"])
        except Exception as fault:
            failed += 1
            log.error("clocks_not_derived", subject=row["subject"], **logs.of(fault))
    if not failed and not await others_write(service, db):
        await set_setting(db, DERIVED, str(service.due_version))


async def others_write(service: Service, db: asyncpg.Connection) -> bool:
    """Tell whether a process of another build may write clocks."""
    return bool(await db.fetchval(_BESIDE, writes_clocks(service)))


def writes_clocks(service: Service) -> str:
    """Name the connection by which a process writes clocks, so that other builds see it."""
    return f"{_CLOCKS}{service.due_version}"


async def _derive(service: Service, db: asyncpg.Connection, subject: str) -> None:
    """Derive one subject's clocks, and what it watches, while nobody writes to it."""
    async with db.transaction():
        await db.execute("select 1 from heads where subject = $1 for update", subject)
        clocks, keys = _derived(service, subject, await db.fetch(_STORED, subject))
        await db.execute("delete from due where subject = $1", subject)
        await db.executemany(
            "insert into due values ($1, $2, $3, $4)",
            [(subject, d.clock, d.at, d.cause) for d in clocks],
        )
        await db.execute("delete from watching where subject = $1", subject)
        await db.executemany(
            "insert into watching values ($1, $2)", [(key, subject) for key in keys]
        )


def _wire(subject: str, row: Any) -> Wire:
    return Wire(subject.encode(), unpack_headers(row["headers"]), row["value"])


def _derived(
    service: Service, subject: str, rows: Sequence[Any]
) -> tuple[Iterable[Due], Iterable[str]]:
    aggregate = service.aggregates.get(kind_of(subject))
    if aggregate is None:
        return (), ()
    state = _fold(service, subject, rows)
    return list(aggregate.due(state)), set(aggregate.watches(state))


def _fold(service: Service, subject: str, rows: Sequence[Any]) -> Any:
    now = folded(service, subject)
    events = [StoredEvent(r["source"], r["version"], r["hash"], _wire(subject, r)) for r in rows]
    fold_stored(service, now, events)
    return now.state


async def watching(service: Service, db: asyncpg.Connection, key: str) -> AsyncIterator[Any]:
    """Read the states of the subjects that watch a key, as they are stored."""
    found = await db.fetch("select subject from watching where key = $1 order by subject", key)
    for (subject,) in found:
        yield _fold(service, subject, await db.fetch(_STORED, subject))
