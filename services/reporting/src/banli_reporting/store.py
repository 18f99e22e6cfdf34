"""Reading and writing the tables: a batch is one transaction, guarded by its positions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg

from banli_engine.choice import NOT_KEPT
from banli_engine.store import Message, PositionMoved
from banli_events.envelope import Wire, unpack_headers
from banli_events.subjects import FORK, kind_of
from banli_reporting import settling
from banli_reporting.case import Case, Held, begin, load, where
from banli_reporting.ledgers import LEDGERS, ledgers_of
from banli_reporting.places import read_events as unpacked

_EVER = datetime.min.replace(tzinfo=UTC)
Rows = dict[str, list[tuple[Any, ...]]]


_TROUBLE = (
    OSError,
    PositionMoved,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

_REFUSALS = ("22", "23", "54")
"""Classes of SQLSTATE that come again whenever the same is written: data that does not fit its
column, a constraint, a limit such as the size of a line in an index."""


def refused(fault: Exception) -> bool:
    """Tell whether what was to be written is at fault, and not the database or the way there."""
    if isinstance(fault, asyncpg.PostgresError):
        return (fault.sqlstate or "").startswith(_REFUSALS)
    return not isinstance(fault, _TROUBLE)


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


async def read_cases(
    db: asyncpg.Connection, places: Mapping[str, tuple[str, int]]
) -> dict[str, Case]:
    """Read these subjects; what nothing is known of begins in the partition where it was met."""
    rows = await db.fetch(_KNOWN, list(places))
    told = {row["subject"]: row for row in rows if row["told"] is not None}
    lines = await _read_lines(db, list(told)) if told else {}
    found: dict[str, Case] = {}
    for subject, place in places.items():
        if (row := told.get(subject)) is None:
            found[subject] = begin(subject, *place)
            continue
        own = [
            lines.get((ledger.name, subject)) or ledger.line()
            for ledger in ledgers_of(kind_of(subject))
        ]
        found[subject] = load(subject, row["topic"], row["part"], row["told"], own)
    held: dict[str, list[Held]] = {}
    for row in rows:
        if row["told"] is None:
            held.setdefault(row["subject"], []).append(_held(row))
    for subject, parked in held.items():
        found[subject].hold(parked)
    return found


def _held(row: asyncpg.Record) -> Held:
    wire = Wire(row["key"], unpack_headers(row["headers"]), row["value"])
    return Held(Message(row["topic"], row["part"], row["pos"], wire), row["reason"])


async def _read_lines(db: asyncpg.Connection, wanted: Sequence[str]) -> dict[tuple[str, str], Any]:
    lines: dict[tuple[str, str], Any] = {}
    for ledger in {each.name: each for s in wanted for each in ledgers_of(kind_of(s))}.values():
        columns = ", ".join(ledger.columns)
        for row in await db.fetch(
            f"select subject, {columns} from {ledger.name} where subject = any($1)", wanted
        ):
            lines[ledger.name, row[0]] = ledger.read(row[1:])
    return lines


_KNOWN = """
    select subject, topic, part, string_agg(places, '' order by first) as told,
           null::bigint as pos, null as reason, null::bytea as key, null::bytea as headers,
           null::bytea as value
      from chapters where subject = any($1) group by subject, topic, part
    union all
    select subject, topic, part, null, pos, reason, key, headers, value
      from parked where subject = any($1) order by topic, part, pos
"""
"""What is told of subjects, and what is parked of them in the order in which it was read."""


async def read_events(db: asyncpg.Connection, subject: str) -> bytes:
    """Read the events of a subject's story, in the order in which they were taken in."""
    chapters = await db.fetch(
        "select events from chapters where subject = $1 order by first", subject
    )
    return b"".join([events for (events,) in chapters])


async def read_story(db: asyncpg.Connection, subject: str) -> tuple[bytes, bytes]:
    """Read places and events of a subject's story, in the order in which they were taken in."""
    chapters = await db.fetch(
        "select places, events from chapters where subject = $1 order by first", subject
    )
    return b"".join(each["places"] for each in chapters), b"".join(e["events"] for e in chapters)


async def read_settled(db: asyncpg.Connection) -> dict[str, dict[tuple[str, int], str]]:
    """Read how forks were settled: by subject, what is kept at which place."""
    settled: dict[str, dict[tuple[str, int], str]] = {}
    for subject, events in await db.fetch(_CHOICES, f"{FORK}/", f"{FORK}0"):
        for wire in unpacked(subject, events):
            settling.learn(settled, wire)
    return settled


async def parked_of(db: asyncpg.Connection, subjects: Iterable[str]) -> dict[str, str]:
    """Read which of these subjects hold something that is parked, and where it lies."""
    return dict(await db.fetch(_PARKED_OF, list(subjects), NOT_KEPT))


_CHOICES = """
    select subject, events from chapters where subject >= $1 and subject < $2
     order by subject, first
"""
_PARKED_OF = """
    select subject, string_agg(concat_ws('/', topic, part, pos), ' ' order by topic, part, pos)
      from parked where subject = any($1) and reason <> $2 group by subject
"""


# -- writing


@dataclass(slots=True)
class Batch:
    """What is to be written of the subjects of a batch, as rows: they may change meanwhile."""

    chapters: list[tuple[Any, ...]] = field(default_factory=list)
    lines: Rows = field(default_factory=dict)  # by ledger
    held: dict[tuple[str, int, int], tuple[str, Held]] = field(default_factory=dict)
    gone: set[tuple[str, int, int]] = field(default_factory=set)
    unknown: list[tuple[Any, ...]] = field(default_factory=list)
    again: dict[tuple[str, int], int] = field(default_factory=dict)  # redeliveries by partition
    tidings: list[tuple[Any, ...]] = field(default_factory=list)


def gather(cases: Iterable[Case], tells_since: datetime = _EVER) -> Batch:
    """Take down what is to be written of these subjects; from then on they count as written.

    Of what happened before a moment nobody is told.
    """
    batch = Batch()
    for case in cases:
        if case.places:
            packed = b"".join(case.places), case.events
            batch.chapters.append((case.subject, case.stored, case.topic, case.part, *packed))
        if case.places or (case.refolded and case.stored):
            gather_lines(case, batch.lines)
        for each in case.tidings:
            if each.at >= tells_since:
                batch.tidings.append((case.subject, *astuple(each)))
        if case.odd:
            _gather_odd(case, batch)
        case.written()
    return batch


def _gather_odd(case: Case, batch: Batch) -> None:
    now = {where(each.message): (case.subject, each) for each in case.aside}
    batch.held.update(now)
    batch.gone |= case.held_before - set(now)
    batch.unknown += [(t, case.subject, pos, s, v) for t, pos, s, v in case.unknown]
    for key, count in case.redelivered.items():
        batch.again[key] = batch.again.get(key, 0) + count


def gather_lines(case: Case, into: Rows) -> None:
    """Take down the lines that an event changed; a ledger that noted none has no line of it."""
    for n, ledger in enumerate(ledgers_of(kind_of(case.subject))):
        if n in case.changed:
            into.setdefault(ledger.name, []).append((case.subject, *ledger.row(case.lines[n])))


async def write(db: asyncpg.Connection, guards: Sequence[Guard], batch: Batch) -> None:
    """Write a batch with its positions in one call, which is one transaction.

    Raises PositionMoved where somebody else has read on from there or written there.
    """
    moves = sorted((*guard, batch.again.get((guard.topic, guard.part), 0)) for guard in guards)
    try:
        await db.execute(
            _WRITE,
            *_columns(6, moves),
            batch.chapters,
            *(batch.lines.get(name, ()) for name in LEDGERS),
            *_columns(3, sorted(batch.gone)),
            [
                (*at, subject, each.reason, wire.key, wire.packed_headers, wire.value)
                for at, (subject, each) in batch.held.items()
                for wire in (each.message.wire,)
            ],
            *_columns(5, batch.unknown),
            *_columns(9, batch.tidings),
        )
    except asyncpg.PostgresError as fault:
        if fault.sqlstate == "BL001":
            raise PositionMoved from None
        raise


_WRITE = f"select write_batch({', '.join(f'${n}' for n in range(1, 26 + len(LEDGERS)))})"


def _columns(width: int, rows: Sequence[Sequence[object]]) -> list[Sequence[object]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


async def mend(db: asyncpg.Connection, case: Case) -> None:
    """Fold a subject's lines anew, from those that are written on, where a fold failed half-way."""
    place = case.topic, case.part
    if case.retold:
        base = begin(case.subject, *place)
    else:
        base = (await read_cases(db, {case.subject: place}))[case.subject]
    case.refold(base.lines, case.events)
