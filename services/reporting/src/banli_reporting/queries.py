"""What readers ask: each answer is read in one snapshot, together with its log position."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import asyncpg

from banli_engine.watch import nested
from banli_events.base import instant
from banli_reporting import evaluation
from banli_reporting.case import read_places
from banli_reporting.evaluation import Tally
from banli_reporting.ledger import Ledger
from banli_reporting.steps import SENTENCES, STEPS


@asynccontextmanager
async def snapshot(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """Open a snapshot: whatever is read in it is of one moment of the log."""
    async with (
        pool.acquire() as db,
        db.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield db


async def position(db: asyncpg.Connection) -> dict[str, dict[str, int]]:
    """Read how far the log was folded: the next offset of each partition."""
    rows = await db.fetch("select topic, part, next_offset from positions")
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
    """Which lines of a ledger are asked for."""

    unit: str | None = None  # lead or co
    kind: str | None = None
    step: str | None = None
    limit: int = 100
    after: tuple[datetime, str] | None = None  # registered at, subject: the last line seen

    @staticmethod
    def read(token: str) -> tuple[datetime, str]:
        """Read where a page ended; ValueError where the token is none of ours."""
        moment, subject = json.loads(base64.urlsafe_b64decode(token.encode()))
        return datetime.fromisoformat(moment), str(subject)


def _token(row: asyncpg.Record) -> str:
    seen = [row["registered_at"].isoformat(), row["subject"]]
    return base64.urlsafe_b64encode(json.dumps(seen).encode()).decode()


async def lines(db: asyncpg.Connection, ledger: Ledger[Any], page: Page) -> dict[str, Any]:
    """Read a page of a ledger, in order of registration; units in the order of their names."""
    names = await _unit_names(db)
    if ledger.kind != "case":
        rows = await db.fetch(f"select * from {ledger.name} order by subject")
        return _page(ledger, [_plain(ledger, row, names) for row in rows], len(rows), None)
    handled = (
        "select subject from handling where ($1::text is null or lead_unit = $1"
        " or co @> jsonb_build_array(jsonb_build_object('unit', $1::text)))"
        " and ($2::text is null or step = $2)"
    )
    asked = (
        f"from {ledger.name} where registered_at is not null and subject in ({handled})"
        " and ($3::text is null or kind = $3)"
    )
    filters = (page.unit, page.step, page.kind)
    total = await db.fetchval(f"select count(*) {asked}", *filters)
    rows = await db.fetch(
        f"select * {asked} and ($4::timestamptz is null or (registered_at, subject) > ($4, $5))"
        " order by registered_at, subject limit $6",
        *filters,
        *(page.after or (None, None)),
        page.limit + 1,
    )
    more = _token(rows[page.limit - 1]) if len(rows) > page.limit else None
    shown = [_plain(ledger, row, names) for row in rows[: page.limit]]
    return _page(ledger, shown, total, more)


async def line(db: asyncpg.Connection, ledger: Ledger[Any], subject: str) -> dict[str, Any] | None:
    """Read one line of a ledger."""
    row = await db.fetchrow(f"select * from {ledger.name} where subject = $1", subject)
    return None if row is None else _plain(ledger, row, await _unit_names(db))


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


def _plain(ledger: Ledger[Any], row: asyncpg.Record, names: Mapping[str, str]) -> dict[str, Any]:
    """Write a line as JSON can, with the words that stand for its codes."""
    plain: dict[str, Any] = {"subject": row["subject"]}
    for name, type_ in zip(ledger.columns, ledger.types, strict=True):
        plain[name] = _value(row[name], type_)
    if ledger.name == "handling":
        plain["step_label"] = STEPS[plain["step"]]
        plain["lead_unit_name"] = names.get(plain["lead_unit"])
        plain["missing"] = [{**each, **SENTENCES[each["code"]]} for each in plain["missing"]]
    return plain


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


async def _unit_names(db: asyncpg.Connection) -> dict[str, str]:
    rows = await db.fetch("select unit, name from units where unit is not null")
    return dict(rows)


# -- figures

_COUNTS = """
    count(*) as items, count(lead_unit) as assigned,
    count(*) filter (where outer_role = 'LEAD') as outer_lead,
    count(issued_at) as replied,
    count(*) filter (where outer_role = 'LEAD' and in_time is not null) as due,
    count(*) filter (where outer_role = 'LEAD' and in_time) as in_time,
    coalesce(sum(drafts), 0) as drafts, coalesce(sum(returned), 0) as returned,
    coalesce(sum(forms), 0) as forms, coalesce(sum(returns), 0) as returns,
    coalesce(sum(satisfied), 0) as satisfied, coalesce(sum(basically), 0) as basically,
    count(*) filter (where outer_role = 'CO') as outer_co, count(delivered_at) as delivered
"""
_KNOWN = "from handling where registered_at is not null"


async def units_evaluation(db: asyncpg.Connection) -> dict[str, Any]:
    """Evaluate unit by unit."""
    parts: dict[str | None, Tally] = {
        row["lead_unit"]: _tally(row)
        for row in await db.fetch(f"select lead_unit, {_COUNTS} {_KNOWN} group by lead_unit")
    }
    shared = await db.fetch(
        "select each ->> 'unit' as unit, count(*) as n"
        f" from (select co {_KNOWN}) h, jsonb_array_elements(co) each group by 1"
    )
    for unit, n in shared:
        parts[unit] = parts.get(unit, Tally()) + Tally(co=n)
    joint = await db.fetchval(f"select count(*) {_KNOWN} and co <> '[]'")
    total = _tally(await db.fetchrow(f"select {_COUNTS} {_KNOWN}")) + Tally(co=joint)
    items = total.items
    everywhere = {unit: _out_of(tally, items) for unit, tally in parts.items()}
    return evaluation.by_unit(await _unit_names(db), everywhere, total)


def _tally(row: asyncpg.Record) -> Tally:
    known = {each.name for each in fields(Tally)}
    return Tally(**{name: int(value) for name, value in row.items() if name in known})


def _out_of(tally: Tally, items: int) -> Tally:
    return Tally(**{**{f.name: getattr(tally, f.name) for f in fields(Tally)}, "items": items})


async def register_summary(db: asyncpg.Connection) -> dict[str, Any]:
    """Count the register by outer role, kind and topic, each with its proof."""
    known = "from register where registered_at is not null"
    total = await db.fetchval(f"select count(*) {known}")
    roles = dict(await db.fetch(f"select outer_role, count(*) {known} group by 1"))
    kinds = dict(await db.fetch(f"select kind, count(*) {known} group by 1"))
    topics = dict(
        await db.fetch(
            f"select topic, count(*) from (select topics {known}) r"
            " left join lateral jsonb_array_elements_text(topics) topic on true group by 1"
        )
    )
    once = "each item counts once"
    many = "an item counts once for each of its topics; null: items without a topic"
    return {
        "ledger": "register",
        "total": total,
        "partitions": [
            evaluation.partition("outer_role", roles, total, once),
            evaluation.partition("kind", kinds, total, once),
            evaluation.partition("topic", topics, total, many),
        ],
    }


EVALUATIONS = {"units": units_evaluation}
