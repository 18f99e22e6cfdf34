"""The ways into the loop: what came waits here until the worker takes all of it."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from banli_engine.answering import Answered
from banli_engine.pending import Pending
from banli_engine.store import Message, Move
from banli_engine.work import Call, Delivery

BATCH = 500
"""How many commands over HTTP one batch takes; Kafka brings at most as many messages."""

QUEUE = 2_000
"""How many commands over HTTP may wait before more are told to come later (503)."""


class TooMuch(Exception):
    """More commands wait than the service takes on."""


class Came(NamedTuple):
    """What one batch takes."""

    calls: Sequence[Call]
    deliveries: Sequence[Delivery]
    asked: Sequence[Pending]  # clocks
    touched: dict[str, bool]  # subjects to look at, with: redrive

    @property
    def moves(self) -> list[Move]:
        """The positions that move with it."""
        return [move for delivery in self.deliveries for move in delivery.moves]


class Inbox:
    """What waits to be taken, and who waits for news."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._deliveries: list[Delivery] = []
        self._asked: dict[tuple[str, str], Pending] = {}  # clocks, by subject and id
        self._touched: dict[str, bool] = {}
        self._wake = asyncio.Event()
        self._busy = False
        self._news: dict[str, asyncio.Event] = {}

    async def call(self, asked: Pending) -> Answered:
        """Answer a command over HTTP. Raises TooMuch where too many wait already."""
        if len(self._calls) >= QUEUE:
            raise TooMuch
        call = Call(asked, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        self._wake.set()
        return await call.done

    async def deliver(self, messages: Sequence[Message], moves: Sequence[Move]) -> None:
        """Take in what was read from Kafka; return when it is written, raise where it was not."""
        delivery = Delivery(messages, moves, asyncio.get_running_loop().create_future())
        self._deliveries.append(delivery)
        self._wake.set()
        await delivery.done

    def check(self, clocks: Iterable[Pending]) -> None:
        """Look at clocks that have run out."""
        self._asked |= {(clock.subject, clock.id): clock for clock in clocks}
        self._wake.set()

    def touch(self, subjects: Iterable[str], *, redrive: bool = False) -> None:
        """Try again what waits on these subjects."""
        for subject in subjects:
            self._touched[subject] = redrive or self._touched.get(subject, False)
        self._wake.set()

    async def news(self, subject: str, seconds: float) -> None:
        """Wait until something about a subject is written by this process, or for so long."""
        event = self._news.setdefault(subject, asyncio.Event())
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._news.pop(subject, None)

    @property
    def queued(self) -> int:
        """Count the commands over HTTP that wait to be taken."""
        return len(self._calls)

    @property
    def idle(self) -> bool:
        """Tell whether nothing waits to be decided in this process, or is being decided."""
        return not (self._busy or self._waits)

    @property
    def looks(self) -> bool:
        """Tell whether clocks wait to be looked at."""
        return bool(self._asked)

    @property
    def _waits(self) -> bool:
        return bool(self._calls or self._deliveries or self._asked or self._touched)

    def _take_all(self) -> Came:
        calls, self._calls = self._calls[:BATCH], self._calls[BATCH:]
        deliveries, self._deliveries = self._deliveries, []
        asked = [self._asked.pop(key) for key in list(self._asked)[:BATCH]]
        touched, self._touched = self._touched, {}
        return Came(calls, deliveries, asked, touched)

    def _put_back(self, came: Came, fault: Exception, *, again: bool) -> None:
        """Kafka is read again from the positions; callers are told, or come with the next batch."""
        for call in came.calls:
            if again:
                self._calls.append(call)
            elif not call.done.done():
                call.done.set_exception(fault)
        for delivery in came.deliveries:
            if not delivery.done.done():
                delivery.done.set_exception(fault)
