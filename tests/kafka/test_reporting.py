"""Reporting on a real log: what it projects, what it parks, and that a rebuild changes nothing."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from banli_engine import story, topics
from banli_engine.store import (
    CLOSING,
    MODE,
    OPEN,
    STOPPED,
    Database,
    Message,
    Move,
    PositionMoved,
    set_setting,
)
from banli_engine.testing import Said, record, said
from banli_events import envelope
from banli_events.assignment import UnitOpened
from banli_events.base import Event
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded, Wire, encode
from banli_events.intake import FeedbackReceived, FeedbackRequested, ItemCorrected
from banli_events.subjects import topic_of
from banli_events.supervision import ReplyReturned
from banli_events.words import Grade, ReturnReason
from banli_local import Cluster
from banli_local.child import Child
from banli_reporting import tables
from banli_reporting.ledgers import LEDGERS
from banli_reporting.projector import Projector

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


def listening(port: int | None) -> None:
    """Wait until something answers there."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)


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


async def test_a_story_is_told_and_its_lines_stand_in_the_ledgers(
    log: Log, reporting: Reporting
) -> None:
    for unit in ("traffic", "idle"):
        await log.say(history(f"unit/{unit}", [UnitOpened(name=unit, since=story.YEAR)]))
    told = history(case(1))
    await log.say(told)
    await started(reporting)
    status, found = await reporting.ask("/v1/cases/" + case(1)[5:])
    assert status == 200
    assert [each["type"] for each in found["events"]] == [each.type for each in told]
    assert [each["hash"] for each in found["events"]] == [each.hash.hex() for each in told]
    assert found["events"][9]["actor"]["person"] == "anna"
    assert found["register"]["title"] == "Safe ways"
    assert found["register"]["corrected"]["title"]["before"] == "Crossings near schools"
    _, ledger = await reporting.ask("/v1/ledgers/handling?unit=patrol&step=REPLIED")
    assert [each["subject"] for each in ledger["lines"]] == [case(1)]
    assert ledger["lines"][0]["missing"][0]["zh"] == "缺：反馈意见"
    _, evaluation = await reporting.ask("/v1/evaluations/units")
    assert [each["unit"] for each in evaluation["units"]] == ["idle", "patrol", "traffic"]
    assert all(each["holds"] for each in evaluation["proof"])
    _, summary = await reporting.ask("/v1/ledgers/register/summary")
    assert summary["partitions"][0]["proof"] == "1 = 1"
    at = sum(n for parts in summary["position"].values() for n in parts.values())
    assert at == len(told) + 2


async def test_an_answer_waits_for_what_after_names_or_says_not_yet(
    log: Log, reporting: Reporting
) -> None:
    await started(reporting)
    told = history(case(1))
    ask = asyncio.create_task(reporting.ask(f"/v1/ledgers/handling?after={case(1)}@intake:1"))
    await asyncio.sleep(0.3)
    await log.say(told[:1])
    status, found = await ask
    assert (status, found["total"]) == (200, 1)
    status, refused = await reporting.ask(f"/v1/ledgers/handling?after={case(1)}@intake:9")
    assert (status, refused["code"]) == (409, "not-yet")
    assert (await reporting.ask("/v1/ledgers/handling?after=x"))[0] == 400
    assert (await reporting.ask("/v1/ledgers/handling", token="forged"))[0] == 401
    assert (await reporting.ask("/v1/cases/unknown"))[0] == 404
    pages = [history(case(n), STRAIGHT[:1]) for n in (2, 3)]
    for page in pages:
        await log.say(page)
    _, first = await reporting.ask(f"/v1/ledgers/register?limit=2&after={case(2)}@intake:1"
                                   f"&after={case(3)}@intake:1")  # fmt: skip
    _, second = await reporting.ask(f"/v1/ledgers/register?limit=2&offset={first['next']}")
    found = [each["subject"] for page in (first, second) for each in page["lines"]]
    assert found == [case(1), case(2), case(3)]
    assert second["next"] is None


async def test_what_does_not_fit_parks_its_subject_and_no_other(
    log: Log, reporting: Reporting, databases: dict[str, str]
) -> None:
    told = [history(case(n)) for n in range(5)]
    await log.say([*told[0], told[0][2], told[0][0]])  # delivered again: dropped and counted
    await log.say([*told[1][:2], other(told[1][1], id="forked"), *told[1][2:4]])
    await log.say([told[2][0], *told[2][2:]])  # the second is missing
    await log.say([told[3][0], replace(encode(told[3][1]), value=b"not JSON"), told[3][2]])
    await log.say([told[4][0], other(told[4][1], type="ItemBlessed",
                                     dataschema="urn:banli:ItemBlessed:1")])  # fmt: skip
    await started(reporting)
    _, status = await reporting.ask("/v1/status")
    assert status["redelivered"] == 2
    assert status["unknown"] == {"ItemBlessed": 1}
    parked = {each["subject"] for each in status["parked"]}
    assert parked == {case(1), case(2), case(3)}
    reasons = {each["reason"].partition(":")[0] for each in status["parked"]}
    assert reasons == {"fork", "gap", "unreadable", "behind"}
    named = reporting.child.log.read_text()
    assert named.count("event_parked") >= 3
    await log.say(told[2][1:2])  # now it arrives
    told_so_far = f"after={case(2)}@intake:4&after={case(2)}@supervision:9"
    _, found = await reporting.ask(f"/v1/cases/{case(2)[5:]}?{told_so_far}")
    assert found["parked"] == []
    assert len(found["events"]) == len(told[2])
    status_code, again = await reporting.ask("/v1/redrive", body={"subject": case(1)})
    assert (status_code, again["parked"]) == (202, 3)  # a fork stays one
    before = await rows(databases["reporting"])
    await asyncio.to_thread(reporting.child.stop)
    db = await asyncpg.connect(databases["reporting"])
    await tables.empty(db)
    await db.close()
    await started(reporting)
    assert without_revision(await rows(databases["reporting"])) == without_revision(before)


def without_revision(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Leave out how often somebody wrote out of turn: a rebuild does not repeat that."""
    return {**found, "positions": [(*row[:3], *row[4:]) for row in found["positions"]]}


async def test_who_does_not_stand_where_the_position_stands_writes_nothing(
    databases: dict[str, str],
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    first, second = (Projector(Database(dsn), Database(dsn)) for _ in range(2))
    for each in (first, second):
        await each.read_positions([("log", 0)])
    told = [Message("log", 0, n, encode(e)) for n, e in enumerate(history(case(1)))]
    await first.take(told[:5], [Move("log", 0, 0, 5)])
    written = await rows(dsn)
    with pytest.raises(PositionMoved):
        await second.take(told[:7], [Move("log", 0, 0, 7)])
    assert await rows(dsn) == written
    assert await second.redrive(case(1)) is not None  # out of turn: the first must look again
    with pytest.raises(PositionMoved):
        await first.take(told[5:], [Move("log", 0, 5, len(told))])
    assert (await first.read_positions([("log", 0)])) == {("log", 0): 5}
    await first.take(told[5:], [Move("log", 0, 5, len(told))])
    assert await db.fetchval("select step from handling") == "REPLIED"
    for each in (first, second):
        await each.close()
    await db.close()


async def test_a_batch_adds_a_chapter_and_rewrites_none(databases: dict[str, str]) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    told = [Message("log", 0, n, encode(e)) for n, e in enumerate(history(case(1)))]
    query = "select first, octet_length(places) / 45, xmin::text from chapters order by first"
    many = Projector(Database(dsn), Database(dsn))
    at = await many.read_positions([("log", 0)])
    seen: list[list[tuple[Any, ...]]] = []
    for begin, end in ((0, 3), (3, 4), (4, len(told))):
        await many.take(told[begin:end], [Move("log", 0, begin, end)])
        seen.append([tuple(row) for row in await db.fetch(query)])
        many._known.clear()  # so that the next batch reads the chapters
    assert at == {("log", 0): 0}
    assert [row[:2] for row in seen[2]] == [(0, 3), (3, 1), (4, len(told) - 4)]
    assert seen[0] == seen[1][:1] == seen[2][:1]
    assert seen[1] == seen[2][:2]
    in_three = without_revision(await rows(dsn))
    await tables.empty(db)
    once = Projector(Database(dsn), Database(dsn))
    await once.read_positions([("log", 0)])
    await once.take(told, [Move("log", 0, 0, len(told))])
    assert await db.fetchval("select count(*) from chapters") == 1
    assert without_revision(await rows(dsn)) == in_three
    for each in (many, once):
        await each.close()
    await db.close()


async def test_a_batch_writes_the_lines_that_its_events_change_and_no_others(
    databases: dict[str, str],
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    facts = (*STRAIGHT[:1], *STRAIGHT[2:4], *STRAIGHT[1:2])  # the last corrects the title
    told = [Message("log", 0, n, encode(e)) for n, e in enumerate(history(case(1), facts))]
    projector = Projector(Database(dsn), Database(dsn))
    await projector.read_positions([("log", 0)])
    written = []
    for n, message in enumerate(told):
        await projector.take([message], [Move("log", 0, n, n + 1)])
        query = "select r.xmin::text, h.xmin::text from register r join handling h using (subject)"
        written.append(tuple(await db.fetchrow(query)))
    register, handling = zip(*written, strict=True)
    assert len(set(handling)) == len(told)
    assert register[0] == register[1] == register[2] != register[3]
    assert await db.fetchval("select title from register") == "Safe ways"
    await projector.close()
    await db.close()


async def test_a_line_that_changes_stays_in_its_page_and_touches_no_index(
    databases: dict[str, str],
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    told = [history(case(n)) for n in range(40)]
    projector = Projector(Database(dsn), Database(dsn))
    await projector.read_positions([("log", 0)])
    for n in range(len(STRAIGHT)):
        at = n * len(told)
        batch = [Message("log", 0, at + i, encode(each[n])) for i, each in enumerate(told)]
        await projector.take(batch, [Move("log", 0, at, at + len(told))])
    await projector.close()
    query = "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'handling'"
    changed = hot = 0
    for _ in range(100):
        changed, hot = await db.fetchrow(query)
        if changed >= len(told) * (len(STRAIGHT) - 1):
            break
        await asyncio.sleep(0.1)
    assert changed == len(told) * (len(STRAIGHT) - 1)
    assert hot > 0.9 * changed
    await db.close()


async def test_what_is_parked_and_what_is_unknown_is_written_with_its_batch_or_not_at_all(
    databases: dict[str, str],
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    first, second = history(case(1), STRAIGHT[:2])
    blessed = other(second, type="ItemBlessed", dataschema="urn:banli:ItemBlessed:1")
    told = [Message("log", 0, n, w) for n, w in enumerate((encode(first), blessed, blessed))]
    forked = Message("log", 0, 3, encode(second))
    projector = Projector(Database(dsn), Database(dsn))
    await projector.read_positions([("log", 0)])
    with pytest.raises(PositionMoved):
        await projector.take([*told, forked], [Move("log", 0, 1, 4)])
    found = await rows(dsn)
    assert not any(found[name] for name in ("stories", "parked", "unknown", "register"))
    await projector.take([*told, forked], [Move("log", 0, 0, 4)])
    found = await rows(dsn)
    assert [row[:4] for row in found["parked"]] == [("log", 0, 3, case(1))]
    assert found["unknown"] == [("ItemBlessed", case(1), 1, "intake", 2)]
    assert found["positions"] == [("log", 0, 4, 0, 1)]
    await projector.close()
    await db.close()


async def test_a_type_that_was_unknown_is_folded_by_the_first_build_that_knows_it(
    databases: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    told = [Message("log", 0, n, encode(e)) for n, e in enumerate(history(case(1)))]
    new, old = (Projector(Database(dsn), Database(dsn)) for _ in range(2))
    with monkeypatch.context() as older:
        older.delitem(EVENTS, "ItemCorrected")
        envelope._body_of.cache_clear()
        await old.read_positions([("log", 0)])
        await old.take(told, [Move("log", 0, 0, len(told))])
        assert await db.fetchval("select title from register") == "Crossings near schools"
        assert await db.fetchval("select count(*) from unknown") == 1
    envelope._body_of.cache_clear()
    await new.relearn()
    assert await db.fetchval("select title from register") == "Safe ways"
    assert await db.fetchval("select count(*) from unknown") == 0
    for each in (new, old):
        await each.close()
    await db.close()


async def test_tables_of_another_shape_are_made_anew_only_where_they_are_empty(
    databases: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await asyncpg.connect(databases["reporting"])
    await tables.prepare(db)
    await db.execute("alter table units drop column parent")
    await db.execute("insert into positions values ('log', 0, 1)")
    monkeypatch.setattr(tables, "SHAPE", "another")
    with pytest.raises(tables.OtherShape):
        await tables.prepare(db)
    await db.execute("truncate positions")
    await tables.prepare(db)
    assert await db.fetch("select parent from units") == []
    await db.close()


async def test_tables_that_an_older_build_had_go_with_its_shape(
    databases: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await asyncpg.connect(databases["reporting"])
    await tables.prepare(db)
    await db.execute("create table stories (subject text primary key)")
    await tables.prepare(db)
    assert await db.fetchval("select to_regclass('stories')") is not None
    monkeypatch.setattr(tables, "SHAPE", "another")
    await tables.prepare(db)
    assert await db.fetchval("select to_regclass('stories')") is None
    await db.close()


async def test_a_rebuild_closes_the_way_in_and_ends_the_process(
    log: Log, reporting: Reporting, databases: dict[str, str]
) -> None:
    await log.say(history(case(1)))
    await started(reporting)
    db = await asyncpg.connect(databases["reporting"])
    await set_setting(db, MODE, CLOSING)
    await asyncio.sleep(0.6)
    assert (await reporting.ask("/v1/ledgers/register"))[0] == 503
    await set_setting(db, MODE, STOPPED)
    for _ in range(100):
        if not reporting.child.running:
            break
        await asyncio.sleep(0.1)
    assert not reporting.child.running
    await tables.empty(db)
    await asyncio.to_thread(reporting.child.start)
    await asyncio.to_thread(listening, reporting.child.port)
    assert (await reporting.ask("/healthz"))[0] == 200
    assert (await reporting.ask("/readyz"))[0] == 503
    assert await db.fetchval("select count(*) from register") == 0
    await set_setting(db, MODE, OPEN)
    await db.close()
    await asyncio.to_thread(reporting.child.wait_ready)
    assert (await reporting.ask("/v1/ledgers/register"))[1]["total"] == 1
