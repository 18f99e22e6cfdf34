"""The sweep on a real database: one thing that cannot be done holds up nothing else."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from banli_engine import store
from banli_engine.batch import save
from banli_engine.decider import Aggregate, Due, Reaction, Service
from banli_engine.store import Database, Effects, NewWaiting, StoredEvent
from banli_engine.sweep import Sweep, refill, wait_anew, writes_clocks
from banli_events.assignment import AcceptAssignment
from banli_events.envelope import Recorded, Wire, encode
from banli_events.supervision import ResearchLogged
from banli_testing.grammar import Said, record

DAY = date(2020, 1, 1)
DUE = datetime(2025, 3, 10, tzinfo=UTC)


def evolve(state: tuple[Recorded, ...], event: Recorded) -> tuple[Recorded, ...]:
    return (*state, event)


def due(state: tuple[Recorded, ...]) -> Sequence[Due]:
    return [Due("research", DUE, poisoned(event).id) for event in state]


def poisoned(event: Recorded) -> Recorded:
    """A bug that one event brings out."""
    if isinstance(event.data, ResearchLogged) and event.data.summary == "venom":
        raise ZeroDivisionError
    return event


SERVICE = Service(
    name="assignment",
    aggregates={"case": Aggregate((), lambda *_: [], evolve, due)},
    commands={},
    reactions={
        ResearchLogged: Reaction("accept", DAY, lambda e: (poisoned(e).subject, AcceptAssignment()))
    },
    subject_of={},
)


@dataclass
class Asked:
    """What the loop was asked to look at."""

    subjects: list[str] = field(default_factory=list)

    def touch(self, subjects: Any) -> None:
        self.subjects += subjects


@pytest.fixture
async def db(databases: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    db = await store.connect(databases["assignment"])
    await store.prepare(db)
    yield db
    await db.close()


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
async def look(databases: dict[str, str], asked: Asked) -> AsyncIterator[Sweep]:
    database = Database(databases["assignment"])
    yield Sweep(SERVICE, database, asked)  # type: ignore[arg-type]
    await database.close()


def research(subject: str, summary: str = "x") -> Wire:
    fact = Said(ResearchLogged(researched_on=DAY, summary=summary))
    return encode(record([], subject, fact))


async def stored(db: asyncpg.Connection, subject: str, wire: Wire, *, known: bool) -> None:
    """Store a foreign event, known to the build of that day or not."""
    event = StoredEvent("supervision", 1, wire.hash, wire)
    unknown = [] if known else [("ResearchLogged", "supervision", 1)]
    await save(db, [], [Effects(subject, events=[(event, False)], unknown=unknown)])


async def subjects(db: asyncpg.Connection, table: str) -> list[str]:
    return [r["subject"] for r in await db.fetch(f"select subject from {table} order by 1")]


async def test_what_cannot_be_run_stays_unknown_and_the_rest_is_run(
    db: asyncpg.Connection, look: Sweep, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = replace(research("case/1"), value=b"\xff secret")
    for subject, wire in (
        ("case/1", broken),
        ("case/2", research("case/2", "venom")),
        ("case/3", research("case/3")),
    ):
        await stored(db, subject, wire, known=False)
    await look.once()
    await look.once()
    assert await subjects(db, "unknown") == ["case/1", "case/2"]
    assert await subjects(db, "waiting") == ["case/3"]
    assert asked.subjects == ["case/3", "case/3"]  # the steps that follow are taken
    told = capsys.readouterr().out
    assert told.count("unknown_not_run") == 2  # each once, not with every sweep
    assert "secret" not in told
    assert "venom" not in told


async def test_what_waited_while_nobody_decided_has_all_its_time_again(
    db: asyncpg.Connection,
) -> None:
    waiting = NewWaiting("case/1", "submission", "system:x", "1", b"{}")
    await save(db, [], [Effects("case/1", waiting=[waiting])])
    await db.execute("update waiting set since = now() - interval '1 hour'")
    await wait_anew(db)
    assert await db.fetchval("select clock_timestamp() - since < '1 minute' from waiting")


async def test_a_step_that_fails_stops_no_other(
    look: Sweep, asked: Asked, db: asyncpg.Connection
) -> None:
    waiting = NewWaiting("case/1", "submission", "system:x", "1", b"{}")
    await save(db, [], [Effects("case/1", waiting=[waiting])])
    await db.execute("drop table unknown")
    await look.once()
    assert asked.subjects == ["case/1"]


async def test_a_subject_whose_clocks_cannot_be_derived_stops_no_start(
    db: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    for subject, summary in (("case/1", "venom"), ("case/2", "x")):
        await stored(db, subject, research(subject, summary), known=True)
    await db.execute("insert into due values ('case/1', 'old', $1, 'x')", DUE)
    await refill(SERVICE, db)
    found = await db.fetch("select subject, clock from due order by 1")
    assert [tuple(row) for row in found] == [("case/1", "old"), ("case/2", "research")]
    told = capsys.readouterr().out
    assert "clocks_not_derived" in told
    assert "case/1" in told
    assert await store.setting(db, "due_version") == "mixed"  # the next start tries again


async def test_clocks_are_derived_once_more_when_no_other_build_writes_them_any_longer(
    look: Sweep, databases: dict[str, str], db: asyncpg.Connection
) -> None:
    async def clocks() -> set[str]:
        return {row["subject"] for row in await db.fetch("select subject from due")}

    await stored(db, "case/1", research("case/1", "x"), known=True)
    older = Database(databases["assignment"], writes_clocks(replace(SERVICE, due_version=0)))
    other = await older.get()
    await refill(SERVICE, db)
    assert await clocks() == {"case/1"}
    await look.once()
    await other.execute("delete from due")  # as the other build derives them
    await look.once()
    assert await clocks() == set()
    await older.close()
    await look.once()
    assert await clocks() == {"case/1"}
    assert await store.setting(db, "due_version") == str(SERVICE.due_version)
