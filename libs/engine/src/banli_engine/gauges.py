"""What is asked of a process, its database and Kafka only when somebody looks at the metrics."""

import asyncio
import math
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import asyncpg
from prometheus_client import Gauge

from banli_engine import metrics
from banli_engine.choice import NOT_KEPT
from banli_engine.clock import business_time
from banli_engine.clocks import GRACE

if TYPE_CHECKING:
    from banli_engine.member import Member
    from banli_engine.process import Process

SECONDS = 2.0
"""How long the database may take; what it does not tell within this time is NaN, or missing."""

KINDS = "events", "receipts"

_PARKED = f"""
    select count(distinct subject), count(*), count(distinct subject)
           filter (where reason like 'fork:%'),
           (select count(*) from unknown)
      from parked where reason <> '{NOT_KEPT}'
"""
_AGES = """
    select '{0}', count(*), coalesce(extract(epoch from clock_timestamp() - min({1})), 0)::float8
      from {2}
"""
_UNSENT = " union all ".join(
    _AGES.format(kind, "at", table)
    for kind, table in zip(KINDS, ("unsent", "unsent_receipts"), strict=True)
)
_WAITING = " union all ".join(
    _AGES.format(kind, "since", f"waiting where kind = '{kind}'")
    for kind in ("submission", "reaction")
)
_DUE = "select count(*), min(at) from due where at < $1"
_REFUSED = "select split_part(reaction, ':', 2), code, count(*) from faults group by 1, 2"
_LEASES = "select name from leases where holder = any($1) and until > clock_timestamp()"


async def every(member: "Member") -> None:
    """Find out what each process of each service shows."""
    name, settings = member.name, member.settings
    metrics.BUILD.labels(name, version("banli-engine"), platform.python_version()).set(1)
    metrics.CLOCK.labels(settings.clock).set(1)
    metrics.OPEN.set(member.open)
    metrics.CAUGHT_UP.set(member.caught_up.is_set())
    metrics.UNWELL.set(member.unwell is not None)
    _put(metrics.STOPPED, {topic: 1 for feed in member.feeds for topic in feed.faults})
    parked = await _answer(member, lambda db: db.fetchrow(_PARKED))
    metrics.DATABASE_REACHABLE.set(parked is not None)
    for gauge, value in zip(_OF_PARKED, parked or [math.nan] * len(_OF_PARKED), strict=True):
        gauge.set(value)
    at = await _positions(member) if parked else None
    lag = await member.watch.lag() if at is not None else None
    metrics.KAFKA_REACHABLE.set(math.nan if at is None else lag is not None)
    read = {place[0] for place in at or () if "receipts." not in place[0]}
    behind = {topic: sum((lag or {}).get(topic, {}).values()) for topic in sorted(read)}
    _put(metrics.LAG, behind if lag is not None else {})
    left = sum(max(0, end - at.get(place, 0)) for place, end in member.ends.items()) if at else 0
    metrics.CATCH_UP.set(0 if member.caught_up.is_set() else left)


_OF_PARKED = (
    metrics.PARKED_SUBJECTS,
    metrics.PARKED_MESSAGES,
    metrics.FORKED_SUBJECTS,
    metrics.UNKNOWN_EVENTS,
)


async def deciding(process: "Process") -> None:
    """Find out what a deciding process shows beside it."""
    metrics.QUEUE.set(process.loop.queued)
    for relay in process.relays:
        metrics.HELD_BACK.labels(relay.name).set(relay.held_back)
    found = await _answer(process, lambda db: _stored(process, db))
    unsent, waiting, due, refused, leases = found or ([], [], None, [], None)
    _put(metrics.UNSENT, {kind: n for kind, n, _ in unsent})
    _put(metrics.UNSENT_AGE, {kind: seconds for kind, _, seconds in unsent})
    _put(metrics.WAITING, {kind: n for kind, n, _ in waiting})
    _put(metrics.WAITING_AGE, {kind: seconds for kind, _, seconds in waiting})
    metrics.DUE.set(due[0] if due else math.nan)
    metrics.DUE_AGE.set(due[1] if due else math.nan)
    _put(metrics.REFUSED_REACTIONS, {(name or "clock", code): n for name, code, n in refused})
    _put(metrics.LEASE, {kind: kind in leases for kind in KINDS if leases is not None})


async def _stored(process: "Process", db: asyncpg.Connection) -> tuple[Any, ...]:
    """Read what stands in the tables of a deciding service."""
    settings = dict(await db.fetch("select name, value from settings"))
    driven = process.settings.clock == "driven"
    now = business_time(settings, driven)
    before = now if driven else now - GRACE
    count, oldest = await db.fetchrow(_DUE, before)
    leases = await db.fetch(_LEASES, [relay.me for relay in process.relays])
    return (
        await db.fetch(_UNSENT),
        await db.fetch(_WAITING),
        (count, (now - oldest).total_seconds() if oldest else 0),
        await db.fetch(_REFUSED),
        {each["name"] for each in leases},
    )


async def _answer(member: "Member", ask: Any) -> Any:
    """Ask the database; None where it does not answer in time."""
    try:
        async with asyncio.timeout(SECONDS), member.watch.lock:
            return await ask(await member.watch.database.get())
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


async def _positions(member: "Member") -> dict[tuple[str, int], int] | None:
    try:
        return await asyncio.wait_for(member.watch.positions(), SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


def _put(gauge: Gauge, values: Mapping[Any, float]) -> None:
    """Show these and no others: what is over must not stay."""
    gauge.clear()
    for labels, value in values.items():
        gauge.labels(*([labels] if isinstance(labels, str) else labels)).set(value)
