"""The loop: take all that waits, load, decide, write in one call; then tell who waits."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import asyncpg
import structlog

from banli_engine import faults, logs, metrics, store
from banli_engine.answering import Desk, Turn
from banli_engine.batch import hold, last_versions, load, save, states
from banli_engine.clock import business_time
from banli_engine.decider import Service
from banli_engine.fold import Folded, HistoryNeeded
from banli_engine.ids import uuid7
from banli_engine.inbox import Came, Inbox
from banli_engine.pending import Pending, from_waiting, grounds_of, others_of
from banli_engine.published import Published
from banli_engine.store import (
    Database,
    Loaded,
    LoadedBatch,
    Move,
    Moved,
    PositionMoved,
)
from banli_engine.telling import tell
from banli_engine.turn import set_aside, take
from banli_engine.work import Work, sort
from banli_events.subjects import FORK, kind_of

CACHE = 4_096
"""How many folded subjects are kept in memory, as a hint."""

TRIES = 10
"""How often one subject's turn is taken while others may write to it; then it is held."""

RETRY_SECONDS = 1.0
"""When what an operator asked for is tried again, after its batch has failed."""

log = structlog.get_logger()


class Rebuilt(Exception):
    """The database was emptied under this process: all that it knows is of before."""


class Loop(Inbox):
    """One worker per process: while one batch is written, the next gathers; there is no timer."""

    def __init__(
        self,
        service: Service,
        database: Database,
        *,
        driven: bool,
        epoch: str = "",
        wrote: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self.service = service
        self.database = database
        self.driven = driven
        self.epoch = epoch
        self.caught_up = False
        self.ends: Mapping[tuple[str, int], int] = {}  # of the log, when this process began
        self.rebuilt: str | None = None  # the last rebuild that this process knows of
        self.published = Published()
        self._settled: Mapping[str, object] = {}  # the forks that this process has followed
        self.redelivered = 0
        self._wrote = wrote
        self._cache: OrderedDict[str, Folded] = OrderedDict()

    async def run(self) -> None:
        """Answer for ever; the first batch follows what was settled while nobody ran."""
        self.touch([""])
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waits:
                self._busy = True
                await self._batch()
            self._busy = False

    async def _batch(self) -> None:
        came = self._take_all()
        try:
            turns = await self._write(sort(self.service, *came), came.moves)
        except Rebuilt:
            raise
        except Exception as fault:
            self._failed(came, fault)
        else:
            self.redelivered += sum(turn.redelivered for turn in turns)
            tell(came, turns)
            self._go_on(turns)

    async def _write(self, work: dict[str, Work], moves: Sequence[Move]) -> list[Turn]:
        """Load, decide, write; again where something moved; in the end each subject by itself."""
        for _ in range(2):
            try:
                return await self._once(work, moves)
            except (Moved, HistoryNeeded):
                metrics.BATCHES_AGAIN.inc()
        still = [Move(move.topic, move.part, move.old, move.old) for move in moves]
        turns: list[Turn] = []
        for subject, part in work.items():
            faults.reached("between-parts")
            turns += await self._alone({subject: part}, still)
        await save(await self.database.get(), moves, [])
        return turns

    async def _alone(self, work: dict[str, Work], still: Sequence[Move]) -> list[Turn]:
        """Take one subject's turn; at once again where somebody was quicker, in the end held.

        Who waits between tries loses to a process that writes to the same subject all the time:
        one subject is loaded and decided sooner than that one's next batch, as a rule.
        """
        for _ in range(TRIES):
            with suppress(Moved, HistoryNeeded):
                return await self._once(work, still)
        for subject in work:
            self._cache.pop(subject, None)  # read from its first event: no history can be missing
        async with hold(await self.database.get(), list(work)):
            return await self._once(work, still)

    async def _once(self, work: dict[str, Work], moves: Sequence[Move]) -> list[Turn]:
        cached = {s: self._cache.pop(s) for s in work if s in self._cache}
        known = {s: cached[s].changes if s in cached else -1 for s in work if s}
        ids = [(c.sender, c.id) for part in work.values() for c in part.commands]
        db = await self.database.get()  # one connection for both: a rebuild ends it between
        began = time.monotonic()
        batch = await load(db, known, ids)
        metrics.DATABASE_SECONDS.observe(time.monotonic() - began, "load")
        if batch.settings.get(store.REBUILT) != self.rebuilt:
            raise Rebuilt
        desk = await self._desk(db, batch, self._resting(work, batch))
        turns = [
            self._take(desk, subject, part, batch.subjects.get(subject), cached.get(subject))
            for subject, part in work.items()
        ]
        await self._save(db, moves, turns, desk.reference.offset)
        for turn in turns:
            if turn.subject:
                self._cache[turn.subject] = turn.folded
        while len(self._cache) > CACHE:
            self._cache.popitem(last=False)
        return turns

    def _take(
        self, desk: Desk, subject: str, work: Work, found: Loaded | None, known: Folded | None
    ) -> Turn:
        loaded, came = found or Loaded(), (work.messages, work.commands)
        try:
            return take(desk, subject, loaded, known, *came, redrive=work.redrive)
        except HistoryNeeded:
            raise
        except Exception as fault:  # a bug of this build stays with its subject
            log.error("turn_failed", subject=subject, **logs.of(fault))
            return set_aside(desk, subject, loaded, *came, fault)

    async def _save(
        self, db: asyncpg.Connection, moves: Sequence[Move], turns: Sequence[Turn], reference: int
    ) -> None:
        effects = [turn.effects for turn in turns if turn.effects.writes]
        if not moves and not effects:
            return
        faults.reached("before-commit")
        if not self.caught_up:
            faults.reached("in-catch-up")
        began = time.monotonic()
        await save(db, moves, effects, reference)
        metrics.DATABASE_SECONDS.observe(time.monotonic() - began, "save")
        if any(own for effect in effects for _, own in effect.events) or any(
            effect.receipts for effect in effects
        ):
            self._wrote()

    def _resting(self, work: Mapping[str, Work], batch: LoadedBatch) -> list[Pending]:
        """Give what is asked, and of what waits all that may rest on other subjects."""
        signs = (b'"after"', *(model.__name__.encode() for model in self.service.looks_at))
        waiting = [
            asked
            for subject, loaded in batch.subjects.items()
            for row in loaded.waiting
            if row.kind == "submission"
            and any(sign in row.body for sign in signs)
            and (asked := from_waiting(self.service, subject, row.kind, row.body, (row.seq, 0)))
        ]
        return [*waiting, *(asked for part in work.values() for asked in part.commands)]

    async def _desk(
        self, db: asyncpg.Connection, batch: LoadedBatch, asked: Sequence[Pending]
    ) -> Desk:
        grounds, others = grounds_of(asked), others_of(self.service, asked)
        await self.published.up_to(db, batch.reference_offset, batch.published_mark)
        self._follow()
        return Desk(
            service=self.service,
            now=business_time(batch.settings, self.driven),
            driven=self.driven,
            published=self.published,
            grounds=await last_versions(db, grounds) if grounds else {},
            answers=batch.answers,
            caught_up=self.caught_up,
            ends=self.ends,
            new_id=uuid7,
            epoch=self.epoch,
            others=await states(self.service, db, others) if others else {},
        )

    def _follow(self) -> None:
        """Try again what is parked of the subjects of which a fork was settled meanwhile."""
        settled = self.published.reference.settled
        if settled is not self._settled:
            new = [s for s, kept in settled.items() if self._settled.get(s) != kept]
            self.touch(new, redrive=True)
            self._settled = settled

    def _go_on(self, turns: Sequence[Turn]) -> None:
        """Wake who waits for news, and look again where more can follow from what was written."""
        for turn in turns:
            if turn.effects.moved and (event := self._news.get(turn.subject)):
                event.set()
            if turn.effects.parked or (turn.effects.published and kind_of(turn.subject) == FORK):
                self.touch([turn.subject])  # another batch: what is settled may be known by now
            self.touch({new.subject for new in turn.effects.waiting if new.subject != turn.subject})
            if turn.loaded.more_wait and turn.effects.waiting_gone:
                self.touch([turn.subject])

    def _failed(self, came: Came, fault: Exception) -> None:
        """Forget the batch; where only a position had moved, it was not about the callers."""
        self._cache.clear()
        moved = isinstance(fault, PositionMoved)
        if not moved:
            metrics.FAULTS.inc("batch")
            log.error("batch_failed", **logs.of(fault))
        self._put_back(came, fault, again=moved)
        redriven = [subject for subject, redrive in came.touched.items() if redrive]
        later = partial(self.touch, redriven, redrive=True)
        asyncio.get_running_loop().call_later(RETRY_SECONDS, later)
