"""Send what is written: events in order, then the answers that tell of them.

One sender at a time, by a lease of machine time; two would only make redeliveries. On an error the
producer is made anew and sending begins again at the oldest row.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from banli_engine import faults, metrics, topics, tracing
from banli_engine.kafka import new_producer, partition_of
from banli_engine.settings import KafkaSettings
from banli_engine.store import Database
from banli_events.envelope import unpack_headers
from banli_events.trace import trace_of

LEASE_SECONDS = 5
ROWS = 500
POLL_SECONDS = 0.05
"""How often to look for rows that another process of this service wrote."""

HOLD_SECONDS = 10
"""How long what was refused for itself holds back its like, before it is tried again."""

TOPIC_SECONDS = 1.0
"""How long a topic that the cluster does not show is looked for; all else waits meanwhile."""

_OF_TOPIC = TopicAuthorizationFailedError, UnknownTopicOrPartitionError
_OF_ITSELF = MessageSizeTooLargeError, InvalidTimestampError

Acked = list[tuple[Any, Any]]
"""Rows that are on the log, each with where it lies there."""

log = structlog.get_logger()

LEASE = """
    with held as (
        insert into leases select $1, $2, clock_timestamp() + make_interval(secs => $3)
         where exists (select 1 from {table})
            on conflict (name) do update set holder = excluded.holder, until = excluded.until
            where leases.holder = excluded.holder or leases.until < clock_timestamp()
        returning true
    )
"""
_EVENTS = (
    LEASE.format(table="unsent")
    + """
    select u.seq, u.subject as held_by, u.subject, null as topic, null as key, e.headers, e.value,
           extract(epoch from clock_timestamp() - u.at)::float8 as age
      from (select * from unsent where exists (select 1 from held) and subject <> all($5::text[])
             order by seq limit $6) u
      join lateral (select * from events where subject = u.subject and source = $4
                       and version = u.version offset 0) e on true
     order by u.seq
"""
)
_RECEIPTS = (
    LEASE.format(table="unsent_receipts")
    + """
    select r.seq, r.topic as held_by, r.subject, r.topic, r.key, r.headers, r.value,
           extract(epoch from clock_timestamp() - r.at)::float8 as age
      from unsent_receipts r
     where exists (select 1 from held) and $4::text is not null and r.topic <> all($5::text[])
       and not exists
           (select 1 from unsent u where u.subject = r.subject and u.version <= r.version)
     order by r.seq limit $6
"""
)
"""The oldest rows, for the holder of the lease; a lease is asked for only where something waits.

Lateral, so that each event is looked up by its key, whatever the planner made of empty tables."""


class Relay:
    """Send the rows of `unsent`, or those of `unsent_receipts`, oldest first."""

    def __init__(
        self,
        settings: KafkaSettings,
        service: str,
        database: Database,
        *,
        receipts: bool,
        sent: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.service = service
        self.database = database
        self.receipts = receipts
        self.name = "receipts" if receipts else "events"
        self.table = "unsent_receipts" if receipts else "unsent"
        self.query = _RECEIPTS if receipts else _EVENTS
        self._sent = sent
        self.me = str(uuid4())  # as the lease names its holder
        self._wake = asyncio.Event()
        self._held: dict[str, float] = {}
        self._producer: AIOKafkaProducer | None = None
        self._careful = 0  # rows still to be sent one by one, to find the one that is refused

    @property
    def held_back(self) -> int:
        """Count the subjects, or topics, that Kafka refuses for themselves."""
        return len(self._held)

    def wake(self) -> None:
        """Tell that something was written."""
        self._wake.set()

    async def run(self, ready: Callable[[], Awaitable[None]]) -> None:
        """Send for ever, once the service has caught up."""
        await ready()
        while True:
            try:
                more = await self._round()
            except Exception as fault:
                metrics.SEND_FAILURES.inc(self.name)
                log.warning("not_sent", relay=self.name, fault=type(fault).__name__)
                await self._drop_producer()
                await asyncio.sleep(0.5)
                continue
            if not more:
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                except TimeoutError:
                    continue

    async def stop(self) -> None:
        """Give the lease back, so that another process goes on at once."""
        await self._drop_producer()
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            db = await self.database.get()
            mine = "delete from leases where name = $1 and holder = $2"
            await db.execute(mine, self.name, self.me)
            await self.database.close()

    async def _round(self) -> bool:
        """Send one batch; tell whether there was anything to send."""
        db = await self.database.get()
        now = asyncio.get_running_loop().time()
        self._held = {what: until for what, until in self._held.items() if until > now}
        lease = self.name, self.me, float(LEASE_SECONDS)
        limit = 1 if self._careful else ROWS
        rows = await db.fetch(self.query, *lease, self.service, list(self._held), limit)
        self._careful = max(0, self._careful - 1)
        if not rows:
            return False
        fetched = time.monotonic()
        faults.reached("before-send")
        acked, fault = await self._send(rows)
        faults.reached("before-mark")
        if acked:
            await self._mark(db, acked)
            self._sent()
            self._show([row for row, _ in acked], fetched)
        if fault is not None:
            raise fault
        return True

    def _show(self, rows: Sequence[Any], fetched: float) -> None:
        """Count what is on the log, and how long after it was written."""
        took = time.monotonic() - fetched
        metrics.SENT.inc(self.name, by=len(rows))
        for row in rows:
            metrics.SEND_DELAY.observe(row["age"] + took, self.name)
            if tracing.on() and (trace := trace_of(unpack_headers(row["headers"]))):
                span = tracing.start("send", trace, kind="PRODUCER", since=fetched)
                tracing.finish(span, subject=row["subject"])

    async def _send(self, rows: Sequence[Any]) -> tuple[Acked, BaseException | None]:
        """Send rows in order and await each; give those that are on the log, and what went wrong.

        Behind a row that is not, no row of its subject or topic counts as sent.
        """
        producer = await self._ready_producer()
        places = [(row, *self._place(row)) for row in rows]
        named = {topic for _, topic, _ in places}
        counts = {topic: await self._partitions(producer, topic) for topic in named}
        sent: list[tuple[Any, Any]] = []
        for row, topic, key in places:
            count = counts[topic]
            if count is None:
                self._hold(row, "the topic is missing or forbidden")
                continue
            future = await producer.send(
                topic,
                value=row["value"],
                key=key,
                partition=partition_of(key, count),
                headers=list(unpack_headers(row["headers"])),
            )
            sent.append((row, future))
        results = await asyncio.gather(*(future for _, future in sent), return_exceptions=True)
        return self._sort([row for row, _ in sent], results)

    def _sort(
        self, rows: Sequence[Any], results: Sequence[Any]
    ) -> tuple[Acked, BaseException | None]:
        """Tell the rows that are on the log from those that are not."""
        acked: Acked = []
        failed: set[str] = set()
        fault: BaseException | None = None
        for row, result in zip(rows, results, strict=True):
            if isinstance(result, BaseException):
                failed.add(row["held_by"])
                fault = fault or result
                alone = isinstance(result, _OF_ITSELF) and len(rows) == 1
                if alone or isinstance(result, _OF_TOPIC):
                    self._hold(row, type(result).__name__)
                elif isinstance(result, _OF_ITSELF):  # one batch of Kafka's may hold many rows
                    self._careful += 1
            elif row["held_by"] not in failed:
                acked.append((row, result))
        return acked, fault

    def _hold(self, row: Any, why: str) -> None:
        """What is refused for itself holds back only its subject, or its topic, and is alarmed."""
        if row["held_by"] not in self._held:
            log.error("refused_by_kafka", relay=self.name, held=row["held_by"], why=why)
        self._held[row["held_by"]] = asyncio.get_running_loop().time() + HOLD_SECONDS

    def _place(self, row: Any) -> tuple[str, bytes]:
        if self.receipts:
            return row["topic"], row["key"]
        subject = row["subject"]
        return topics.log_of(subject, self.settings.epoch), subject.encode()

    async def _partitions(self, producer: AIOKafkaProducer, topic: str) -> int | None:
        """Count a topic's partitions, which never change; None where it cannot be written to."""
        try:
            return len(await asyncio.wait_for(producer.partitions_for(topic), TOPIC_SECONDS))
        except (*_OF_TOPIC, TimeoutError):
            return None

    async def _mark(self, db: asyncpg.Connection, acked: Sequence[tuple[Any, Any]]) -> None:
        """Forget what is on the log; of own receipts, also that they need not be read back."""
        seqs = [row["seq"] for row, _ in acked]
        if not self.receipts:
            await db.execute(f"delete from {self.table} where seq = any($1)", seqs)
            return
        ends = {(done.topic, done.partition): done.offset + 1 for _, done in acked}
        async with db.transaction():
            await db.execute(f"delete from {self.table} where seq = any($1)", seqs)
            await db.executemany(
                "insert into positions values ($1, $2, $3) on conflict (topic, part) do update"
                " set next_offset = greatest(positions.next_offset, excluded.next_offset)",
                [(topic, part, end) for (topic, part), end in sorted(ends.items())],
            )

    async def _ready_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = new_producer(self.settings)
            await producer.start()
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        """Let a producer go; after an error it would refuse everything for ever."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await asyncio.wait_for(producer.stop(), 5)
            except Exception as fault:
                log.debug("producer_not_stopped", fault=type(fault).__name__)
