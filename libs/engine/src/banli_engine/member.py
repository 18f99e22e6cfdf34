"""What every process of a service does: begin, catch up, look after itself, end.

Any number run side by side as members of the service's consumer groups. FastStream carries the
subscriptions and the life cycle; a row of `settings` tells of a rebuild.
"""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import asyncpg
import structlog
import uvicorn
from faststream import FastStream
from faststream.kafka import KafkaBroker
from faststream.security import SASLPlaintext, SASLScram512
from starlette.applications import Starlette

from banli_engine import catchup, logs
from banli_engine.feed import Feed
from banli_engine.settings import KafkaSettings, Settings
from banli_engine.store import CLOSING, MODE, OPEN, STOPPED, Database, setting
from banli_engine.tokens import Tokens
from banli_engine.watch import Watch

STOPPED_EXIT = 75
"""The exit status of a process that a rebuild ended; whoever started it may start it again."""

LOOK_SECONDS = 0.25
UNWELL_EVERY = 20
"""How many looks at the mode go to one look at the process's own health."""

PATIENCE_SECONDS = 5.0
"""How long a process that ends waits for its callers, and for Kafka where a rebuild ends it."""

log = structlog.get_logger()


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


class Member:
    """One process; what it is there for, a subclass says."""

    def __init__(self, settings: Settings, broker: KafkaBroker, feeds: Sequence[Feed]) -> None:
        self.settings, self.broker, self.feeds = settings, broker, feeds
        self.tokens = Tokens(Path(settings.token_keys or "keys.jwks"))
        self.watch = Watch(settings, Database(settings.database), feeds)
        self.mode = CLOSING
        self.unwell: str | None = None
        self.ends: dict[tuple[str, int], int] = {}  # where the log ended when this process began
        self.ended: int | None = None
        self.caught_up = asyncio.Event()
        self._leaving = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def open(self) -> bool:
        """Tell whether callers are answered: caught up, and not being rebuilt."""
        return self.mode == OPEN and self.caught_up.is_set()

    async def run(self, app: Starlette) -> int:
        """Run until told to stop; give the exit status."""
        host, _, port = self.settings.http.rpartition(":")
        self._server = _Server(
            uvicorn.Config(app, host, int(port), access_log=False, log_config=None, lifespan="off")
        )
        self._life = FastStream(
            self.broker,
            logger=None,
            on_startup=[self._start],
            after_startup=[self._started],
            on_shutdown=[self._stop],
            after_shutdown=[self._stopped],
        )
        await self._life.run()
        return self.ended or 0

    # -- what a subclass says

    async def prepare(self, db: asyncpg.Connection) -> None:
        """Make the tables that are missing."""
        raise NotImplementedError

    async def begin(self, db: asyncpg.Connection) -> None:
        """Get ready to read; `ends` is known, nothing is read yet."""
        raise NotImplementedError

    def parts(self) -> Sequence[Coroutine[Any, Any, None]]:
        """Name what runs beside the subscriptions for as long as the process does."""
        return ()

    def now_caught_up(self) -> None:
        """Take note that all that stood on the log at the start has been read."""

    async def finish(self) -> None:
        """Finish what is in hand, before the parts are ended."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let the connections go."""
        raise NotImplementedError

    # -- life cycle

    async def _start(self) -> None:
        """Serve HTTP at once, wait while a rebuild is going on, then learn where the log ends."""
        self.go(self._server.serve())
        await self._outlast_rebuild()
        db = await self.watch.database.get()
        await self.prepare(db)
        for topic in await catchup.check_identity(self.settings, db):
            for feed in self.feeds:
                feed.stop_at(topic, "the topic was deleted and made anew")
        self.ends = await catchup.ends_now(self.settings)
        await self.begin(db)

    async def _outlast_rebuild(self) -> None:
        """Wait while a rebuild goes on, with no connection open: who has one is not yet gone."""
        while await self._read_mode() == STOPPED:
            self.mode = STOPPED
            async with self.watch.lock:
                await self.watch.database.close()
            await asyncio.sleep(LOOK_SECONDS)
        self.mode = CLOSING

    async def _read_mode(self) -> str:
        async with self.watch.lock:
            db = await self.watch.database.get()
            if not await db.fetchval("select to_regclass('settings')"):
                return OPEN
            return await setting(db, MODE) or OPEN

    async def _started(self) -> None:
        for part in (self._catch_up(), self._look_after(), *self.parts()):
            self.go(part)

    async def _stop(self) -> None:
        """Take no more in: the batch in hand is finished, HTTP answers what it has taken."""
        self._leaving = True
        if self.mode == OPEN:
            self.mode = CLOSING
        for feed in self.feeds:
            feed.leave()
        self._server.should_exit = True

    async def _stopped(self) -> None:
        """Leave: what was not finished stands in the database for the next process."""
        await asyncio.wait(self._tasks[:1], timeout=PATIENCE_SECONDS)  # HTTP, in hand
        self._server.force_exit = True
        await self.finish()
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.wait(self._tasks[:1], timeout=1)
        self._tasks[0].cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.watch.close()
        await self.close()

    def go(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a part; if it ends by a fault, the process ends and somebody starts it anew."""
        task = asyncio.create_task(job)
        task.add_done_callback(_ended)
        self._tasks.append(task)

    # -- looking after itself

    async def _catch_up(self) -> None:
        """Wait until everything that stood on the log at the start has been read."""
        while True:
            at = await self.watch.positions()
            if all(at.get(place, 0) >= end for place, end in self.ends.items()):
                break
            await asyncio.sleep(0.05)
        self.now_caught_up()
        self.caught_up.set()
        log.info("caught_up", positions=sum(self.ends.values()))

    async def _look_after(self) -> None:
        """Follow the mode; find out whether this process has got stuck."""
        looks = 0
        while True:
            try:
                await self._follow_mode()
                if looks % UNWELL_EVERY == 0:
                    self.unwell = await self.watch.unwell()
            except Exception as fault:
                log.warning("not_looked_after", fault=type(fault).__name__)
            looks += 1
            await asyncio.sleep(LOOK_SECONDS)

    async def _follow_mode(self) -> None:
        mode = await self._read_mode()
        if self._leaving:
            return
        self.mode = mode
        if mode == STOPPED:
            self._leaving, self.ended = True, STOPPED_EXIT
            self._life.exit()


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.critical("part_failed", **logs.of(fault))
        os._exit(1)
