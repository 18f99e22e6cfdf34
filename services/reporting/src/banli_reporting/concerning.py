"""The cases that somebody sees, page by page: where each stands, what runs out next, and why it
concerns them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from banli_engine.sight import Sight
from banli_events.base import instant
from banli_reporting.ledgers.handling import HANDLING, Line
from banli_reporting.queries import Page, token, unit_names
from banli_reporting.steps import STEPS

WHY: Mapping[str, Mapping[str, str]] = {
    "lead": {"zh": "主办", "en": "the unit leads it"},
    "co": {"zh": "协办", "en": "the unit works with the lead"},
    "task": {"zh": "承担分解任务", "en": "a section has a part of it"},
    "former": {"zh": "曾经承办", "en": "the unit had a part in it"},
    "leader": {"zh": "责任领导", "en": "you answer for it as its leader"},
    "sponsor": {"zh": "领衔督办", "en": "you vouch for it"},
    "portfolio": {"zh": "分管单位承办", "en": "a unit in your charge has or had a part in it"},
    "signer": {"zh": "领衔或联名提出", "en": "you signed it"},
    "house": {"zh": "本机关办件", "en": "it is a case of this body"},
}

_ASKED = """
      from handling h left join deadlines d using (subject)
     where h.registered_at is not null
       and ($1::text is null or h.parts ? $1) and ($2::text is null or h.kind = $2)
       and ($3::text is null or h.step = $3)
       and ($4::timestamptz is null or d.next_due < $4)
"""


async def cases(
    db: asyncpg.Connection, sight: Sight, page: Page, due_before: datetime | None
) -> dict[str, Any]:
    """List cases as they were registered; `unit`: those in which it has or had a part."""
    filters = (page.unit, page.kind, page.step, due_before)
    total = await db.fetchval(f"select count(*) {_ASKED}", *filters)
    rows = await db.fetch(
        f"select h.*, h.registered_at as ordered_by, d.next_clock, d.next_due {_ASKED}"
        " and ($5::timestamptz is null or (h.registered_at, h.subject) > ($5, $6))"
        " order by h.registered_at, h.subject limit $7",
        *filters,
        *(page.after or (None, None)),
        page.limit and page.limit + 1,
    )
    more = token(rows[page.limit - 1]) if page.limit and len(rows) > page.limit else None
    names = await unit_names(db)
    shown = [_told(row, names, page.unit or sight.unit, sight) for row in rows[: page.limit]]
    return {"cases": shown, "total": total, "next": more}


def _told(
    row: Mapping[str, Any], names: Mapping[str, str], unit: str | None, sight: Sight
) -> dict[str, Any]:
    line: Line = HANDLING.read(row[name] for name in HANDLING.columns)
    told = standing(row["subject"], line) | {"why": [WHY[each] for each in why(line, unit, sight)]}
    if sight.signs is not None:
        return told
    due = {"clock": row["next_clock"], "due": instant(row["next_due"])} if row["next_due"] else None
    lead = {"lead_unit": line.lead_unit, "lead_unit_name": names.get(line.lead_unit or "")}
    return told | lead | {"co": [each["unit"] for each in line.co], "next": due}


def standing(subject: str, line: Line) -> dict[str, Any]:
    """Tell of a case what whoever sees it may know: what it is, and where it stands."""
    return {
        "subject": subject,
        "number": line.number,
        "title": line.title,
        "kind": line.kind,
        "step": line.step,
        "step_label": STEPS[line.step or "REGISTERED"],
        "since": instant(line.since) if line.since else None,
    }


def why(line: Line, unit: str | None, sight: Sight) -> list[str]:
    """Name why a case concerns somebody, the nearest reason first."""
    here = {
        "signer": sight.signs is not None,
        "lead": unit is not None and unit == line.lead_unit,
        "co": any(each["unit"] == unit for each in line.co),
        "task": any(each["unit"] == unit for each in line.tasks.values()),
        "leader": sight.leads is not None and sight.leads == line.leader,
        "sponsor": sight.leads is not None and sight.leads == line.sponsor,
        "portfolio": sight.leads is not None and not sight.units.isdisjoint(line.parts),
    }
    found = [name for name, there in here.items() if there]
    if not found and unit in line.parts:
        return ["former"]
    return found or ["house"]
