"""One call reads what a batch rests on; one call checks that nothing has moved and writes it."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from banli_engine.decider import Service
from banli_engine.fold import fold_stored, folded
from banli_engine.store import (
    Effects,
    Loaded,
    LoadedBatch,
    Message,
    Move,
    Moved,
    Parked,
    PositionMoved,
    StoredAnswer,
    StoredEvent,
    Waiting,
)
from banli_events.envelope import Wire, unpack_headers

WAITING_AT_ONCE = 100
"""How many submissions, and reactions, that wait on a subject one turn looks at: a flood must not
slow it down."""


async def load(
    db: asyncpg.Connection,
    known: Mapping[str, int],
    asked: Iterable[tuple[str, str]],
) -> LoadedBatch:
    """Read a batch: its subjects (events only of those that moved since `known`) and answers."""
    pairs = list(dict.fromkeys(asked))
    rows = await db.fetch(
        "select * from load_batch($1, $2, $3, $4, $5)",
        list(known),
        list(known.values()),
        [sender for sender, _ in pairs],
        [command for _, command in pairs],
        WAITING_AT_ONCE,
    )
    batch = LoadedBatch({subject: Loaded() for subject in known})
    for kind, subject, n, source, version, note, hash_, headers, value in rows:
        match kind:
            case "e":
                wire = Wire(subject.encode(), unpack_headers(headers), value)
                batch.subjects[subject].events.append(StoredEvent(source, version, hash_, wire))
            case "h":
                batch.subjects[subject].changes = n
            case "w":
                batch.subjects[subject].waiting.append(Waiting(n, source, value, version))
            case "p":
                message = Message(source, version, n, Wire(hash_, unpack_headers(headers), value))
                batch.subjects[subject].parked.append(Parked(message, note))
            case "a":
                batch.answers[subject, source] = StoredAnswer(note, hash_.decode(), value)
            case "o":
                batch.reference_offset = n
            case "m":
                batch.published_mark = n or 0
            case "s":
                batch.settings[subject] = note
    for loaded in batch.subjects.values():
        loaded.events.sort(key=lambda e: (e.source, e.version))
        loaded.waiting.sort(key=lambda w: w.seq)
        late = [row.seq for row in loaded.waiting if row.kind == "submission"][WAITING_AT_ONCE:]
        loaded.more_wait = bool(late)
        loaded.waiting = [row for row in loaded.waiting if row.seq not in late]
        loaded.parked.sort(key=lambda p: (p.message.topic, p.message.part, p.message.offset))
    return batch


_SAVE = f"select save_batch({', '.join(f'${n}' for n in range(1, 69))})"


async def save(
    db: asyncpg.Connection,
    moves: Sequence[Move],
    effects: Sequence[Effects],
    reference: int | None = None,
) -> None:
    """Check that nothing has moved and write all of it, in one call.

    What a subject watches from now on rests on `reference-events` as read up to `reference`.
    Raises PositionMoved or Moved where something has; then nothing is written.
    """
    try:
        await db.fetchval(_SAVE, *_arguments(moves, effects), reference)
    except asyncpg.PostgresError as fault:
        if fault.sqlstate == "BL001":
            raise PositionMoved from None
        if fault.sqlstate in ("BL002", "23505", "40P01", "55P03"):
            raise Moved from None
        raise


@asynccontextmanager
async def hold(db: asyncpg.Connection, subjects: Sequence[str]) -> AsyncIterator[None]:
    """Let nobody else write to these subjects until what is done inside is written."""
    async with db.transaction():
        await db.execute(
            "select from heads where subject = any($1) order by subject for update", subjects
        )
        yield


def _arguments(moves: Sequence[Move], effects: Sequence[Effects]) -> list[list[object]]:
    heads = [e for e in effects if e.subject and (e.decided or e.moved)]
    written = {new.subject for e in effects for new in e.waiting}
    others = sorted(written - {e.subject for e in heads})
    moved = [e.moved or e.subject in written for e in heads]
    events = [(e.subject, event, own) for e in effects for event, own in e.events]
    answers = [(*who, a, True) for e in effects for who, a in e.answers.items()]
    answers += [(*who, a, False) for e in effects for who, a in e.remembered.items()]
    receipts = [r for e in effects for r in e.receipts]
    waiting = [w for e in effects for w in e.waiting]
    unknown = [(t, e.subject, s, v) for e in effects for t, s, v in e.unknown]
    published = [(at, e.subject, s, v) for e in effects for at, s, v in e.published]
    out = [(e.subject, o.source, o.version, own) for e in effects for o, own in e.out]
    unparked = [m for e in effects for m in e.unparked]
    parked = [(e.subject, p) for e in effects for p in e.parked]
    clocks = [(e.subject, *d) for e in effects for d in e.due or ()]
    faults = [(r, id_, e.subject, c) for e in effects for r, id_, c in e.faults]
    return [
        *_columns(4, [(m.topic, m.part, m.old, m.new) for m in moves]),
        [*(e.subject for e in heads), *others],
        [*(e.changes for e in heads), *(None for _ in others)],
        [*moved, *(True for _ in others)],
        *_columns(
            7,
            [
                (s, e.source, e.version, e.hash, e.wire.packed_headers, e.wire.value, own)
                for s, e, own in events
            ],
        ),
        *_columns(6, [(s, c, a.hash, a.outcome, a.answer, new) for s, c, a, new in answers]),
        *_columns(
            6,
            [
                (r.topic, r.wire.key, r.wire.packed_headers, r.wire.value, r.subject, r.version)
                for r in receipts
            ],
        ),
        [seq for e in effects for seq in e.waiting_gone],
        *_columns(5, waiting),
        *_columns(4, unknown),
        *_columns(4, published),
        *_columns(3, [(m.topic, m.part, m.offset) for m in unparked]),
        *_columns(
            8,
            [
                (
                    *(p.message.topic, p.message.part, p.message.offset, subject, p.reason),
                    *(p.message.wire.key, p.message.wire.packed_headers, p.message.wire.value),
                )
                for subject, p in parked
            ],
        ),
        [e.subject for e in effects if e.due is not None],
        *_columns(4, clocks),
        *_columns(4, faults),
        *_columns(4, out),
        [e.subject for e in effects if e.watches is not None],
        *_columns(2, [(key, e.subject) for e in effects for key in e.watches or ()]),
    ]


async def last_versions(
    db: asyncpg.Connection, subjects: Iterable[str]
) -> dict[tuple[str, str], int]:
    """Read up to which version the streams of these subjects are known, by subject and source."""
    rows = await db.fetch(
        "select subject, source, max(version) from events where subject = any($1) group by 1, 2",
        list(subjects),
    )
    return {(subject, source): version for subject, source, version in rows}


async def states(
    service: Service, db: asyncpg.Connection, subjects: Iterable[str]
) -> dict[str, Any]:
    """Fold subjects as they stand now, each by itself."""
    batch = await load(db, dict.fromkeys(subjects, -1), ())
    return {subject: state_of(service, subject, one) for subject, one in batch.subjects.items()}


def state_of(service: Service, subject: str, loaded: Loaded) -> Any:
    """Fold a subject's stored events."""
    now = folded(service, subject)
    fold_stored(service, now, loaded.events)
    return now.state


def _columns(width: int, rows: Sequence[Sequence[object]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width
