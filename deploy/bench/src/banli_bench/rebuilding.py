"""A rebuild of reporting, in events a second, beside reading and decoding alone."""

import asyncio
import gc
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from aiokafka import AIOKafkaConsumer, TopicPartition

from banli_bench.visible import Looks
from banli_bench.world import World
from banli_engine import topics
from banli_events.envelope import Wire, decode


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the rebuild and the reading came to."""

    events: int
    rate: float
    alone: float
    closed_seconds: float

    @property
    def share(self) -> float:
        return self.rate / self.alone


def measure(world: World, profile: Path) -> Rebuilt:
    """Rebuild reporting by the operators' command, then read the same log and decode it."""
    looks = Looks()
    topic = topics.case_events(world.epoch)
    watch = Thread(target=lambda: asyncio.run(looks.look(world.databases["reporting"], topic)))
    began = time.monotonic()
    rebuild = [sys.executable, "-m", "banli_cli", "rebuild", "reporting", "--profile", str(profile)]
    run = subprocess.Popen(rebuild, stdout=subprocess.DEVNULL)
    _wait_restarted(world, run)
    watch.start()
    if run.wait():
        raise AssertionError("the rebuild failed")
    closed = time.monotonic() - began
    looks.done.set()
    watch.join()
    events, seconds = _reading_time(looks)
    return Rebuilt(events, events / seconds, asyncio.run(_alone(world)), closed)


def _wait_restarted(world: World, run: "subprocess.Popen[bytes]") -> None:
    """Wait until the process that reads the log again has been started."""
    child = world.services["reporting"]
    before = child.restarts
    while child.restarts == before and run.poll() is None:
        time.sleep(0.005)


def _reading_time(looks: Looks) -> tuple[int, float]:
    """Tell how many events were read and in what time, from the first fetch on.

    The first batch has no beginning that could be seen: neither it nor the time before it counts.
    """
    moves = sorted(
        (at, offset - before)
        for part, offsets in looks.offsets.items()
        for at, offset, before in zip(looks.times[part], offsets, [0, *offsets[:-1]], strict=True)
        if offset
    )
    first, last = moves[0][0], moves[-1][0]
    return sum(count for at, count in moves if at > first), max(last - first, 1e-3)


async def _alone(world: World) -> float:
    """Read and decode the whole log with the services' client, and do nothing with it."""
    login = world.servers.login("auditor").client(world.servers.bootstrap)
    log = topics.common_topics(world.epoch)[0]
    consumer = AIOKafkaConsumer(
        **login, enable_auto_commit=False, fetch_max_wait_ms=100, max_poll_records=5_000
    )
    await consumer.start()
    try:
        places = [TopicPartition(log.name, part) for part in range(log.partitions)]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        gc.disable()
        began, left = time.monotonic(), sum(ends.values())
        while left > 0:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                left -= len(records)
                for one in records:
                    decode(Wire(one.key, tuple(one.headers), one.value))
        total: int = sum(ends.values())
        return total / (time.monotonic() - began)
    finally:
        gc.enable()
        await consumer.stop()
