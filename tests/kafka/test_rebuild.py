"""`banli rebuild` on a running stack: the log tells all again; callers notice only by a 503."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from banli_bench.lifecycle import REGISTRAR, Step, lifecycle
from banli_bench.world import World, desk, desks
from banli_client import Answer, Client, Outcome, Request, Settings
from banli_engine import topics
from banli_engine.topics import DECIDERS
from banli_events.envelope import Wire, decode
from banli_events.intake import CorrectItem, RegisterItem
from banli_local import Cluster

DESK = "desk"
TABLES = {
    "events": "select subject, source, version, hash, headers, value from events",
    "due": "select subject, clock, at, cause from due",
    "watching": "select key, subject from watching",
    "published": "select pos, subject, source, version from published",
    "answers": "select sender, command, hash, outcome, answer from answers",
}
Rows = dict[str, set[tuple[Any, ...]]]


@pytest.fixture
def world(servers: Cluster, epoch: str, databases: dict[str, str]) -> Iterator[World]:
    with World(servers, databases, DECIDERS, epoch=epoch, systems=(DESK,)) as world:
        yield world


@pytest.fixture
def profile(world: World, tmp_path: Path) -> Path:
    return world.profile(tmp_path / "banli.toml")


@asynccontextmanager
async def clients_of(world: World) -> AsyncIterator[Mapping[str, Client]]:
    """Open a client for each system of the department, by its name."""
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(Client(settings_of(world, name)))
            for name in desks(DESK)
        }


def settings_of(world: World, system: str) -> Settings:
    login = world.logins[system]
    return Settings(
        kafka=world.servers.bootstrap,
        system=system,
        password=login.password,
        mechanism=login.mechanism,
        protocol=login.protocol,
        epoch=world.epoch,
        timeout=120,
    )


def request(step: Step) -> Request:
    return Request(step.command, step.actor, step.subject, id=step.id)


async def post(http: httpx.AsyncClient, world: World, step: Step) -> httpx.Response:
    """Post a command; again with the same id where it is too early or the service is away."""
    while True:
        headers = {"Authorization": f"Bearer {world.token(step.actor)}"}
        url = f"{world.url(step.service)}/v1/commands"
        try:
            answer = await http.post(url, json=step.body(over_http=True), headers=headers)
        except httpx.TransportError:
            continue
        if answer.status_code != 503 and answer.json().get("code") != "too-early":
            return answer
        await asyncio.sleep(0.2)


async def rows_of(database: str) -> Rows:
    db = await asyncpg.connect(database)
    try:
        return {name: {tuple(r) for r in await db.fetch(sql)} for name, sql in TABLES.items()}
    finally:
        await db.close()


async def at_rest(world: World) -> None:
    """Wait until every service has read all and sent all."""
    async with httpx.AsyncClient(timeout=10) as http:
        for _ in range(600):
            said = [(await http.get(f"{world.url(name)}/v1/status")).json() for name in DECIDERS]
            if not any(
                s["lag"] != {} or s["unsent"] or s["unsent_receipts"] or s["waiting"] for s in said
            ):
                return
            await asyncio.sleep(0.1)
    raise AssertionError("the services did not come to rest")


async def banli(*words: str | Path) -> Process:
    command = [sys.executable, "-m", "banli_cli", *map(str, words)]
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)


@dataclass
class Refused:
    """One refusal of each way in, from before."""

    over_http: Step
    answer: bytes
    over_kafka: Request
    receipt: Answer


async def refusals(world: World, http: httpx.AsyncClient, clients: Mapping[str, Client]) -> Refused:
    """Register a number once more with another content, and correct what cannot be corrected."""
    first = lifecycle("before", 0)[0]
    assert isinstance(first.command, RegisterItem)
    other = first.command.model_copy(update={"content": "Something else."})
    again = Step(other, REGISTRAR, first.subject, uuid4())
    answer = await post(http, world, again)
    assert answer.status_code == 409
    wrong = CorrectItem(field="no-such-field", after="x", reason="r")
    asked = Request(wrong, REGISTRAR, first.subject)
    receipt = await clients[desk(DESK, REGISTRAR)].submit(
        asked.command, actor=asked.actor, subject=asked.subject, id=asked.id
    )
    assert receipt.outcome is Outcome.REFUSED
    return Refused(again, answer.content, asked, receipt)


@dataclass
class Traffic:
    """What goes on during a rebuild: whole cases over Kafka, and somebody who asks over HTTP."""

    world: World
    clients: Mapping[str, Client]
    name: str
    answers: list[Answer] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    async def over_kafka(self) -> None:
        number = 0
        while True:
            for step in lifecycle(f"during-{self.name}", number):
                self.asked.add(str(step.id))
                client = self.clients[desk(DESK, step.actor)]
                self.answers += await client.submit_many([request(step)])
            number += 1

    async def over_http(self) -> None:
        step = lifecycle("before", 0)[0]
        self.asked.add(str(step.id))
        body = step.body(over_http=True)
        headers = {"Authorization": f"Bearer {self.world.token(step.actor)}"}
        async with httpx.AsyncClient(timeout=10) as http:
            while True:
                url = f"{self.world.url(self.name)}/v1/commands"
                try:
                    answer = await http.post(url, json=body, headers=headers)
                    self.statuses.add(answer.status_code)
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)


@asynccontextmanager
async def traffic(world: World, clients: Mapping[str, Client], name: str) -> AsyncIterator[Traffic]:
    goes = Traffic(world, clients, name)
    tasks = [asyncio.create_task(job) for job in (goes.over_kafka(), goes.over_http())]
    try:
        yield goes
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(ended, asyncio.CancelledError), ended


async def log_of(world: World) -> list[tuple[str, str, int]]:
    """Read every event on the log: subject, source and version."""
    login = world.servers.login("auditor").client(world.servers.bootstrap)
    found = []
    async with AIOKafkaConsumer(**login, enable_auto_commit=False) as consumer:
        log = topics.common_topics(world.epoch)[0]
        places = [TopicPartition(log.name, part) for part in range(log.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for one in records:
                    event = decode(Wire(one.key, tuple(one.headers), one.value))
                    found.append((event.subject, event.source, event.version))
    return found


def said_first(log: Path) -> str:
    """Find what the process that a rebuild started said first: an answer, or that it caught up."""
    last_start = log.read_text().rpartition("started again")[2]
    lines = [json.loads(line) for line in last_start.splitlines() if line.startswith("{")]
    return next(line["event"] for line in lines if line["event"] in ("caught_up", "fact_answered"))


def check_unchanged(before: Rows, after: Rows, asked: set[str]) -> None:
    """Hold that nothing is missing or different, and that what is new was asked meanwhile."""
    for name, rows in before.items():
        assert rows <= after[name], f"{name}: {len(rows - after[name])} rows are gone"
    assert {row[1] for row in after["answers"] - before["answers"]} <= asked


@pytest.mark.parametrize("name", DECIDERS)
async def test_a_service_is_rebuilt_under_traffic(world: World, profile: Path, name: str) -> None:
    async with httpx.AsyncClient(timeout=10) as http, clients_of(world) as clients:
        for number in range(3):
            for step in lifecycle("before", number):
                assert (await post(http, world, step)).status_code == 200
        refused = await refusals(world, http, clients)
        await at_rest(world)
        before = await rows_of(world.databases[name])

        async with traffic(world, clients, name) as goes:
            run = await banli("rebuild", name, "--profile", profile)
            out, err = await run.communicate()
            assert run.returncode == 0, err.decode()
            assert "is rebuilt" in out.decode()
            await asyncio.sleep(1)
        await at_rest(world)

        check_unchanged(before, await rows_of(world.databases[name]), goes.asked)
        assert all(answer.outcome is Outcome.ADMITTED for answer in goes.answers)
        assert 503 in goes.statuses
        assert said_first(world.services[name].log) == "caught_up"
        log = await log_of(world)
        assert len(log) == len(set(log)), "something was sent twice"
        again = await post(http, world, refused.over_http)
        assert again.content == refused.answer
        receipt = await clients[desk(DESK, REGISTRAR)].submit_many([refused.over_kafka])
        assert receipt == [refused.receipt]


async def test_a_rebuild_that_is_killed_completes_when_it_is_run_again(
    world: World, profile: Path
) -> None:
    async with httpx.AsyncClient(timeout=10) as http:
        for step in lifecycle("before", 0):
            assert (await post(http, world, step)).status_code == 200
    await at_rest(world)
    before = await rows_of(world.databases["intake"])
    run = await banli("rebuild", "intake", "--profile", profile)
    db = await asyncpg.connect(world.databases["intake"])
    while await db.fetchval("select value from settings where name = 'mode'") != "stopped":
        await asyncio.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    assert await run.wait() == -signal.SIGKILL
    assert await db.fetchval("select count(*) from events") == len(before["events"])
    await db.close()

    async with asyncio.timeout(60):  # its process starts again, and waits
        out = b""
        while b"broken off (stopped)" not in out:
            status = await banli("status", "--quick", "--profile", profile)
            out, _ = await status.communicate()
            assert status.returncode in (1, 3), "a process that starts does not answer"
    again = await banli("rebuild", "intake", "--profile", profile)
    _, err = await again.communicate()
    assert again.returncode == 0, err.decode()
    await at_rest(world)
    assert await rows_of(world.databases["intake"]) == before
    status = await banli("status", "--quick", "--profile", profile)
    assert await status.wait() == 0


async def test_what_is_unsent_is_waited_for_and_then_refused(world: World, profile: Path) -> None:
    """Kafka does not take what stands in the database alone: the tables are not emptied."""
    db = await asyncpg.connect(world.databases["intake"])
    await db.execute("insert into unsent_receipts (topic, key, headers, value)"
                     " values ('no-such-topic', '', '', '')")  # fmt: skip
    run = await banli("rebuild", "intake", "--profile", profile, "--patience", "2")
    _, err = await run.communicate()
    assert run.returncode == 1
    said = err.decode().splitlines()[-1]
    assert said.startswith("1 events and receipts of intake are still unsent")
    assert await db.fetchval("select value from settings where name = 'mode'") == "open"
    await db.execute("delete from unsent_receipts")
    await db.close()
