"""What a process knows of itself: how far behind, what is unsent and waiting, is it well."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from banli_engine.feed import Feed
from banli_engine.kafka import connection
from banli_engine.settings import KafkaSettings
from banli_engine.store import Database

Place = tuple[str, int]

STUCK_SECONDS = 30
"""For how long a partition may be behind without moving before the process counts as unwell."""


@dataclass(slots=True)
class Watch:
    """Ends of topics, positions, and how long each has not moved."""

    settings: KafkaSettings
    database: Database
    feeds: Sequence[Feed] = ()
    _consumer: AIOKafkaConsumer | None = None
    _moved: dict[Place, tuple[int, float]] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # one question at a time

    async def positions(self) -> dict[Place, int]:
        """Read how far the service has read, by topic and partition."""
        async with self.lock:
            rows = await (await self.database.get()).fetch("select * from positions")
        return {(row["topic"], row["part"]): row["next_offset"] for row in rows}

    async def ends(self, places: Sequence[Place]) -> dict[Place, int]:
        """Ask where these partitions end now."""
        if self._consumer is None:
            consumer = AIOKafkaConsumer(**connection(self.settings), enable_auto_commit=False)
            await consumer.start()
            self._consumer = consumer
        tps = [TopicPartition(*place) for place in places]
        ends = await asyncio.wait_for(self._consumer.end_offsets(tps), 10)
        return {(tp.topic, tp.partition): end for tp, end in ends.items()}

    async def lag(self) -> dict[Place, int]:
        """Count what lies on the topics that are read and has not been read, where there is any."""
        read = {p: at for p, at in (await self.positions()).items() if "receipts." not in p[0]}
        ends = await self.ends(list(read)) if read else {}
        return {place: ends[place] - at for place, at in read.items() if ends[place] > at}

    async def unwell(self) -> str | None:
        """Say why this process should be ended and started again; None where it is well."""
        now = time.monotonic()
        behind = await self.lag()
        at = await self.positions()
        mine = {(tp.topic, tp.partition) for feed in self.feeds for tp in feed.assignment()}
        for place in list(self._moved):
            if place not in behind or place not in mine:
                del self._moved[place]
        for place in behind.keys() & mine:
            position, since = self._moved.get(place, (at[place], now))
            if position != at[place]:
                since = now
            self._moved[place] = at[place], since
            if now - since > STUCK_SECONDS and not self._stopped(place):
                return f"{place[0]}/{place[1]} has not moved for {STUCK_SECONDS} s"
        return None

    def _stopped(self, place: Place) -> bool:
        return any(place[0] in feed.faults for feed in self.feeds)

    async def counts(self) -> dict[str, Any]:
        """Count what is unsent, waiting and parked, and find the next clock that runs out."""
        async with self.lock:
            return await _counts(await self.database.get())

    async def close(self) -> None:
        """Let the connections go."""
        if self._consumer is not None:
            await self._consumer.stop()
        await self.database.close()


async def _counts(db: asyncpg.Connection) -> dict[str, Any]:
    row = await db.fetchrow(
        "select (select count(*) from unsent) as unsent,"
        " (select count(*) from unsent_receipts) as unsent_receipts,"
        " (select count(*) from waiting) as waiting, (select min(at) from due) as next_due"
    )
    parked = await db.fetch(
        "select subject, reason, topic, part, pos from parked order by topic, part, pos limit 100"
    )
    unknown = await db.fetch("select type, count(*) as n from unknown group by type")
    refused = await db.fetch("select * from faults limit 100")
    due: datetime | None = row["next_due"]
    return {
        "unsent": row["unsent"],
        "unsent_receipts": row["unsent_receipts"],
        "waiting": row["waiting"],
        "next_due": due.isoformat() if due else None,
        "parked": [dict(each) for each in parked],
        "unknown": {each["type"]: each["n"] for each in unknown},
        "refused_reactions": [dict(each) for each in refused],
    }


def nested(places: Mapping[Place, int]) -> dict[str, dict[str, int]]:
    """Write a mapping by topic and partition as JSON can."""
    out: dict[str, dict[str, int]] = {}
    for (topic, part), value in sorted(places.items()):
        out.setdefault(topic, {})[str(part)] = value
    return out
