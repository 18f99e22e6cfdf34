"""The projector: a batch of messages becomes one write per subject, together with its positions."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import structlog

from banli_engine import faults
from banli_engine.store import Database, Message, Move
from banli_events.catalogue import EVENTS
from banli_reporting import case as cases
from banli_reporting import store
from banli_reporting.case import Case
from banli_reporting.store import Guard

CACHED = 10_000
"""Subjects kept in memory; the guard on the positions makes that safe."""

_BREATH = 50
"""Messages folded before others may run: HTTP, heartbeats, the write of the batch before.

That write goes out a piece at each breath; with fewer it is not out when the fold is done.
"""

Place = tuple[str, int]
log = structlog.get_logger()


class Projector:
    """Folds what a feed hands on into stories and ledgers.

    While the log is caught up with, a batch is folded while the one before is being written. That
    is done only where more is to come from each of its partitions: should the write fail, the next
    batch fails at the guard too, and is read again from where the database stands.
    """

    def __init__(self, writing: Database, reading: Database) -> None:
        self._writing, self._reading = writing, reading
        self.ends: Mapping[Place, int] = {}  # where the log ended when this process started
        self.written = asyncio.Event()  # set and replaced at each write
        self._known: dict[str, Case] = {}
        self._revisions: dict[Place, int] = {}
        self._lock = asyncio.Lock()
        self._write: asyncio.Task[None] | None = None

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
            self._known.pop(subject, None)
            found = await store.rewrite(
                await self._writing.get(), subject, lambda case, _: cases.redrive(case)
            )
        _alarm([found] if found else [])
        return found

    async def relearn(self) -> None:
        """Fold anew the subjects that hold events whose type an older build did not know."""
        async with self._lock:
            await self._settle()
            db = await self._writing.get()
            learnt = await db.fetch(
                "select distinct subject from unknown where type = any($1)", list(EVENTS)
            )
            for (subject,) in learnt:
                self._known.pop(subject, None)
                await store.rewrite(db, subject, Case.refold)
                await db.execute(
                    "delete from unknown where subject = $1 and type = any($2)",
                    *(subject, list(EVENTS)),
                )
                log.info("types_learnt", subject=subject)

    # -- one batch

    async def _take(self, messages: Sequence[Message], moves: Sequence[Move]) -> None:
        catching_up = any(move.old < self.ends.get((move.topic, move.part), 0) for move in moves)
        if catching_up:
            faults.reached("in-catch-up")
        subjects = [_subject(message) for message in messages]
        touched = await self._cases(subjects, messages)
        for n, (subject, message) in enumerate(zip(subjects, messages, strict=True), 1):
            cases.take(touched[subject], message)
            if n % _BREATH == 0:
                await asyncio.sleep(0)
        for case in touched.values():
            if case.broken:
                await self._mend(case)
        guards = [Guard(*move_, self._revisions[move_[:2]]) for move_ in _plain(moves)]
        await self._settle()
        _alarm(touched.values())
        self._write = asyncio.create_task(self._store(guards, store.gather(touched.values())))
        if not all(move.new < self.ends.get((move.topic, move.part), 0) for move in moves):
            await self._settle()
        self._forget()

    async def _cases(self, subjects: Sequence[str], messages: Sequence[Message]) -> dict[str, Case]:
        """Find the subjects of a batch: those in memory, those in the database, and new ones."""
        first = dict(zip(reversed(subjects), reversed(messages), strict=True))
        absent = {s: (m.topic, m.part) for s, m in first.items() if s not in self._known}
        if absent:
            self._known |= await store.read_cases(await self._reading.get(), absent)
        for subject in first:
            self._known[subject] = self._known.pop(subject)  # the latest used last
        return {subject: self._known[subject] for subject in first}

    async def _mend(self, case: Case) -> None:
        """Fold a subject's lines anew where a fold failed half-way."""
        await self._settle()
        stored = await store.read_events(await self._reading.get(), case.subject)
        case.refold(stored + case.events)

    async def _store(self, guards: Sequence[Guard], batch: store.Batch) -> None:
        faults.reached("before-commit")
        await store.write(await self._writing.get(), guards, batch)
        done, self.written = self.written, asyncio.Event()
        done.set()

    async def _settle(self) -> None:
        """Wait for the write under way; raises what it raised."""
        task, self._write = self._write, None
        if task is not None:
            await task

    def _forget(self) -> None:
        """Drop the subjects that were not used for longest."""
        for subject in list(self._known)[: max(0, len(self._known) - CACHED)]:
            del self._known[subject]


def _plain(moves: Sequence[Move]) -> list[tuple[str, int, int, int]]:
    return [(move.topic, move.part, move.old, move.new) for move in moves]


def _subject(message: Message) -> str:
    """Name a message's subject; what has no readable key is a subject of its own."""
    try:
        if message.wire.key:
            return message.wire.key.decode()
    except UnicodeDecodeError:
        pass
    return f"unreadable/{message.topic}.{message.part}.{message.offset}"


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
