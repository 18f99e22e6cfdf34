"""Where a service stops: at a position outside of the log, at too much at once, at its clock."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from bodies import SINCE
from processes import OPERATOR, until
from traffic import check, correct
from wholelog import events_of, numbers, query, read_log
from world import World, written

from banli_engine.inbox import QUEUE
from banli_engine.topics import case_events
from banli_events.assignment import ClassifyItem, OpenUnit
from banli_testing.story import CARA, HUGO

MORE = 50
"""So many commands are more than the queue takes."""


def _knows(world: World, service: str, subject: str) -> int:
    """Count the events of a subject in a service's database."""
    return len(query(world.dsns[service], "select from events where subject = $1", subject))


def _move(world: World, service: str, by: int) -> None:
    """Put a service's positions on the log of cases somewhere else."""
    sql = "update positions set next_offset = next_offset + $2 where topic = $1 returning part"
    query(world.dsns[service], sql, case_events(world.epoch), by)


async def _post(url: str, authorization: str, body: Any) -> dict[str, Any]:
    """Ask on a connection of one's own, at as little cost as can be: thousands do at once."""
    address, content = httpx.URL(url), json.dumps(body).encode()
    reading, writing = await asyncio.open_connection(address.host, address.port)
    head = f"POST {address.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += f"Authorization: {authorization}\r\nContent-Length: {len(content)}\r\n\r\n"
    writing.write(head.encode() + content)
    answer = await reading.read()
    writing.close()
    await writing.wait_closed()
    said: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return said


def test_a_position_outside_of_the_log_stops_the_reader_of_that_topic_and_of_no_other(
    world: World,
) -> None:
    case = world.case().registered()
    world.settle()
    world.mains["assignment"].stop()
    _move(world, "assignment", 1_000)
    world.start("assignment")
    log = case_events(world.epoch)
    stopped = until(lambda: world.status("assignment")["stopped"], "it says that it has stopped")
    assert stopped == {log: "the stored position lies outside of the log"}
    assert f"topic={log}" in world.log_of("assignment")
    unit = f"unit/{uuid4().hex[:8]}"
    opened = world.ask("assignment", OpenUnit(name="New", since=SINCE), OPERATOR, unit)
    assert opened.status == 200, "what rests on the other topic goes on"
    case.take("intake", correct("Crossings"), HUGO)
    until(lambda: _knows(world, "supervision", case.subject) == 2, "the others read on")
    assert _knows(world, "assignment", case.subject) == 1

    world.mains["assignment"].stop()
    _move(world, "assignment", -1_000)
    world.start("assignment")
    case.take("assignment", ClassifyItem(category="Road safety"), CARA)
    assert world.status("assignment")["stopped"] == {}
    check(world, [])


async def test_more_than_the_queue_takes_is_told_to_come_again_and_nothing_taken_is_dropped(
    world: World,
) -> None:
    case = world.case().registered()
    fill = written(correct("Crossings"), case.subject, id=uuid4())  # answered once, asked often
    counted = [f"n-{next(world.numbers)}" for _ in range(2 * MORE)]
    bodies = [written(correct(each), case.subject, id=uuid4()) for each in counted]
    url = world.url("intake") + "/v1/commands"
    headers = {"authorization": f"Bearer {world.token(HUGO)}"}
    db = await asyncpg.connect(world.dsns["intake"])
    async with httpx.AsyncClient(timeout=90, headers=headers) as http:
        async with db.transaction():
            await db.execute("lock table heads in access exclusive mode")  # nothing is decided
            in_hand = asyncio.create_task(http.post(url, json=fill))
            await asyncio.sleep(0.2)
            filling = [
                asyncio.create_task(_post(url, headers["authorization"], body))
                for body in [*bodies[:MORE], *([fill] * (QUEUE + MORE))]
            ]
            while sum(task.done() for task in filling) < 2 * MORE:  # more than the queue takes
                await asyncio.sleep(0.05)
            one = await http.post(url, json=fill)
            assert (one.status_code, one.json()["code"]) == (503, "busy")
            assert one.headers["retry-after"]
            whole = (await http.post(url, json=bodies[MORE:])).json()["answers"]
            assert {each["code"] for each in whole} == {"busy"}, "a list was not taken either"
        assert (await in_hand).json()["outcome"] == "admitted"
        answers = await asyncio.gather(*filling)
        outcomes = [each.get("code") or each["outcome"] for each in answers]
        assert outcomes.count("admitted") == QUEUE, "what was taken is answered"
        assert outcomes.count("busy") == 2 * MORE, "what was too much was not taken"
        await asyncio.to_thread(world.settle)
        told = await asyncio.to_thread(lambda: numbers(events_of(read_log(world))))
        taken = {n for n, said in zip(counted[:MORE], outcomes, strict=False) if said != "busy"}
        assert {each for each in told if each in counted} == taken
        again = (await http.post(url, json=bodies)).json()["answers"]
        assert {each["outcome"] for each in again} == {"admitted"}, "it may come with the same id"
    await db.close()
    await asyncio.to_thread(world.settle)
    told = await asyncio.to_thread(lambda: numbers(events_of(read_log(world))))
    assert [n for n in told if n in counted[MORE:]] == counted[MORE:], "in the list's order"
    await asyncio.to_thread(check, world, [])


@pytest.mark.parametrize("service", ["intake", "supervision"])
def test_the_driven_clock_never_goes_back(world: World, service: str) -> None:
    world.join(service)
    now = world.now(service) + timedelta(hours=1)
    world.set_clock(now, [service])
    headers = {"authorization": f"Bearer {world.token(OPERATOR)}"}
    for child in (world.mains[service], *world.extras[service]):
        url = f"http://127.0.0.1:{child.port}/v1/clock"
        for back in (timedelta(microseconds=1), timedelta(days=400)):
            answer = httpx.put(url, json={"now": (now - back).isoformat()}, headers=headers)
            assert (answer.status_code, answer.json()["field"]) == (400, "now")
        assert world.now(service) == now
        assert httpx.put(url, json={"now": now.isoformat()}, headers=headers).status_code == 200
