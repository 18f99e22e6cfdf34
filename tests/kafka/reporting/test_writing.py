"""How a batch is written: under the guard of its positions, and no more than it changes."""

import asyncio
from typing import Any

import asyncpg
import pytest
from reported import (
    STRAIGHT,
    case,
    history,
    rows,
    without_revision,
)

from banli_engine.store import (
    Database,
    Message,
    Move,
    PositionMoved,
)
from banli_events.envelope import encode
from banli_reporting import tables
from banli_reporting.ledgers.handling import HANDLING
from banli_reporting.projector import Projector


async def test_who_does_not_stand_where_the_position_stands_writes_nothing(
    databases: dict[str, str],
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    first, second = (Projector(Database(dsn), Database(dsn)) for _ in range(2))
    for each in (first, second):
        await each.read_positions([("log", 0)])
    told = [Message("log", 0, n, encode(e)) for n, e in enumerate(history(case(1)))]
    await first.take(told[:5], [Move("log", 0, 0, 5)])
    written = await rows(dsn)
    with pytest.raises(PositionMoved):
        await second.take(told[:7], [Move("log", 0, 0, 7)])
    assert await rows(dsn) == written
    assert await second.redrive(case(1)) is not None  # out of turn: the first must look again
    with pytest.raises(PositionMoved):
        await first.take(told[5:], [Move("log", 0, 5, len(told))])
    assert (await first.read_positions([("log", 0)])) == {("log", 0): 5}
    await first.take(told[5:], [Move("log", 0, 5, len(told))])
    assert await db.fetchval("select step from handling") == "REPLIED"
    for each in (first, second):
        await each.close()
    await db.close()


async def test_a_batch_adds_a_chapter_and_rewrites_none(databases: dict[str, str]) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    told = [Message("log", 0, n, encode(e)) for n, e in enumerate(history(case(1)))]
    query = "select first, octet_length(places) / 45, xmin::text from chapters order by first"
    many = Projector(Database(dsn), Database(dsn))
    at = await many.read_positions([("log", 0)])
    seen: list[list[tuple[Any, ...]]] = []
    for begin, end in ((0, 3), (3, 4), (4, len(told))):
        await many.take(told[begin:end], [Move("log", 0, begin, end)])
        seen.append([tuple(row) for row in await db.fetch(query)])
        many._known.clear()  # so that the next batch reads the chapters
    assert at == {("log", 0): 0}
    assert [row[:2] for row in seen[2]] == [(0, 3), (3, 1), (4, len(told) - 4)]
    assert seen[0] == seen[1][:1] == seen[2][:1]
    assert seen[1] == seen[2][:2]
    in_three = without_revision(await rows(dsn))
    await tables.empty(db)
    once = Projector(Database(dsn), Database(dsn))
    await once.read_positions([("log", 0)])
    await once.take(told, [Move("log", 0, 0, len(told))])
    assert await db.fetchval("select count(*) from chapters") == 1
    assert without_revision(await rows(dsn)) == in_three
    for each in (many, once):
        await each.close()
    await db.close()


async def test_a_batch_writes_the_lines_that_its_events_change_and_no_others(
    databases: dict[str, str],
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    facts = (*STRAIGHT[:1], *STRAIGHT[2:4], *STRAIGHT[1:2])  # the last corrects the title
    told = [Message("log", 0, n, encode(e)) for n, e in enumerate(history(case(1), facts))]
    projector = Projector(Database(dsn), Database(dsn))
    await projector.read_positions([("log", 0)])
    written = []
    for n, message in enumerate(told):
        await projector.take([message], [Move("log", 0, n, n + 1)])
        query = "select r.xmin::text, h.xmin::text from register r join handling h using (subject)"
        written.append(tuple(await db.fetchrow(query)))
    register, handling = zip(*written, strict=True)
    assert len(set(handling)) == len(told)
    assert register[0] == register[1] == register[2] != register[3]
    assert await db.fetchval("select title from register") == "Safe ways"
    await projector.close()
    await db.close()


async def test_a_line_that_changes_stays_in_its_page_and_touches_no_index(
    databases: dict[str, str],
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    told = [history(case(n)) for n in range(40)]
    projector = Projector(Database(dsn), Database(dsn))
    await projector.read_positions([("log", 0)])
    for n in range(len(STRAIGHT)):
        at = n * len(told)
        batch = [Message("log", 0, at + i, encode(each[n])) for i, each in enumerate(told)]
        await projector.take(batch, [Move("log", 0, at, at + len(told))])
    await projector.close()
    query = "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'handling'"
    noted = sum(each.type in HANDLING.by_type for each in told[0]) - 1  # the first opens the line
    changed = hot = 0
    for _ in range(100):
        changed, hot = await db.fetchrow(query)
        if changed >= len(told) * noted:
            break
        await asyncio.sleep(0.1)
    assert changed == len(told) * noted
    assert hot > 0.9 * changed
    await db.close()
