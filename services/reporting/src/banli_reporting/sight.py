"""Who sees which cases: looked up from the posts held today, and kept by the database.

Readers ask views that lie in a schema of their own, before the tables: a query over cases cannot
leave the rule out. Without a sight set, the views are empty.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from banli_engine.errors import NotHolder
from banli_engine.tokens import NONE
from banli_events.words import Actor, PostRole
from banli_reporting.ledgers import ledgers_of
from banli_reporting.ledgers.posts import held_on

EVERYTHING = frozenset({PostRole.SUPERVISION_OFFICE, PostRole.REGISTRAR, PostRole.CHIEF})
"""The roles that see all cases but those that accuse them."""

UNIT = frozenset({PostRole.HANDLER, PostRole.UNIT_HEAD})
"""The roles that see the cases in which their unit has or had a part."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one caller sees; by default nothing."""

    person: str
    post: str | None = None
    role: str | None = None
    unit: str | None = None
    operator: bool = False
    everything: bool = False
    units: frozenset[str] = frozenset()  # the cases in which these have or had a part
    leads: str | None = None  # the cases for which this person answers as leader or sponsor
    signs: str | None = None  # the cases that this person signed
    rows: frozenset[str] | None = None  # of figures, the units shown by themselves; None: all
    barred: frozenset[str] = frozenset()  # never a case that accuses one of these

    def sees(self, line: Any) -> bool:
        """Tell whether a case is seen, by its line in the handling ledger: slowly, as a proof."""
        if not self.barred.isdisjoint(line.accused):
            return False
        return (
            self.everything
            or not self.units.isdisjoint(line.parts)
            or (self.leads is not None and self.leads in (line.leader, line.sponsor))
            or (self.signs is not None and self.signs in line.signers)
        )

    def setting(self) -> str:
        """Write it as the views read it."""
        return json.dumps(
            {
                "everything": self.everything,
                "parked": self.operator,
                "units": sorted(self.units),
                "leads": self.leads,
                "signs": self.signs,
                "barred": sorted(self.barred),
            }
        )


async def look_up(
    db: asyncpg.Connection, actor: Actor, day: date, operators: frozenset[str]
) -> Sight:
    """Find what a caller sees by the post that the token names and its holder holds that day.

    Whoever names no post is an operator, or sees what they signed. Raises NotHolder.
    """
    held = await _held_by(db, actor.person, day)
    barred = frozenset({actor.person, *await _with_those_above(db, {one["unit"] for one in held})})
    if actor.post == NONE:
        if actor.person in operators:
            return Sight(actor.person, operator=True, everything=True, barred=barred)
        return Sight(actor.person, signs=actor.person, barred=barred)
    post = next((one for one in held if one["post"] == actor.post), None)
    if post is None or post["unit"] != actor.unit:
        raise NotHolder("actor.post")
    deputy = post["role"] == PostRole.DEPUTY_CHIEF
    of = {post["unit"]} if post["role"] in UNIT else json.loads(post["charge"]) if deputy else ()
    everything, units = post["role"] in EVERYTHING, frozenset(of)
    return Sight(
        *(actor.person, post["post"], post["role"], post["unit"]),
        everything=everything,
        units=units,
        rows=None if everything else units,
        leads=actor.person if deputy else None,
        barred=barred,
    )


async def _held_by(db: asyncpg.Connection, person: str, day: date) -> list[Mapping[str, Any]]:
    """Read the posts that somebody holds on a day, acting included."""
    rows = await db.fetch(
        "select post, unit, role, charge, holders from posts where holders @> $1 order by post",
        json.dumps([{"person": person}]),
    )
    today = day.isoformat()
    return [
        row
        for row in rows
        if row["unit"] is not None
        and any(
            each["person"] == person and held_on(each, today) for each in json.loads(row["holders"])
        )
    ]


async def _with_those_above(db: asyncpg.Connection, units: set[str]) -> set[str]:
    """Name units and those above them: who accuses a unit accuses its sections."""
    rows = await db.fetch(_ABOVE, sorted(units))
    return units | {unit for (unit,) in rows}


_ABOVE = """
    with recursive above as (
        select unnest($1::text[]) as unit
        union select parent from units join above using (unit) where parent is not null
    )
    select unit from above
"""

# -- the views

SET = "select set_config('banli.sight', $1, true)"

_SIGHT = """
create schema if not exists seen;
create or replace view seen.sight as
    with said as materialized (
        select nullif(current_setting('banli.sight', true), '')::jsonb as sight
    )
    select coalesce((sight ->> 'everything')::bool, false) as everything,
           coalesce((sight ->> 'parked')::bool, false) as parked,
           array(select jsonb_array_elements_text(sight -> 'units')) as units,
           array(select jsonb_array_elements_text(sight -> 'barred')) as barred,
           sight ->> 'leads' as leads, sight ->> 'signs' as signs
      from said where sight is not null;
create or replace view seen.barred as
    select h.subject from public.handling h, seen.sight s where h.accused ?| s.barred;
create or replace view seen.cases as
    select h.subject from public.handling h, seen.sight s
     where not h.accused ?| s.barred
       and (s.everything or h.parts ?| s.units or s.leads in (h.leader, h.sponsor)
            or h.signers ? s.signs);
"""
"""What a sight takes in, once for all: every view below asks `seen.cases`."""

_OF_CASES = """
create or replace view seen.{name} as
    select t.* from public.{name} t where t.subject in (select subject from seen.cases);
"""
_OF_ANYTHING = """
create or replace view seen.{name} as
    select t.* from public.{name} t
     where t.subject not like 'case/%' or t.subject in (select subject from seen.cases)
        or ((select parked from seen.sight)
            and not exists (select from public.handling h where h.subject = t.subject));
"""
"""Stories; of a case without a line, as what is parked from its first event on, operators only."""

_HANDOVERS = """
create or replace view seen.handovers as
    select t.subject, t.assigner, t.kind, t.stated_total - hidden.cases as stated_total,
           shown.listed, t.received_on, t.recorded_at, t.source_event
      from public.handovers t
     cross join lateral (
        select count(*)::int as cases from jsonb_array_elements(t.listed) each
         where each ->> 'case' in (select subject from seen.barred)) hidden
     cross join lateral (
        select coalesce(jsonb_agg(each order by n), '[]') as listed
          from jsonb_array_elements(t.listed) with ordinality x(each, n)
         where each ->> 'case' not in (select subject from seen.barred)) shown
     where (select everything from seen.sight);
"""
"""The lists of what was handed over, without what accuses their reader."""


def _views() -> str:
    of_cases = "".join(_OF_CASES.format(name=each.name) for each in ledgers_of("case"))
    stories = "".join(_OF_ANYTHING.format(name=name) for name in ("chapters", "parked"))
    return _SIGHT + of_cases + stories + _HANDOVERS


VIEWS = _views()
DROP_VIEWS = "drop schema if exists seen cascade;\n"
SEARCH_PATH = "seen, public"
"""What readers look in: a view of a name comes before the table that it is of."""
