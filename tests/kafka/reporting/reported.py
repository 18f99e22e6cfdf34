"""What the tests of reporting share: a history, a log to lay it on, and what became of it."""

import asyncio
import json
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import asyncpg
from aiokafka import AIOKafkaProducer

from banli_engine import topics
from banli_events.assignment import HolderAppointed, PostCreated
from banli_events.base import Event
from banli_events.envelope import Recorded, Wire, encode
from banli_events.intake import FeedbackReceived, FeedbackRequested, ItemCorrected
from banli_events.subjects import topic_of
from banli_events.supervision import ReplyReturned
from banli_events.words import Grade, PostRole, ReturnReason
from banli_local import Cluster
from banli_local.child import Child
from banli_reporting.ledgers import LEDGERS
from banli_testing import story
from banli_testing.grammar import Said, record, said

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
    FeedbackReceived(signer=story.LI, grade=Grade.NOT_SATISFIED, received_on=date(2025, 4, 1)),
)


def history(subject: str, facts: Iterable[Event | Said] = STRAIGHT) -> list[Recorded]:
    """Let facts have happened to a subject, in this order."""
    told: list[Recorded] = []
    for fact in facts:
        told.append(record(told, subject, fact if isinstance(fact, Said) else said(fact)))
    return told


def chief() -> list[Recorded]:
    """Let somebody be there who sees all, and reads what it says."""
    post = PostCreated(unit="bureau", title="Chief", role=PostRole.CHIEF)
    held = HolderAppointed(person=story.EMIL.person, name="Emil", since=story.YEAR)
    return history("post/chief", [post, held])


def case(n: int) -> str:
    return f"case/00000000-0000-4000-8000-{n:012d}"


def other(event: Recorded, **headers: str) -> Wire:
    """The same event with other headers."""
    wire = encode(event)
    changed = tuple(
        (name, headers[name[3:]].encode() if name[3:] in headers else value)
        for name, value in wire.headers
    )
    return replace(wire, headers=changed)


ORDER = {"parked": "topic, part, pos", "positions": "topic, part"}


STORIES = """
    select subject, topic, part, string_agg(places, '' order by first),
           string_agg(events, '' order by first)
      from chapters group by subject, topic, part order by subject
"""


async def rows(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    """Read every table but the settings, row for row, and whole stories: batches cut them."""
    db = await asyncpg.connect(dsn)
    try:
        names = ("parked", "unknown", "positions", *LEDGERS)
        stories = [tuple(row) for row in await db.fetch(STORIES)]
        return {"stories": stories} | {
            name: [
                tuple(row)
                for row in await db.fetch(f"select * from {name} order by {ORDER.get(name, '1')}")
            ]
            for name in names
        }
    finally:
        await db.close()


def without_revision(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Leave out how often somebody wrote out of turn: a rebuild does not repeat that."""
    return {**found, "positions": [(*row[:3], *row[4:]) for row in found["positions"]]}


class Log:
    """The log of this test, written with whatever bytes the test wants."""

    def __init__(self, servers: Cluster, epoch: str) -> None:
        self.epoch = epoch
        login = servers.login("assignment").client(servers.bootstrap)
        self.producer = AIOKafkaProducer(**login, acks="all", enable_idempotence=True)

    async def say(self, wires: Sequence[Wire | Recorded]) -> None:
        """Write events as they are, or bytes as they are."""
        for each in wires:
            wire = encode(each) if isinstance(each, Recorded) else each
            subject = (wire.key or b"").decode()
            name = topics.case_events(self.epoch)
            if topic_of(subject) == "reference-events":
                name = topics.reference_events(self.epoch)
            await self.producer.send_and_wait(
                name, wire.value, key=wire.key, headers=list(wire.headers)
            )


class Reporting:
    """A process of reporting and what it says over HTTP."""

    def __init__(self, servers: Cluster, epoch: str, dsn: str, clock: str = "wall") -> None:
        self.token = servers.identities.token("operator")
        self.chief = servers.identities.token(story.EMIL.person, post="chief", unit="bureau")
        self.child: Child = servers.service(
            "reporting", dsn, epoch=epoch, operators=["operator"], clock=clock
        )

    def get(
        self, path: str, *, token: str | None = None, body: Any = None, method: str | None = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.child.port}{path}"
        try:
            with urlopen(Request(url, data, headers, method=method), timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    async def ask(self, path: str, **more: Any) -> tuple[int, Any]:
        return await asyncio.to_thread(self.get, path, **more)


async def started(reporting: Reporting) -> None:
    reporting.child.start()
    await asyncio.to_thread(reporting.child.wait_ready)


def listening(port: int | None) -> None:
    """Wait until something answers there."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
