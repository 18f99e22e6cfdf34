"""The sweep against batches on one case, over 16 connections in two processes."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
from bodies import SINCE, Straight
from traffic import check
from wholelog import events_of, query, read_log
from world import World, again, written

from banli_engine.story import ANNA, CARA
from banli_events.supervision import LogResearch

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
    """Log research on one case from many connections; let the clock run out in the midst of it.

    Two replies are issued before, two at the same moment.
    """
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(timeout=20, limits=limits) as http:

        async def ask(command: Any, case: Straight, actor: Any) -> None:
            body = written(command, case.subject)
            headers = {"authorization": f"Bearer {world.token(actor)}"}
            while True:
                url = world.url("supervision") + "/v1/commands"
                answer = await http.post(url, json=body, headers=headers)
                if not again(answer.status_code, answer.content):
                    assert answer.status_code == 200, answer.text
                    return

        async def flood(number: int) -> None:
            for each in range(8):
                research = LogResearch(researched_on=SINCE, summary=f"{number}/{each}")
                others = number % 4 == 0  # most on one case; some on all, so that batches meet
                await ask(research, cases[(number + each) % 4 if others else 0], ANNA)

        early, late = cases[0::2], cases[1::2]
        floods = [asyncio.create_task(flood(n)) for n in range(CONNECTIONS)]
        await asyncio.gather(*(ask(case.issue, case, CARA) for case in early[:1]))
        clock = asyncio.create_task(asyncio.to_thread(run_out))
        await asyncio.gather(*(ask(case.issue, case, CARA) for case in (*early[1:], *late)))
        await asyncio.gather(clock, *floods)
