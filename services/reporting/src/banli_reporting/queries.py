"""What readers ask of ledgers: each answer is read in one snapshot, with its log position."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from banli_engine.sight import Sight
from banli_engine.watch import nested
from banli_events.base import instant
from banli_reporting.ledger import Ledger, Reader
from banli_reporting.places import read_places
from banli_reporting.sight import SET, setting


@asynccontextmanager
async def snapshot(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """Open a snapshot: whatever is read in it is of one moment of the log."""
    async with (
        pool.acquire() as db,
        db.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield db


async def look_as(db: asyncpg.Connection, sight: Sight) -> None:
    """Let this snapshot show what somebody sees, and nothing else of cases."""
    await db.execute(SET, setting(sight))


async def position(db: asyncpg.Connection) -> dict[str, dict[str, int]]:
    """Read how far the log was folded: the next offset of each partition."""
    rows = await db.fetch(
        "select topic, part, next_offset from positions where topic ~ '(case|reference)-events$'"
    )
    return nested({(topic, part): offset for topic, part, offset in rows})


async def versions(db: asyncpg.Connection, subject: str) -> dict[str, int]:
    """Read the last version of each source about a subject that is projected."""
    heads: dict[str, int] = {}
    for (places,) in await db.fetch("select places from chapters where subject = $1", subject):
        for each in read_places(places):
            heads[each.source] = max(each.version, heads.get(each.source, 0))
    return heads


@dataclass(frozen=True)
class Page:
    """Which lines of a ledger are asked for; without a limit all of them."""

    unit: str | None = None  # lead or co
    kind: str | None = None
    step: str | None = None
    limit: int | None = 100
    after: tuple[datetime, str] | None = None  # registered at, subject: the last line seen

    @staticmethod
    def read(token: str) -> tuple[datetime, str]:
        """Read where a page ended; ValueError where the token is none of ours."""
        moment, subject = json.loads(base64.urlsafe_b64decode(token.encode()))
        return datetime.fromisoformat(moment), str(subject)


def token(row: asyncpg.Record) -> str:
    """Name where a page ends, so that the next begins behind it."""
    seen = [row["ordered_by"].isoformat(), row["subject"]]
    return base64.urlsafe_b64encode(json.dumps(seen).encode()).decode()


async def reader(db: asyncpg.Connection, at: datetime) -> Reader:
    """Read what is told besides the lines: units' names, and what each rule set asks for."""
    packs = await db.fetch("select pack, versions from packs where pack is not null")
    return Reader(
        at=at,
        units=await unit_names(db),
        rules={
            f"{pack}@{version}": asked
            for pack, versions_ in packs
            for version, asked in json.loads(versions_).items()
        },
    )


async def unit_names(db: asyncpg.Connection) -> dict[str, str]:
    """Read what each unit is called."""
    rows = await db.fetch("select unit, name from units where unit is not null")
    return dict(rows)


async def lines(
    db: asyncpg.Connection, ledger: Ledger[Any], page: Page, at: datetime
) -> dict[str, Any]:
    """Read a page of a ledger, in order of registration; of other subjects in that of their ids."""
    told = await reader(db, at)
    if ledger.kind != "case":
        rows = await db.fetch(f"select * from {ledger.name} order by subject")
        return _page(ledger, [_plain(ledger, row, told) for row in rows], len(rows), None)
    asked = (
        f"from {ledger.name} l join handling h on h.subject = l.subject"
        f" where h.registered_at is not null and {ledger.shown}"
        " and ($1::text is null or h.lead_unit = $1"
        " or h.co @> jsonb_build_array(jsonb_build_object('unit', $1::text)))"
        " and ($2::text is null or h.step = $2) and ($3::text is null or h.kind = $3)"
    )
    filters = (page.unit, page.step, page.kind)
    total = await db.fetchval(f"select count(*) {asked}", *filters)
    rows = await db.fetch(
        f"select l.*, h.registered_at as ordered_by {asked}"
        " and ($4::timestamptz is null or (h.registered_at, h.subject) > ($4, $5))"
        " order by h.registered_at, h.subject limit $6",
        *filters,
        *(page.after or (None, None)),
        page.limit and page.limit + 1,
    )
    more = token(rows[page.limit - 1]) if page.limit and len(rows) > page.limit else None
    shown = [_plain(ledger, row, told) for row in rows[: page.limit]]
    if ledger.name == "handling":
        await _with_next(db, shown)
    return _page(ledger, shown, total, more)


async def line(
    db: asyncpg.Connection, ledger: Ledger[Any], subject: str, told: Reader
) -> dict[str, Any] | None:
    """Read one line of a ledger."""
    row = await db.fetchrow(f"select * from {ledger.name} where subject = $1", subject)
    if row is None:
        return None
    found = _plain(ledger, row, told)
    if ledger.name == "handling":
        await _with_next(db, [found])
    return found


async def _with_next(db: asyncpg.Connection, shown: list[dict[str, Any]]) -> None:
    """Add which clock of each case runs out next, and when."""
    rows = await db.fetch(
        "select subject, next_clock, next_due from deadlines"
        " where subject = any($1) and next_clock is not null",
        [each["subject"] for each in shown],
    )
    found = {row[0]: {"clock": row[1], "due": instant(row[2])} for row in rows}
    for each in shown:
        each["next"] = found.get(each["subject"])


def _page(
    ledger: Ledger[Any], rows: list[dict[str, Any]], total: int, more: str | None
) -> dict[str, Any]:
    return {
        "ledger": ledger.name,
        "title": ledger.title,
        "total": total,
        "lines": rows,
        "next": more,
    }


def _plain(ledger: Ledger[Any], row: Mapping[str, Any], told: Reader) -> dict[str, Any]:
    """Write a line as JSON can, with the words that stand for its codes."""
    plain: dict[str, Any] = {"subject": row["subject"]}
    for name, type_ in zip(ledger.columns, ledger.types, strict=True):
        plain[name] = _value(row[name], type_)
    return ledger.tell(ledger.read(row[name] for name in ledger.columns), plain, told)


def _value(value: Any, type_: str) -> Any:
    match value:
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case str() if type_ == "jsonb":
            return json.loads(value)
        case _:
            return value
