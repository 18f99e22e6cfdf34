"""Reading and writing the tables: a batch is one transaction, guarded by its positions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import asyncpg

from banli_engine.store import Message, PositionMoved
from banli_events.envelope import Wire, unpack_headers
from banli_events.subjects import kind_of
from banli_reporting.case import Case, Held, begin, load, where
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers import LEDGERS, ledgers_of

Rows = dict[str, list[tuple[Any, ...]]]


class Guard(NamedTuple):
    """A position to move from where the batch was read, and the revision it was read at."""

    topic: str
    part: int
    old: int
    new: int
    revision: int


async def positions(
    db: asyncpg.Connection, partitions: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], tuple[int, int]]:
    """Read where to go on in these partitions, and their revision; 0 where none was ever read."""
    wanted = sorted(partitions)
    await db.executemany(
        "insert into positions (topic, part, next_offset) values ($1, $2, 0)"
        " on conflict do nothing",
        wanted,
    )
    rows = await db.fetch("select topic, part, next_offset, revision from positions")
    found = {(topic, part): (offset, revision) for topic, part, offset, revision in rows}
    return {place: found[place] for place in wanted}


async def read_cases(db: asyncpg.Connection, wanted: Sequence[str]) -> dict[str, Case]:
    """Read these subjects, those of which nothing is known left out."""
    found = await db.fetch(_PLACES, wanted)
    lines: dict[tuple[str, str], Any] = {}
    for ledger in {each.name: each for s in wanted for each in ledgers_of(kind_of(s))}.values():
        columns = ", ".join(ledger.columns)
        for row in await db.fetch(
            f"select subject, {columns} from {ledger.name} where subject = any($1)", wanted
        ):
            lines[ledger.name, row[0]] = ledger.read(row[1:])
    return {
        subject: load(
            *(subject, topic, part, places),
            [lines[ledger.name, subject] for ledger in ledgers_of(kind_of(subject))],
        )
        for subject, topic, part, places in found
    }


async def read_events(db: asyncpg.Connection, subject: str) -> bytes:
    """Read the events of a subject's story, in the order in which they were taken in."""
    chapters = await db.fetch(
        "select events from chapters where subject = $1 order by first", subject
    )
    return b"".join([events for (events,) in chapters])


_PLACES = """
    select subject, topic, part, string_agg(places, '' order by first) from chapters
     where subject = any($1) group by subject, topic, part
"""


async def read_held(db: asyncpg.Connection, wanted: Sequence[str]) -> dict[str, list[Held]]:
    """Read what is parked of these subjects, in the order in which it was read."""
    held: dict[str, list[Held]] = {}
    for topic, part, pos, subject, reason, key, headers, value in await db.fetch(
        "select topic, part, pos, subject, reason, key, headers, value from parked"
        " where subject = any($1) order by topic, part, pos",
        wanted,
    ):
        wire = Wire(key, unpack_headers(headers), value)
        held.setdefault(subject, []).append(Held(Message(topic, part, pos, wire), reason))
    return held


# -- writing


@dataclass(slots=True)
class Batch:
    """What is to be written of the subjects of a batch, as rows: they may change meanwhile."""

    chapters: list[tuple[Any, ...]] = field(default_factory=list)
    new_lines: Rows = field(default_factory=dict)  # rows by ledger
    lines: Rows = field(default_factory=dict)
    held: dict[tuple[str, int, int], tuple[str, Held]] = field(default_factory=dict)
    gone: set[tuple[str, int, int]] = field(default_factory=set)
    unknown: list[tuple[Any, ...]] = field(default_factory=list)
    again: dict[tuple[str, int], int] = field(default_factory=dict)  # redeliveries by partition


def gather(cases: Iterable[Case]) -> Batch:
    """Take down what is to be written of these subjects; from then on they count as written."""
    batch = Batch()
    for case in cases:
        if case.events:
            written = bytes(case.places), bytes(case.events)
            batch.chapters.append((case.subject, case.stored, case.topic, case.part, *written))
        if case.events or (case.refolded and case.stored):
            _gather_lines(case, batch.lines if case.stored else batch.new_lines)
        if case.held or case.held_before:
            now = {where(each.message): (case.subject, each) for each in case.held}
            batch.held.update(now)
            batch.gone |= case.held_before - set(now)
        batch.unknown += [(t, case.subject, pos, s, v) for t, pos, s, v in case.unknown]
        for key, count in case.redelivered.items():
            batch.again[key] = batch.again.get(key, 0) + count
        case.written()
    return batch


def _gather_lines(case: Case, into: Rows) -> None:
    for ledger, line in zip(ledgers_of(kind_of(case.subject)), case.lines, strict=True):
        into.setdefault(ledger.name, []).append((case.subject, *ledger.row(line)))


async def write(db: asyncpg.Connection, guards: Sequence[Guard], batch: Batch) -> None:
    """Write a batch with its positions in one transaction.

    Raises PositionMoved where somebody else has read on from there or written there.
    """
    async with db.transaction():
        await _move(db, guards, batch.again)
        await _apply(db, batch)


async def _apply(db: asyncpg.Connection, batch: Batch) -> None:
    if batch.chapters:
        await db.copy_records_to_table("chapters", columns=_CHAPTER, records=batch.chapters)
    for name, rows in batch.new_lines.items():
        columns = ("subject", *LEDGERS[name].columns)
        await db.copy_records_to_table(name, columns=columns, records=rows)
    for name, rows in batch.lines.items():
        await db.execute(_update(LEDGERS[name]), *zip(*rows, strict=True))
    if batch.held or batch.gone:
        await _park(db, batch)
    if batch.unknown:
        await db.executemany(_NOTE_UNKNOWN, batch.unknown)


_CHAPTER = ("subject", "first", "topic", "part", "places", "events")
_NOTE_UNKNOWN = """
    insert into unknown (type, subject, pos, source, version) values ($1, $2, $3, $4, $5)
    on conflict do nothing
"""
_MOVE = """
    with given as (
        select * from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[],
                             $6::bigint[]) x(topic, part, old, new, revision, again)
    ), held as (
        select 1 from positions p join given using (topic, part)
         order by p.topic, p.part for update of p
    ), moved as (
        update positions p set next_offset = x.new, redelivered = p.redelivered + x.again
          from given x
         where (select count(*) from held) >= 0 and p.topic = x.topic and p.part = x.part
           and p.next_offset = x.old and p.revision = x.revision
        returning 1
    ) select count(*) from moved
"""


async def _move(
    db: asyncpg.Connection, guards: Sequence[Guard], again: Mapping[tuple[str, int], int]
) -> None:
    rows = sorted((*guard, again.get((guard.topic, guard.part), 0)) for guard in guards)
    if await db.fetchval(_MOVE, *zip(*rows, strict=True)) != len(guards):
        raise PositionMoved


@cache
def _update(ledger: Ledger[Any]) -> str:
    types = ("text", *ledger.types)
    given = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(types, 1))
    names = ", ".join(("subject", *ledger.columns))
    changes = ", ".join(f"{name} = x.{name}" for name in ledger.columns)
    return (
        f"update {ledger.name} l set {changes} from unnest({given}) x({names})"
        " where l.subject = x.subject"
    )


async def _park(db: asyncpg.Connection, batch: Batch) -> None:
    """Write what is parked now, and take away what no longer is."""
    await db.executemany(
        "delete from parked where topic = $1 and part = $2 and pos = $3", sorted(batch.gone)
    )
    await db.executemany(
        "insert into parked (topic, part, pos, subject, reason, key, headers, value)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)"
        " on conflict (topic, part, pos) do update set reason = excluded.reason",
        [
            (*at, subject, each.reason, wire.key, wire.packed_headers, wire.value)
            for at, (subject, each) in batch.held.items()
            for wire in (each.message.wire,)
        ],
    )


# -- out of turn


async def rewrite(
    db: asyncpg.Connection, subject: str, change: Callable[[Case, bytes], None]
) -> Case | None:
    """Change a subject out of turn; whoever reads its partition must look again.

    `change` gets the case and the events of its story. None where there is nothing of it.
    """
    async with db.transaction():
        place = await db.fetchrow(_PLACE_OF, subject)
        if place is None:
            return None
        await db.execute(
            "update positions set revision = revision + 1 where topic = $1 and part = $2", *place
        )
        known, held = await read_cases(db, [subject]), await read_held(db, [subject])
        case = known.get(subject) or begin(subject, *place)
        case.hold(held.get(subject, []))
        events = await read_events(db, subject)
        change(case, events)
        if case.broken:
            case.refold(events + bytes(case.events))
        await _apply(db, gather([case]))
    return case


_PLACE_OF = """
    select topic, part from chapters where subject = $1
    union all select topic, part from parked where subject = $1 limit 1
"""
