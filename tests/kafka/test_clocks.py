"""Clocks on a real database: looked at once, oldest first, when all that counts has been read."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from banli_engine import clocks, store
from banli_engine.batch import save
from banli_engine.clock import NOW
from banli_engine.clocks import Clocks, Place
from banli_engine.decider import INTERNAL, Aggregate, Asked, Due, Service
from banli_engine.loop import Loop
from banli_engine.pending import Pending
from banli_engine.store import Database, Effects, StoredEvent, set_setting
from banli_events.base import Event
from banli_events.envelope import Recorded, encode
from banli_events.supervision import CheckDeadline, DeadlineMissed, DeadlineSet
from banli_events.words import PackRef
from banli_testing.grammar import Said, record

DUE = datetime(2025, 3, 10, tzinfo=UTC)
MANY = 9_200
LOG = "case-events"
RULES = PackRef(pack="p", version=1)


@dataclass
class Taken:
    """A loop that notes what it is asked to look at."""

    clocks: list[Pending] = field(default_factory=list)
    looks: bool = False

    def check(self, clocks: Any) -> None:
        self.clocks += clocks

    @property
    def subjects(self) -> list[str]:
        return [clock.subject for clock in self.clocks]


@dataclass
class Log:
    """Where the two partitions of a log end, and how often that was asked."""

    end: int = 7
    asked: int = 0

    async def ends(self, places: Iterable[Place]) -> Mapping[Place, int]:
        self.asked += 1
        return dict.fromkeys(places, self.end)


def place_of(subject: str) -> Place:
    return LOG, int(subject.partition("/")[2]) % 2


@pytest.fixture
async def db(databases: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    db = await store.connect(databases["supervision"])
    await store.prepare(db)
    await read_up_to(db, 7, 7)
    yield db
    await db.close()


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
async def connect(databases: dict[str, str]) -> AsyncIterator[Callable[[], Database]]:
    """Give whoever asks a connection of its own, and close all of them."""
    opened: list[Database] = []

    def connect() -> Database:
        opened.append(Database(databases["supervision"]))
        return opened[-1]

    yield connect
    for database in opened:
        await database.close()


@pytest.fixture
def look(connect: Callable[[], Database], taken: Taken, log: Log) -> Clocks:
    return looking(connect(), taken, log, driven=True)


def looking(database: Database, loop: Any, log: Log, *, driven: bool) -> Clocks:
    return Clocks(database, loop, place_of=place_of, ends=log.ends, driven=driven)


async def read_up_to(db: asyncpg.Connection, *offsets: int) -> None:
    for part, offset in enumerate(offsets):
        await db.execute(
            "insert into positions values ($1, $2, $3)"
            " on conflict (topic, part) do update set next_offset = $3",
            *(LOG, part, offset),
        )


async def due(db: asyncpg.Connection, *subjects: str, at: datetime = DUE) -> None:
    for subject in subjects:
        await db.execute("insert into due values ($1, 'reply', $2, 'x')", subject, at)


async def test_a_clock_that_a_foreign_fact_may_stop_is_looked_at_when_its_partition_was_read(
    db: asyncpg.Connection, look: Clocks, taken: Taken, log: Log
) -> None:
    """R063"""
    await due(db, "case/1", "case/2", "case/3")
    await read_up_to(db, 7, 6)
    await look.run_out(db)
    assert taken.subjects == ["case/2"]
    log.end = 9  # what comes behind the end that was asked is none of its business
    await look.run_out(db)
    assert taken.subjects == ["case/2"]
    await read_up_to(db, 7, 7)  # by whichever process
    await look.run_out(db)
    assert taken.subjects == ["case/2", "case/1", "case/3"]
    assert log.asked == 1


async def test_a_clock_that_runs_out_later_asks_for_the_end_anew(
    db: asyncpg.Connection, look: Clocks, taken: Taken, log: Log
) -> None:
    """R063"""
    await set_setting(db, NOW, (DUE + timedelta(seconds=1)).isoformat())
    await due(db, "case/1")
    await due(db, "case/3", at=DUE + timedelta(days=1))
    await look.run_out(db)
    assert (taken.subjects, log.asked) == (["case/1"], 1)
    await db.execute("delete from due where subject = 'case/1'")
    log.end = 9
    await set_setting(db, NOW, (DUE + timedelta(days=2)).isoformat())
    await look.run_out(db)
    assert (taken.subjects, log.asked) == (["case/1"], 2)
    await read_up_to(db, 7, 9)
    await look.run_out(db)
    assert (taken.subjects, log.asked) == (["case/1", "case/3"], 2)


async def test_nothing_is_asked_of_kafka_while_no_clock_has_run_out(
    db: asyncpg.Connection, look: Clocks, log: Log
) -> None:
    await due(db, "case/1", at=datetime(2100, 1, 1, tzinfo=UTC))
    await look.run_out(db)
    assert log.asked == 0


async def test_by_the_wall_a_clock_has_a_grace(
    db: asyncpg.Connection,
    connect: Callable[[], Database],
    taken: Taken,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """R063"""
    monkeypatch.setattr(clocks, "GRACE", timedelta(hours=1))
    look, now = looking(connect(), taken, log, driven=False), datetime.now(UTC)
    await due(db, "case/1", at=now - timedelta(minutes=61))
    await due(db, "case/2", at=now - timedelta(minutes=30))
    await look.run_out(db)
    assert taken.subjects == ["case/1"]


async def test_a_clock_is_looked_at_although_many_older_ones_stay_due(
    db: asyncpg.Connection, look: Clocks, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "AT_ONCE", 3)
    monkeypatch.setattr(clocks, "AGAIN_SECONDS", 0)
    for number in range(7):
        await due(db, f"case/{number}", at=DUE + timedelta(days=number // 3))
    for _ in range(3):
        await look.run_out(db)
    assert taken.subjects == [f"case/{n}" for n in range(7)]
    await look.run_out(db)
    assert taken.subjects[-1] == "case/2"  # and begins anew


async def test_a_clock_of_which_nothing_comes_is_looked_at_less_and_less(
    db: asyncpg.Connection, look: Clocks, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass
    class Time:
        now: float = 1_000.0

        def monotonic(self) -> float:
            return self.now

    moment = Time()
    monkeypatch.setattr(clocks, "time", moment)
    await due(db, "case/1")
    for _ in range(3_600):
        await look.run_out(db)
        moment.now += 1
    assert 10 < len(taken.clocks) < 25  # within the hour; and each asks the same
    assert len({clock.id for clock in taken.clocks}) == 1


async def test_that_the_look_at_a_clock_failed_is_told_until_something_comes_of_it(
    db: asyncpg.Connection,
) -> None:
    failed = Effects("case/1", faults=[("clock", "x", "internal-fault")])
    await save(db, [], [failed, replace(failed, subject="case/2")])
    await save(db, [], [Effects("case/1", changes=None, due=[])])
    left = await db.fetch("select subject from faults")
    assert [row["subject"] for row in left] == ["case/2"]


async def test_who_does_not_learn_where_the_log_ends_looks_at_no_clock(
    db: asyncpg.Connection, look: Clocks, taken: Taken, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R063"""

    async def away(places: Iterable[Place]) -> Mapping[Place, int]:
        raise OSError

    await due(db, "case/1")
    monkeypatch.setattr(look, "_ask_ends", away)
    await look.once()
    assert not taken.clocks
    monkeypatch.setattr(look, "_ask_ends", log.ends)
    await look.once()
    assert taken.subjects == ["case/1"]


def decide(state: Sequence[Recorded], asked: Asked) -> Sequence[Event]:
    match asked.command:
        case CheckDeadline(clock=clock, due=due) if list(clocks_of(state)):
            return [DeadlineMissed(clock=clock, due=due)]
    return []


def clocks_of(state: Sequence[Recorded]) -> Iterable[Due]:
    match state:
        case [Recorded(data=DeadlineSet(clock=clock, due=due)) as cause]:
            yield Due(clock, due, cause.id)


SERVICE = Service(
    name="supervision",
    aggregates={"case": Aggregate((), decide, lambda state, event: (*state, event), clocks_of)},
    commands={CheckDeadline: INTERNAL},
    reactions={},
    subject_of={},
)


async def set_many(db: asyncpg.Connection) -> None:
    """Set very many clocks for one day, the oldest last."""
    effects = []
    for number in range(MANY):
        subject, at = f"case/{number}", DUE - timedelta(seconds=number // 3)
        day, clause = date(2025, 1, 1), "§ 1"
        fact = DeadlineSet(clock="reply", due=at, counted_from=day, rules=RULES, clause=clause)
        event = record([], subject, Said(fact))
        wire = encode(event)
        stored = StoredEvent(event.source, 1, wire.hash, wire)
        clock = [("reply", at, event.id)]
        effects.append(Effects(subject, events=[(stored, False)], due=clock))
    await save(db, [], effects)


async def test_very_many_clocks_of_one_day_fire_within_seconds_oldest_first_exactly_once(
    db: asyncpg.Connection, connect: Callable[[], Database]
) -> None:
    """R063"""
    await set_many(db)
    parts: list[asyncio.Task[None]] = []
    for _ in range(2):
        loop = Loop(SERVICE, connect(), driven=False)
        loop.caught_up = True
        look = looking(connect(), loop, Log(), driven=False)
        parts += [
            asyncio.create_task(loop.run()),
            asyncio.create_task(keep_looking(look)),
        ]
    began = time.monotonic()
    while await db.fetchval("select count(*) from due"):
        await asyncio.sleep(0.05)
        assert time.monotonic() - began < 60  # some seven seconds on two free cores
    await asyncio.sleep(0.5)
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
    said = await db.fetch("select subject from unsent order by seq")
    assert Counter(row["subject"] for row in said) == Counter(f"case/{n}" for n in range(MANY))
    assert [int(row["subject"][5:]) // 3 for row in said] == sorted(
        (n // 3 for n in range(MANY)), reverse=True
    )


async def keep_looking(look: Clocks) -> None:
    while True:
        await look.once()
        await asyncio.sleep(0.05)
