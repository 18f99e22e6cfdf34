"""One process of reporting: it follows the log, keeps the ledgers and answers over HTTP.

Any number run side by side. FastStream carries the subscription and the life cycle.
"""

import asyncio
import gc
import os
from collections.abc import Coroutine
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import asyncpg
import structlog
import uvicorn
from faststream import FastStream

from banli_engine import catchup, logs, topics
from banli_engine.feed import Feed
from banli_engine.process import LOOK_SECONDS, PATIENCE_SECONDS, STOPPED_EXIT, broker_of
from banli_engine.settings import Settings
from banli_engine.store import CLOSING, MODE, OPEN, STOPPED, Database, setting
from banli_engine.tokens import Tokens
from banli_engine.watch import Watch, nested
from banli_reporting import http, tables
from banli_reporting.projector import Place, Projector

BATCH = 5_000
"""Messages taken at once: a rebuild writes once per subject in so many."""

log = structlog.get_logger()


class _Server(uvicorn.Server):
    """An HTTP server that leaves the signals to FastStream."""

    def capture_signals(self) -> Any:
        return nullcontext()


class Process:
    """All the parts of one process, and when each starts and stops."""

    pool: asyncpg.Pool

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tokens = Tokens(Path(settings.token_keys or "keys.jwks"))
        self.projector = Projector(Database(settings.database), Database(settings.database))
        self.broker = broker_of(settings)
        self.feed = Feed(
            self.broker,
            topics.group("reporting", "log", settings.epoch),
            topics=catchup.log_topics(settings),
            read_positions=self.projector.read_positions,
            take=self.projector.take,
            ready=self._at_once,
            max_records=BATCH,
        )
        self.watch = Watch(settings, Database(settings.database), [self.feed])
        self.mode = CLOSING
        self.caught_up = False
        self.unwell: str | None = None
        self.ended: int | None = None
        self._leaving = False
        self._jobs: list[asyncio.Task[None]] = []
        host, _, port = settings.http.rpartition(":")
        self._server = _Server(
            uvicorn.Config(
                http.app(self), host, int(port), access_log=False, log_config=None, lifespan="off"
            )
        )

    @property
    def open(self) -> bool:
        """Tell whether readers are answered: caught up, and not being rebuilt."""
        return self.mode == OPEN and self.caught_up

    async def run(self) -> int:
        """Run until told to stop; give the exit status."""
        self._app = FastStream(
            self.broker,
            logger=None,
            on_startup=[self._start],
            after_startup=[self._started],
            on_shutdown=[self._stop],
            after_shutdown=[self._stopped],
        )
        await self._app.run()
        return self.ended or 0

    # -- life cycle

    async def _start(self) -> None:
        """Serve HTTP at once, wait while a rebuild is going on, then learn where the log ends."""
        self._go(self._server.serve())
        await self._outlast_rebuild()
        db = await self.watch.database.get()
        await tables.prepare(db)
        self.pool = await asyncpg.create_pool(
            self.settings.database, min_size=1, max_size=4, server_settings={"timezone": "UTC"}
        )
        for topic in await catchup.check_identity(self.settings, db):
            self.feed.stop_at(topic, "the topic was deleted and made anew")
        await self.projector.relearn()
        logs_ = set(catchup.log_topics(self.settings))
        ends = await catchup.ends_now(self.settings)
        self.projector.ends = {place: end for place, end in ends.items() if place[0] in logs_}
        gc.freeze()
        gc.disable()  # nothing a batch makes is cyclic; looking for it costs a third of a rebuild

    async def _outlast_rebuild(self) -> None:
        """Wait while a rebuild goes on, with no connection open: who has one is not yet gone."""
        while True:
            async with self.watch._lock:
                db = await self.watch.database.get()
                known = await db.fetchval("select to_regclass('settings')")
                if not known or await setting(db, MODE) != STOPPED:
                    break
                await self.watch.database.close()
            self.mode = STOPPED
            await asyncio.sleep(LOOK_SECONDS)
        self.mode = CLOSING

    async def _started(self) -> None:
        self._go(self._catch_up())
        self._go(self._look_after())

    async def _stop(self) -> None:
        """Answer who has asked, and nobody else."""
        self._leaving = True
        if self.mode == OPEN:
            self.mode = CLOSING
        self._server.should_exit = True

    async def _stopped(self) -> None:
        """Leave when the batch in hand is written."""
        await asyncio.wait(self._jobs[:1], timeout=PATIENCE_SECONDS)  # HTTP, in hand
        await self.projector.stop()
        for job in self._jobs[1:]:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        await self.watch.close()
        await self.projector.close()
        await self.pool.close()

    def _go(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(job)
        task.add_done_callback(_ended)
        self._jobs.append(task)

    async def _at_once(self) -> None:
        """The log is read from the start on: reporting has nothing else to wait for."""

    async def _catch_up(self) -> None:
        """Wait until everything that stood on the log at the start is projected."""
        ends = self.projector.ends
        while True:
            at = await self.watch.positions()
            if all(at.get(place, 0) >= end for place, end in ends.items()):
                break
            await asyncio.sleep(0.05)
        gc.enable()
        self.caught_up = True
        log.info("caught_up", positions=sum(ends.values()))

    async def _look_after(self) -> None:
        """Follow the mode; learn types that another build noted; find out whether we are stuck."""
        n = 0
        while True:
            try:
                await self._follow_mode()
                if n % 20 == 0:
                    self.unwell = await self.watch.unwell()
                    await self.projector.relearn()
            except Exception as fault:
                log.warning("not_looked_after", fault=type(fault).__name__)
            n += 1
            await asyncio.sleep(LOOK_SECONDS)

    async def _follow_mode(self) -> None:
        async with self.watch._lock:
            mode = await setting(await self.watch.database.get(), MODE) or OPEN
        self.mode = CLOSING if self._leaving and mode == OPEN else mode
        if self.mode == STOPPED and self.ended is None:
            self.ended = STOPPED_EXIT
            self._app.exit()

    # -- what operators ask

    async def reachable(self) -> bool:
        """Tell whether the database answers."""
        try:
            async with self.pool.acquire(timeout=2) as db:
                await db.fetchval("select 1", timeout=2)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def status(self) -> dict[str, Any]:
        """Tell how this process and its service stand."""
        at: dict[Place, int] = await self.watch.positions()
        async with self.watch._lock:
            db = await self.watch.database.get()
            parked = await db.fetch(
                "select subject, reason, topic, part, pos from parked"
                " order by topic, part, pos limit 100"
            )
            unknown = await db.fetch("select type, count(*) as n from unknown group by type")
            again = await db.fetchval("select coalesce(sum(redelivered), 0) from positions")
        return {
            "service": "reporting",
            "ready": self.open,
            "mode": self.mode,
            "unwell": self.unwell,
            "lag": nested(await self.watch.lag()),
            "unsent": 0,
            "waiting": 0,
            "parked": [dict(each) for each in parked],
            "unknown": {each["type"]: each["n"] for each in unknown},
            "redelivered": int(again),
            "positions": nested(at),
            "stopped": dict(self.feed.faults),
        }


def _ended(task: asyncio.Task[None]) -> None:
    """A part that ends by a fault ends the process: somebody starts it anew."""
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.critical("part_failed", **logs.of(fault))
        os._exit(1)
