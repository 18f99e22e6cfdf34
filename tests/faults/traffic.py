"""Traffic with unique numbers, over HTTP and Kafka, from many senders on few cases at once."""

import asyncio
import random
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
from bodies import SINCE
from processes import PATIENCE
from wholelog import differences, events_of, findings, number_in, numbers, query, read_log
from world import World, again, written

from banli_client import Client, NoAnswer, Request
from banli_events.assignment import ClassifyItem
from banli_events.base import Command
from banli_events.envelope import Wire, decode, unpack_headers
from banli_events.intake import CorrectItem
from banli_events.supervision import LogResearch
from banli_events.words import Actor
from banli_testing.story import ANNA, CARA, HUGO

BURST = 4
"""How many submissions a lane has on their way at a time, all on one case."""

ANSWER_SECONDS = 12.0
TWICE = 0.1
"""How much of it is sent a second time, with the same ids."""


@dataclass(frozen=True)
class Said:
    """A command of the traffic with its number and its answer."""

    number: str
    id: UUID
    lane: str
    command: Command
    actor: Actor
    subject: str
    outcome: str


def correct(number: str) -> Command:
    """Put a typing error right."""
    return CorrectItem(field="title", after=number, reason="typing error")


def correct_assigner(name: str) -> Command:
    """Put right by whom the item was given to this body."""
    return CorrectItem(field="outer.assigner", after=name, reason="typing error")


def classify(number: str) -> Command:
    """Put an item under a category."""
    return ClassifyItem(category=number)


def research(number: str) -> Command:
    """Log research."""
    return LogResearch(researched_on=SINCE, summary=number)


MAKE: dict[str, tuple[Callable[[str], Command], Actor]] = {
    "intake": (correct, HUGO),
    "assignment": (classify, CARA),
    "supervision": (research, ANNA),
}


@dataclass
class Traffic:
    """Commands keep coming, from a thread of its own, until every one of them is answered."""

    world: World
    open: Sequence[str]  # cases that are registered
    assigned: Sequence[str]  # cases that are assigned, too
    ways: Sequence[str] = ("http", "kafka")
    pause: float = 0.02
    said: list[Said] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join(5 if kind else PATIENCE)
        if late := self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join()
        assert kind or not late, "some commands were never answered"
        assert kind or not self.faults, self.faults[:5]

    def count(self) -> int:
        """Count what was answered so far."""
        return len(self.said)

    async def _main(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        lanes = [(s, c) for c in self.open for s in ("intake", "assignment")]
        lanes += [(s, c) for c in self.assigned for s in ("intake", "supervision")]
        try:
            async with (
                httpx.AsyncClient(timeout=20) as http,
                Client(self.world.department) as kafka,
            ):
                ways = {"http": self._by_http(http), "kafka": self._by_kafka(kafka)}
                async with asyncio.TaskGroup() as group:
                    for service, subject in lanes:
                        for way in self.ways:
                            group.create_task(self._lane(service, subject, way, ways[way]))
        except BaseException as fault:
            self.faults.append(repr(getattr(fault, "exceptions", fault)))

    async def _lane(
        self, service: str, subject: str, way: str, send: Callable[..., Awaitable[list[str]]]
    ) -> None:
        make, actor = MAKE[service]
        lane, count = f"{service}/{subject}/{way}", BURST if way == "kafka" else 1
        while not self._stopping.is_set():
            fresh = [(f"n-{next(self.world.numbers)}", uuid4()) for _ in range(count)]
            asked = [(id_, make(number)) for number, id_ in fresh]
            outcomes = await send(service, subject, actor, asked)
            for (number, id_), (_, command), outcome in zip(fresh, asked, outcomes, strict=True):
                self.said.append(Said(number, id_, lane, command, actor, subject, outcome))
                if outcome != "admitted":
                    self.faults.append(f"{lane} {number}: {outcome}")
            if random.random() < TWICE and await send(service, subject, actor, asked) != outcomes:
                self.faults.append(f"{lane} {fresh}: asked twice and answered differently")
            await asyncio.sleep(self.pause)

    def _by_http(self, http: httpx.AsyncClient) -> Callable[..., Awaitable[list[str]]]:
        async def send(service: str, subject: str, actor: Actor, asked: Any) -> list[str]:
            ((id_, command),) = asked
            body = written(command, subject, id=id_)
            headers = {"authorization": f"Bearer {self.world.token(actor)}"}
            while True:
                try:
                    url = self.world.url(service) + "/v1/commands"
                    answer = await http.post(url, json=body, headers=headers)
                    if not again(answer.status_code, answer.content):
                        said = answer.json()
                        return [said.get("code") or said["outcome"]]
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)

        return send

    def _by_kafka(self, kafka: Client) -> Callable[..., Awaitable[list[str]]]:
        async def send(service: str, subject: str, actor: Actor, asked: Any) -> list[str]:
            left = [Request(command, actor, subject, id=id_) for id_, command in asked]
            got: dict[UUID, str] = {}
            while left:
                try:
                    answers = await kafka.submit_many(left, timeout=ANSWER_SECONDS)
                    got |= {UUID(answer.command): answer.outcome for answer in answers}
                except NoAnswer as fault:  # asked again, with the same id
                    got |= {id_: answer.outcome for id_, answer in fault.answers.items()}
                left = [each for each in left if each.id not in got]
            return [got[id_] for id_, _ in asked]

        return send


def unsent_over_http(disk: str, service: str) -> set[str]:
    """List the numbers that were admitted over HTTP and lie on this disk alone: lost with it."""
    rows = query(
        disk,
        "select e.subject, e.headers, e.value from unsent u"
        " join events e using (subject, version) where e.source = $1 order by u.seq",
        service,
    )
    events = [
        decode(Wire(s.encode(), unpack_headers(headers), value)) for s, headers, value in rows
    ]
    return set(numbers(event for event in events if event.context.via == "http"))


def check(world: World, said: Sequence[Said], lost: Iterable[str] = ()) -> None:
    """Hold that nothing (else) is lost, applied twice or reordered, and that database = log."""
    world.settle()
    lines = read_log(world)
    wrong = findings(lines, world.spoiled)
    assert not wrong, wrong[:5]
    events = events_of(lines, world.spoiled)
    told = numbers(events)
    wanted = {each.number for each in said} - set(lost)
    assert len(told) == len(set(told)), "applied twice"
    assert wanted - set(told) == set(), "lost"
    _in_order(said, [event for event in events if number_in(event)])
    other = differences(world, lines, world.spoiled)
    assert not other, other[:5]


def _in_order(said: Sequence[Said], events: Sequence[Any]) -> None:
    """Hold that what one sender said about one case stands in that order."""
    at = {number_in(event): n for n, event in enumerate(events)}
    lanes: dict[str, list[str]] = defaultdict(list)
    for each in said:
        if each.number in at:
            lanes[each.lane].append(each.number)
    for lane, sent in lanes.items():
        wrong = [(a, b) for a, b in pairwise(sent) if at[a] > at[b]]
        assert not wrong, f"reordered in {lane}: {wrong[:3]}"
