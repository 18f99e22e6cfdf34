"""What a process knows of itself: how far behind, what is unsent and waiting, is it well."""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from banli_engine.choice import NOT_KEPT
from banli_engine.feed import Feed, Phase
from banli_engine.kafka import connection
from banli_engine.settings import KafkaSettings
from banli_engine.store import Database

Place = tuple[str, int]

STUCK_SECONDS = 30.0
"""For how long a partition may be behind without moving before the process counts as unwell."""

PATIENCE = {Phase.JOINING: 60.0, Phase.LOADING: 30.0}
"""How long a member of a group may remain in a phase. One that has joined and got no partition,
because there are more members than partitions, has had its assignment: an empty one."""

ASK_SECONDS = 10.0
STATUS_SECONDS = 2.0
"""How long Kafka may take to tell where topics end, and how long somebody who looks waits."""

_OWN = re.compile(r"(^|\.)(receipts|notices)\.")
"""Topics that services write and only read back."""

SHOWN = 100
"""How many of the subjects on which something waits, or is parked, are named."""

log = structlog.get_logger()


@dataclass(slots=True)
class Watch:
    """Ends of topics, positions, and since when something has not been as it should."""

    settings: KafkaSettings
    database: Database
    feeds: Sequence[Feed] = ()
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # one question at a time
    _own: Database = field(init=False)  # health waits for nobody who counts long tables
    _own_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)  # and one of Kafka
    _consumer: AIOKafkaConsumer | None = None
    _signs: dict[tuple[str, int], float] = field(default_factory=dict)  # what is amiss, since when

    def __post_init__(self) -> None:
        """Make the connection that health has for itself."""
        self._own = Database(self.database.dsn)

    async def positions(self) -> dict[Place, int]:
        """Read how far the service has read, by topic and partition."""
        async with self._own_lock:
            rows = await (await self._own.get()).fetch("select * from positions")
        return {(row["topic"], row["part"]): row["next_offset"] for row in rows}

    async def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """Ask where these partitions end now, leaving out topics that are no more."""
        async with self._asking, asyncio.timeout(ASK_SECONDS):
            try:
                consumer = self._consumer or await self._connect()
                there = await consumer.topics()
                tps = [TopicPartition(*place) for place in places if place[0] in there]
                ends = await consumer.end_offsets(tps)
            except BaseException:
                await self._disconnect()  # whatever was amiss with it, the next one is new
                raise
        return {(tp.topic, tp.partition): end for tp, end in ends.items()}

    async def _connect(self) -> AIOKafkaConsumer:
        self._consumer = AIOKafkaConsumer(**connection(self.settings), enable_auto_commit=False)
        await self._consumer.start()
        return self._consumer

    async def _disconnect(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    async def lag(self) -> dict[str, dict[str, int]] | None:
        """Count what lies on the topics and has not been read; None where Kafka does not tell."""
        known = await self.positions()  # of what it writes itself, it only reads back
        read = {p: at for p, at in known.items() if not _OWN.search(p[0])}
        try:
            ends = await asyncio.wait_for(self.ends(read), STATUS_SECONDS)
        except Exception as fault:
            log.warning("lag_unknown", fault=type(fault).__name__)
            return None
        return nested(
            {place: end - read[place] for place, end in ends.items() if end > read[place]}
        )

    async def unwell(self) -> str | None:
        """Say why this process should be ended and started again; None where it is well.

        While Kafka does not answer nothing of this can be told, and leaving would mend nothing: it
        would only close the way in over HTTP.
        """
        at, mine = await self.positions(), self._mine()
        try:
            ends = await self.ends(at.keys() & mine.keys())
        except Exception as fault:
            log.warning("health_unknown", fault=type(fault).__name__)
            self._signs.clear()
            return None
        limits: dict[tuple[str, int], float] = {}
        for feed in self.feeds:
            if limit := PATIENCE.get(feed.phase):
                limits[f"{feed.group} {feed.phase} for {limit:.0f} s", feed.turns] = limit
        for (topic, part), end in ends.items():
            if (position := at[topic, part]) > end:
                mine[topic, part].stop_at(topic, "the stored position lies beyond the end")
            elif position < end:
                what = f"{topic}/{part} has not moved for {STUCK_SECONDS:.0f} s"
                limits[what, position] = STUCK_SECONDS
        now = time.monotonic()
        self._signs = {sign: self._signs.get(sign, now) for sign in limits}
        lasted = [sign for sign, since in self._signs.items() if now - since > limits[sign]]
        return lasted[0][0] if lasted else None

    def _mine(self) -> dict[Place, Feed]:
        """Find what this process is to read now."""
        return {
            (tp.topic, tp.partition): feed
            for feed in self.feeds
            for tp in feed.assignment()
            if tp.topic not in feed.faults and feed.phase != Phase.HELD_BACK
        }

    async def counts(self) -> dict[str, Any]:
        """Count what is unsent, waiting and parked, and find the next clock that runs out."""
        async with self.lock:
            db = await self.database.get()
            async with db.transaction(readonly=True):
                await db.execute(_WHOLE_TABLES)
                return await _counts(db)

    async def close(self) -> None:
        """Let the connections go."""
        await self._disconnect()
        await self.database.close()
        await self._own.close()


_WHOLE_TABLES = "set local enable_seqscan = on; set local enable_hashjoin = on"
"""To count is to read all: by an index, as LOOKUPS would have it, that takes up to twice as
long."""

_TOTALS = f"""
    select (select count(*) from unsent) as unsent,
           (select count(*) from unsent_receipts) as unsent_receipts,
           (select count(*) from waiting) as waiting,
           (select count(distinct subject) from waiting) as waiting_subjects,
           (select count(*) from parked where reason <> '{NOT_KEPT}') as parked_messages,
           (select count(distinct subject) from parked where reason <> '{NOT_KEPT}')
               as parked_subjects,
           (select min(at) from due) as next_due
"""
_WAITING = """
    select subject, kind, count(*) as count,
           extract(epoch from clock_timestamp() - min(since))::int as seconds
      from waiting group by subject, kind order by min(since) limit $1
"""
_PARKED = f"""
    select subject, reason, topic, part, pos, count, first::text as since from (
        select *, row_number() over w as n, count(*) over s as count, min(since) over s as first
          from parked where reason <> '{NOT_KEPT}'
        window s as (partition by subject), w as (s order by topic, part, pos)
    ) p where n = 1 order by first limit $1
"""


async def _counts(db: asyncpg.Connection) -> dict[str, Any]:
    totals = dict(await db.fetchrow(_TOTALS))
    due: datetime | None = totals["next_due"]
    unknown = await db.fetch("select type, count(*) as n from unknown group by type")
    refused = await db.fetch("select * from faults limit 100")
    return {
        **totals,
        "next_due": due.isoformat() if due else None,
        "waiting_on": [dict(each) for each in await db.fetch(_WAITING, SHOWN)],
        "parked": [dict(each) for each in await db.fetch(_PARKED, SHOWN)],
        "unknown": {each["type"]: each["n"] for each in unknown},
        "refused_reactions": [dict(each) for each in refused],
    }


def nested(places: Mapping[Place, int]) -> dict[str, dict[str, int]]:
    """Write a mapping by topic and partition as JSON can."""
    out: dict[str, dict[str, int]] = {}
    for (topic, part), value in sorted(places.items()):
        out.setdefault(topic, {})[str(part)] = value
    return out
