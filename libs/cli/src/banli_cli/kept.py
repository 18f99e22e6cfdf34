"""What the services' databases hold, counted in one moment each: what losses are counted from."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import asyncpg
from kafka import TopicPartition

from banli_cli.profile import Profile
from banli_cli.refusal import NotReached, Refusal
from banli_engine.choice import NOT_KEPT
from banli_engine.fold import place
from banli_engine.store import connect
from banli_engine.topics import DECIDERS
from banli_events.envelope import Unreadable, Wire, unpack_headers
from banli_events.submission import RECEIPT_OFFSET, RECEIPT_PARTITION, RECEIPT_TOPIC

READER = "reporting"

At = tuple[str, int, int]
"""Where a message lies: topic, partition, offset."""


@dataclass(slots=True)
class Kept:
    """What one service holds."""

    service: str
    positions: Mapping[TopicPartition, int] = field(default_factory=dict)
    by_source: Mapping[str, int] = field(default_factory=dict)  # events
    parked: Mapping[str, int] = field(default_factory=dict)  # by source: events set aside only
    messages_parked: int = 0  # of the logs, whatever they are
    redelivered: int = 0  # reporting only
    unsent: int = 0
    answers: Mapping[str, int] = field(default_factory=dict)  # by outcome
    pending: frozenset[At] = frozenset()  # submissions whose receipt is still to be sent
    waiting: frozenset[At] = frozenset()  # submissions that came too early
    items: Mapping[str, int] = field(default_factory=dict)  # registered, refused; or ledger lines
    settled: frozenset[str] = frozenset()  # subjects of which a fork was settled

    def position(self, tp: TopicPartition) -> int:
        """Tell how far a partition was read."""
        return self.positions.get(tp, 0)


async def read(profile: Profile) -> dict[str, Kept]:
    """Read all databases at once."""
    services = [*DECIDERS, READER]
    found = await asyncio.gather(*(_read(profile, each) for each in services))
    return dict(zip(services, found, strict=True))


async def _read(profile: Profile, service: str) -> Kept:
    dsn = profile.service(service).database
    try:
        db = await connect(dsn)
        try:
            async with db.transaction(isolation="repeatable_read", readonly=True):
                return await (_reader(db) if service == READER else _decider(db, service))
        finally:
            await db.close()
    except asyncpg.UndefinedTableError:
        raise Refusal(f"The database of {service} has no tables: it has never run.") from None
    except asyncpg.UndefinedFunctionError:
        raise Refusal(f"{service} is of an older build, which is not counted.") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        raise NotReached(f"The database of {service} cannot be reached.") from None


_ITEMS = """
    select count(distinct subject) filter (where position($1 in headers) > 0) as registered,
           count(distinct subject) filter (where position($2 in headers) > 0) as refused
      from events where source = 'intake' and subject like 'case/%'
"""
_PENDING = "select headers from unsent_receipts"
_WAITING = "select body from waiting where kind = 'submission'"


async def _decider(db: asyncpg.Connection, service: str) -> Kept:
    stored = "select exists (select from events where (subject, source, version) = ($1, $2, $3))"
    parked, messages = await _parked(db, stored)
    kept = Kept(
        service,
        positions=await _positions(db),
        by_source=dict(await db.fetch("select source, count(*) from events group by source")),
        parked=parked,
        messages_parked=messages,
        unsent=await db.fetchval("select count(*) from unsent"),
        answers=dict(await db.fetch("select outcome, count(*) from answers group by outcome")),
        pending=frozenset(
            at
            for (headers,) in await db.fetch(_PENDING)
            if (at := answered(unpack_headers(headers)))
        ),
        waiting=frozenset(_waits(body) for (body,) in await db.fetch(_WAITING)),
        settled=frozenset(await _settled(db)),
    )
    if service == "intake":
        types = [_typed("ItemRegistered"), _typed("ItemRefused")]
        kept.items = dict(await db.fetchrow(_ITEMS, *types))
    return kept


_LINES = """
    select (select count(*) from register where registered_at is not null) as register,
           (select count(*) from register
             where registered_at is null and refused_at is not null) as refused,
           (select count(*) from handling where registered_at is not null) as handling
"""


async def _reader(db: asyncpg.Connection) -> Kept:
    parked, messages = await _parked(db, None)
    again = await db.fetchval("select coalesce(sum(redelivered), 0) from positions")
    return Kept(
        READER,
        positions=await _positions(db),
        by_source=dict(await db.fetch("select * from told_by_source()")),
        parked=parked,
        messages_parked=messages,
        redelivered=int(again),
        items=dict(await db.fetchrow(_LINES)),
    )


async def _positions(db: asyncpg.Connection) -> dict[TopicPartition, int]:
    rows = await db.fetch("select topic, part, next_offset from positions")
    return {TopicPartition(topic, part): at for topic, part, at in rows}


async def _parked(db: asyncpg.Connection, stored: str | None) -> tuple[Counter[str], int]:
    """Count by source the events that are parked and not stored; and all messages set aside."""
    places = set[tuple[str, str, int]]()
    rows = await db.fetch("select subject, headers, value, reason from parked")
    for subject, headers, value, reason in rows:
        try:
            source, version = place(Wire(subject.encode(), unpack_headers(headers), value))
        except Unreadable:
            continue
        if reason != NOT_KEPT:
            places.add((subject, source, version))
    alone = [each for each in places if stored is None or not await db.fetchval(stored, *each)]
    return Counter(source for _, source, _ in alone), len(rows)


async def _settled(db: asyncpg.Connection) -> Iterable[str]:
    rows = await db.fetch("select value from events where subject >= 'fork/' and subject < 'fork0'")
    return [json.loads(value)["data"]["subject"] for (value,) in rows]


def _typed(name: str) -> bytes:
    """Write an event's type as it stands among the packed headers."""
    return Wire(None, (("ce_type", name.encode()),), None).packed_headers


def _waits(body: bytes) -> At:
    topic, part, offset, *_ = json.loads(body.partition(b"\n")[0])
    return topic, part, offset


def answered(headers: Iterable[tuple[str, bytes | None]]) -> At | None:
    """Read off a receipt which submission it answers; None where it answers none."""
    said = {name: (value or b"").decode() for name, value in headers}
    if RECEIPT_TOPIC not in said:
        return None
    return said[RECEIPT_TOPIC], int(said[RECEIPT_PARTITION]), int(said[RECEIPT_OFFSET])


@dataclass(frozen=True, slots=True)
class Told:
    """What a receipt says: whose command was answered, and by which events."""

    service: str
    sender: str
    command: str
    events: Sequence[tuple[str, str, int]]  # subject, source, version


class Known(NamedTuple):
    """How many answers and events receipts tell of, and how many of them are there."""

    answers: int
    answers_there: int
    events: int
    events_there: int


_ANSWERS = """
    select count(*) from answers a
      join unnest($1::text[], $2::text[]) x(sender, command)
        on a.sender = x.sender and a.command = x.command
"""
_EVENTS = """
    select count(*) from events e
      join unnest($1::text[], $2::text[], $3::int[]) x(subject, source, version)
        on e.subject = x.subject and e.source = x.source and e.version = x.version
"""


async def known(profile: Profile, told: Iterable[Told]) -> dict[str, Known]:
    """Count by service how many of these answers, and of their events, it still holds."""
    found: dict[str, Known] = {}
    by_service: dict[str, list[Told]] = {}
    for each in told:
        by_service.setdefault(each.service, []).append(each)
    for service, own in by_service.items():
        try:
            db = await connect(profile.service(service).database)
        except (OSError, asyncpg.PostgresError):
            raise NotReached(f"The database of {service} cannot be reached.") from None
        try:
            keys = list({(each.sender, each.command) for each in own})
            places = list({at for each in own for at in each.events})
            answers = await _count(db, _ANSWERS, keys, 2)
            events = await _count(db, _EVENTS, places, 3)
        finally:
            await db.close()
        found[service] = Known(len(keys), answers, len(places), events)
    return found


async def _count(db: asyncpg.Connection, query: str, rows: Sequence[Any], width: int) -> int:
    count = 0
    for at in range(0, len(rows), 10_000):
        some = rows[at : at + 10_000]
        columns = [[row[n] for row in some] for n in range(width)]
        count += await db.fetchval(query, *columns)
    return count
