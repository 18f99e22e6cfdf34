"""Clocks that ran out: each is looked at when all that may have stopped it in time has been read.

What stops a clock may be said by another service. So once a clock has run out, the end of its
subject's partition is asked, and the clock is looked at when this service has read up to there, by
whichever of its processes.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog

from banli_engine import faults
from banli_engine.clock import business_time
from banli_engine.decider import Due
from banli_engine.loop import Loop
from banli_engine.pending import from_clock
from banli_engine.store import Database

GRACE = timedelta(seconds=5)
"""How long what was said in time may be on its way to the log. A driven clock needs no grace: it is
moved on only when nothing is on its way."""

AT_ONCE = 500
"""How many clocks one look finds."""

ASK_SECONDS = 2.0
"""How long a look waits to be told where partitions end."""

AGAIN_SECONDS, LONGEST_SECONDS = 0.2, 300.0
"""When a clock that nothing came of is looked at again: after this time, then after twice as long
each time, so that one on which a bug stops the decision is not alarmed all day."""

Place = tuple[str, int]
Clock = tuple[str, str, datetime]  # subject, name, due instant

_NEVER = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger()


class Clocks:
    """One process's look at the clocks: each goes on where the last ended, oldest first."""

    def __init__(
        self,
        database: Database,
        loop: Loop,
        *,
        place_of: Callable[[str], Place],
        ends: Callable[[Iterable[Place]], Awaitable[Mapping[Place, int]]],
        driven: bool,
    ) -> None:
        self.database, self.loop, self.driven = database, loop, driven
        self._place_of, self._ask_ends = place_of, ends
        self._last: tuple[datetime, str, str] | None = None  # up to which was looked; None: anew
        self._ends: dict[Place, tuple[datetime, int]] = {}  # to be read for clocks due before
        self._read: dict[Place, datetime] = {}  # clocks due before this may be looked at
        self._tried: dict[Clock, tuple[float, float]] = {}  # when again, and for how long after
        self._found: dict[Clock, tuple[float, float]] = {}  # the same, of the pass that goes on

    @property
    def more(self) -> bool:
        """Tell whether the last look did not come to an end."""
        return self._last is not None

    async def once(self) -> None:
        """Look, unless what was found is still to be looked at by the loop."""
        if self.loop.looks:
            return
        try:
            await self.run_out(await self.database.get())
        except Exception as fault:
            log.warning("clocks_not_looked_at", fault=type(fault).__name__)

    async def run_out(self, db: asyncpg.Connection) -> None:
        """Have the clocks looked at that have run out, oldest first, without locking."""
        rows = await db.fetch("select name, value from settings")
        now = business_time({row["name"]: row["value"] for row in rows}, self.driven)
        before = now if self.driven else now - GRACE
        found = await db.fetch(
            "select subject, clock, at, cause from due where at < $1"
            " and ($2::timestamptz is null or (at, subject, clock) > ($2, $3, $4))"
            " order by at, subject, clock limit $5",
            *(before, *(self._last or (None, "", "")), AT_ONCE),
        )
        last = found[-1] if len(found) == AT_ONCE else None
        self._last = (last["at"], last["subject"], last["clock"]) if last else None
        places = [self._place_of(row["subject"]) for row in found]
        await self._read_up_to(db, before, places, found)
        ripe = [
            row
            for row, place in zip(found, places, strict=True)
            if row["at"] < self._read.get(place, _NEVER) and self._again(row)
        ]
        if not self.more:
            self._tried, self._found = self._found, {}
        if ripe:
            faults.reached("in-sweep")
        self.loop.check(
            from_clock(row["subject"], Due(row["clock"], row["at"], row["cause"])) for row in ripe
        )

    async def _read_up_to(
        self, db: asyncpg.Connection, before: datetime, places: Sequence[Place], found: Any
    ) -> None:
        """Ask where partitions end whose clocks have run out; see which were read so far."""
        late = {
            place
            for row, place in zip(found, places, strict=True)
            if row["at"] >= self._read.get(place, _NEVER)
        }
        if not late:
            return
        if new := late - self._ends.keys():
            ends = await asyncio.wait_for(self._ask_ends(new), ASK_SECONDS)
            self._ends |= {place: (before, end) for place, end in ends.items()}
        rows = await db.fetch("select topic, part, next_offset from positions")
        for topic, part, position in rows:
            upto, end = self._ends.get((topic, part), (_NEVER, 0))
            if upto > _NEVER and position >= end:
                self._read[topic, part] = upto
                del self._ends[topic, part]

    def _again(self, row: Any) -> bool:
        """Tell whether to look at a clock now, or only later as nothing came of it."""
        clock, now = (row["subject"], row["clock"], row["at"]), time.monotonic()
        when, pause = self._tried.get(clock, (now, AGAIN_SECONDS))
        again = now >= when
        later = (now + pause, min(2 * pause, LONGEST_SECONDS))
        self._found[clock] = later if again else (when, pause)
        return again
