"""Writing subject by subject, where a batch is refused or somebody writes out of turn.

An event whose lines the database refuses is parked as one whose fold fails: both are faults of
this build, and the subject goes on when it is redriven by one that can. Where no one event can be
found at fault, all that the batch holds of the subject is parked.

A known limit: the database is asked about lines only as they are when a batch ends. What it would
refuse, but a later event of the same batch puts right, is not met; a rebuild, which cuts its
batches elsewhere, may then park what was not parked before, or the other way round.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import asyncpg

from banli_engine.store import Message
from banli_events.envelope import Recorded, decode
from banli_events.subjects import kind_of
from banli_reporting import case as cases
from banli_reporting import store
from banli_reporting.case import BEHIND, Case, Held
from banli_reporting.ledgers import Notes, ledgers_of
from banli_reporting.places import read_events
from banli_reporting.settling import Kept, bind
from banli_reporting.store import Batch, Guard

Change = Callable[[Case], None]
Rewriting = Callable[[Case, bytes, bytes], None]
Refusals = Mapping[bytes, Exception]
Settled = Mapping[str, Kept]


async def write(
    db: asyncpg.Connection,
    guards: Sequence[Guard],
    sorted_: Mapping[str, Sequence[Message]],
    settled: Settled,
) -> list[Case]:
    """Take a batch in subject by subject, and park what is refused; the positions move with it."""
    written: list[Case] = []
    again: dict[tuple[str, int], int] = {}
    async with db.transaction():
        await store.write(db, guards, Batch())  # first, so that nobody else writes meanwhile
        for subject, messages in sorted_.items():
            place = messages[0].topic, messages[0].part
            try:
                how = _taking(messages, settled.get(subject))
                case = await change(db, subject, place, how, again)
            except Exception as fault:
                if not store.refused(fault):
                    raise
                case = await change(db, subject, place, _parking(messages, fault), again)
            written.append(case)
        moved = [guard._replace(old=guard.new) for guard in guards]
        await store.write(db, moved, Batch(again=again))
    return written


async def rewrite(db: asyncpg.Connection, subject: str, how: Rewriting) -> Case | None:
    """Change a subject out of turn; whoever reads its partition must look again.

    `how` gets the case, and the places and events of its story. None where there is nothing of it.
    """
    async with db.transaction():
        place = await db.fetchrow(_PLACE_OF, subject)
        if place is None:
            return None
        await db.execute(
            "update positions set revision = revision + 1 where topic = $1 and part = $2", *place
        )
        told = await store.read_story(db, subject)
        again: dict[tuple[str, int], int] = {}
        case = await change(db, subject, tuple(place), lambda case: how(case, *told), again)
        await db.executemany(
            "update positions set redelivered = redelivered + $3 where topic = $1 and part = $2",
            [(*key, count) for key, count in again.items()],
        )
        return case


_PLACE_OF = """
    select topic, part from chapters where subject = $1
    union all select topic, part from parked where subject = $1 limit 1
"""


async def change(
    db: asyncpg.Connection,
    subject: str,
    place: tuple[str, int],
    how: Change,
    again: dict[tuple[str, int], int],
) -> Case:
    """Change one subject and write it; begin again without each event that is refused.

    Raises what refused it where no event is found that is at fault.
    """
    refusals: dict[bytes, Exception] = {}
    while True:
        case = await _read(db, subject, place)
        case.notes = _but(case.notes, refusals)
        how(case)
        if case.broken:
            await store.mend(db, case)
        told, retold, alarms = case.events, case.retold, case.alarms
        try:
            async with db.transaction():
                batch = store.gather([case])
                if retold:
                    await _forget(db, subject)
                await store.write(db, [], batch)
        except Exception as fault:
            if not store.refused(fault):
                raise
            base = cases.begin(subject, *place) if retold else await _read(db, subject, place)
            culprit = await _culprit(db, base, told)
            if culprit is None or culprit in refusals:
                raise
            refusals[culprit] = fault
        else:
            for key, count in batch.again.items():
                again[key] = again.get(key, 0) + count
            case.alarms = alarms
            return case


async def _forget(db: asyncpg.Connection, subject: str) -> None:
    """Delete what a story told anew puts in another's place."""
    lines = (ledger.name for ledger in ledgers_of(kind_of(subject)))
    for table in ("chapters", "unknown", *lines):
        await db.execute(f"delete from {table} where subject = $1", subject)


async def _read(db: asyncpg.Connection, subject: str, place: tuple[str, int]) -> Case:
    return (await store.read_cases(db, {subject: place}))[subject]


def _taking(messages: Iterable[Message], kept: Kept | None) -> Change:
    def take(case: Case) -> None:
        bind(case, kept)
        for message in messages:
            cases.take(case, message)

    return take


def _parking(messages: Iterable[Message], fault: Exception) -> Change:
    def park(case: Case) -> None:
        for message in messages:
            if case.stuck:
                case.held.append(Held(message, BEHIND))
                continue
            case.held.append(Held(message, f"fault: {type(fault).__name__}"))
            case.alarms.append(case.held[-1])

    return park


def _but(notes: Notes, refusals: Refusals) -> Notes:
    """Let the fold of these events fail with what refused them."""

    def stop(line: Any, recorded: Recorded, data: Any) -> None:
        if recorded.hash in refusals:
            raise refusals[recorded.hash]

    return {type_: [(each[0][0], stop), *each] for type_, each in notes.items()}


async def _culprit(db: asyncpg.Connection, base: Case, told: bytes) -> bytes | None:
    """Find the first event after which the lines are refused; None where it is not the lines."""
    for wire in read_events(base.subject, told):
        cases.fold(base, decode(wire))
        trial = db.transaction()
        await trial.start()
        try:
            batch = Batch()
            store.gather_lines(base, batch.lines)
            await store.write(db, [], batch)
        except Exception as fault:
            if store.refused(fault):
                return wire.hash
            raise
        finally:
            await trial.rollback()
    return None
