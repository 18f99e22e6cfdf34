"""Reporting on a real log: what it projects, what it parks, and that a rebuild changes nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from banli_engine import story, topics
from banli_engine.store import Move, PositionMoved
from banli_engine.testing import Said, record, said
from banli_events.assignment import UnitOpened
from banli_events.base import Event
from banli_events.envelope import Recorded, Wire, encode
from banli_events.intake import FeedbackReceived, FeedbackRequested, ItemCorrected
from banli_events.subjects import topic_of
from banli_events.supervision import ReplyReturned
from banli_events.words import Grade, ReturnReason
from banli_local import Cluster
from banli_local.child import Child
from banli_reporting import store, tables
from banli_reporting.ledgers import LEDGERS

STRAIGHT: tuple[Event | Said, ...] = (
    story.REGISTERED,
    ItemCorrected(field="title", before="Crossings near schools", after="Safe ways", reason="typo"),
    story.CLASSIFIED,
    story.PROPOSED,
    story.ASSIGNED,
    story.CLOCK,
    story.ACCEPTED,
    story.CONTACTED,
    story.RESEARCHED,
    story.DRAFTED,
    ReplyReturned(
        reply_hash=story.REPLY.digest(), reason=ReturnReason.LOW_QUALITY, remark="Say when."
    ),
    story.DRAFTED,
    story.PASSED,
    story.APPROVED,
    story.ISSUED,
    FeedbackRequested(signer=story.LI, reply_hash=story.REPLY.digest()),
    FeedbackReceived(
        signer=story.LI, grade=Grade.NOT_SATISFIED, received_on=story.ISSUED.event.issued_on
    ),
)


def history(subject: str, facts: Iterable[Event | Said] = STRAIGHT) -> list[Recorded]:
    """Let facts have happened to a subject, in this order."""
    told: list[Recorded] = []
    for fact in facts:
        told.append(record(told, subject, fact if isinstance(fact, Said) else said(fact)))
    return told


class Log:
    """The log of this test, written with whatever bytes the test wants."""

    def __init__(self, servers: Cluster, epoch: str) -> None:
        self.epoch = epoch
        login = servers.login("assignment").client(servers.bootstrap)
        self.producer = AIOKafkaProducer(**login, acks="all", enable_idempotence=True)

    async def say(self, wires: Sequence[Wire | Recorded], topic: str = "") -> None:
        for each in wires:
            wire = encode(each) if isinstance(each, Recorded) else each
            subject = (wire.key or b"").decode()
            name = topics.case_events(self.epoch)
            if topic_of(subject) == "reference-events":
                name = topics.reference_events(self.epoch)
            await self.producer.send_and_wait(
                name, wire.value, key=wire.key, headers=list(wire.headers)
            )


@pytest.fixture
async def log(servers: Cluster, epoch: str) -> AsyncIterator[Log]:
    log = Log(servers, epoch)
    await log.producer.start()
    yield log
    await log.producer.stop()


class Reporting:
    """A process of reporting and what it says over HTTP."""

    def __init__(self, servers: Cluster, epoch: str, dsn: str) -> None:
        self.token = servers.identities.token("operator")
        self.child: Child = servers.service("reporting", dsn, epoch=epoch, operators=["operator"])

    def get(self, path: str, *, token: str | None = None, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.child.port}{path}"
        try:
            with urlopen(Request(url, data, headers), timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    async def ask(self, path: str, **more: Any) -> tuple[int, Any]:
        return await asyncio.to_thread(self.get, path, **more)


@pytest.fixture
async def reporting(
    servers: Cluster, epoch: str, databases: dict[str, str]
) -> AsyncIterator[Reporting]:
    running = Reporting(servers, epoch, databases["reporting"])
    yield running
    await asyncio.to_thread(running.child.stop)


async def started(reporting: Reporting) -> None:
    reporting.child.start()
    await asyncio.to_thread(reporting.child.wait_ready)


def case(n: int) -> str:
    return f"case/00000000-0000-4000-8000-{n:012d}"


async def test_a_story_is_told_and_its_lines_stand_in_the_ledgers(
    log: Log, reporting: Reporting
) -> None:
    units = [history(f"unit/{u}", [UnitOpened(name=u, since=story.YEAR)]) for u in ("traffic", "x")]
    await log.say([one for each in units for one in each])
    told = history(case(1))
    await log.say(told)
    await started(reporting)
    status, found = await reporting.ask("/v1/cases/" + case(1)[5:])

    assert status == 200
    assert [each["type"] for each in found["events"]] == [each.type for each in told]
    assert found["register"]["title"] == "Safe ways"
    assert found["register"]["corrected"]["title"]["before"] == "Crossings near schools"
    assert found["handling"]["step"] == "REPLIED"
    _, ledger = await reporting.ask("/v1/ledgers/handling?unit=traffic")
    assert [each["subject"] for each in ledger["lines"]] == [case(1)]
    assert {each["code"] for each in ledger["lines"][0]["missing"]} >= {"feedback", "satisfaction"}
    _, evaluation = await reporting.ask("/v1/evaluations/units")
    assert [each["unit"] for each in evaluation["units"]] == ["patrol", "traffic", "x"]
