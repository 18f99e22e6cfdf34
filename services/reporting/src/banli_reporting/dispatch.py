"""The dispatch ledger 调度台账: what is late or due soon, unit by unit, the oldest first.

A view over the handling ledger, the deadlines and the supervision ledger; it has no table.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from banli_engine.decider import LOCAL
from banli_events.base import instant
from banli_events.deadlines import ClockKind
from banli_reporting.gating import OWED
from banli_reporting.queries import Page, unit_names

NAME = "dispatch"
TITLE = {"zh": "调度台账", "en": "dispatch: late or due soon"}

SOON = timedelta(days=7)

_OPEN = """
    select h.subject, h.number, h.title, h.kind, h.step, h.lead_unit, h.handler, h.co,
           d.clocks, d.states, s.reminders, s.calls, s.notices
      from handling h join deadlines d using (subject) left join supervision s using (subject)
     where h.registered_at is not null and d.next_due <= $1
       and ($2::text is null or h.kind = $2) and ($3::text is null or h.step = $3)
"""


async def dispatch(
    db: asyncpg.Connection,
    page: Page,
    at: datetime,
    soon: timedelta,
    among: Collection[str] | None,
) -> dict[str, Any]:
    """List each unit's laggards, the oldest first; units without any with zeros (R022, R083).

    `among`: the units that are named also where they have none; None: all.
    """
    names = await unit_names(db)
    rows = await db.fetch(_OPEN, at + soon, page.kind, page.step)
    found = [each for row in rows for each in late_or_soon(row, at, soon)]
    found = [each for each in found if page.unit in (None, each["unit"])]
    found.sort(key=lambda each: (each["unit"] or "", each["due"], each["subject"]))
    for each in found:
        each["unit_name"] = names.get(each["unit"] or "")
    return {
        "ledger": NAME,
        "title": TITLE,
        "at": instant(at),
        "total": len(found),
        "lines": found,
        "units": _by_unit([u for u in names if among is None or u in among], names, found),
        "next": None,
    }


def late_or_soon(row: Mapping[str, Any], at: datetime, soon: timedelta) -> Iterable[dict[str, Any]]:
    """List the clocks of a case that are late at a moment, or run out soon after it."""
    clocks, states = json.loads(row["clocks"]), json.loads(row["states"])
    urged = {name: json.loads(row[name] or "[]") for name in ("reminders", "calls", "notices")}
    for name, clock in clocks.items():
        kind, _, about = name.partition(":")
        due = datetime.fromisoformat(clock["due"])
        if kind not in OWED or states[name] not in ("running", "missed") or due > at + soon:
            continue
        late = due <= at or clock["missed"]
        yield {
            "unit": about if kind == ClockKind.UNIT_OPINION else row["lead_unit"],
            "handler": row["handler"],
            "subject": row["subject"],
            "number": row["number"],
            "title": row["title"],
            "step": row["step"],
            "clock": name,
            "due": clock["due"],
            "status": "late" if late else "soon",
            "days": abs((at.astimezone(LOCAL).date() - due.astimezone(LOCAL).date()).days),
            **{name_: _about(urged[name_], name) for name_ in urged},
        }


def _about(urged: Any, clock: str) -> int:
    """Count how often the unit was urged about a clock."""
    each = urged.values() if isinstance(urged, dict) else urged
    return sum(one["clock"] == clock for one in each)


def _by_unit(
    units: Iterable[str], names: Mapping[str, str], found: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    counts: dict[str | None, dict[str, int]] = {unit: {"late": 0, "soon": 0} for unit in units}
    for each in found:
        counts.setdefault(each["unit"], {"late": 0, "soon": 0})[each["status"]] += 1
    ordered = sorted(counts.items(), key=lambda each: (each[0] is None, each[0] or ""))
    return [{"unit": unit, "name": names.get(unit or ""), **n} for unit, n in ordered]
