"""The sweep against batches on one case, over 16 connections in two processes."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
from bodies import SINCE, Straight
from traffic import check
from wholelog import events_of, query, read_log
from world import World, written

from banli_engine.story import ANNA, CARA
from banli_events.supervision import LogResearch
from banli_events.words import Actor

CONNECTIONS = 16
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


def test_each_deadline_is_missed_once_and_none_that_was_met(world: World) -> None:
    cases = [world.case().approved() for _ in range(4)]
    world.settle()
    world.join("supervision")
    dsn = world.dsns["supervision"]
    subjects = [case.subject for case in cases]
    due = max(row[0] for row in query(dsn, "select at from due where subject = any($1)", subjects))
    world.set_clock(due - timedelta(seconds=1))
    asyncio.run(_storm(world, cases, lambda: world.set_clock(due + timedelta(seconds=1))))
    world.settle()
    assert query(dsn, DEADLOCKS)[0][0] == 0
    for case in cases:
        told = [e for e in events_of(read_log(world)) if e.subject == case.subject]
        (issued,) = [e.time for e in told if e.type == "ReplyIssued"]
        missed = [e for e in told if e.type == "DeadlineMissed"]
        assert len(missed) == (issued > due), "once where it was late, never where it was in time"
    check(world, [])


async def _storm(world: World, cases: Sequence[Straight], run_out: Callable[[], None]) -> None:
    """Log research from many connections; let the clock run out in the midst of it.

    One reply is issued before, three at the same moment.
    """
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(timeout=20, limits=limits) as http:

        async def issue(case: Straight) -> None:
            await _ask(world, http, CARA, [written(case.issue, case.subject)])

        async def flood(number: int) -> None:
            on = cases if number % 4 == 0 else cases[:1]  # most on one case; some on all at once
            for each in range(8):
                research = LogResearch(researched_on=SINCE, summary=f"{number}/{each}")
                several = random.sample(on, len(on))
                await _ask(world, http, ANNA, [written(research, case.subject) for case in several])

        floods = [asyncio.create_task(flood(n)) for n in range(CONNECTIONS)]
        await issue(cases[0])
        clock = asyncio.create_task(asyncio.to_thread(run_out))
        await asyncio.gather(*(issue(case) for case in cases[1:]))
        await asyncio.gather(clock, *floods)


async def _ask(world: World, http: httpx.AsyncClient, actor: Actor, bodies: list[Any]) -> None:
    """Ask all at once, and those again that got no answer yet."""
    headers = {"authorization": f"Bearer {world.token(actor)}"}
    while bodies:
        url = world.url("supervision") + "/v1/commands"
        answer = await http.post(url, json=bodies, headers=headers)
        if answer.status_code == 503:
            continue
        codes = [each.get("code") for each in answer.json()["answers"]]
        assert {*codes} <= {None, "too-early", "not-ready", "busy"}, codes
        bodies = [body for body, code in zip(bodies, codes, strict=True) if code]
