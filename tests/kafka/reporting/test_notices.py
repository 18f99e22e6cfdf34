"""Departments learn what concerns their units: once, in order, over crashes and rebuilds."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from reported import Log, Reporting, case, chief, history, started

from banli_client import Notice, notices
from banli_client import Settings as ClientSettings
from banli_engine import topics
from banli_engine.clock import NOW
from banli_engine.store import set_setting
from banli_events.assignment import Reassigned, SystemAdmitted, SystemRetired
from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_local import Cluster
from banli_reporting import tables
from banli_testing import story
from banli_testing.grammar import NOON, Said, said

SYSTEMS = {
    "desk-a": ("traffic",),
    "desk-b": ("patrol", "fire"),
    "desk-c": ("traffic", "fire"),  # retired
    "desk-d": ("patrol", "traffic"),  # of every case that accuses neither
}
TO_FIRE = Reassigned(
    lead=story.LEAD.model_copy(update={"unit": "fire"}), duty_basis="x", reason="x"
)
LIFE: tuple[Event | Said, ...] = (
    *(story.REGISTERED, story.CLASSIFIED, story.PROPOSED, story.ASSIGNED, story.CLOCK),
    *(story.ACCEPTED, story.CONTACTED, story.RESEARCHED, story.DRAFTED),
)


def at(moment: datetime, *facts: Event | Said) -> list[Said]:
    """Let facts have been recorded at a moment."""
    told = [fact if isinstance(fact, Said) else said(fact) for fact in facts]
    return [said(one.event, by=one.by, at=moment) for one in told]


def admitted() -> list[Recorded]:
    told: list[Recorded] = []
    for system, units in SYSTEMS.items():
        facts: list[Event] = [
            SystemAdmitted(name=system, units=units, commands=("AcceptAssignment",))
        ]
        facts += [SystemRetired(reason="x")] if system == "desk-c" else []
        told += history(f"system/{system}", facts)
    return told


class Desk:
    """A department system, and all that lies on its topic of notices."""

    def __init__(self, servers: Cluster, epoch: str, system: str) -> None:
        login = servers.admit(system, ["assignment"], epoch)
        self._topic, self._login = topics.notices(system, epoch), login.client(servers.bootstrap)
        self.settings = ClientSettings(
            kafka=servers.bootstrap, system=system, user=login.user, password=login.password,
            mechanism=login.mechanism, protocol=login.protocol, epoch=epoch,
        )  # fmt: skip

    async def all(self) -> list[Notice]:
        """Read the topic from its beginning to its end."""
        return [Notice.model_validate_json(r.value) for r in await self.records()]

    async def records(self) -> Sequence[Any]:
        consumer = AIOKafkaConsumer(**self._login, enable_auto_commit=False)
        await consumer.start()
        try:
            place = TopicPartition(self._topic, 0)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            end, found = (await consumer.end_offsets([place]))[place], []
            while await consumer.position(place) < end:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += records
            return found
        finally:
            await consumer.stop()

    async def until(self, number: int) -> list[Notice]:
        """Wait until there are so many."""
        for _ in range(150):
            found = await self.all()
            if len(found) >= number:
                return found
            await asyncio.sleep(0.1)
        raise AssertionError([(n.type, n.subject) for n in found])


@pytest.fixture
async def desks(servers: Cluster, epoch: str, databases: dict[str, str]) -> dict[str, Desk]:
    db = await asyncpg.connect(databases["reporting"])
    await tables.prepare(db)
    await set_setting(db, NOW, NOON.isoformat())
    await db.close()
    return {system: Desk(servers, epoch, system) for system in SYSTEMS}


@pytest.fixture
async def driven(servers: Cluster, epoch: str, databases: dict[str, str]) -> Any:
    running = Reporting(servers, epoch, databases["reporting"], clock="driven")
    yield running
    await asyncio.to_thread(running.child.stop)


def shown(found: Iterable[Notice]) -> list[tuple[str, str, str]]:
    return [(str(each.type), each.unit, each.subject) for each in found]


async def quiet(driven: Reporting) -> None:
    """Wait until reporting has nothing more to send and has looked at the clocks."""
    for _ in range(200):
        _, said_ = await driven.ask("/v1/status")
        if said_["unsent"] == 0 and said_["idle"] and said_["ready"] and not said_["lag"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(said_)


async def test_each_department_learns_what_concerns_its_units_and_nothing_else(
    log: Log, driven: Reporting, desks: dict[str, Desk], databases: dict[str, str]
) -> None:
    long_ago = at(NOON - timedelta(days=100), *LIFE)
    accusing = story.REGISTERED.model_copy(update={"accused": ("traffic",)})
    to_fire = TO_FIRE.model_copy(update={"co": (story.CO,)})
    await log.say([*admitted(), *chief()])
    await log.say(history(case(1), at(NOON, *LIFE, TO_FIRE)))
    await log.say(history(case(2), at(NOON, accusing, story.ASSIGNED, to_fire)))
    await log.say(history(case(3), long_ago))
    await started(driven)
    await quiet(driven)
    found = {name: shown(await desk.all()) for name, desk in desks.items()}
    one, two = case(1), case(2)
    assert found["desk-a"] == [("ASSIGNED", "traffic", one), ("REASSIGNED_AWAY", "traffic", one)]
    assert sorted(found["desk-b"], key=lambda each: each[2]) == [  # in order within each case
        *[("ASSIGNED", "patrol", one), ("ASSIGNED", "fire", one)],
        *[("REASSIGNED_AWAY", "patrol", one), ("ASSIGNED", "patrol", two)],
        ("ASSIGNED", "fire", two),
    ]
    assert found["desk-c"] == []
    assert [each[2] for each in found["desk-d"]] == [one] * 4  # the other accuses one of its units
    await _due_soon(driven, desks)
    await _as_a_message(desks["desk-a"])
    await _rebuilt(log, driven, desks, databases)


async def _due_soon(driven: Reporting, desks: dict[str, Desk]) -> None:
    """By business time, once: three days before the clock runs out."""
    due = datetime.fromisoformat("2025-06-08T16:00:00+00:00")
    await _now(driven, due - timedelta(days=3, seconds=1))
    assert not any(n.type == "DUE_SOON" for n in await desks["desk-b"].all())
    await _now(driven, due - timedelta(days=2))
    found = [n for n in await desks["desk-b"].all() if n.type == "DUE_SOON"]
    assert [(n.unit, n.subject, n.until, n.clock) for n in found] == [
        ("fire", case(1), due, "reply")
    ]
    assert found[0].at == due - timedelta(days=3)
    await _now(driven, due - timedelta(days=1))
    assert len([n for n in await desks["desk-b"].all() if n.type == "DUE_SOON"]) == 1


async def _now(driven: Reporting, now: datetime) -> None:
    status, _ = await driven.ask("/v1/clock", body={"now": now.isoformat()}, method="PUT")
    assert status == 200
    await quiet(driven)


async def _as_a_message(desk: Desk) -> None:
    first = (await desk.records())[0]
    head = dict(first.headers)
    said_ = json.loads(first.value)
    assert first.key == case(1).encode()
    assert head["ce_id"].decode() == said_["id"]
    assert (head["ce_type"], head["ce_source"]) == (b"Noticed", b"reporting")
    assert said_["after"] == f"{case(1)}@assignment:3"
    assert said_["sentence"] == {
        "zh": "117号件已交办你单位，请签收。",
        "en": "Item 117 was assigned to your unit; take it on.",
    }
    for word in ("Crossings", "unsafe", "anna", "Li"):
        assert word not in first.value.decode()


async def _rebuilt(
    log: Log, driven: Reporting, desks: dict[str, Desk], databases: dict[str, str]
) -> None:
    """Emptied as a rebuild does it, reporting reads back what it sent and sends nothing again."""
    before = {name: await desk.all() for name, desk in desks.items()}
    await asyncio.to_thread(driven.child.stop)
    db = await asyncpg.connect(databases["reporting"])
    await tables.empty(db)
    await db.close()
    await started(driven)
    await quiet(driven)
    assert {name: await desk.all() for name, desk in desks.items()} == before
    later = history(case(4), at(datetime.fromisoformat("2025-06-07T16:00:00+00:00"), *LIFE))
    await log.say(later)
    number = len(before["desk-a"])
    assert shown(await desks["desk-a"].until(number + 2))[number:] == [
        ("ASSIGNED", "traffic", case(4)), ("DUE_SOON", "traffic", case(4)),
    ]  # fmt: skip


async def test_killed_again_and_again_it_tells_everything_in_the_order_of_each_case(
    log: Log, driven: Reporting, desks: dict[str, Desk]
) -> None:
    """At least once: what comes twice is the same message with the same id."""
    await log.say(admitted())
    await started(driven)
    cases = [history(case(n), at(NOON, *LIFE, TO_FIRE)) for n in range(1, 61)]
    for n in range(0, 60, 20):
        await log.say([event for told in cases[n : n + 20] for event in told])
        driven.child.kill()
        await started(driven)
    await quiet(driven)
    records = await desks["desk-a"].records()
    told: dict[str, list[str]] = {}
    bytes_of: dict[bytes, bytes] = {}
    for record in records:
        id_ = dict(record.headers)["ce_id"]
        assert bytes_of.setdefault(id_, record.value) == record.value
        said_ = json.loads(record.value)
        seen = told.setdefault(said_["subject"], [])
        if said_["type"] not in seen:
            seen.append(said_["type"])
    assert told == {case(n): ["ASSIGNED", "REASSIGNED_AWAY"] for n in range(1, 61)}
    assert len(bytes_of) == 120
    await _read_by_the_client(desks["desk-a"], len(records))


async def _read_by_the_client(desk: Desk, number: int) -> None:
    """Whoever leaves off goes on where the last was taken."""
    first = [n async for n in _some(desk, 100)]
    rest = [n async for n in _some(desk, number - 99)]
    assert rest[0] == first[-1]  # it was being handled, and comes again
    assert [n.id for n in (*first, *rest[1:])] == [n.id for n in await desk.all()]


async def _some(desk: Desk, number: int) -> Any:
    reading = notices(desk.settings)
    try:
        for _ in range(number):
            yield await anext(reading)
    finally:
        await reading.aclose()  # type: ignore[attr-defined]


async def test_what_a_system_never_got_is_let_go_of_once_it_is_retired(
    log: Log, driven: Reporting, desks: dict[str, Desk]
) -> None:
    """A topic that is not there holds back nobody else's notices, and no rebuild for ever."""
    admit = SystemAdmitted(name="x", units=("traffic",), commands=("AcceptAssignment",))
    told = history("system/desk-e", [admit, SystemRetired(reason="x")])
    await log.say([*admitted(), told[0]])
    await log.say(history(case(1), at(NOON, *LIFE)))
    await started(driven)
    assert shown(await desks["desk-a"].until(1)) == [("ASSIGNED", "traffic", case(1))]
    async with asyncio.timeout(10):  # all go but the one
        while (await driven.ask("/v1/status"))[1]["unsent"] != 1:
            await asyncio.sleep(0.05)
    await log.say(told[1:])
    await quiet(driven)
