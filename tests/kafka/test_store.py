"""The database of a deciding service: what a batch loads, and what the writing call checks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import asyncpg
import pytest

from banli_engine import store
from banli_engine.batch import WAITING_AT_ONCE, last_versions, load, save
from banli_engine.clock import NOW
from banli_engine.process import Process
from banli_engine.published import Published
from banli_engine.store import Database, Effects, Message, Moved, NewWaiting, Parked, StoredEvent
from banli_events.assignment import UnitOpened
from banli_events.envelope import Wire, encode
from banli_testing.grammar import published

CASE = "case/1"
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def db(databases: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    db = await store.connect(databases["intake"])
    await store.prepare(db)
    yield db
    await db.close()


def waiting(number: int) -> NewWaiting:
    return NewWaiting(CASE, "submission", "system:x", str(number), b"{}")


async def waits(db: asyncpg.Connection) -> store.Loaded:
    return (await load(db, {CASE: -1}, [])).subjects[CASE]


async def test_what_waits_for_months_is_still_loaded(db: asyncpg.Connection) -> None:
    await save(db, [], [Effects(CASE, waiting=[waiting(1)])])
    await db.execute("update waiting set since = now() - interval '60 days'")
    assert (await waits(db)).waiting[0].age_ms == 2_000_000_000


async def test_of_a_flood_that_waits_a_turn_loads_the_oldest_and_knows_of_more(
    db: asyncpg.Connection,
) -> None:
    flood = [waiting(n) for n in range(WAITING_AT_ONCE)]
    await save(db, [], [Effects(CASE, waiting=flood)])
    assert not (await waits(db)).more_wait
    await save(db, [], [Effects(CASE, 1, waiting=[waiting(-1)])])
    loaded = await waits(db)
    assert loaded.more_wait
    assert [row.seq for row in loaded.waiting] == sorted(row.seq for row in loaded.waiting)
    assert len(loaded.waiting) == WAITING_AT_ONCE


async def test_reactions_that_wait_hide_no_submission(db: asyncpg.Connection) -> None:
    reactions = [
        NewWaiting(CASE, "reaction", "reaction:x", str(n), b"{}")
        for n in range(WAITING_AT_ONCE + 5)
    ]
    await save(db, [], [Effects(CASE, waiting=[*reactions, waiting(1)])])
    loaded = await waits(db)
    assert [row.kind for row in loaded.waiting].count("submission") == 1
    assert not loaded.more_wait


async def test_the_last_versions_of_other_subjects_are_told(db: asyncpg.Connection) -> None:
    (event,) = published(("unit/so", UnitOpened(name="x", since=date(2025, 1, 1))))
    stored = StoredEvent(event.source, event.version, event.hash, encode(event))
    await save(db, [], [Effects(event.subject, events=[(stored, False)])])
    assert await last_versions(db, ["unit/so", "case/9"]) == {("unit/so", "assignment"): 1}


async def test_what_waits_behind_a_parked_message_has_all_its_time_once_that_is_gone(
    db: asyncpg.Connection,
) -> None:
    parked = Message("case-events", 0, 0, Wire(CASE.encode(), (), b""))
    effects = Effects(CASE, parked=[Parked(parked, "fork: x")], waiting=[waiting(1)])
    await save(db, [], [effects])
    await db.execute("update waiting set since = now() - interval '1 hour'")
    await save(db, [], [Effects(CASE, 1, unparked=[parked])])
    assert (await waits(db)).waiting[0].age_ms < 60_000


async def test_a_subject_that_vanished_with_a_rebuild_is_not_written_to(
    db: asyncpg.Connection,
) -> None:
    await save(db, [], [Effects(CASE, waiting=[waiting(1)])])
    await store.empty(db)
    with pytest.raises(Moved):
        await save(db, [], [Effects(CASE, 1, waiting=[waiting(2)])])


async def test_a_reference_event_that_is_redriven_takes_effect_at_once(
    db: asyncpg.Connection,
) -> None:
    known = Published()
    for pos in (5, 3):  # the second was parked when the fifth was read
        (event,) = published((f"unit/u{pos}", UnitOpened(name="x", since=date(2025, 1, 1))))
        stored = StoredEvent(event.source, event.version, event.hash, encode(event))
        effects = Effects(event.subject, events=[(stored, False)])
        effects.published = [(pos, event.source, event.version)]
        await save(db, [], [effects])
        batch = await load(db, {}, [])
        await known.up_to(db, 6, batch.published_mark)
    assert set(known.reference.units) == {"u5", "u3"}
    assert set(known.as_of(4).units) == {"u3"}


async def test_what_is_not_kept_is_taken_out_in_the_call_that_puts_another_in_its_place(
    db: asyncpg.Connection,
) -> None:
    subject = "unit/u1"
    first, second = (
        StoredEvent(event.source, event.version, event.hash, encode(event))
        for name in ("first", "second")
        for event in published((subject, UnitOpened(name=name, since=date(2025, 1, 1))))
    )
    put = Effects(subject, events=[(first, True)])
    put.published, put.unknown = [(3, first.source, 1)], [("UnitOpened", first.source, 1)]
    await save(db, [], [put])
    swap = Effects(subject, 1, out=[(first, True)], events=[(second, False)])
    swap.published = [(4, second.source, 1)]
    await save(db, [], [swap])
    loaded = (await load(db, {subject: -1}, [])).subjects[subject]
    assert [each.hash for each in loaded.events] == [second.hash]
    assert [row["pos"] for row in await db.fetch("select pos from published")] == [4]
    assert await db.fetchval("select count(*) from unsent") == 0
    assert await db.fetchval("select count(*) from unknown") == 0


async def test_a_foreign_event_that_is_taken_out_leaves_unsent_what_is_own(
    db: asyncpg.Connection,
) -> None:
    own, foreign = (StoredEvent(source, 1, b"h", Wire(None, (), b"")) for source in ("a", "b"))
    await save(db, [], [Effects(CASE, events=[(own, True), (foreign, False)])])
    await save(db, [], [Effects(CASE, 1, out=[(foreign, False)])])
    assert await db.fetchval("select count(*) from unsent") == 1


async def test_two_processes_asked_at_once_never_set_the_clock_back(
    db: asyncpg.Connection, databases: dict[str, str]
) -> None:
    await store.set_setting(db, NOW, START.isoformat())
    processes = [
        SimpleNamespace(
            watch=SimpleNamespace(lock=asyncio.Lock(), database=Database(databases["intake"]))
        )
        for _ in range(2)
    ]
    async with db.transaction():  # both are under way before either can write
        await db.execute("select * from settings for update")
        asked = []
        for process, days in zip(processes, (10, 1), strict=True):
            advance = Process.advance(cast(Process, process), START + timedelta(days=days))
            asked.append(asyncio.create_task(advance))
            await asyncio.sleep(0.3)
    assert await asyncio.gather(*asked) == [True, False]
    assert await store.setting(db, NOW) == (START + timedelta(days=10)).isoformat()
    for process in processes:
        await process.watch.database.close()
