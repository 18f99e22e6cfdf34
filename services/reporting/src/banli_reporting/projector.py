"""The projector: a batch of messages becomes one write per subject, together with its positions."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import asyncpg
import structlog

from banli_engine import faults, metrics
from banli_engine.store import Database, Message, Move, PositionMoved
from banli_engine.work import subject_of
from banli_events.catalogue import EVENTS
from banli_events.subjects import FORK
from banli_reporting import apart, measured, store
from banli_reporting import case as cases
from banli_reporting.case import Case
from banli_reporting.settling import bind, follow
from banli_reporting.store import Guard

CACHED = 10_000
"""Subjects kept in memory; the guard on the positions makes that safe."""

_BREATH = 50
"""Messages folded before others may run: HTTP, heartbeats, the write of the batch before.

That write goes out a piece at each breath; with fewer it is not out when the fold is done.
"""

_FORKS = f"{FORK}/"

Place = tuple[str, int]
log = structlog.get_logger()


class Projector:
    """Folds what a feed hands on into stories and ledgers.

    While the log is caught up with, a batch is folded while the one before is being written. That
    is done only where more is to come from each of its partitions: should the write fail, the next
    batch fails at the guard too, and is read again from where the database stands.
    """

    def __init__(self, writing: Database, reading: Database, *, wall: bool = True) -> None:
        self._writing, self._reading, self._wall = writing, reading, wall
        self.ends: Mapping[Place, int] = {}  # where the log ended when this process started
        self.written = asyncio.Event()  # set and replaced at each write
        self.tells_since = datetime.min.replace(tzinfo=UTC)  # of what lies further back nothing is
        self.news = asyncio.Event()  # set where a choice may have to be followed
        self._known: dict[str, Case] = {}
        self._unlearnt: set[str] = set()  # subjects that this build fails to fold anew
        self._settled: dict[str, dict[tuple[str, int], str]] = {}  # by subject: what is kept
        self._followed: dict[str, object] = {}
        self._revisions: dict[Place, int] = {}
        self._lock = asyncio.Lock()
        self._write: asyncio.Task[bool] | None = None

    async def read_positions(self, partitions: Iterable[Place]) -> dict[Place, int]:
        """Read where to go on, and forget what was known: others may have written since."""
        async with self._lock:
            await self._settle()
            self._known.clear()
            found = await store.positions(await self._writing.get(), partitions)
            self._revisions |= {place: revision for place, (_, revision) in found.items()}
            return {place: offset for place, (offset, _) in found.items()}

    async def take(self, messages: Sequence[Message], moves: Sequence[Move]) -> None:
        """Fold a batch and write it; on a failure what was known is forgotten."""
        async with self._lock:
            try:
                await self._take(messages, moves)
            except BaseException:
                self._known.clear()
                raise

    async def stop(self) -> None:
        """Wait for the last write."""
        async with self._lock:
            await self._settle()

    async def close(self) -> None:
        """Let the connections go."""
        await self._writing.close()
        await self._reading.close()

    async def redrive(self, subject: str) -> Case | None:
        """Try again what is parked of a subject; None where nothing of it is known."""
        async with self._lock:
            await self._settle()
            return await self._redrive(await self._writing.get(), subject)

    async def _redrive(self, db: asyncpg.Connection, subject: str) -> Case | None:
        self._known.pop(subject, None)
        kept = self._settled.get(subject)
        found = await apart.rewrite(db, subject, lambda case, *told: follow(case, kept, *told))
        _alarm([found] if found else [])
        return found

    async def follow(self) -> None:
        """Learn how forks were settled, and try again what is parked of their subjects."""
        self.news.clear()
        async with self._lock:
            await self._settle()
            db = await self._writing.get()
            before, self._settled = self._settled, await store.read_settled(db)
            for subject, kept in self._settled.items():
                if kept != before.get(subject):
                    self._known.pop(subject, None)
            for subject, where in (await store.parked_of(db, self._settled)).items():
                tried = where, self._settled[subject]
                if self._followed.get(subject) != tried:
                    await self._retry(db, subject)
                    self._followed[subject] = tried

    async def _retry(self, db: asyncpg.Connection, subject: str) -> None:
        """Try a subject again; where that fails it stays as it is, until there is news of it."""
        try:
            await self._redrive(db, subject)
        except Exception as fault:
            if not store.refused(fault):
                raise
            log.critical("choice_not_followed", subject=subject, fault=type(fault).__name__)

    async def relearn(self) -> None:
        """Fold anew the subjects that hold events whose type an older build did not know."""
        async with self._lock:
            await self._settle()
            db = await self._writing.get()
            learnt = await db.fetch(
                "select distinct subject from unknown where type = any($1)", list(EVENTS)
            )
            for (subject,) in learnt:
                if subject not in self._unlearnt:
                    self._known.pop(subject, None)
                    await self._learn(db, subject)

    async def _learn(self, db: asyncpg.Connection, subject: str) -> None:
        """Fold a subject anew; where that fails it stays as it is, until a build comes that can."""
        try:
            async with db.transaction():
                await apart.rewrite(db, subject, _from_the_first)
                await db.execute(
                    "delete from unknown where subject = $1 and type = any($2)",
                    *(subject, list(EVENTS)),
                )
        except Exception as fault:
            if not store.refused(fault):
                raise
            self._unlearnt.add(subject)
            log.critical("types_not_learnt", subject=subject, fault=type(fault).__name__)
        else:
            log.info("types_learnt", subject=subject)

    # -- one batch

    async def _take(self, messages: Sequence[Message], moves: Sequence[Move]) -> None:
        catching_up = any(move.old < self.ends.get((move.topic, move.part), 0) for move in moves)
        if catching_up:
            faults.reached("in-catch-up")
        subjects = [subject_of(message) for message in messages]
        touched = await self._cases(subjects, messages)
        for n, (subject, message) in enumerate(zip(subjects, messages, strict=True), 1):
            cases.take(touched[subject], message)
            if n % _BREATH == 0:
                await asyncio.sleep(0)
        if any(case.broken or case.alarms for case in touched.values()):
            await self._folded_on()  # to mend what is written, and to tell nothing that is void
        for case in touched.values():
            if case.broken:
                await store.mend(await self._reading.get(), case)
        _alarm(touched.values())
        measured.folded(touched.values())
        batch = _gathered(touched.values(), self.tells_since)
        await self._folded_on()
        guards = [Guard(*move_, self._revisions[move_[:2]]) for move_ in _plain(moves)]
        self._write = asyncio.create_task(self._store(guards, batch, subjects, messages))
        if not all(move.new < self.ends.get((move.topic, move.part), 0) for move in moves):
            await self._settle()
        self._forget()

    async def _cases(self, subjects: Sequence[str], messages: Sequence[Message]) -> dict[str, Case]:
        """Find the subjects of a batch: those in memory, those in the database, and new ones."""
        first = dict(zip(reversed(subjects), reversed(messages), strict=True))
        absent = {s: (m.topic, m.part) for s, m in first.items() if s not in self._known}
        if absent:
            self._known |= await store.read_cases(await self._reading.get(), absent)
            for subject in absent.keys() & self._settled.keys():
                bind(self._known[subject], self._settled[subject])
        for subject in first:
            self._known[subject] = self._known.pop(subject)  # the latest used last
        return {subject: self._known[subject] for subject in first}

    async def _store(
        self,
        guards: Sequence[Guard],
        batch: store.Batch | None,
        subjects: Sequence[str],
        messages: Sequence[Message],
    ) -> bool:
        """Write a batch; where it is refused, subject by subject. False: not as it was folded."""
        faults.reached("before-commit")
        db, began = await self._writing.get(), time.monotonic()
        as_folded = batch is not None and await _accepted(db, guards, batch)
        metrics.DATABASE_SECONDS.observe(time.monotonic() - began, "project")
        if not as_folded:
            measured.REFUSED.inc()
            log.error("batch_refused", subjects=len(set(subjects)))
            by_subject = _sorted(subjects, messages)
            _alarm(await apart.write(db, guards, by_subject, self._settled))
        if any(subject.startswith(_FORKS) for subject in subjects):
            self.news.set()
        done, self.written = self.written, asyncio.Event()
        done.set()
        if any(guard.old >= self.ends.get((guard.topic, guard.part), 0) for guard in guards):
            measured.written(messages, began, wall=self._wall)
        return as_folded

    async def _settle(self) -> bool:
        """Wait for the write under way; raises what it raised.

        False where it was written otherwise than folded: what was known is forgotten.
        """
        task, self._write = self._write, None
        if task is None or await task:
            return True
        self._known.clear()
        return False

    async def _folded_on(self) -> None:
        """Wait for the write before; what was folded on what it did not write is void."""
        if not await self._settle():
            raise PositionMoved

    def _forget(self) -> None:
        """Drop the subjects that were not used for longest."""
        for subject in list(self._known)[: max(0, len(self._known) - CACHED)]:
            del self._known[subject]


def _plain(moves: Sequence[Move]) -> list[tuple[str, int, int, int]]:
    return [(move.topic, move.part, move.old, move.new) for move in moves]


def _sorted(subjects: Sequence[str], messages: Sequence[Message]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    for subject, message in zip(subjects, messages, strict=True):
        found.setdefault(subject, []).append(message)
    return found


def _from_the_first(case: Case, places: bytes, events: bytes) -> None:
    """Fold a subject anew from its first event on."""
    case.refold(cases.begin(case.subject, case.topic, case.part).lines, events)


def _gathered(touched: Iterable[Case], tells_since: datetime) -> store.Batch | None:
    """Take down what is to be written; None where a line of it cannot be."""
    try:
        return store.gather(touched, tells_since)
    except Exception as fault:  # a bug of this build must not stop the other subjects
        log.warning("line_not_written", fault=type(fault).__name__)
        return None


async def _accepted(db: asyncpg.Connection, guards: Sequence[Guard], batch: store.Batch) -> bool:
    """Write a batch at once; False where the database refuses something of it."""
    try:
        await store.write(db, guards, batch)
    except Exception as fault:
        if not store.refused(fault):
            raise
        return False
    return True


def _alarm(touched: Iterable[Case]) -> None:
    for case in touched:
        for held in case.alarms:
            message = held.message
            log.critical(
                "event_parked",
                subject=case.subject,
                reason=held.reason,
                topic=message.topic,
                part=message.part,
                offset=message.offset,
            )
