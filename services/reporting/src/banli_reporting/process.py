"""One process of reporting: it follows the log, keeps the ledgers and answers over HTTP."""

import asyncio
import gc
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog

from banli_engine import catchup, metrics, topics
from banli_engine.choice import NOT_KEPT
from banli_engine.clock import NOW, business_time
from banli_engine.feed import Feed
from banli_engine.kafka import broker_of
from banli_engine.member import Member
from banli_engine.settings import Settings
from banli_engine.store import Database, setting
from banli_engine.watch import nested
from banli_reporting import notices, tables
from banli_reporting.measured import REPORTING
from banli_reporting.notices import Notices
from banli_reporting.projector import Place, Projector
from banli_reporting.sight import SEARCH_PATH

BATCH = 5_000
"""Messages taken at once: a rebuild writes once per subject in so many."""

RELEARN_SECONDS = 5.0
"""How often to look for events that another build noted as unknown and this one knows."""

SOON_SECONDS, OFTEN_SECONDS = 30.0, 0.1
"""How often to look which clocks run out soon: in general, and where the clock is driven."""

SHOWN = 100
"""How many of the subjects of which something is parked are named."""

_PARKED = """
    select * from (
        select distinct on (subject) subject, reason, topic, part, pos,
               count(*) over (partition by subject) as messages
          from parked where reason <> $1 order by subject, topic, part, pos
    ) p order by topic, part, pos
"""
"""Each subject with what was parked of it first: why, and how much there is."""

log = structlog.get_logger()


class Process(Member):
    """A member that projects."""

    pool: asyncpg.Pool
    meters = metrics.EVERY, REPORTING

    def __init__(self, settings: Settings) -> None:
        databases = Database(settings.database), Database(settings.database)
        self.projector = Projector(*databases, wall=settings.clock == "wall")
        broker = broker_of(settings)
        feed = Feed(
            broker,
            topics.group("reporting", "log", settings.epoch),
            topics=catchup.log_topics(settings),
            read_positions=self.projector.read_positions,
            take=self.projector.take,
            ready=self._at_once,
            max_records=BATCH,
        )
        self.relay = Notices(settings, Database(settings.database))
        self._clocks = Database(settings.database)
        self.looked_at = datetime.min.replace(tzinfo=UTC)  # up to which clocks that run out soon
        super().__init__("reporting", settings, broker, [feed])

    # -- life cycle

    async def prepare(self, db: asyncpg.Connection) -> None:
        """Make the tables that are missing."""
        await tables.prepare(db)

    async def begin(self, db: asyncpg.Connection) -> None:
        """Fold what an older build did not know; of the ends, only the logs' matter here."""
        await notices.recall(self.settings, db)
        self.projector.tells_since = await self._now(db) - notices.KEPT
        self.pool = await asyncpg.create_pool(
            self.settings.database,
            min_size=1,
            max_size=4,
            server_settings={"timezone": "UTC", "search_path": SEARCH_PATH},
        )
        await self.projector.relearn()
        await self.projector.follow()
        logs = set(catchup.log_topics(self.settings))
        self.ends = {place: end for place, end in self.ends.items() if place[0] in logs}
        self.projector.ends = self.ends
        gc.freeze()
        gc.disable()  # nothing a batch makes is cyclic; looking for it costs a third of a rebuild

    def parts(self) -> Sequence[Coroutine[Any, Any, None]]:
        """Learn types that another build noted, follow how forks are settled, tell departments."""
        tell = self.relay.run(self._when_caught_up)
        return [self._relearn(), self._follow(), self._tell_due_soon(), tell]

    async def now_caught_up(self) -> None:
        """Collect garbage again, but seldom: a walk over all subjects in memory stops for 0.2 s."""
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        gc.enable()

    async def finish(self) -> None:
        """Wait for the batch in hand."""
        await self.projector.stop()

    async def close(self) -> None:
        """Let the connections go."""
        await self.relay.stop()
        await self._clocks.close()
        await self.projector.close()
        await self.pool.close()

    async def _at_once(self) -> None:
        """The log is read from the start on: reporting has nothing else to wait for."""

    async def _when_caught_up(self) -> None:
        await self.caught_up.wait()

    async def _tell_due_soon(self) -> None:
        """Look again and again which clocks run out soon; at once where the clock is driven."""
        await self._when_caught_up()
        while True:
            try:
                db = await self._clocks.get()
                now = await self._now(db)
                await notices.tell_due_soon(db, now)
                self.looked_at = now
            except Exception as fault:
                log.warning("clocks_not_looked_at", fault=type(fault).__name__)
            await asyncio.sleep(OFTEN_SECONDS if self.settings.clock == "driven" else SOON_SECONDS)

    async def _relearn(self) -> None:
        while True:
            await asyncio.sleep(RELEARN_SECONDS)
            try:
                await self.projector.relearn()
            except Exception as fault:
                log.warning("not_relearnt", fault=type(fault).__name__)

    async def _follow(self) -> None:
        """Follow what this process reads at once, and what another one reads soon."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.projector.news.wait(), RELEARN_SECONDS)
            try:
                await self.projector.follow()
            except Exception as fault:
                log.warning("fork_not_followed", fault=type(fault).__name__)
                await asyncio.sleep(1)

    # -- what callers ask

    async def now(self) -> datetime:
        """Tell what time it is for who holds which post, and what is due when."""
        async with self.pool.acquire() as db:
            return await self._now(db)

    def _idle(self, moved: str | None) -> bool:
        """Tell whether clocks have been looked at since a driven clock was moved."""
        driven = self.settings.clock == "driven" and moved is not None
        return not driven or self.looked_at >= datetime.fromisoformat(moved or "")

    async def _now(self, db: asyncpg.Connection) -> datetime:
        return business_time(await tables.settings(db), self.settings.clock == "driven")

    # -- what operators ask

    async def reachable(self) -> bool:
        """Tell whether the database answers, on a connection for which no reader has to wait."""
        try:
            async with asyncio.timeout(2):
                await self.watch.positions()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def status(self, subject: str | None = None) -> dict[str, Any]:
        """Tell how this process and its service stand; `parked` is of one subject where named."""
        at: dict[Place, int] = await self.watch.positions()
        async with self.watch.lock:
            db = await self.watch.database.get()
            parked = await db.fetch(_PARKED, NOT_KEPT)
            unknown = await db.fetch("select type, count(*) as n from unknown group by type")
            again = await db.fetchval("select coalesce(sum(redelivered), 0) from positions")
            unsent, moved = await notices.unsent(db), await setting(db, NOW)
        shown = [each for each in parked if subject in (None, each["subject"])][:SHOWN]
        return {
            "service": "reporting",
            "ready": self.open,
            "mode": self.mode,
            "unwell": self.unwell,
            "lag": await self.watch.lag(),
            "unsent": unsent,
            "idle": self._idle(moved),
            "waiting": 0,
            "parked": [dict(each) for each in shown],
            "parked_subjects": len(parked),
            "parked_messages": sum(each["messages"] for each in parked),
            "unknown": {each["type"]: each["n"] for each in unknown},
            "redelivered": int(again),
            "positions": nested(at),
            "stopped": dict(self.feeds[0].faults),
        }
