"""What is said of one subject and concerns many: each that watches is asked once."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import asyncpg
import pytest

from banli_engine import store
from banli_engine.batch import save
from banli_engine.decider import INTERNAL, Aggregate, Asked, Reaction, Service
from banli_engine.loop import Loop
from banli_engine.store import Database, Effects, Message, Move, Moved
from banli_engine.sweep import Sweep, refill
from banli_events.assignment import AppointmentEnded, Classified
from banli_events.base import Event
from banli_events.envelope import Recorded, Wire, encode, unpack_headers
from banli_events.subjects import CASE_EVENTS, REFERENCE_EVENTS, topic_of
from banli_events.supervision import AlarmRaised, CheckStaffing
from banli_events.words import AlarmKind
from banli_testing.grammar import Said, record

DAY = date(2020, 1, 1)


def decide(state: Sequence[str], asked: Asked) -> Sequence[Event]:
    """Raise one alarm, where the person who left is still in charge."""
    alarm = AlarmRaised(alarm="a", kind=AlarmKind.VACANT_POST, about="anna")
    return [] if "alarmed" in state else [alarm]


def evolve(state: Sequence[str], event: Recorded) -> Sequence[str]:
    match event.data:
        case Classified(category=person):
            return [*(s for s in state if s == "alarmed"), person]
        case AlarmRaised():
            return [*state, "alarmed"]
    return state


def watches(state: Sequence[str]) -> Iterable[str]:
    return (f"person:{person}" for person in state if person != "alarmed")


def left(event: Recorded) -> tuple[str, CheckStaffing]:
    assert isinstance(event.data, AppointmentEnded)
    return f"person:{event.data.person}", CheckStaffing()


SERVICE = Service(
    name="supervision",
    aggregates={"case": Aggregate((), decide, evolve, watches=watches)},
    commands={CheckStaffing: INTERNAL},
    reactions={},
    subject_of={},
    spread={AppointmentEnded: Reaction("see-who-left", DAY, left)},
)


@dataclass
class Log:
    """Both logs, as they lie on Kafka."""

    records: list[tuple[str, Wire]] = field(default_factory=list)
    said: dict[str, list[Recorded]] = field(default_factory=dict)

    def say(self, subject: str, fact: Event) -> None:
        """Write a fact of assignment's."""
        event = record(self.said.setdefault(subject, []), subject, Said(fact))
        self.said[subject].append(event)
        self.records.append((topic_of(subject), encode(event)))

    def end(self, topic: str) -> int:
        return sum(each == topic for each, _ in self.records)


class Desk:
    """A process of the service, and its sweep."""

    def __init__(self, db: asyncpg.Connection, dsn: str, log: Log) -> None:
        self.db, self.log = db, log
        self.databases = Database(dsn), Database(dsn)
        self.loop = Loop(SERVICE, self.databases[0], driven=False)
        self.loop.caught_up = True
        self.sweep = Sweep(SERVICE, self.databases[1], self.loop)
        self.running = asyncio.create_task(self.loop.run())

    async def read(self) -> None:
        """Read both logs to their ends, then sweep until nothing waits."""
        for topic in (CASE_EVENTS, REFERENCE_EVENTS):
            at = (await store.positions(self.db, [(topic, 0)]))[topic, 0]
            wires = [wire for each, wire in self.log.records if each == topic]
            messages = [Message(topic, 0, n, wire) for n, wire in enumerate(wires)][at:]
            await self.loop.deliver(messages, [Move(topic, 0, at, len(wires))])
        while True:
            await self.sweep.once()
            await asyncio.sleep(0.02)
            if not await self.db.fetchval("select count(*) from waiting"):
                break

    async def send(self) -> None:
        """Put on the log what the service has said."""
        rows = await self.db.fetch(
            "select subject, headers, value from unsent"
            " join events using (subject, version) where source = 'supervision' order by seq"
        )
        self.log.records += [(topic_of(r["subject"]), _wire(r)) for r in rows]
        await self.db.execute("delete from unsent")

    async def alarmed(self) -> list[str]:
        """Tell which cases have an alarm, each as often as it was raised."""
        rows = await self.db.fetch(
            "select subject from events where source = 'supervision' order by 1"
        )
        return [row["subject"] for row in rows]

    async def close(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        for database in self.databases:
            await database.close()


def _wire(row: asyncpg.Record) -> Wire:
    return Wire(row["subject"].encode(), unpack_headers(row["headers"]), row["value"])


@pytest.fixture
async def db(databases: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    db = await store.connect(databases["supervision"])
    await store.prepare(db)
    yield db
    await db.close()


@pytest.fixture
async def desk(db: asyncpg.Connection, databases: dict[str, str]) -> AsyncIterator[Desk]:
    desk = Desk(db, databases["supervision"], Log())
    yield desk
    await desk.close()


def leaves(log: Log, person: str) -> None:
    log.say("post/p1", AppointmentEnded(person=person, since=DAY, reason="retired"))


def assign(log: Log, case: str, person: str) -> None:
    log.say(case, Classified(category=person))


async def test_every_case_of_who_left_is_looked_at_and_no_other(desk: Desk) -> None:
    """R020"""
    for number in range(1, 4):
        assign(desk.log, f"case/{number}", "anna")
    assign(desk.log, "case/2", "bert")  # no longer hers
    assign(desk.log, "case/4", "bert")
    leaves(desk.log, "anna")
    await desk.read()
    assert await desk.alarmed() == ["case/1", "case/3"]


async def test_an_end_that_is_told_twice_raises_one_alarm(desk: Desk) -> None:
    """R020"""
    assign(desk.log, "case/1", "anna")
    leaves(desk.log, "anna")
    desk.log.records.append(desk.log.records[-1])  # delivered again
    await desk.read()
    leaves(desk.log, "anna")  # and of another post
    await desk.read()
    assert await desk.alarmed() == ["case/1"]


async def test_after_a_rebuild_the_same_is_watched_and_nothing_is_raised_again(desk: Desk) -> None:
    """R020"""
    assign(desk.log, "case/1", "anna")
    leaves(desk.log, "anna")
    await desk.read()
    await desk.send()
    watched = await desk.db.fetch("select * from watching")
    await store.empty(desk.db)
    await desk.close()
    anew = Desk(desk.db, desk.databases[0].dsn, desk.log)
    anew.loop.rebuilt = await store.setting(desk.db, store.REBUILT)
    anew.loop.ends = {(topic, 0): desk.log.end(topic) for topic in (CASE_EVENTS, REFERENCE_EVENTS)}
    await anew.read()
    assert await desk.db.fetch("select * from watching") == watched != []
    assert await desk.alarmed() == ["case/1"]
    assert not await desk.db.fetch("select from unsent")
    leaves(anew.log, "anna")
    assign(anew.log, "case/2", "anna")
    await anew.read()
    assert await desk.alarmed() == ["case/1", "case/2"]
    await anew.close()


async def test_who_begins_to_watch_knows_what_was_published_before(db: asyncpg.Connection) -> None:
    """R020: else a case assigned while its handler leaves would be asked by nobody."""
    await db.execute("insert into positions values ($1, 0, 1)", REFERENCE_EVENTS)
    with pytest.raises(Moved):
        await save(db, [], [Effects("case/1", watches=["person:anna"])], 0)
    await save(db, [], [Effects("case/1", watches=["person:anna"])], 1)
    assert await db.fetchval("select subject from watching") == "case/1"


async def test_what_is_watched_is_derived_anew_where_a_build_does_it_otherwise(desk: Desk) -> None:
    """R020"""
    assign(desk.log, "case/1", "anna")
    await desk.read()
    await desk.db.execute("update watching set key = 'person:old'")
    await refill(SERVICE, desk.db)
    assert [tuple(r) for r in await desk.db.fetch("select * from watching")] == [
        ("person:anna", "case/1")
    ]
