"""What every process of a service does: begin, catch up, look after itself, end.

Any number run side by side as members of the service's consumer groups. FastStream carries the
subscriptions and the life cycle; a row of `settings` tells of a rebuild.
"""

import asyncio
import os
import time
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from faststream import FastStream
from faststream.kafka import KafkaBroker
from starlette.applications import Starlette

from banli_engine import catchup, gauges, guard, logs, metrics, tracing
from banli_engine.clock import NOW
from banli_engine.feed import Feed
from banli_engine.meter import Meter
from banli_engine.observed import Observed
from banli_engine.settings import Settings
from banli_engine.store import CLOSING, MODE, OPEN, STOPPED, Database, connect, setting
from banli_engine.tokens import tokens_of
from banli_engine.watch import Watch

STOPPED_EXIT = 75
"""The exit status of a process that a rebuild ended; whoever started it may start it again."""

UNWELL_EXIT = 76
"""The exit status of a process that had got stuck and left; started again, it begins anew."""

LOOK_SECONDS = 0.25
HEALTH_SECONDS = 5.0
IDENTITY_SECONDS = 15.0
"""How often a process looks at its own health, and whether topics are those it knew."""

BLIND_SECONDS = 30.0
"""How old the last look at its own health may be before a process counts as unwell."""

LEAVE_SECONDS = 60.0
"""For how long a process remains unwell before it leaves."""

PATIENCE_SECONDS = 5.0
"""How long a process that ends waits for each of: a batch in hand, its callers, its loop."""

log = structlog.get_logger()


class Member:
    """One process; what it is there for, a subclass says."""

    meters: Sequence[Meter] = (metrics.EVERY,)

    def __init__(
        self, name: str, settings: Settings, broker: KafkaBroker, feeds: Sequence[Feed]
    ) -> None:
        self.name, self.settings, self.broker, self.feeds = name, settings, broker, feeds
        self.tokens = tokens_of(settings)
        self.watch = Watch(settings, Database(settings.database), feeds)
        self.mode = CLOSING
        self._unwell: str | None = None
        self._looked = float("inf")  # when its health was last known; before the first look: well
        self.ends: dict[tuple[str, int], int] = {}  # where the log ended when this process began
        self.ended: int | None = None
        self.caught_up = asyncio.Event()
        self._leaving = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def open(self) -> bool:
        """Tell whether callers are answered: caught up, and not being rebuilt."""
        return self.mode == OPEN and self.caught_up.is_set()

    @property
    def unwell(self) -> str | None:
        """Say why this process should be ended; None where it is well, as far as it knows."""
        if time.monotonic() - self._looked > BLIND_SECONDS:
            return f"the database has not answered for {BLIND_SECONDS:.0f} s"
        return self._unwell

    async def run(self, app: Starlette) -> int:
        """Run until told to stop; give the exit status."""
        self._server = guard.server(Observed(app), self.settings.http)
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

    async def now_caught_up(self) -> None:
        """Take note that all that stood on the log at the start has been read."""

    async def finish(self) -> None:
        """Finish what is in hand, before the parts are ended."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let the connections go."""
        raise NotImplementedError

    async def advance(self, now: datetime) -> bool:
        """Advance the driven clock; False where it would go back."""
        async with self.watch.lock:
            db = await self.watch.database.get()
            return bool(
                await db.fetchval(
                    "insert into settings values ($1, $2) on conflict (name) do update"
                    " set value = excluded.value"
                    " where settings.value::timestamptz <= excluded.value::timestamptz"
                    " returning true",
                    *(NOW, now.isoformat()),
                )
            )

    async def measure(self) -> None:
        """Find out what the metrics show beside what was counted."""
        await gauges.every(self)

    # -- life cycle

    async def _start(self) -> None:
        """Serve HTTP at once, wait while a rebuild is going on, then learn where the log ends."""
        self.go(self._server.serve())
        await self._outlast_rebuild()
        db = await connect(self.settings.database)  # its own: callers ask for the status already
        try:
            await self.prepare(db)
            self._stop_at(await catchup.check_identity(self.settings, db))
            self.ends = await catchup.ends_now(self.settings)
            await self.begin(db)
        finally:
            await db.close()
        self._looked = time.monotonic()
        self.go(self._look_after_health())  # from here on: joining may take for ever

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
        for part in (self._catch_up(), self._look_after(), self._look_at_topics(), *self.parts()):
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
        await end(self._tasks[1:])
        await asyncio.wait(self._tasks[:1], timeout=1)
        await end(self._tasks)
        await self.watch.close()
        await self.close()
        await asyncio.to_thread(tracing.stop)

    def go(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a part; if it ends by a fault, the process ends and somebody starts it anew."""
        task = asyncio.create_task(job)
        task.add_done_callback(_ended)
        self._tasks.append(task)

    # -- looking after itself

    async def _catch_up(self) -> None:
        """Wait until everything that stood on the log at the start has been read."""
        while not self.caught_up.is_set():
            try:
                at = await self.watch.positions()
                if all(at.get(place, 0) >= end for place, end in self.ends.items()):
                    await self.now_caught_up()
                    log.info("caught_up", positions=sum(self.ends.values()))
                    self.caught_up.set()
            except Exception as fault:
                log.warning("positions_unread", fault=type(fault).__name__)
            await asyncio.sleep(0.05)

    async def _look_after(self) -> None:
        """Follow the mode."""
        while True:
            try:
                await self._follow_mode()
            except Exception as fault:
                log.warning("mode_unread", fault=type(fault).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_after_health(self) -> None:
        """Find out whether this process has got stuck, and leave when it has long been."""
        since: float | None = None  # when it was first seen to be unwell
        while True:
            try:
                async with asyncio.timeout(BLIND_SECONDS):
                    self._unwell = await self.watch.unwell()
                self._looked = time.monotonic()
            except Exception as fault:
                log.warning("not_looked_after", fault=type(fault).__name__)
            why, now = self.unwell, time.monotonic()
            since = (since or now) if why else None
            if since and now - since > LEAVE_SECONDS:
                log.critical("left_unwell", why=why)
                os._exit(UNWELL_EXIT)  # an orderly end may hang as well
            await asyncio.sleep(HEALTH_SECONDS)

    async def _look_at_topics(self) -> None:
        """Find out now and then whether a topic that is read was deleted and made anew."""
        while True:
            read = {tp.topic for feed in self.feeds for tp in feed.assignment()}
            try:
                db = await connect(self.settings.database)
                try:
                    self._stop_at(await catchup.check_identity(self.settings, db, read, 5))
                finally:
                    await db.close()
            except Exception as fault:
                log.warning("topics_not_compared", fault=type(fault).__name__)
            await asyncio.sleep(IDENTITY_SECONDS)

    def _stop_at(self, topics: Sequence[str]) -> None:
        for feed in self.feeds:
            for topic in filter(feed.reads, topics):
                feed.stop_at(topic, "the topic was deleted and made anew")

    async def _follow_mode(self) -> None:
        mode = await self._read_mode()
        if self._leaving:
            return
        self.mode = mode
        if mode == STOPPED:
            self._leaving, self.ended = True, STOPPED_EXIT
            self._life.exit()


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended.

    One that waits with a time-out does not hear of it where what it waits for comes that moment:
    `asyncio.wait_for` swallows it before Python 3.12.
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=0.5)


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.critical("part_failed", **logs.of(fault))
        os._exit(1)
