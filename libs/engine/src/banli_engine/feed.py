"""A subscription whose positions live in the database: what was written is what was read.

FastStream carries it; this module says where to go on after a rebalance and goes back after a
failure. The group's own offsets are committed for the measurement of lag only.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from banli_engine import faults, metrics
from banli_engine.records import as_they_lie, count, message_of
from banli_engine.store import Message, Move

COMMIT_SECONDS = 1.0
"""How often the group is told how far this process has read: every commit is a write of Kafka's."""

log = structlog.get_logger()

ReadPositions = Callable[[Iterable[tuple[str, int]]], Awaitable[dict[tuple[str, int], int]]]
Take = Callable[[Sequence[Message], Sequence[Move]], Awaitable[None]]


class Phase(StrEnum):
    """How far a member of a group has come since it last joined."""

    JOINING = "has had no assignment"
    HELD_BACK = "may not read yet"
    LOADING = "has not loaded its positions"
    READING = "reads, or has no share"  # more members than partitions


class Feed(ConsumerRebalanceListener):  # type: ignore[misc]
    """One consumer group of a service: batches in order, exactly from the stored positions."""

    def __init__(
        self,
        broker: KafkaBroker,
        group: str,
        *,
        topics: Sequence[str] = (),
        pattern: str | None = None,
        read_positions: ReadPositions,
        take: Take,
        ready: Callable[[], Awaitable[None]],
        expires: bool = False,
        max_records: int = 500,
    ) -> None:
        """Subscribe to topics, or to all whose name fits a pattern.

        `take` writes a batch with its moves, or raises; `ready` holds the reading back until the
        service may read here; `expires`: old messages vanish, and a position before them moves up.
        """
        self.group = group
        self.faults: dict[str, str] = {}  # topics that this reader has stopped at, and why
        self.phase, self.turns = Phase.JOINING, 0  # and how often it has changed
        self._topics, self._pattern = topics, pattern
        self._read_positions, self._take, self._ready = read_positions, take, ready
        self._expires = expires
        self._lock = asyncio.Lock()
        self._expected: dict[TopicPartition, int] = {}
        self._jumped: dict[TopicPartition, int] = {}  # where offsets were missing once
        self._leaving = False
        self._pause = 0.05  # seconds after a failure; grows while it lasts
        self._seeking: asyncio.Task[None] | None = None
        self._held: frozenset[TopicPartition] = frozenset()  # until that task has found the place
        self._read: dict[TopicPartition, int] = {}  # what the group is still to be told
        self._telling: asyncio.Task[None] | None = None
        self._subscriber = broker.subscriber(
            *topics,
            pattern=pattern,
            group_id=group,
            batch=True,
            max_records=max_records,
            batch_timeout_ms=20,  # FastStream sleeps this long again after an empty poll
            fetch_max_wait_ms=50,  # a partition that a fetch left out waits for its end
            session_timeout_ms=6_000,  # the broker's minimum: the pause after a kill -9
            heartbeat_interval_ms=1_000,
            auto_offset_reset="earliest",  # the default, latest, skips history
            ack_policy=AckPolicy.MANUAL,  # the default, ACK_FIRST, loses facts
            listener=self,
            parser=self._parse,  # the default parser drops a batch for one odd header
            decoder=as_they_lie,
        )
        self._subscriber(self._handle)

    @property
    def consumer(self) -> AIOKafkaConsumer:
        """The consumer that FastStream runs."""
        consumer = self._subscriber.consumer
        if consumer is None:
            raise RuntimeError("the subscription has not started")
        return consumer

    def assignment(self) -> frozenset[TopicPartition]:
        """Tell which partitions this process reads."""
        consumer = self._subscriber.consumer
        return frozenset(consumer.assignment()) if consumer else frozenset()

    def reads(self, topic: str) -> bool:
        """Tell whether a topic is one of this subscription's."""
        return topic in self._topics or bool(self._pattern and re.match(self._pattern, topic))

    def leave(self) -> None:
        """Take no further batch: FastStream ends a subscription only when none is in hand."""
        self._leaving = True
        for task in (self._seeking, self._telling):
            if task:
                task.cancel()
        if assigned := self.assignment():
            self.consumer.pause(*assigned)

    # -- rebalances

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Wait for the batch in progress, then forget where this process stood."""
        async with self._lock:
            if self._seeking:
                self._seeking.cancel()
            self._expected.clear()
            self._held = frozenset()
            self._enter(Phase.JOINING)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Hold the partitions until the database has told where to go on."""
        tps = frozenset(assigned)
        if tps:
            self.consumer.pause(*tps)  # before the first await, or stale records come first
            self._look_up(tps)
        else:
            self._enter(Phase.READING)

    def _enter(self, phase: Phase) -> None:
        self.phase, self.turns = phase, self.turns + 1

    def _look_up(self, tps: frozenset[TopicPartition], after: float = 0) -> None:
        """Go on from the stored positions; one task does it for all partitions that are held."""
        if self._seeking:
            self._seeking.cancel()
        self._held |= tps
        if not self._leaving:
            self._seeking = asyncio.create_task(self._seek(self._held, after))

    async def _seek(self, tps: frozenset[TopicPartition], after: float) -> None:
        """Read the positions and go on from there; stay a member while the database is away."""
        await asyncio.sleep(after)
        self._enter(Phase.HELD_BACK)
        await self._ready()
        self._enter(Phase.LOADING)
        delay = 0.1
        while True:
            try:
                found = await self._sound(tps)
                break
            except Exception as fault:
                log.warning("positions_unread", group=self.group, fault=type(fault).__name__)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5)
        if not tps <= self.consumer.assignment():
            return  # a newer assignment has its own task
        for tp, offset in found.items():
            self.consumer.seek(tp, offset)
        self._expected.update(found)
        self.consumer.resume(*found)
        self._held = frozenset()
        self._enter(Phase.READING)

    async def _sound(self, tps: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        """Read the positions, leaving out the topics where they lie outside of the log."""
        stored = await self._read_positions([(tp.topic, tp.partition) for tp in tps])
        begin = await self.consumer.beginning_offsets(list(tps))
        end = await self.consumer.end_offsets(list(tps))
        sound: dict[TopicPartition, int] = {}
        for tp in tps:
            offset = stored[tp.topic, tp.partition]
            if self._expires and offset < begin[tp]:
                log.error("submissions_expired", topic=tp.topic, part=tp.partition, next=begin[tp])
                sound[tp] = await self._skip(tp, offset, begin[tp])
            elif begin[tp] <= offset <= end[tp]:
                sound[tp] = offset
            else:
                self.stop_at(tp.topic, "the stored position lies outside of the log")
        return {tp: offset for tp, offset in sound.items() if tp.topic not in self.faults}

    async def _skip(self, tp: TopicPartition, old: int, new: int) -> int:
        await self._take([], [Move(tp.topic, tp.partition, old, new)])
        return new

    def stop_at(self, topic: str, why: str) -> None:
        """Stop reading a topic, loudly; the others go on."""
        if topic in self.faults:
            return
        self.faults[topic] = why
        log.critical("reader_stopped", group=self.group, topic=topic, why=why)
        self._hold(tp for tp in self.assignment() if tp.topic == topic)

    # -- batches

    async def _parse(self, records: Any) -> KafkaAckableMessage:
        return KafkaAckableMessage(
            body=b"", headers={}, raw_message=records, consumer=self._subscriber.consumer
        )

    async def _handle(self, records: Sequence[ConsumerRecord]) -> None:
        """Hand a batch on under the lock; after a failure go back to what is written."""
        async with self._lock:
            if self._leaving:
                return  # what was fetched already is read again by whoever comes next
            fresh = self._fresh(records)
            if not fresh:
                return
            moves = self._moves(fresh)
            try:
                await self._take([message_of(r) for r in fresh], moves)
            except Exception as fault:
                metrics.BATCHES_FAILED.inc()
                log.warning("batch_not_written", group=self.group, fault=type(fault).__name__)
                if ours := self._hold(TopicPartition(r.topic, r.partition) for r in records):
                    self._look_up(ours, self._pause)  # the lock is let go: a rebalance waits for it
                self._pause = min(self._pause * 2, 5)
                return
            self._pause = 0.05
            faults.reached("before-group-commit")
            for move in moves:
                if move.topic not in self.faults:  # stopped at it on the way
                    self._expected[TopicPartition(move.topic, move.part)] = move.new
        count(fresh)
        self._tell_group(moves)

    def _fresh(self, records: Sequence[ConsumerRecord]) -> list[ConsumerRecord]:
        """Keep the records from where this process stands on, in partitions that it still reads.

        A record further on than expected is read again once: only where the broker shows the same
        gap twice are those offsets really not there.
        """
        at = dict(self._expected)
        fresh: list[ConsumerRecord] = []
        for record in records:
            tp = TopicPartition(record.topic, record.partition)
            expected = at.get(tp)
            if expected is None or record.offset < expected:
                continue
            if record.offset > expected and self._jumped.get(tp) != expected:
                self._jumped[tp] = expected
                self.consumer.seek(tp, expected)
                del at[tp]
                continue
            at[tp] = record.offset + 1
            fresh.append(record)
        return fresh

    def _moves(self, records: Sequence[ConsumerRecord]) -> list[Move]:
        """Move each partition from where it stands to behind its last record."""
        ends = {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}
        return [
            Move(tp.topic, tp.partition, self._expected[tp], end)
            for tp, end in sorted(ends.items())
        ]

    def _hold(self, tps: Iterable[TopicPartition]) -> frozenset[TopicPartition]:
        """Take no more from these partitions; give those of them that are still read here."""
        held = frozenset(tps)
        for tp in held:
            self._expected.pop(tp, None)
        if ours := held & self.assignment():
            self.consumer.pause(*ours)
        return ours

    def _tell_group(self, moves: Sequence[Move]) -> None:
        """Tell the group soon how far this process has read."""
        self._read.update({TopicPartition(m.topic, m.part): m.new for m in moves})
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._commit())

    async def _commit(self) -> None:
        """Commit for lag only: so not with each batch, and a failure is no matter."""
        await asyncio.sleep(COMMIT_SECONDS)
        read, self._read = self._read, {}
        try:
            ours = self.consumer.assignment()
            if offsets := {tp: offset for tp, offset in read.items() if tp in ours}:
                await self.consumer.commit(offsets)
        except Exception as fault:
            log.debug("lag_not_committed", group=self.group, fault=type(fault).__name__)
