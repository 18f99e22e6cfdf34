"""Who sees which cases: looked up from the posts held today, and kept by the database.

Readers ask views that lie in a schema of their own, before the tables: a query over cases cannot
leave the rule out. Without a sight set, the views are empty.
"""

import json
from collections.abc import AsyncIterator
from datetime import date

import asyncpg

from banli_engine.sight import Held, Sight, charge_of, named, sight_of
from banli_events.words import Actor
from banli_reporting.ledgers import ledgers_of
from banli_reporting.ledgers.posts import held_on


async def look_up(
    db: asyncpg.Connection, actor: Actor, day: date, operators: frozenset[str]
) -> Sight:
    """Find what a caller sees by the posts that are held that day. Raises NotHolder."""
    held = [each async for each in _held_by(db, actor.person, day)]
    post = named(actor, held)
    units = await _with_those_below(db, charge_of(post))
    above = await with_those_above(db, {one.unit for one in held})
    return sight_of(actor, post, units, above, operators)


async def _held_by(db: asyncpg.Connection, person: str, day: date) -> AsyncIterator[Held]:
    """Read the posts that somebody holds on a day, acting included."""
    rows = await db.fetch(
        "select post, unit, role, charge, holders from posts"
        " where holders @> $1 and unit is not null order by post",
        json.dumps([{"person": person}]),
    )
    for post, unit, role, charge, holders in rows:
        if any(
            each["person"] == person and held_on(each, day.isoformat())
            for each in json.loads(holders)
        ):
            yield Held(post, unit, role, json.loads(charge))


async def with_those_above(db: asyncpg.Connection, units: set[str]) -> set[str]:
    """Name units and those above them: who accuses a unit accuses its sections."""
    rows = await db.fetch(_ABOVE, sorted(units))
    return units | {unit for (unit,) in rows}


async def _with_those_below(db: asyncpg.Connection, units: frozenset[str]) -> frozenset[str]:
    rows = await db.fetch(_BELOW, sorted(units))
    return units | {unit for (unit,) in rows}


_BELOW = """
    with recursive below as (
        select unnest($1::text[]) as unit
        union select u.unit from units u join below b on u.parent = b.unit
    )
    select unit from below where unit is not null
"""
_ABOVE = """
    with recursive above as (
        select unnest($1::text[]) as unit
        union select parent from units join above using (unit) where parent is not null
    )
    select unit from above
"""

# -- the views


def setting(sight: Sight) -> str:
    """Write what somebody sees as the views read it."""
    return json.dumps(
        {
            "everything": sight.everything,
            "parked": sight.operator,
            "units": sorted(sight.units),
            "leads": sight.leads,
            "signs": sight.signs,
            "barred": sorted(sight.barred),
        }
    )


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
