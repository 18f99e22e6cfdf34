"""The tables of reporting, and how they are made new and empty."""

import hashlib
from collections.abc import Mapping

import asyncpg

from banli_reporting.ledgers import LEDGERS
from banli_reporting.places import COUNT_TOLD
from banli_reporting.sight import DROP_VIEWS, VIEWS

_TABLES = """
create table if not exists positions (    -- the next offset to read; redeliveries met so far
    topic text not null, part int not null, next_offset bigint not null,
    revision bigint not null default 0,  -- moved by whoever writes out of turn
    redelivered bigint not null default 0, primary key (topic, part)
) with (fillfactor = 50);
create table if not exists topics (       -- a topic made anew under the same name is another topic
    topic text primary key, id text not null
);
create table if not exists chapters (     -- a subject's story: what each batch added to it
    subject text not null, first int not null,  -- first: how many of its events lie before it
    topic text not null, part int not null,
    places bytea not null, events bytea not null,  -- as they lay on the log
    primary key (subject, first)
);
alter table chapters alter column events set storage external;  -- compressing costs more than disk
create table if not exists parked (       -- messages that could not be read or do not fit
    topic text not null, part int not null, pos bigint not null, subject text not null,
    reason text not null, key bytea, headers bytea not null, value bytea,
    primary key (topic, part, pos)
);
create index if not exists parked_subject on parked (subject);
create table if not exists unknown (      -- events whose type this build does not know
    type text not null, subject text not null, pos bigint not null,
    source text not null, version int not null, primary key (subject, source, version)
);
create table if not exists tidings (      -- what units are to learn: not yet addressed to systems
    seq bigint generated always as identity primary key, subject text not null, type text not null,
    unit text not null, at timestamptz not null, cause text not null, until timestamptz, clock text,
    version int, source text
);
create table if not exists due_told (      -- clocks of which it was told that they run out soon
    subject text not null, clock text not null, due timestamptz not null,
    primary key (subject, clock, due)
);
create table if not exists unsent_notices (
    seq bigint generated always as identity primary key, id uuid not null unique,
    topic text not null, subject text not null, headers bytea not null, value bytea not null,
    at timestamptz not null default clock_timestamp()
);
create table if not exists told (          -- notices found on their topics, so none goes out again
    id uuid primary key, at timestamptz not null
);
create table if not exists leases (        -- one sender at a time, by machine time
    name text primary key, holder text not null, until timestamptz not null
);
create table if not exists settings (     -- mode: open, closing, stopped; survives a rebuild
    name text primary key, value text not null
);
"""
_NOTICES = ("tidings", "due_told", "unsent_notices", "told", "leases")
_NAMES = ("positions", "topics", "chapters", "parked", "unknown", *_NOTICES, *LEDGERS)
_FORMER = ("stories",)

SCHEMA = _TABLES + "".join(ledger.schema() for ledger in LEDGERS.values())
SHAPE = hashlib.sha256(SCHEMA.encode()).hexdigest()
DROP = (
    f"{DROP_VIEWS}drop function if exists write_batch;"
    f" drop table if exists {', '.join((*_NAMES, *_FORMER))}"
)


def _function() -> str:
    """Write the function that checks the positions of a batch and writes it, in one call."""
    ledgers = LEDGERS.values()
    declared = "".join(f"    {each.name}_lines {each.name}[],\n" for each in ledgers)
    upserts = "".join(
        f"    if cardinality({each.name}_lines) > 0 then\n"
        f"        {each.upsert(f'{each.name}_lines')};\n    end if;\n"
        for each in ledgers
    )
    return _WRITE_BATCH.replace("    -- lines\n", declared).replace("    -- upserts\n", upserts)


_WRITE_BATCH = """
create or replace function write_batch(
    p_topic text[], p_part int[], p_old bigint[], p_new bigint[], p_revision bigint[],
    p_again bigint[],
    new_chapters chapters[],
    -- lines
    gone_topic text[], gone_part int[], gone_pos bigint[], held parked[],
    u_type text[], u_subject text[], u_pos bigint[], u_source text[], u_version int[],
    t_subject text[], t_type text[], t_unit text[], t_at timestamptz[], t_cause text[],
    t_until timestamptz[], t_clock text[], t_version int[], t_source text[]
) returns void language plpgsql as $$
begin
    for n in 1 .. cardinality(p_topic) loop  -- in the order given, so that two never wait in a ring
        update positions set next_offset = p_new[n], redelivered = redelivered + p_again[n]
         where topic = p_topic[n] and part = p_part[n]
           and next_offset = p_old[n] and revision = p_revision[n];
        if not found then
            raise exception 'a position has moved' using errcode = 'BL001';
        end if;
    end loop;
    insert into chapters select * from unnest(new_chapters);
    -- upserts
    if cardinality(t_subject) > 0 then
        insert into tidings (subject, type, unit, at, cause, until, clock, version, source)
        select subject, type, unit, at, cause, until, clock, version, source
          from unnest(t_subject, t_type, t_unit, t_at, t_cause, t_until, t_clock, t_version,
                      t_source) with ordinality
               x(subject, type, unit, at, cause, until, clock, version, source, n) order by n;
    end if;
    if cardinality(gone_pos) + cardinality(held) + cardinality(u_pos) > 0 then
        delete from parked p using unnest(gone_topic, gone_part, gone_pos) x(topic, part, pos)
         where p.topic = x.topic and p.part = x.part and p.pos = x.pos;
        insert into parked select * from unnest(held)
            on conflict (topic, part, pos) do update set reason = excluded.reason;
        insert into unknown select * from unnest(u_type, u_subject, u_pos, u_source, u_version)
            on conflict do nothing;
    end if;
end $$;
"""
FUNCTION = _function() + COUNT_TOLD


class OtherShape(Exception):
    """The tables were made for other ledgers than this build has: run `banli rebuild reporting`."""


async def prepare(db: asyncpg.Connection) -> None:
    """Create what is missing of the tables; processes that start together take turns.

    Tables of another shape are made anew where they are empty, as a rebuild leaves them.
    """
    async with db.transaction():
        await db.execute("select pg_advisory_xact_lock(hashtext('banli schema'))")
        await db.execute("set local client_min_messages = warning")
        await db.execute(_TABLES)
        known = await db.fetchval("select value from settings where name = 'shape'")
        if known is not None and known != SHAPE:
            if await db.fetchval("select exists (select from positions where next_offset > 0)"):
                raise OtherShape(OtherShape.__doc__)
            await db.execute(DROP)
        await db.execute(SCHEMA + FUNCTION + VIEWS)
        await db.execute(
            "insert into settings values ('shape', $1)"
            " on conflict (name) do update set value = excluded.value",
            SHAPE,
        )


async def empty(db: asyncpg.Connection) -> None:
    """Make everything new and empty but the settings, whatever shape the tables had."""
    async with db.transaction():
        await db.execute("set local client_min_messages = warning")
        await db.execute(DROP)
        await db.execute(SCHEMA + FUNCTION + VIEWS)


async def settings(db: asyncpg.Connection) -> Mapping[str, str]:
    """Read the settings."""
    return dict(await db.fetch("select name, value from settings"))
