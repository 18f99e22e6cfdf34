"""The tables and their shape."""

import asyncpg
import pytest

from banli_reporting import tables


async def test_tables_of_another_shape_are_made_anew_only_where_they_are_empty(
    databases: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await asyncpg.connect(databases["reporting"])
    await tables.prepare(db)
    await db.execute("alter table units drop column parent")
    await db.execute("insert into positions values ('log', 0, 1)")
    monkeypatch.setattr(tables, "SHAPE", "another")
    with pytest.raises(tables.OtherShape):
        await tables.prepare(db)
    await db.execute("truncate positions")
    await tables.prepare(db)
    assert await db.fetch("select parent from units") == []
    await db.close()


async def test_tables_that_an_older_build_had_go_with_its_shape(
    databases: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await asyncpg.connect(databases["reporting"])
    await tables.prepare(db)
    await db.execute("create table stories (subject text primary key)")
    await tables.prepare(db)
    assert await db.fetchval("select to_regclass('stories')") is not None
    monkeypatch.setattr(tables, "SHAPE", "another")
    await tables.prepare(db)
    assert await db.fetchval("select to_regclass('stories')") is None
    await db.close()
