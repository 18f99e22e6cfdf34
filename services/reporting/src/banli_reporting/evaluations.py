"""Evaluations read from the tables: for a period and rules, down to the cases and their events."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import asyncpg

from banli_engine.decider import LOCAL
from banli_reporting import evaluation
from banli_reporting.counts import COUNTS, Thing
from banli_reporting.evaluation import FORMULAS, WORDS, formula_of
from banli_reporting.ledgers.counted import COUNTED, Line
from banli_reporting.places import read_events, read_places
from banli_reporting.queries import unit_names
from banli_reporting.reconcile import reconcile

EVALUATIONS = ("units",)


@dataclass(frozen=True, slots=True)
class Of:
    """Which cases are evaluated: registered from a day to a day, of a kind, under rules."""

    first: date | None = None
    last: date | None = None
    kind: str | None = None
    rules: str | None = None  # `suggestion@2`, or a pack in any version

    def as_json(self) -> dict[str, str | None]:
        """Write it for the answer."""
        first, last = (each.isoformat() if each else None for each in (self.first, self.last))
        return {"from": first, "to": last, "kind": self.kind, "rules": self.rules}


_CHOSEN = f"""
    select subject, {", ".join(COUNTED.columns)} from counted
     where registered_at is not null
       and ($1::timestamptz is null or registered_at >= $1)
       and ($2::timestamptz is null or registered_at < $2)
       and ($3::text is null or kind = $3)
       and ($4::text is null or rules = $4 or split_part(rules, '@', 1) = $4)
     order by registered_at, subject
"""


async def _chosen(db: asyncpg.Connection, of: Of) -> list[tuple[str, Line]]:
    after_last = of.last and of.last + timedelta(days=1)
    rows = await db.fetch(_CHOSEN, _midnight(of.first), _midnight(after_last), of.kind, of.rules)
    return [(row[0], COUNTED.read(row[1:])) for row in rows]


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), LOCAL) if day else None


async def by_unit(db: asyncpg.Connection, of: Of, rows: Collection[str] | None) -> dict[str, Any]:
    """Evaluate unit by unit, and compare the number of items with the register's.

    `rows`: the units shown each by itself, all others together; None: every unit.
    """
    chosen, names = await _chosen(db, of), await unit_names(db)
    parts, total = evaluation.tally(line for _, line in chosen)
    if rows is not None:
        parts = evaluation.together(parts, rows)
        names = {unit: name for unit, name in names.items() if unit in rows}
        names[evaluation.OTHERS] = evaluation.OTHERS_NAME
    said = evaluation.by_unit(names, parts, total)
    if of == Of():
        registered = await db.fetchval(
            "select count(*) from register where registered_at is not null and not in_error"
        )
        said["register"] = reconcile({"counted": total.counts["items"]}, registered)
    return said | {"of": of.as_json()}


async def behind(db: asyncpg.Connection, figure: str, of: Of, unit: str | None) -> dict[str, Any]:
    """Show the cases, and the events that count, behind a figure: in all, or of one unit."""
    formula = FORMULAS[figure]
    chosen = await _chosen(db, of)
    return {
        **formula_of(formula),
        "of": of.as_json(),
        "unit": unit,
        "numerator": await _shown(db, chosen, formula.numerator, unit),
        "denominator": await _shown(
            db, chosen, formula.denominator, None if formula.of_all else unit
        ),
    }


async def _shown(
    db: asyncpg.Connection, chosen: Sequence[tuple[str, Line]], count: str, unit: str | None
) -> dict[str, Any]:
    counted = {
        subject: things
        for subject, line in chosen
        if (things := _of_unit(COUNTS[count](line), unit))
    }
    numbers = {subject: line.number for subject, line in chosen}
    named = {subject: {e for each in counted[subject] for e in each.events} for subject in counted}
    events = await _events(db, named)
    return {
        "count": count,
        **WORDS[count],
        "total": sum(map(len, counted.values())),
        "cases": [
            {
                "subject": subject,
                "number": numbers[subject],
                "counts": len(things),
                "events": [
                    events[subject, name]
                    for name in dict.fromkeys(e for each in things for e in each.events)
                ],
            }
            for subject, things in counted.items()
        ],
    }


def _of_unit(things: Iterable[Thing], unit: str | None) -> list[Thing]:
    return [each for each in things if unit is None or unit in each.units]


async def _events(
    db: asyncpg.Connection, named: dict[str, set[str]]
) -> dict[tuple[str, str], dict[str, str]]:
    """Read what the events are that figures count, from the stories of their cases."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for subject, places, events in await db.fetch(
        "select subject, places, events from chapters where subject = any($1)", list(named)
    ):
        for place, wire in zip(read_places(places), read_events(subject, events), strict=True):
            name = f"{place.source}:{place.version}"
            if name in named[subject]:
                said = {key: (value or b"").decode() for key, value in wire.headers}
                found[subject, name] = {
                    "event": name,
                    "id": said["ce_id"],
                    "type": said["ce_type"],
                    "time": said["ce_time"],
                }
    return found
