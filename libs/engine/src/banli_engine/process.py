"""One process of a deciding service: it reads, decides, sends, sweeps and answers over HTTP.

Any number run side by side. FastStream carries the subscriptions and the life cycle.
"""

import asyncio
import gc
import os
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from faststream import FastStream
from faststream.kafka import KafkaBroker
from faststream.security import SASLPlaintext, SASLScram512

from banli_engine import catchup, faults, http, logs, store, sweep, topics
from banli_engine.clock import NOW, business_time
from banli_engine.decider import Service
from banli_engine.feed import Feed
from banli_engine.loop import Loop
from banli_engine.relay import Relay
from banli_engine.settings import KafkaSettings, Settings
from banli_engine.store import CLOSING, MODE, OPEN, STOPPED, Database, Message, Move
from banli_engine.tokens import Tokens
from banli_engine.watch import Watch, nested

STOPPED_EXIT = 75
"""The exit status of a process that a rebuild ended; whoever started it may start it again."""

LOOK_SECONDS = 0.25
PATIENCE_SECONDS = 5.0
"""How long a process that ends waits for its callers, and for Kafka where a rebuild ends it."""

NUDGE_SECONDS = 1.0
DRIVEN_NUDGE_SECONDS = 0.05

log = structlog.get_logger()


class NotOpen(Exception):
    """The ways in are closed: the service has not caught up, or is being rebuilt."""


class _Server(uvicorn.Server):
    """An HTTP server that leaves the signals to FastStream."""

    def capture_signals(self) -> Any:
        return nullcontext()


def broker_of(settings: KafkaSettings) -> KafkaBroker:
    """Make FastStream's broker; its own logging is two lines a batch, so it has none."""
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-512": SASLScram512}
    security = kinds[settings.kafka_mechanism](
        username=settings.kafka_user,
        password=settings.kafka_password,
        use_ssl=settings.kafka_protocol == "SASL_SSL",
    )
    return KafkaBroker(
        settings.kafka,
        security=security,
        metadata_max_age_ms=5_000,  # a new department's topic is found within this time
        graceful_timeout=15,
        logger=None,
        apply_types=False,  # handlers take records as they lie
        enable_idempotence=True,
        acks="all",
    )


class Process:
    """All the parts of one process, and when each starts and stops."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service, self.settings = service, settings
        self.tokens = Tokens(Path(settings.token_keys or "keys.jwks"))
        self.loop = Loop(
            service,
            Database(settings.database),
            driven=settings.clock == "driven",
            epoch=settings.epoch,
            wrote=self._wrote,
        )
        self.relays = [
            Relay(settings, service.name, Database(settings.database), receipts=False,
                  sent=self._sent),
            Relay(settings, service.name, Database(settings.database), receipts=True),
        ]  # fmt: skip
        self.broker = broker_of(settings)
        self.feeds = self._feeds()
        self.watch = Watch(settings, Database(settings.database), self.feeds)
        self.mode = CLOSING
        self.unwell: str | None = None
        self.ended: int | None = None
        self._caught_up = asyncio.Event()
        self._leaving = False
        self._tasks: list[asyncio.Task[None]] = []
        host, _, port = settings.http.rpartition(":")
        config = uvicorn.Config(
            http.app(self), host, int(port), access_log=False, log_config=None, lifespan="off"
        )
        self._server = _Server(config)

    @property
    def open(self) -> bool:
        """Tell whether commands are answered: caught up, and not being rebuilt."""
        return self.mode == OPEN and self._caught_up.is_set()

    async def run(self) -> int:
        """Run until told to stop; give the exit status."""
        app = FastStream(
            self.broker,
            logger=None,
            on_startup=[self._start],
            after_startup=[self._started],
            on_shutdown=[self._stop],
            after_shutdown=[self._stopped],
        )
        self._app = app
        await app.run()
        return self.ended or 0

    # -- life cycle

    async def _start(self) -> None:
        """Serve HTTP at once, wait while a rebuild is going on, then learn where the log ends."""
        self._go(self._server.serve())
        await store.prepare(await self.watch.database.get())
        await self._outlast_rebuild()
        db = await self.watch.database.get()
        self.loop.rebuilt = await store.setting(db, store.REBUILT)
        for topic in await catchup.check_identity(self.settings, db):
            for feed in self.feeds:
                feed.stop_at(topic, "the topic was deleted and made anew")
        self._ends = await catchup.ends_now(self.settings)
        await catchup.recall_answers(self.settings, self.service.name, db)
        await sweep.refill(self.service, db)
        self._go(self.loop.run())

    async def _outlast_rebuild(self) -> None:
        """Wait while a rebuild goes on, with no connection open: who has one is not yet gone."""
        while await self._read_mode() == STOPPED:
            self.mode = STOPPED
            async with self.watch._lock:
                await self.watch.database.close()
            await asyncio.sleep(LOOK_SECONDS)
        self.mode = CLOSING

    async def _read_mode(self) -> str:
        async with self.watch._lock:
            return await store.setting(await self.watch.database.get(), MODE) or OPEN

    async def _started(self) -> None:
        self._go(self._catch_up())
        self._go(self._look_after())
        self._go(self._nudge())
        for relay in self.relays:
            self._go(relay.run(self._when_caught_up))

    async def _stop(self) -> None:
        """Take no more in: the batch in hand is finished, HTTP answers what it has taken."""
        self._leaving = True
        if self.mode == OPEN:
            self.mode = CLOSING
        self._server.should_exit = True

    async def _stopped(self) -> None:
        """Leave: what is unsent stands in the database for the next process."""
        await asyncio.wait(self._tasks[:1], timeout=PATIENCE_SECONDS)  # HTTP, in hand
        while not self.loop.idle:
            await asyncio.sleep(0.01)
        if self.ended == STOPPED_EXIT:
            await self._send_all()
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for relay in self.relays:
            await relay.stop()
        await self.watch.close()
        await self.loop.database.close()

    async def _send_all(self) -> None:
        """Before a rebuild empties the database, send what stands in it alone."""
        until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < until:
            counts = await self.watch.counts()
            if not counts["unsent"] and not counts["unsent_receipts"]:
                return
            await asyncio.sleep(0.02)

    def _go(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(job)
        task.add_done_callback(self._job_ended)
        self._tasks.append(task)

    def _job_ended(self, task: asyncio.Task[None]) -> None:
        """A part that ends by a fault ends the process: somebody starts it anew."""
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.critical("part_failed", **logs.of(fault))
            os._exit(1)

    # -- parts

    def _feeds(self) -> list[Feed]:
        name, epoch = self.service.name, self.settings.epoch
        return [
            Feed(
                self.broker,
                topics.group(name, "log", epoch),
                topics=catchup.log_topics(self.settings),
                read_positions=self._positions,
                take=self.loop.deliver,
                ready=self._at_once,
            ),
            Feed(
                self.broker,
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
        await self._caught_up.wait()

    async def _when_open(self) -> None:
        while not self.open:
            await asyncio.sleep(LOOK_SECONDS)

    async def _catch_up(self) -> None:
        """Wait until everything that stood on the log at the start is folded; then decide."""
        while True:
            at = await self.watch.positions()
            if all(at.get(place, 0) >= end for place, end in self._ends.items()):
                break
            await asyncio.sleep(0.05)
        self.loop.caught_up = True
        self._caught_up.set()
        log.info("caught_up", positions=sum(self._ends.values()))

    async def _look_after(self) -> None:
        """Follow the mode; find out whether this process has got stuck."""
        n = 0
        while True:
            try:
                await self._follow_mode()
                if n % 20 == 0:
                    self.unwell = await self.watch.unwell()
            except Exception as fault:
                log.warning("not_looked_after", fault=type(fault).__name__)
            n += 1
            await asyncio.sleep(LOOK_SECONDS)

    async def _follow_mode(self) -> None:
        mode = await self._read_mode()
        if self._leaving:
            return
        self.mode = mode
        if mode == STOPPED:
            self._leaving, self.ended = True, STOPPED_EXIT
            self._app.exit()

    async def _nudge(self) -> None:
        """Sweep the clocks, and try again what waits, every second; at once while there is more."""
        await self._when_caught_up()
        db, behind = Database(self.settings.database), 0
        driven = self.settings.clock == "driven"
        pause = DRIVEN_NUDGE_SECONDS if driven else NUDGE_SECONDS
        while True:
            try:
                await sweep.run_known(self.service, await db.get())
                subjects, behind = await sweep.waiting(await db.get(), behind)
                self.loop.touch(subjects)
                clocks = await sweep.run_out(await db.get(), driven)
                if clocks:
                    faults.reached("in-sweep")
                self.loop.check(clocks)
            except Exception as fault:
                log.warning("not_swept", fault=type(fault).__name__)
            await asyncio.sleep(DRIVEN_NUDGE_SECONDS if behind else pause)

    def _wrote(self) -> None:
        for relay in self.relays:
            relay.wake()

    def _sent(self) -> None:
        self.relays[1].wake()

    # -- what operators ask

    async def status(self) -> dict[str, Any]:
        """Tell how this process and its service stand."""
        counts = await self.watch.counts()
        async with self.watch._lock:
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
            "lag": nested(await self.watch.lag()),
            "redelivered": self.loop.redelivered,
            "positions": nested(await self.watch.positions()),
            "stopped": {topic: why for f in self.feeds for topic, why in f.faults.items()},
            **counts,
        }

    async def advance(self, now: datetime) -> bool:
        """Advance the driven clock; False where it would go back."""
        async with self.watch._lock:
            db = await self.watch.database.get()
            before = await store.setting(db, NOW)
            if before is not None and datetime.fromisoformat(before) > now:
                return False
            await store.set_setting(db, NOW, now.isoformat())
        return True


def main(service: Service) -> None:
    """Run a deciding service from its environment."""
    settings = Settings()  # type: ignore[call-arg]
    logs.configure(settings.log, service.name)
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # folds and caches make few cycles; each walk costs much
    raise SystemExit(asyncio.run(Process(service, settings).run()))
