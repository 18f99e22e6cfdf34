"""A decision in one process beside a foreign event that another process stores: both orders.

Two loops of supervision on one real database; no Kafka: the test says who writes first.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from bodies import POSTS, SINCE, UNITS, feedback
from world import written

from banli_engine import store
from banli_engine.loop import Loop
from banli_engine.pending import from_http
from banli_engine.store import Database, Message, Move
from banli_events.assignment import HolderAppointed, PostCreated, UnitOpened
from banli_events.envelope import Recorded, decode, encode, unpack_headers
from banli_events.intake import FeedbackReceived
from banli_events.supervision import FileCaseSummary
from banli_events.words import Grade
from banli_local import Cluster
from banli_supervision.service import SERVICE
from banli_testing.grammar import record, said
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    APPROVED,
    ASSIGNED,
    CASE,
    CLASSIFIED,
    CLOCK,
    CONTACTED,
    DRAFTED,
    ISSUED,
    LI,
    PACK,
    PASSED,
    PROPOSED,
    REGISTERED,
    RESEARCHED,
    WANG,
)

LOG, REFERENCE = ("case-events", 0), ("reference-events", 0)


def _rated(signer: str) -> FeedbackReceived:
    return FeedbackReceived(**feedback(signer, Grade.SATISFIED).model_dump())


def _history() -> list[Recorded]:
    """A case that waits for its summary and for the last rating."""
    facts = (REGISTERED, CLASSIFIED, PROPOSED, ASSIGNED, ACCEPTED, CLOCK, CONTACTED, RESEARCHED)
    history: list[Recorded] = []
    for fact in (*facts, DRAFTED, PASSED, APPROVED, ISSUED, _rated(LI)):
        history.append(record(history, CASE, fact if hasattr(fact, "event") else said(fact)))
    return history


def _published() -> list[Recorded]:
    published: list[Recorded] = []
    facts: list[tuple[str, Any]] = [(f"unit/{u}", UnitOpened(name=u, since=SINCE)) for u in UNITS]
    for one, role in POSTS.items():
        facts.append((f"post/{one.post}", PostCreated(unit=one.unit, title=one.post, role=role)))
        appointed = HolderAppointed(person=one.person, name=one.person, since=SINCE)
        facts.append((f"post/{one.post}", appointed))
    for subject, fact in (*facts, ("pack/congress", PACK)):
        published.append(record(published, subject, said(fact)))
    return published


class Halting(Loop):
    """A loop that halts between deciding and writing, once, when it is told to."""

    def halt(self) -> None:
        self.decided, self.go = asyncio.Event(), asyncio.Event()

    async def _save(self, *effects: Any) -> None:
        if hasattr(self, "go") and not self.decided.is_set():
            self.decided.set()
            await self.go.wait()
        await super()._save(*effects)


class Outrun(Loop):
    """A loop before whose every write another process writes to the case, if it can."""

    rival: asyncpg.Connection

    async def _save(self, db: asyncpg.Connection, *what: Any) -> None:
        with suppress(asyncpg.LockNotAvailableError):
            await self.rival.execute("update heads set changes = changes + 1")
        await super()._save(db, *what)


async def _deliver(loop: Loop, place: tuple[str, int], events: Sequence[Recorded]) -> None:
    db = await asyncpg.connect(loop.database.dsn)  # the loop's own may be in use
    (at,) = (await store.positions(db, [place])).values()
    await db.close()
    messages = [Message(*place, at + n, encode(event)) for n, event in enumerate(events)]
    await loop.deliver(messages, [Move(*place, at, at + len(messages))])


@asynccontextmanager
async def _two(dsn: str) -> AsyncIterator[tuple[Halting, Halting]]:
    """Two processes' loops that both know the case."""
    db = await asyncpg.connect(dsn)
    await store.prepare(db)
    await db.close()
    loops = [Halting(SERVICE, Database(dsn), driven=False) for _ in range(2)]
    for loop in loops:  # what they begin with is read in catching up
        loop.ends = {REFERENCE: len(_published()), LOG: len(_history())}
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        await _deliver(loops[0], REFERENCE, _published())
        await _deliver(loops[0], LOG, _history())
        for loop in loops:
            loop.caught_up = True
            loop.touch([CASE])
            while CASE not in loop._cache:
                await asyncio.sleep(0.01)
        yield loops[0], loops[1]
    finally:
        for task, loop in zip(tasks, loops, strict=True):
            task.cancel()
            await asyncio.wait([task])
            await loop.database.close()


async def _told(dsn: str) -> list[Recorded]:
    db = await asyncpg.connect(dsn)
    rows = await db.fetch(
        "select headers, value from events where subject = $1 and source = 'supervision'"
        " order by version",
        CASE,
    )
    await db.close()
    wire = encode(_history()[0])
    return [
        decode(type(wire)(CASE.encode(), unpack_headers(row["headers"]), row["value"]))
        for row in rows
    ]


@pytest.mark.parametrize("first", ["the rating is stored first", "the summary is written first"])
async def test_the_summary_and_the_last_rating_see_each_other_whoever_is_first(
    servers: Cluster, first: str
) -> None:
    dsn = servers.create_database(f"skew_{uuid4().hex[:8]}")
    rating = record(_history(), CASE, said(_rated(WANG)))
    body = written(FileCaseSummary(summary="Done."), CASE)
    asked = from_http(SERVICE, body, ANNA, frozenset())
    async with _two(dsn) as (one, other), asyncio.timeout(20):
        if first.startswith("the rating"):
            one.halt()
            summary = asyncio.create_task(one.call(asked))
            await one.decided.wait()
            await _deliver(other, LOG, [rating])
            one.go.set()
            await summary
        else:
            other.halt()
            stored = asyncio.create_task(_deliver(other, LOG, [rating]))
            await other.decided.wait()
            await one.call(asked)
            other.go.set()
            await stored
    told = await _told(dsn)
    assert [e.type for e in told[-2:]] == ["CaseSummaryFiled", "CaseArchived"]
    assert [e.type for e in told].count("CaseArchived") == 1
    assert told[-1].context.seen["intake"] == rating.version


async def test_a_process_that_is_always_outrun_on_a_case_still_has_its_turn(
    servers: Cluster,
) -> None:
    dsn = servers.create_database(f"skew_{uuid4().hex[:8]}")
    asked = from_http(SERVICE, written(FileCaseSummary(summary="Done."), CASE), ANNA, frozenset())
    async with _two(dsn), asyncio.timeout(20):
        slow = Outrun(SERVICE, Database(dsn), driven=False)
        slow.rival = await asyncpg.connect(dsn, server_settings={"lock_timeout": "50"})
        slow.caught_up = True
        working = asyncio.create_task(slow.run())
        answered = await slow.call(asked)
        working.cancel()
        await slow.rival.close()
        await slow.database.close()
    assert answered.events == ("CaseSummaryFiled",)
