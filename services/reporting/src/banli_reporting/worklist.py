"""The worklist of a post 待办: what waits for it, since when, until when, and why."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg

from banli_engine.authority import OF_A_UNIT
from banli_engine.decider import LOCAL
from banli_engine.errors import NotPermitted
from banli_engine.sight import Sight
from banli_events.base import instant
from banli_events.words import PostRole
from banli_reporting.asked import Unknown
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers.deadlines import DEADLINES
from banli_reporting.ledgers.handling import HANDLING
from banli_reporting.ledgers.posts import held_on
from banli_reporting.ledgers.supervision import SUPERVISION
from banli_reporting.queries import reader
from banli_reporting.works import KINDS, Lines, Work, due_of, works

_READ: Mapping[str, Ledger[Any]] = {
    "handling": HANDLING,
    "deadlines": DEADLINES,
    "supervision": SUPERVISION,
}
_OPEN = f"""
    select handling.subject, {", ".join(f"{name} as {name}" for name in _READ)},
           coalesce(counted.asked, '{{}}') as asked, coalesce(gates.draft, '{{}}') as draft
      from handling left join deadlines using (subject) left join supervision using (subject)
      left join counted using (subject) left join gates using (subject)
     where handling.registered_at is not null and handling.withdrawn_at is null
       and handling.out_of_scope_at is null and handling.given_back_at is null
       and (handling.archived_at is null or handling.referred <> '{{}}')
       and ($1::text is null or handling.parts ? $1)
     order by handling.registered_at, handling.subject
"""
"""The open cases, and those that still wait for an outside body; of a unit, those of its parts."""

_LATER = datetime.max.replace(tzinfo=UTC)
_BREATH = 100


async def worklist(
    db: asyncpg.Connection, sight: Sight, post: str | None, now: datetime
) -> dict[str, Any]:
    """List what waits for a post, what is due first before all else.

    Everybody asks for their own post, a head for those of the unit, the house's leaders and office
    for any; nobody learns by it of a case that they do not see.
    """
    row = await db.fetchrow("select * from posts where post = $1", post or sight.post)
    if row is None:
        raise Unknown("post")
    heads = sight.role == PostRole.UNIT_HEAD and row["unit"] == sight.unit
    if not (sight.everything or heads or row["post"] == sight.post):
        raise NotPermitted("post")
    today = now.astimezone(LOCAL).date().isoformat()
    holders = [each for each in json.loads(row["holders"]) if held_on(each, today)]
    people = [each["person"] for each in holders]
    told = await reader(db, now)
    found: list[dict[str, Any]] = []
    rows = await db.fetch(_OPEN, row["unit"] if row["role"] in OF_A_UNIT else None)
    for n, each in enumerate(rows, 1):
        case = _lines(each, told.rules)
        for work in works(case):
            if work.waits_for(row["role"], row["unit"], people):
                found.append(_told(each["subject"], case, work, now))
        if n % _BREATH == 0:
            await asyncio.sleep(0)
    found.sort(key=lambda each: (each["until"] or instant(_LATER), each["since"] or ""))
    return {
        "post": row["post"],
        "title": row["title"],
        "unit": row["unit"],
        "holders": [{"person": each["person"], "name": each["name"]} for each in holders],
        "total": len(found),
        "counts": dict(Counter(each["work"] for each in found)),
        "works": found,
    }


def _lines(row: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]]) -> Lines:
    read = {name: _line(ledger, row[name]) for name, ledger in _READ.items()}
    return Lines(
        **read,
        asked=json.loads(row["asked"]),
        draft=json.loads(row["draft"]),
        rules=rules.get(read["handling"].rules or "", {}),
    )


def _line(ledger: Ledger[Any], row: Mapping[str, Any] | None) -> Any:
    return ledger.line() if row is None else ledger.read(row[name] for name in ledger.columns)


def _told(subject: str, case: Lines, work: Work, now: datetime) -> dict[str, Any]:
    kind, until = KINDS[work.name], due_of(case, work)
    return {
        "work": work.name,
        "subject": subject,
        "number": case.handling.number,
        "title": case.handling.title,
        "about": work.about or None,
        "since": instant(work.since) if work.since else None,
        "until": instant(until) if until else None,
        "clock": work.clock if until else None,
        "late": until is not None and until <= now,
        "commands": kind.commands,
        "unless": kind.unless,
        "sentence": dict(_sentences(case, work)),
    }


def _sentences(case: Lines, work: Work) -> Iterator[tuple[str, str]]:
    kind, number = KINDS[work.name], case.handling.number or ""
    yield "zh", f"{number}号件：{kind.zh.format(about=work.about)}。"
    yield "en", f"Item {number}: {kind.en.format(about=work.about)}."
