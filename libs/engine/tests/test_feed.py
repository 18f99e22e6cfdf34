"""A subscription between rebalances and failures, told without a broker."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from faststream.kafka import KafkaBroker

from banli_engine.feed import Feed, Phase
from banli_engine.store import Message, Move

ONE, TWO = TopicPartition("log", 1), TopicPartition("log", 2)
OTHER = TopicPartition("other", 0)
EVERYWHERE = frozenset({ONE, TWO, OTHER})


@dataclass
class Consumer:
    """What a feed asks of its consumer."""

    read: set[TopicPartition] = field(default_factory=lambda: set(EVERYWHERE))
    paused: set[TopicPartition] = field(default_factory=set)
    at: dict[TopicPartition, int] = field(default_factory=dict)
    end: int = 9

    def assignment(self) -> set[TopicPartition]:
        return self.read

    def pause(self, *tps: TopicPartition) -> None:
        self.paused |= set(tps)

    def resume(self, *tps: TopicPartition) -> None:
        self.paused -= set(tps)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.at[tp] = offset

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, 0)

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, self.end)

    async def commit(self, _: Any) -> None: ...


@dataclass
class Reader:
    """A feed, with the database behind it that fails or holds when told to."""

    consumer: Consumer = field(default_factory=Consumer)
    fails: bool = False
    away: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    written: asyncio.Event = field(default_factory=asyncio.Event)
    positions: dict[tuple[str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ready.set()
        self.written.set()
        self.feed = Feed(
            KafkaBroker("nowhere:1"),
            "g",
            topics=("log", "other"),
            read_positions=self._positions,
            take=self._take,
            ready=self._ready,
        )
        self.feed._subscriber.consumer = self.consumer

    async def _ready(self) -> None:
        await self.ready.wait()

    async def _positions(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        if self.away:
            raise OSError
        return {place: self.positions.get(place, 0) for place in places}

    async def _take(self, _: Sequence[Message], moves: Sequence[Move]) -> None:
        await self.written.wait()
        if self.fails:
            raise OSError
        self.positions |= {(move.topic, move.part): move.new for move in moves}

    async def assigned(self, *tps: TopicPartition) -> None:
        self.consumer.read = set(tps)
        await self.feed.on_partitions_assigned(tps)

    async def batch(self, *places: tuple[TopicPartition, int]) -> None:
        await self.feed._handle([_record(tp, offset) for tp, offset in places])

    async def reads(self, *tps: TopicPartition) -> None:
        async with asyncio.timeout(2):
            while self.consumer.paused & set(tps) or self.feed.phase != Phase.READING:
                await asyncio.sleep(0.01)


def _record(tp: TopicPartition, offset: int) -> ConsumerRecord:
    return ConsumerRecord(tp.topic, tp.partition, offset, 0, 0, b"case/1", b"{}", None, 0, 0, ())


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    reader = Reader()
    yield reader
    reader.feed.leave()
    await asyncio.sleep(0)


def seeking() -> int:
    return sum("_seek" in str(task.get_coro()) for task in asyncio.all_tasks())


async def test_a_rebalance_does_not_wait_while_a_failed_batch_does(reader: Reader) -> None:
    await reader.assigned(ONE)
    await reader.reads(ONE)
    reader.fails, reader.feed._pause = True, 5
    batch = asyncio.create_task(reader.batch((ONE, 0)))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(0.5):
        await reader.feed.on_partitions_revoked([ONE])
    await batch


async def test_two_batches_that_fail_are_read_again_by_one_task(reader: Reader) -> None:
    await reader.assigned(ONE, TWO)
    await reader.reads(ONE, TWO)
    reader.fails = True
    await reader.batch((ONE, 0))
    await reader.batch((TWO, 0))
    assert reader.consumer.paused == {ONE, TWO}
    await asyncio.sleep(0)
    assert seeking() == 1
    reader.fails = False
    await reader.reads(ONE, TWO)
    await reader.batch((ONE, 0), (TWO, 0))
    assert reader.positions == {("log", 1): 1, ("log", 2): 1}


async def test_a_batch_that_fails_while_a_rebalance_begins_leaves_nothing_behind(
    reader: Reader,
) -> None:
    await reader.assigned(ONE)
    await reader.reads(ONE)
    reader.written.clear()
    batch = asyncio.create_task(reader.batch((ONE, 0)))
    await asyncio.sleep(0)
    rebalance = asyncio.create_task(reader.feed.on_partitions_revoked([ONE]))
    await asyncio.sleep(0)
    reader.fails = True
    reader.written.set()
    await asyncio.gather(batch, rebalance)
    await reader.assigned()
    await asyncio.sleep(0.2)
    assert (reader.feed.phase, seeking()) == (Phase.READING, 0)


async def test_a_member_tells_how_far_it_has_come(reader: Reader) -> None:
    assert reader.feed.phase == Phase.JOINING
    reader.ready.clear()
    await reader.assigned(ONE)
    await asyncio.sleep(0.01)
    assert reader.feed.phase == Phase.HELD_BACK
    reader.away = True
    reader.ready.set()
    await asyncio.sleep(0.01)
    assert reader.feed.phase == Phase.LOADING
    reader.away = False
    await reader.reads(ONE)
    await reader.feed.on_partitions_revoked([ONE])
    assert reader.feed.phase == Phase.JOINING
    await reader.assigned()  # more members than partitions
    assert reader.feed.phase == Phase.READING


async def test_a_reader_stopped_at_a_topic_takes_no_more_of_it_and_goes_on_with_the_others(
    reader: Reader,
) -> None:
    await reader.assigned(ONE, OTHER)
    await reader.reads(ONE, OTHER)
    reader.feed.stop_at("log", "made anew")
    await reader.batch((ONE, 0), (OTHER, 0))
    assert reader.positions == {("other", 0): 1}
    assert reader.consumer.paused == {ONE}
    await reader.feed.on_partitions_revoked([ONE, OTHER])
    await reader.assigned(ONE, OTHER)
    await reader.reads(OTHER)
    assert reader.consumer.paused == {ONE}


async def test_a_position_beyond_the_end_stops_the_reader_of_that_topic(reader: Reader) -> None:
    reader.positions = {("log", 1): 10}
    await reader.assigned(ONE, OTHER)
    await reader.reads(OTHER)
    assert (set(reader.feed.faults), reader.consumer.paused) == ({"log"}, {ONE})
