"""The loop: take all that waits, load, decide, write in one call; then tell who waits."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import asyncpg
import structlog

from banli_engine import faults, logs, store
from banli_engine.answering import Answered, Desk, Turn
from banli_engine.batch import hold, last_versions, load, save
from banli_engine.clock import business_time
from banli_engine.decider import Service
from banli_engine.fold import Folded, HistoryNeeded
from banli_engine.ids import uuid7
from banli_engine.pending import Pending, from_waiting, grounds_of
from banli_engine.published import Published
from banli_engine.store import (
    Database,
    Effects,
    Loaded,
    LoadedBatch,
    Message,
    Move,
    Moved,
    PositionMoved,
)
from banli_engine.turn import set_aside, take
from banli_engine.work import Call, Delivery, Work, sort
from banli_events.subjects import FORK, kind_of

BATCH = 500
"""How many commands over HTTP one batch takes; Kafka brings at most as many messages."""

QUEUE = 2_000
"""How many commands over HTTP may wait before more are told to come later (503)."""

CACHE = 4_096
"""How many folded subjects are kept in memory, as a hint."""

TRIES = 10
"""How often one subject's turn is taken while others may write to it; then it is held."""

RETRY_SECONDS = 1.0
"""When what an operator asked for is tried again, after its batch has failed."""

log = structlog.get_logger()


class Rebuilt(Exception):
    """The database was emptied under this process: all that it knows is of before."""


class TooMuch(Exception):
    """More commands wait than the service takes on."""


class Loop:
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
        self._calls: list[Call] = []
        self._deliveries: list[Delivery] = []
        self._asked: dict[tuple[str, str], Pending] = {}  # clocks, by subject and id
        self._touched: dict[str, bool] = {}  # subjects to look at, with: redrive
        self._cache: OrderedDict[str, Folded] = OrderedDict()
        self._wake = asyncio.Event()
        self._busy = False
        self._news: dict[str, asyncio.Event] = {}

    # -- ways in

    async def call(self, asked: Pending) -> Answered:
        """Answer a command over HTTP. Raises TooMuch where too many wait already."""
        if len(self._calls) >= QUEUE:
            raise TooMuch
        call = Call(asked, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        self._wake.set()
        return await call.done

    async def deliver(self, messages: Sequence[Message], moves: Sequence[Move]) -> None:
        """Take in what was read from Kafka; return when it is written, raise where it was not."""
        delivery = Delivery(messages, moves, asyncio.get_running_loop().create_future())
        self._deliveries.append(delivery)
        self._wake.set()
        await delivery.done

    def check(self, clocks: Iterable[Pending]) -> None:
        """Look at clocks that have run out."""
        self._asked |= {(clock.subject, clock.id): clock for clock in clocks}
        self._wake.set()

    def touch(self, subjects: Iterable[str], *, redrive: bool = False) -> None:
        """Try again what waits on these subjects."""
        for subject in subjects:
            self._touched[subject] = redrive or self._touched.get(subject, False)
        self._wake.set()

    async def news(self, subject: str, seconds: float) -> None:
        """Wait until something about a subject is written by this process, or for so long."""
        event = self._news.setdefault(subject, asyncio.Event())
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._news.pop(subject, None)

    @property
    def idle(self) -> bool:
        """Tell whether nothing waits to be decided in this process, or is being decided."""
        return not (self._busy or self._waits)

    @property
    def looks(self) -> bool:
        """Tell whether clocks wait to be looked at."""
        return bool(self._asked)

    @property
    def _waits(self) -> bool:
        return bool(self._calls or self._deliveries or self._asked or self._touched)

    # -- the worker

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
        calls, self._calls = self._calls[:BATCH], self._calls[BATCH:]
        deliveries, self._deliveries = self._deliveries, []
        asked = [self._asked.pop(key) for key in list(self._asked)[:BATCH]]
        touched, self._touched = self._touched, {}
        work = sort(self.service, calls, deliveries, asked, touched)
        moves = [move for delivery in deliveries for move in delivery.moves]
        try:
            turns = await self._write(work, moves)
        except Rebuilt:
            raise
        except Exception as fault:
            self._failed(calls, deliveries, fault)
            redriven = [subject for subject, redrive in touched.items() if redrive]
            later = partial(self.touch, redriven, redrive=True)
            asyncio.get_running_loop().call_later(RETRY_SECONDS, later)
        else:
            self._tell(turns, calls, deliveries)

    async def _write(self, work: dict[str, Work], moves: Sequence[Move]) -> list[Turn]:
        """Load, decide, write; again where something moved; in the end each subject by itself."""
        for _ in range(2):
            try:
                return await self._once(work, moves)
            except (Moved, HistoryNeeded):
                continue
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
        batch = await load(db, known, ids)
        if batch.settings.get(store.REBUILT) != self.rebuilt:
            raise Rebuilt
        desk = await self._desk(db, batch, self._grounds(work, batch))
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
        effects = [turn.effects for turn in turns if _writes(turn.effects)]
        if not moves and not effects:
            return
        faults.reached("before-commit")
        if not self.caught_up:
            faults.reached("in-catch-up")
        await save(db, moves, effects, reference)
        if any(own for effect in effects for _, own in effect.events) or any(
            effect.receipts for effect in effects
        ):
            self._wrote()

    def _grounds(self, work: Mapping[str, Work], batch: LoadedBatch) -> set[str]:
        """Name the subjects on which what is asked, or waits, says that it rests."""
        waiting = [
            asked
            for subject, loaded in batch.subjects.items()
            for row in loaded.waiting
            if row.kind == "submission"
            and b'"after"' in row.body
            and (asked := from_waiting(self.service, subject, row.kind, row.body, (row.seq, 0)))
        ]
        return grounds_of((*waiting, *(asked for part in work.values() for asked in part.commands)))

    async def _desk(self, db: asyncpg.Connection, batch: LoadedBatch, grounds: set[str]) -> Desk:
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
        )

    def _follow(self) -> None:
        """Try again what is parked of the subjects of which a fork was settled meanwhile."""
        settled = self.published.reference.settled
        if settled is not self._settled:
            new = [s for s, kept in settled.items() if self._settled.get(s) != kept]
            self.touch(new, redrive=True)
            self._settled = settled

    # -- telling

    def _tell(
        self, turns: Sequence[Turn], calls: Sequence[Call], deliveries: Sequence[Delivery]
    ) -> None:
        by_command = {id(a.asked): a for turn in turns for a in turn.answered}
        for call in calls:
            if not call.done.done():
                call.done.set_result(by_command[id(call.asked)])
        for delivery in deliveries:
            if not delivery.done.done():
                delivery.done.set_result(None)
        for turn in turns:
            self._log(turn)
            if turn.effects.moved and (event := self._news.get(turn.subject)):
                event.set()
            if turn.effects.parked or (turn.effects.published and kind_of(turn.subject) == FORK):
                self.touch([turn.subject])  # another batch: what is settled may be known by now
            self.touch({new.subject for new in turn.effects.waiting if new.subject != turn.subject})
            if turn.loaded.more_wait and turn.effects.waiting_gone:
                self.touch([turn.subject])

    def _log(self, turn: Turn) -> None:
        self.redelivered += turn.redelivered
        for answered in turn.answered:
            outcome = answered.answer.outcome if answered.answer else None
            if outcome or answered.events:
                log.info(
                    "fact_answered",
                    subject=turn.subject,
                    cause=type(answered.asked.command).__name__,
                    via=answered.asked.via,
                    outcome=str(outcome or "admitted"),
                    events=list(answered.events),
                    code=answered.why.code if answered.why else None,
                )
        for alarm in turn.alarms:
            log.error("alarm", subject=turn.subject, what=alarm)

    def _failed(
        self, calls: Sequence[Call], deliveries: Sequence[Delivery], fault: Exception
    ) -> None:
        """Forget the batch: Kafka is read again from the positions; callers over HTTP are told."""
        self._cache.clear()
        if isinstance(fault, PositionMoved):
            for call in calls:  # it was not about them: they come with the next batch
                self._calls.append(call)
        else:
            log.error("batch_failed", **logs.of(fault))
            for call in calls:
                if not call.done.done():
                    call.done.set_exception(fault)
        for delivery in deliveries:
            if not delivery.done.done():
                delivery.done.set_exception(fault)


def _writes(effects: Effects) -> bool:
    return effects.moved or bool(
        effects.answers
        or effects.remembered
        or effects.receipts
        or effects.waiting
        or effects.published
        or effects.faults
    )
