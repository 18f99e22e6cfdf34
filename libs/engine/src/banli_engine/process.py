"""One process of a deciding service: it reads, decides, sends, sweeps and answers over HTTP."""

import asyncio
import gc
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import structlog
from faststream.kafka import KafkaBroker

from banli_engine import asking, catchup, gauges, http, logs, metrics, store, sweep, topics, tracing
from banli_engine.clock import business_time
from banli_engine.clocks import Clocks
from banli_engine.decider import Service
from banli_engine.feed import Feed
from banli_engine.kafka import broker_of, partition_of
from banli_engine.loop import Loop
from banli_engine.member import LOOK_SECONDS, PATIENCE_SECONDS, STOPPED_EXIT, Member
from banli_engine.relay import Relay
from banli_engine.settings import Settings
from banli_engine.store import Database, Message, Move
from banli_engine.sweep import Sweep
from banli_engine.watch import nested
from banli_engine.ways import Way

NUDGE_SECONDS = 1.0
OFTEN_SECONDS = 0.05
"""How often to look: in general, and where the clock is driven or the last look found more."""

log = structlog.get_logger()


class NotOpen(Exception):
    """The ways in are closed: the service has not caught up, or is being rebuilt."""


Beside = Callable[["Process"], Coroutine[Any, Any, None]]


class Process(Member):
    """A member that decides: its loop, its relays and its sweep."""

    meters = metrics.EVERY, metrics.DECIDING

    def __init__(self, service: Service, settings: Settings, beside: Sequence[Beside] = ()) -> None:
        self.service, self.beside = service, beside
        self.loop = Loop(
            service,
            Database(settings.database, sweep.writes_clocks(service)),
            driven=settings.clock == "driven",
            epoch=settings.epoch,
            wrote=self._wrote,
        )
        events, receipts = (Database(settings.database) for _ in range(2))
        self.relays = (
            Relay(settings, service.name, events, receipts=False, sent=self._sent),
            Relay(settings, service.name, receipts, receipts=True),
        )
        self.room = asyncio.Semaphore(asking.AT_ONCE)
        broker = broker_of(settings)
        super().__init__(service.name, settings, broker, self._feeds(settings, broker))

    # -- life cycle

    async def prepare(self, db: asyncpg.Connection) -> None:
        """Make the tables that are missing."""
        await store.prepare(db)

    async def begin(self, db: asyncpg.Connection) -> None:
        """Recall what was answered, and let the loop run: it folds, but does not decide yet."""
        self.loop.ends = self.ends
        self.loop.rebuilt = await store.setting(db, store.REBUILT)
        await catchup.recall_answers(self.settings, self.service.name, db)
        await sweep.refill(self.service, db)
        self.go(self.loop.run())

    def parts(self) -> Sequence[Coroutine[Any, Any, None]]:
        """Sweep and send, both only once the service has caught up."""
        return [
            self._nudge(),
            self._look_at_clocks(),
            *(relay.run(self._when_caught_up) for relay in self.relays),
            *(run(self) for run in self.beside),
        ]

    async def now_caught_up(self) -> None:
        """Let the loop decide; what waited while it could not has all its time again."""
        async with self.watch.lock:
            await sweep.wait_anew(await self.watch.database.get())
        self.loop.caught_up = True

    async def finish(self) -> None:
        """Answer what was taken; before a rebuild empties the database, send what stands there."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not self.loop.idle:
                    await asyncio.sleep(0.01)
                while self.ended == STOPPED_EXIT and await self._unsent():
                    await asyncio.sleep(0.02)

    async def _unsent(self) -> bool:
        counts = await self.watch.counts()
        return bool(counts["unsent"] or counts["unsent_receipts"])

    async def close(self) -> None:
        """Let the connections go, and the leases."""
        for relay in self.relays:
            await relay.stop()
        await self.loop.database.close()

    # -- parts

    def _feeds(self, settings: Settings, broker: KafkaBroker) -> list[Feed]:
        name, epoch = self.service.name, settings.epoch
        return [
            Feed(
                broker,
                topics.group(name, "log", epoch),
                topics=catchup.log_topics(settings),
                read_positions=self._positions,
                take=self.loop.deliver,
                ready=self._at_once,
            ),
            Feed(
                broker,
                topics.group(name, "submissions", epoch),
                pattern=topics.submissions_pattern(name, epoch),
                read_positions=self._positions,
                take=self._take_submissions,
                ready=self._when_open,
                expires=True,
            ),
        ]

    async def _positions(self, places: Any) -> dict[tuple[str, int], int]:
        db = await store.connect(self.settings.database)
        try:
            return await store.positions(db, places)
        finally:
            await db.close()

    async def _take_submissions(self, messages: Sequence[Message], moves: Sequence[Move]) -> None:
        """Take submissions in while the ways in are open; else they stay where they lie."""
        if not self.open:
            raise NotOpen
        await self.loop.deliver(messages, moves)

    async def _at_once(self) -> None:
        """The log is read from the start on: only by that a service catches up."""

    async def _when_caught_up(self) -> None:
        await self.caught_up.wait()

    async def _when_open(self) -> None:
        while not self.open:
            await asyncio.sleep(LOOK_SECONDS)

    async def _nudge(self) -> None:
        """Try again what waits, every second; at once while there is more."""
        await self._repeat(Sweep(self.service, Database(self.settings.database), self.loop))

    async def _look_at_clocks(self) -> None:
        """Look every second which clocks have run out."""
        parts = Counter(topic for topic, _ in self.ends)

        def place_of(subject: str) -> tuple[str, int]:
            topic = topics.log_of(subject, self.settings.epoch)
            return topic, partition_of(subject.encode(), parts[topic])

        driven = self.settings.clock == "driven"
        database, ends = Database(self.settings.database), self.watch.ends
        await self._repeat(Clocks(database, self.loop, place_of=place_of, ends=ends, driven=driven))

    async def _repeat(self, look: Sweep | Clocks) -> None:
        await self._when_caught_up()
        often = self.settings.clock == "driven"
        while True:
            await look.once()
            await asyncio.sleep(OFTEN_SECONDS if often or look.more else NUDGE_SECONDS)

    def _wrote(self) -> None:
        for relay in self.relays:
            relay.wake()

    def _sent(self) -> None:
        self.relays[1].wake()

    # -- what operators ask

    async def measure(self) -> None:
        """Find out what the metrics show of this process and its service."""
        await super().measure()
        await gauges.deciding(self)

    async def status(self) -> dict[str, Any]:
        """Tell how this process and its service stand."""
        counts = await self.watch.counts()
        async with self.watch.lock:
            db = await self.watch.database.get()
            rows = await db.fetch("select name, value from settings")
        settings = {row["name"]: row["value"] for row in rows}
        now = business_time(settings, self.settings.clock == "driven")
        return {
            "service": self.service.name,
            "ready": self.open,
            "mode": self.mode,
            "unwell": self.unwell,
            "clock": self.settings.clock,
            "now": now.isoformat(),
            "idle": self.loop.idle,
            "lag": await self.watch.lag(),
            "redelivered": self.loop.redelivered,
            "positions": nested(await self.watch.positions()),
            "stopped": {topic: why for f in self.feeds for topic, why in f.faults.items()},
            **counts,
        }


def main(service: Service, *ways: Way, beside: Sequence[Beside] = ()) -> None:
    """Run a deciding service from its environment, with the ways in that are its own.

    `beside`: what else of its own runs for as long as a process does.
    """
    settings = Settings()  # type: ignore[call-arg]
    logs.configure(settings.log, service.name)
    tracing.configure(service.name)
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # folds and caches make few cycles; each walk costs much
    raise SystemExit(asyncio.run(_run(service, settings, ways, beside)))


async def _run(
    service: Service, settings: Settings, ways: Sequence[Way], beside: Sequence[Beside]
) -> int:
    process = Process(service, settings, beside)
    return await process.run(http.app(process, ways))
