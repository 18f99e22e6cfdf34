"""What this service knows of persons at a moment, read from its database beside the loop."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from banli_engine.batch import load, state_of
from banli_engine.clock import business_time
from banli_engine.decider import Asked
from banli_engine.process import Process
from banli_engine.published import Published
from banli_engine.sight import Sight, published_sight
from banli_events.base import Command
from banli_events.submission import token
from banli_events.words import Actor
from banli_intake.persons import Person
from banli_intake.service import SERVICE
from banli_intake.state import State

ON_LOG_SECONDS = 2.0
LOOK_SECONDS = 0.02
"""How long, and how often, it is looked whether an event has been sent."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A person, the cases that name one, and who asks."""

    asked: Asked
    sight: Sight
    person: Person
    cases: Sequence[State]  # those that name the person

    @property
    def after(self) -> str:
        """Name the event by which the person was entered as they are known."""
        return token(self.asked.subject, SERVICE.name, self.person.entered)


class Seeing:
    """How a process looks at persons."""

    def __init__(self) -> None:
        self._published = Published()

    async def look(self, process: Process, actor: Actor, subject: str) -> Seen:
        """Look at a person, at the cases that name them, and at who asks."""
        async with process.watch.lock:
            db = await process.watch.database.get()
            cases = await _watching(db, subject)
            batch = await load(db, dict.fromkeys((subject, *cases), -1), ())
            await self._published.up_to(db, batch.reference_offset, batch.published_mark)
        states = {one: state_of(SERVICE, one, at) for one, at in batch.subjects.items()}
        now = business_time(batch.settings, process.settings.clock == "driven")
        published = self._published.reference
        asked = Asked(Command(), subject, now, actor, "http", published)
        sight = published_sight(published, actor, asked.today, process.settings.operator_names)
        return Seen(asked, sight, states[subject], [states[case] for case in cases])


async def watching(process: Process, key: str) -> list[str]:
    """Name the subjects that watch a key."""
    async with process.watch.lock:
        return await _watching(await process.watch.database.get(), key)


async def on_log(process: Process, subject: str, version: int) -> bool:
    """Wait until an event of this service has been sent; False where that takes too long."""
    until = time.monotonic() + ON_LOG_SECONDS
    while time.monotonic() < until:
        async with process.watch.lock:
            db = await process.watch.database.get()
            waits = await db.fetchval(
                "select true from unsent where subject = $1 and version = $2", subject, version
            )
        if not waits:
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def _watching(db: asyncpg.Connection, key: str) -> list[str]:
    rows = await db.fetch("select subject from watching where key = $1 order by subject", key)
    return [row["subject"] for row in rows]
