"""More than it can do: everybody is told, nothing taken is lost, and it is soon itself again."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any
from uuid import uuid4

from bodies import HUGO, SYSTEM
from crowd import Caller, Said, memory_of, slowest
from department import send
from processes import until
from traffic import classify, correct
from wholelog import ends_of, events_of, numbers, read_log, read_receipts
from world import World, written

from banli_engine import topics
from banli_engine.inbox import BATCH, QUEUE
from banli_engine.ways import ROOM
from banli_testing.story import CARA

CROWD = QUEUE + BATCH + 500
"""So many callers, each with one command at a time, are more than are in hand and in the queue."""

LOAD_SECONDS = 4.0
MEGABYTES = 250
SOON_SECONDS = 5.0
"""Within what time after a load everything is as it was before."""


@asynccontextmanager
async def looked_at(world: World, service: str) -> AsyncIterator[list[Said]]:
    """Ask all the while whether it is well, as whoever watches over it does."""
    said: list[Said] = []

    async def look() -> None:
        with closing(Caller(world.url(service), "none")) as caller:
            while True:
                for path in ("/healthz", "/readyz"):
                    said.append(await caller.ask(path))
                await asyncio.sleep(0.1)

    looking = asyncio.create_task(look())
    yield said
    looking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await looking
    assert {each.status for each in said} == {200}
    assert len(said) > LOAD_SECONDS, "it is asked again and again"
    assert slowest(said) < 1.5


async def together(world: World, service: str, token: str, many: int, ask: Any) -> list[Any]:
    """Let many callers ask, each what is next for it, until the time is over."""
    until_ = time.monotonic() + LOAD_SECONDS

    async def go(number: int) -> list[Any]:
        caller, said = Caller(world.url(service), token), []
        await asyncio.sleep(number / many)  # they come within a second
        while time.monotonic() < until_:
            said.append(await ask(caller))
            if said[-1].status == 503:
                await asyncio.sleep(float(said[-1].headers["retry-after"]) / 2)  # too soon
        caller.close()
        return said

    every = await asyncio.gather(*(go(number) for number in range(many)))
    return [each for said in every for each in said]


async def soon_itself_again(world: World, service: str, ask: Any) -> None:
    """Insist that one who asks is soon answered at once again."""
    ended = time.monotonic()
    caller = Caller(world.url(service), world.token(HUGO))
    while True:
        said = await ask(caller)
        after = time.monotonic() - ended
        if said.status == 200 and said.seconds < 0.5:
            caller.close()
            return
        assert after < SOON_SECONDS, said
        await asyncio.sleep(0.1)


async def test_of_too_many_commands_each_is_answered_and_none_that_was_taken_is_lost(
    world: World,
) -> None:
    cases = [await asyncio.to_thread(lambda: world.case().registered()) for _ in range(8)]
    taken: dict[str, Said] = {}

    async def one(caller: Caller) -> Said:
        number = f"n-{uuid4()}"
        subject = cases[hash(number) % len(cases)].subject
        said = await caller.ask("/v1/commands", written(correct(number), subject))
        taken[number] = said
        return said

    before = memory_of(world, "intake")
    async with looked_at(world, "intake"):
        said = await together(world, "intake", world.token(HUGO), CROWD, one)
    await soon_itself_again(world, "intake", one)
    grown = memory_of(world, "intake") - before
    counted = Counter((each.status, each.body.get("code")) for each in said)
    assert counted.keys() == {(200, None), (503, "busy")}, counted
    assert grown < MEGABYTES * 1_000_000
    await asyncio.to_thread(world.settle)
    told = Counter(await asyncio.to_thread(lambda: numbers(events_of(read_log(world)))))
    admitted = {number for number, each in taken.items() if each.status == 200}
    assert {number for number in told if number in taken} == admitted
    assert max(told.values()) == 1


async def test_those_who_come_too_early_keep_nobody_else_waiting(world: World) -> None:
    case = await asyncio.to_thread(lambda: world.case().registered())
    body, many = written(classify("n-early"), "case/unknown"), QUEUE + BATCH

    async def early(number: int) -> Said:
        await asyncio.sleep(number / many)
        caller = Caller(world.url("assignment"), world.token(CARA))
        said = await caller.ask("/v1/commands", {**body, "id": str(uuid4())})
        caller.close()
        return said

    waiting = [asyncio.create_task(early(n)) for n in range(many)]
    await asyncio.sleep(1.2)
    caller = Caller(world.url("assignment"), world.token(CARA))
    good = [
        await caller.ask("/v1/commands", written(classify(f"n-{n}"), case.subject))
        for n in range(5)
    ]
    caller.close()
    assert {each.status for each in good} == {200}
    assert slowest(good, 1) < 2
    answers = Counter((each.status, each.body["code"]) for each in await asyncio.gather(*waiting))
    assert answers == {(409, "too-early"): many}


async def test_of_too_many_readers_each_is_answered_and_who_watches_too(world: World) -> None:
    async def read(caller: Caller) -> Said:
        return await caller.ask("/v1/ledgers/register?limit=1000")

    before = memory_of(world, "reporting")
    async with looked_at(world, "reporting"):
        said = await together(world, "reporting", world.token(HUGO), 4 * ROOM, read)
    await soon_itself_again(world, "reporting", read)
    counted = Counter((each.status, each.body.get("code")) for each in said)
    assert counted.keys() == {(200, None), (503, "busy")}, counted
    assert memory_of(world, "reporting") - before < MEGABYTES * 1_000_000


def test_too_much_on_a_topic_is_lag_and_nothing_else(world: World) -> None:
    case = world.case().registered()
    many = 2_000
    values = [
        written(correct(f"n-k{uuid4()}"), case.subject, actor=HUGO, id=uuid4()) for _ in range(many)
    ]
    since = ends_of(world, [topics.receipts(SYSTEM, world.epoch)])
    send(world, *(json.dumps(each).encode() for each in values))
    began = time.monotonic()
    assert world.ask("intake", correct(f"n-{uuid4()}"), HUGO, case.subject).status == 200
    assert time.monotonic() - began < 5, "people go on meanwhile"
    until(lambda: world.status("intake")["lag"] == {}, "all is read")
    told = until(
        lambda: len(got := read_receipts(world, SYSTEM, since)) >= many and got, "all is answered"
    )
    assert len(told) == many
    assert {json.loads(line.wire.value)["outcome"] for line in told} == {"admitted"}
