"""Notices to departments: addressed to the systems that speak for a unit, and sent in order.

What units must learn is written with the ledgers, in one transaction with the positions. From there
it is addressed, once the service has caught up and knows every system, and sent by a relay. What
was sent before a rebuild is read back from the topics and not sent again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import ConsumerRecord

from banli_engine import catchup, topics
from banli_engine.clock import business_time
from banli_engine.relay import LEASE, Relay
from banli_engine.settings import Settings
from banli_engine.store import Database
from banli_events.envelope import Wire
from banli_events.notice import Notice, Sentence, headers_of, notice_id
from banli_events.submission import token
from banli_reporting import tables
from banli_reporting.gating import OWED
from banli_reporting.noticing import WORDS
from banli_reporting.sight import with_those_above

KEPT = timedelta(days=90)
"""How long the topics keep notices; nothing older is sent."""

SOON = timedelta(days=3)
"""How long before a clock runs out the unit is told."""

AT_ONCE = 500

_QUERY = (
    LEASE.format(table="unsent_notices")
    + """
    select n.seq, n.topic as held_by, n.subject, n.topic, convert_to(n.subject, 'UTF8') as key,
           n.headers, n.value, extract(epoch from clock_timestamp() - n.at)::float8 as age
      from unsent_notices n
     where exists (select 1 from held) and $4::text is not null and n.topic <> all($5::text[])
     order by n.seq limit $6
"""
)


class Notices(Relay):
    """Addresses what units must learn, and sends the notices, oldest first."""

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__(settings, "reporting", database, receipts=True)
        self.name, self.table, self.query = "notices", "unsent_notices", _QUERY
        self._driven = settings.clock == "driven"

    async def _round(self) -> bool:
        db = await self.database.get()
        if await db.fetchval("select exists (select from tidings)"):
            now = business_time(await tables.settings(db), self._driven)
            await address(db, self.settings.epoch, now)
        if self.held_back:
            await drop_retired(db, self.settings.epoch)
        return await super()._round()


async def recall(settings: Settings, db: asyncpg.Connection) -> None:
    """Learn which notices lie on their topics that this database does not know to be sent."""

    async def take(records: Sequence[ConsumerRecord]) -> None:
        ids = [id_ for record in records for id_ in _ids(record)]
        await db.execute(
            "insert into told select unnest($1::uuid[]), clock_timestamp() on conflict do nothing",
            ids,
        )
        await db.execute("delete from unsent_notices where id = any($1)", ids)

    await db.execute("delete from told where at < clock_timestamp() - $1::interval", KEPT)
    await catchup.recall(settings, db, topics.notices_pattern(settings.epoch), take)


def _ids(record: ConsumerRecord) -> Iterator[UUID]:
    for name, value in record.headers:
        if name == "ce_id":
            try:
                yield UUID((value or b"").decode())
            except ValueError:
                return  # it is none of ours


# -- addressing


async def address(db: asyncpg.Connection, epoch: str, now: datetime) -> None:
    """Write a notice for each system that speaks for a unit, in the order of what is told."""
    async with db.transaction():
        await db.execute("select pg_advisory_xact_lock(hashtext('banli notices'))")
        rows = await db.fetch(_TIDINGS, AT_ONCE)
        systems = await _systems(db)
        made = [
            (notice, topics.notices(system, epoch))
            for row in rows
            if row["at"] >= now - KEPT
            for system, notice in _addressed(row, systems)
        ]
        known = await db.fetch(
            "select id from told where id = any($1)", [notice.id for notice, _ in made]
        )
        before = {id_ for (id_,) in known}
        await db.executemany(
            "insert into unsent_notices (id, topic, subject, headers, value)"
            " values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
            [_row(notice, topic) for notice, topic in made if notice.id not in before],
        )
        await db.execute("delete from tidings where seq = any($1)", [row["seq"] for row in rows])


_TIDINGS = """
    select t.*, h.number, coalesce(h.accused, '[]') as accused
      from tidings t left join handling h using (subject) order by t.seq limit $1
"""


async def drop_retired(db: asyncpg.Connection, epoch: str) -> None:
    """Let go of what was still to be sent to systems that have been retired since."""
    retired = await db.fetch("select system from systems where retired_at is not null")
    await db.execute(
        "delete from unsent_notices where topic = any($1)",
        [topics.notices(system, epoch) for (system,) in retired],
    )


async def _systems(db: asyncpg.Connection) -> dict[str, tuple[Mapping[str, str], set[str]]]:
    """Read which systems are admitted: for which units since when, and whom these stand below."""
    rows = await db.fetch("select system, units from systems where units <> '{}'")
    found = {}
    for system, units in rows:
        since: Mapping[str, str] = json.loads(units)
        found[system] = since, await with_those_above(db, set(since))
    return found


def _addressed(
    row: Mapping[str, Any], systems: Mapping[str, tuple[Mapping[str, str], set[str]]]
) -> Iterator[tuple[str, Notice]]:
    """Find the systems that a unit hears by: never of a case that accuses one of their units."""
    accused = set(json.loads(row["accused"]))
    for system, (since, above) in systems.items():
        if row["unit"] not in since or not accused.isdisjoint(above):
            continue
        if datetime.fromisoformat(since[row["unit"]]) <= row["at"]:
            yield system, _notice(row, system)


def _notice(row: Mapping[str, Any], system: str) -> Notice:
    zh, en = WORDS[row["type"]]
    number = row["number"] or ""
    rests = row["source"] and token(row["subject"], row["source"], row["version"])
    return Notice(
        id=notice_id(system, row["cause"], row["type"], row["unit"]),
        type=row["type"],
        subject=row["subject"],
        unit=row["unit"],
        number=row["number"],
        at=row["at"],
        until=row["until"],
        clock=row["clock"],
        after=rests,
        sentence=Sentence(zh=f"{number}号件{zh}。", en=f"Item {number} {en}."),
    )


def _row(notice: Notice, topic: str) -> tuple[Any, ...]:
    value = notice.model_dump_json(exclude_none=True).encode()
    wire = Wire(notice.subject.encode(), tuple(headers_of(notice)), value)
    return notice.id, topic, notice.subject, wire.packed_headers, wire.value


# -- clocks that run out soon


async def tell_due_soon(db: asyncpg.Connection, now: datetime) -> None:
    """Tell once of each clock that a unit owes, as soon as it runs out within three days."""
    await db.execute(_DUE_SOON, now, now + SOON, sorted(map(str, OWED)), SOON)


_DUE_SOON = """
    with clocks as (
        select d.subject, c.key as clock, (c.value ->> 'due')::timestamptz as due,
               (c.value ->> 'set_at')::timestamptz as set_at,
               case split_part(c.key, ':', 1) when 'unit-opinion' then split_part(c.key, ':', 2)
                    else h.lead_unit end as unit
          from deadlines d join handling h using (subject)
         cross join lateral jsonb_each(d.clocks) c
         where d.next_due <= $2 and d.states ->> c.key = 'running'
           and (c.value ->> 'due')::timestamptz > $1 and (c.value ->> 'due')::timestamptz <= $2
           and split_part(c.key, ':', 1) = any($3::text[])
           and (split_part(c.key, ':', 1) <> 'unit-opinion' or h.co @> jsonb_build_array(
                    jsonb_build_object('unit', split_part(c.key, ':', 2))))
    ), fresh as (
        insert into due_told select subject, clock, due from clocks
        on conflict do nothing returning subject, clock, due
    )
    insert into tidings (subject, type, unit, at, cause, until, clock)
    select subject, 'DUE_SOON', unit, greatest(due - $4::interval, set_at),
           concat_ws('/', subject, clock,
                     to_char(due at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')), due, clock
      from fresh join clocks using (subject, clock, due)
     where unit is not null order by due, subject, clock
"""


async def unsent(db: asyncpg.Connection) -> int:
    """Count what units are still to be told."""
    return int(
        await db.fetchval(
            "select (select count(*) from tidings) + (select count(*) from unsent_notices)"
        )
    )
