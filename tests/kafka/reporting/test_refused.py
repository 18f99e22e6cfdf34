"""What the database refuses is parked with what follows it about its subject; the others go on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import Any

import asyncpg
import pytest
from reported import Log, Reporting, case, history, rows, started, without_revision
from structlog.testing import capture_logs

from banli_engine.choice import NOT_KEPT
from banli_engine.store import Database, Message, Move, PositionMoved
from banli_events.assignment import ForkSettled
from banli_events.base import Event
from banli_events.envelope import Recorded, Wire, encode
from banli_events.intake import ItemCorrected, ItemRegistered
from banli_events.subjects import fork_at
from banli_reporting import settling, tables
from banli_reporting.case import Case
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers import LEDGERS
from banli_reporting.projector import Projector
from banli_testing import story
from banli_testing.grammar import record, said


def retitled(after: str) -> ItemCorrected:
    return ItemCorrected.model_construct(field="title", before="x", after=after, reason="typo")


def numbered(term: int) -> ItemRegistered:
    numbering = story.REGISTERED.numbering.model_copy(update={"term": term})
    return story.REGISTERED.model_copy(update={"numbering": numbering})


def asking(text: str) -> ItemRegistered:
    asks = (story.REGISTERED.asks[0].model_copy(update={"text": text}),)
    return story.REGISTERED.model_copy(update={"asks": asks})


GOOD = ItemCorrected(field="content", before="x", after="good", reason="typo")
REFUSED: dict[str, tuple[Event, ...]] = {
    "text": (story.REGISTERED, GOOD, retitled("N\0L"), GOOD, story.CLASSIFIED),
    "jsonb": (asking("N\0L"), GOOD, GOOD, GOOD, story.CLASSIFIED),
    "int": (numbered(10**12), GOOD, GOOD, GOOD, story.CLASSIFIED),
}


def laid(*told: list[Recorded]) -> list[Message]:
    """Lay histories on a log in turn: an event of each, then the next of each."""
    wires = [encode(event) for each in zip(*told, strict=True) for event in each]
    return [Message("log", 0, n, wire) for n, wire in enumerate(wires)]


@pytest.fixture
async def db(databases: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    db = await asyncpg.connect(databases["reporting"])
    await tables.empty(db)
    yield db
    await db.close()


@pytest.fixture
async def projector(databases: dict[str, str], db: Any) -> AsyncIterator[Projector]:
    dsn = databases["reporting"]
    projector = Projector(Database(dsn), Database(dsn))
    await projector.read_positions([("log", 0)])
    yield projector
    await projector.close()


async def take(projector: Projector, told: list[Message]) -> None:
    begin, end = told[0].offset, told[-1].offset + 1
    await projector.take(told, [Move("log", 0, begin, end)])


async def reasons(db: asyncpg.Connection) -> list[tuple[str, int, str]]:
    found = await db.fetch("select subject, pos, reason from parked order by pos")
    return [(subject, pos, reason.partition(":")[0]) for subject, pos, reason in found]


@pytest.mark.parametrize("kind", REFUSED)
async def test_what_is_refused_parks_its_subject_and_no_other(
    projector: Projector, db: asyncpg.Connection, kind: str
) -> None:
    good = (story.REGISTERED, GOOD, GOOD, GOOD, story.CLASSIFIED)
    told = laid(history(case(1), REFUSED[kind]), history(case(2), good))
    first = 4 if kind == "text" else 0
    await take(projector, [*told[:8], replace(told[1], offset=8)])  # and one delivered again
    await take(projector, [replace(each, offset=each.offset + 1) for each in told[8:]])
    parked = [(case(1), n, "behind") for n in range(first + 2, 8, 2)]
    assert await reasons(db) == [(case(1), first, "fault"), *parked, (case(1), 9, "behind")]
    contents = dict(await db.fetch("select subject, content from register"))
    assert contents == {case(2): "good"} | ({case(1): "good"} if kind == "text" else {})
    assert await db.fetchval("select category from handling where subject = $1", case(2))
    position = await db.fetchrow("select next_offset, redelivered from positions")
    assert tuple(position) == (11, 1)


LIMITS = {
    "constraint": ("alter table register add check (title <> 'odd')", "odd"),
    "key": ("create unique index on register (title) where title = 'odd'", "odd"),
    "limit": ("create index on register (title)", Random(1).randbytes(5_000).hex()),
}


@pytest.mark.parametrize("kind", LIMITS)
async def test_what_breaks_a_constraint_or_a_limit_is_parked_like_what_fits_no_column(
    projector: Projector, db: asyncpg.Connection, kind: str
) -> None:
    altered, title = LIMITS[kind]
    await db.execute(altered)
    if kind == "key":
        await db.execute("insert into register (subject, title) values ('case/0', 'odd')")
    odd = (story.REGISTERED, retitled(title), GOOD)
    good = (story.REGISTERED, GOOD, GOOD)
    await take(projector, laid(history(case(1), odd), history(case(2), good)))
    assert await reasons(db) == [(case(1), 2, "fault"), (case(1), 4, "behind")]
    assert await db.fetchval("select content from register where subject = $1", case(2)) == "good"


async def test_where_no_event_is_found_at_fault_all_of_the_batch_is_parked(
    projector: Projector, db: asyncpg.Connection
) -> None:
    told = laid(*(history(case(n), (story.REGISTERED, GOOD, GOOD)) for n in (1, 2)))
    await take(projector, told[:2])
    no_story = "add constraint none check (first = 0 or subject <> $$" + case(1) + "$$)"
    await db.execute(f"alter table chapters {no_story}")
    with capture_logs() as logs:
        await take(projector, told[2:])
    assert await reasons(db) == [(case(1), 2, "fault"), (case(1), 4, "behind")]
    assert [each["offset"] for each in logs if each["event"] == "event_parked"] == [2]
    contents = dict(await db.fetch("select subject, content from register"))
    assert contents[case(2)] == "good" != contents[case(1)]
    with pytest.raises(asyncpg.CheckViolationError):
        await projector.redrive(case(1))  # who asks is told, and it stays as it is
    assert len(await reasons(db)) == 2
    await db.execute("alter table chapters drop constraint none")
    again = await projector.redrive(case(1))
    assert again is not None
    assert again.held == []
    contents = dict(await db.fetch("select subject, content from register"))
    assert contents == {case(1): "good", case(2): "good"}


async def test_a_choice_that_this_build_fails_to_follow_holds_up_no_other(
    projector: Projector, db: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Wire] = []
    for n in (1, 2):
        first, stored = map(encode, history(case(n), (story.REGISTERED, GOOD)))
        kept = encode(history(case(n), (story.REGISTERED, retitled("kept")))[1])
        told += [first, stored, kept]
        choice = ForkSettled(
            subject=case(n), source="intake", version=2, keep=kept.hash.hex(), reason="x"
        )
        told.append(encode(record([], fork_at(case(n), "intake", 2), said(choice))))
    await take(projector, [Message("log", 0, n, wire) for n, wire in enumerate(told)])
    real = settling._retell

    def retell(into: Case, *more: Any) -> None:
        if into.subject == case(1):
            raise ZeroDivisionError
        real(into, *more)

    monkeypatch.setattr(settling, "_retell", retell)
    with capture_logs() as logs:
        for _ in range(2):
            await projector.follow()
    assert [each["subject"] for each in logs if each["event"] == "choice_not_followed"] == [case(1)]
    parked = await db.fetch("select subject from parked where reason <> $1", NOT_KEPT)
    assert [subject for (subject,) in parked] == [case(1)]
    assert await db.fetchval("select title from register where subject = $1", case(2)) == "kept"
    monkeypatch.undo()
    await projector.redrive(case(1))  # by a build that can
    assert await db.fetchval("select title from register where subject = $1", case(1)) == "kept"


async def test_it_stays_parked_until_a_build_that_can_tries_again(
    projector: Projector, db: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = laid(history(case(1), REFUSED["text"]))
    await take(projector, told)
    before = await reasons(db)
    again = await projector.redrive(case(1))
    assert again is not None
    assert len(again.held) == 3
    assert await reasons(db) == before == [
        (case(1), 2, "fault"), (case(1), 3, "behind"), (case(1), 4, "behind"),
    ]  # fmt: skip
    real = Ledger.row

    def without_null(ledger: Ledger[Any], line: Any) -> list[Any]:
        texts = [(each, isinstance(each, str)) for each in real(ledger, line)]
        return [
            each.replace("\0", "").replace("\\u0000", "") if text else each for each, text in texts
        ]

    monkeypatch.setattr(Ledger, "row", without_null)
    again = await projector.redrive(case(1))
    assert again is not None
    assert again.held == []
    assert await reasons(db) == []
    assert await db.fetchval("select title from register") == "NL"


async def test_one_by_one_comes_to_the_same_as_all_at_once(
    projector: Projector, db: asyncpg.Connection, databases: dict[str, str]
) -> None:
    told = laid(history(case(1), REFUSED["text"]), history(case(2), REFUSED["int"]))
    unordered = [told[i].wire for i in (0, 1, 6, 3, 4, 2, 5, 7, 8, 9)]  # a gap that closes
    told = [Message("log", 0, n, wire) for n, wire in enumerate(unordered)]
    await take(projector, told)
    at_once = without_revision(await rows(databases["reporting"]))
    names = ("chapters", "parked", "unknown", "positions", *LEDGERS)
    await db.execute(f"truncate {', '.join(names)}")
    await projector.read_positions([("log", 0)])
    for each in told:
        await take(projector, [each])
    assert without_revision(await rows(databases["reporting"])) == at_once
    assert (case(1), 4, "fault") in await reasons(db)


async def test_what_was_folded_on_a_batch_that_is_refused_is_read_again(
    projector: Projector, db: asyncpg.Connection
) -> None:
    told = laid(
        history(case(1), REFUSED["text"]), history(case(2), REFUSED["text"][:2] * 2 + (GOOD,))
    )
    projector.ends = {("log", 0): len(told) + 1}
    await take(projector, told[:6])
    with pytest.raises(PositionMoved):
        await take(projector, told[6:])
    assert await projector.read_positions([("log", 0)]) == {("log", 0): 6}
    await take(projector, told[6:])
    await projector.stop()
    found = [each for each in await reasons(db) if each[0] == case(1)]
    assert found == [(case(1), 4, "fault"), (case(1), 6, "behind"), (case(1), 8, "behind")]


async def test_a_line_that_cannot_be_derived_parks_its_subject(
    projector: Projector, db: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Ledger.row

    def row(ledger: Ledger[Any], line: Any) -> list[Any]:
        if getattr(line, "title", None) == "odd":
            raise ZeroDivisionError
        return real(ledger, line)

    monkeypatch.setattr(Ledger, "row", row)
    odd = (story.REGISTERED, retitled("odd"), GOOD)
    await take(projector, laid(history(case(1), odd), history(case(2), (odd[0], GOOD, GOOD))))
    assert await reasons(db) == [(case(1), 2, "fault"), (case(1), 4, "behind")]
    assert await db.fetchval("select content from register where subject = $1", case(2)) == "good"


@pytest.mark.parametrize(
    "key", [None, b"", b"case/\0", b"case/" + b"x" * 4_000, b"case", b"\xff", "case/办".encode()]
)
async def test_what_has_no_readable_key_is_a_subject_of_its_own(
    projector: Projector, db: asyncpg.Connection, key: bytes | None
) -> None:
    told = laid(history(case(1), (story.REGISTERED, GOOD)))
    odd = Message("log", 0, 1, replace(told[1].wire, key=key))
    await take(projector, [told[0], odd, replace(told[1], offset=2)])
    assert await reasons(db) == [("unreadable/log-0-1", 1, "unreadable")]
    assert await db.fetchval("select content from register") == "good"
    again = await projector.redrive("unreadable/log-0-1")
    assert again is not None
    assert len(again.held) == 1


async def test_who_operates_sees_it_and_may_try_it_again(log: Log, reporting: Reporting) -> None:
    await log.say(history(case(1), REFUSED["int"]))
    await log.say(history(case(2), (story.REGISTERED, GOOD)))
    await started(reporting)
    _, status = await reporting.ask("/v1/status")
    (parked,) = status["parked"]
    assert (parked["subject"], parked["reason"]) == (case(1), "fault: DataError")
    assert (status["parked_subjects"], status["parked_messages"]) == (1, 5)
    code, again = await reporting.ask("/v1/redrive", body={"subject": case(1)})
    assert (code, again["parked"]) == (202, 5)
    _, found = await reporting.ask("/v1/cases/" + case(1)[5:])
    assert [each["reason"] for each in found["parked"]] == ["fault: DataError", *["behind"] * 4]
    for nothing in ("case/\0", "x" * 300):
        assert (await reporting.ask("/v1/redrive", body={"subject": nothing}))[0] == 400
    assert (await reporting.ask("/v1/cases/%00"))[0] == 400
    assert "event_parked" in reporting.child.log.read_text()
