"""The sweep against batches on one case, over 16 connections in two processes."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import psutil
from bodies import SINCE, Straight
from traffic import check
from wholelog import events_of, query, read_log
from world import World, written

from banli_events.supervision import LogResearch
from banli_events.words import Actor
from banli_local.child import Child
from banli_testing.story import ANNA, CARA

CONNECTIONS = 16
ROUNDS = 8
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"
SWEEPS = """
    select client_port, query_start from pg_stat_activity
     where datname = current_database() and query like '%from due where at%'
"""


@dataclass
class Seen:
    """What was seen of the two processes during the storm."""

    connected: Counter[int] = field(default_factory=Counter)  # the most at once, by port
    swept: dict[int, datetime] = field(default_factory=dict)  # the last sweep, by its own port


def test_each_deadline_is_missed_once_and_none_that_was_met(world: World) -> None:
    met, *close, never = (world.case().approved() for _ in range(4))
    world.settle()
    two = [world.mains["supervision"], world.join("supervision")]
    due = _due(world, [met, *close, never])
    world.set_clock(due - timedelta(seconds=1))
    logged = {child.name: child.log.stat().st_size for child in two}
    said_before = _said_by_postgres(world)

    seen, ran_out = asyncio.run(_storm(world, two, met, close, never, due))

    world.settle()
    assert query(world.dsns["supervision"], DEADLOCKS)[0][0] == 0
    assert "deadlock" not in _said_by_postgres(world).removeprefix(said_before)
    said = {child.name: _logged_since(child, logged[child.name]) for child in two}
    assert all("cause=LogResearch" in each for each in said.values()), "both processes wrote"
    assert min(seen.connected.values()) >= CONNECTIONS // 2, "all were open at the same time"
    for child in two:
        ports = {each.laddr.port for each in psutil.Process(child.pid).net_connections("tcp")}
        assert any(seen.swept[p] > ran_out for p in ports & {*seen.swept}), "it has swept"
    assert _missed(world, met) == 0, "it was met a second before"
    assert _missed(world, never) == 1, "nothing was ever sent"
    for case in close:
        assert _missed(world, case) == (_issued_at(world, case) > due), "once, where it was late"
    assert _issued_at(world, met) < due
    check(world, [])


def _due(world: World, cases: Sequence[Straight]) -> datetime:
    """Read when the clocks of these cases run out: all at the same moment."""
    sql = "select distinct at from due where subject = any($1)"
    ((due,),) = query(world.dsns["supervision"], sql, [case.subject for case in cases])
    return due


def _missed(world: World, case: Straight) -> int:
    """Count how often a case's deadline was missed."""
    told = events_of(read_log(world))
    return sum((e.subject, e.type) == (case.subject, "DeadlineMissed") for e in told)


def _issued_at(world: World, case: Straight) -> datetime:
    """Read when a case's reply was sent."""
    told = events_of(read_log(world))
    (at,) = [e.time for e in told if (e.subject, e.type) == (case.subject, "ReplyIssued")]
    return at


def _logged_since(child: Child, place: int) -> str:
    """Read what a process has logged since its log was so long."""
    return child.log.read_bytes()[place:].decode()


def _said_by_postgres(world: World) -> str:
    """Read the database server's log, where it is at hand."""
    log = world.servers.folder / "logs" / "postgres.log"
    return log.read_text() if log.exists() else ""


async def _storm(
    world: World,
    two: Sequence[Child],
    met: Straight,
    close: Sequence[Straight],
    never: Straight,
    due: datetime,
) -> tuple[Seen, datetime]:
    """Log research from many connections; let the clock run out in the midst of it.

    One reply is issued before, two at the same moment, one never.
    """
    over = asyncio.Event()
    cases = [never, met, *close]

    async def flood(number: int) -> None:
        on = cases if number % 4 < 2 else cases[:1]  # in each process half on one, half on all
        async with httpx.AsyncClient(timeout=20) as http:  # a connection of its own
            for each in range(ROUNDS):
                research = LogResearch(researched_on=SINCE, summary=f"{number}/{each}")
                bodies = [written(research, c.subject) for c in random.sample(on, len(on))]
                await _ask(world, http, two[number % 2], ANNA, bodies)

    async def issue(case: Straight) -> None:
        async with httpx.AsyncClient(timeout=20) as http:
            await _ask(world, http, two[0], CARA, [written(case.issue, case.subject)])

    await issue(met)
    watch = asyncio.create_task(_watch(world, two, over))
    floods = [asyncio.create_task(flood(n)) for n in range(CONNECTIONS)]
    await asyncio.sleep(0.1)
    ran_out = datetime.now(due.tzinfo)
    clock = asyncio.to_thread(world.set_clock, due + timedelta(seconds=1))
    await asyncio.gather(clock, *(issue(case) for case in close), *floods)
    over.set()
    return await watch, ran_out


async def _watch(world: World, two: Sequence[Child], over: asyncio.Event) -> Seen:
    """Watch from outside who is connected to each process, and when each has swept."""
    seen = Seen()
    db = await asyncpg.connect(world.dsns["supervision"])
    while not over.is_set():
        for child in two:
            open_ = psutil.Process(child.pid).net_connections("tcp")
            mine = [c for c in open_ if c.laddr.port == child.port and c.status == "ESTABLISHED"]
            seen.connected[child.port] = max(seen.connected[child.port], len(mine))
        seen.swept |= dict(await db.fetch(SWEEPS))
        await asyncio.sleep(0.02)
    await db.close()
    return seen


async def _ask(
    world: World, http: httpx.AsyncClient, child: Child, actor: Actor, bodies: list[Any]
) -> None:
    """Ask a process all at once, and those again that got no answer yet."""
    headers = {"authorization": f"Bearer {world.token(actor)}"}
    url = f"http://127.0.0.1:{child.port}/v1/commands"
    while bodies:
        answer = await http.post(url, json=bodies, headers=headers)
        if answer.status_code == 503:
            continue
        codes = [each.get("code") for each in answer.json()["answers"]]
        assert {*codes} <= {None, "too-early", "not-ready", "busy"}, codes
        bodies = [body for body, code in zip(bodies, codes, strict=True) if code]
