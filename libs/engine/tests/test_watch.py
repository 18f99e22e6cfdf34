"""Is a process well? What it may remain in, for how long, and what it does when it is not."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition

from banli_engine import member, watch
from banli_engine.feed import Phase
from banli_engine.member import UNWELL_EXIT, Member
from banli_engine.settings import Settings
from banli_engine.store import Database
from banli_engine.watch import Place, Watch

SETTINGS = Settings(kafka="h:1", kafka_user="u", kafka_password="p", database="postgresql://h/d")
LOG = "log", 3


@dataclass
class Clock:
    """Machine time, moved by hand."""

    now: float = 1_000.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Feed:
    """A member of a group."""

    group: str = "svc.x.log"
    phase: Phase = Phase.READING
    turns: int = 1
    faults: dict[str, str] = field(default_factory=dict)
    reading: frozenset[TopicPartition] = frozenset({TopicPartition(*LOG)})

    def assignment(self) -> frozenset[TopicPartition]:
        return self.reading

    def stop_at(self, topic: str, why: str) -> None:
        self.faults[topic] = why


class Told(Watch):
    """A watch that is told where the service stands and where the topics end."""

    at = 7
    end = 7
    kafka = True
    database_answers = True

    async def positions(self) -> dict[Place, int]:
        if not self.database_answers:
            await asyncio.Event().wait()
        return {LOG: self.at}

    async def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        if not self.kafka:
            raise OSError
        return dict.fromkeys(places, self.end)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (watch, member):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def told(feed: Feed) -> Told:
    return Told(SETTINGS, Database(SETTINGS.database), [feed])  # type: ignore[list-item]


async def after(clock: Clock, told: Watch, seconds: float) -> str | None:
    """Look now and once more after so long."""
    await told.unwell()
    clock.now += seconds
    return await told.unwell()


async def test_a_partition_that_is_behind_and_does_not_move_is_unwell(
    told: Told, clock: Clock
) -> None:
    told.end = 9
    assert await after(clock, told, 29) is None
    assert await after(clock, told, 2) == "log/3 has not moved for 30 s"
    told.at = 8
    assert await after(clock, told, 29) is None


async def test_a_member_that_gets_no_assignment_is_unwell(
    told: Told, feed: Feed, clock: Clock
) -> None:
    feed.phase, feed.reading = Phase.JOINING, frozenset()
    assert await after(clock, told, 59) is None
    assert await after(clock, told, 2) == "svc.x.log has had no assignment for 60 s"
    feed.turns += 2  # it joined, and a new rebalance began
    assert await after(clock, told, 59) is None


async def test_a_member_for_whom_no_partition_is_left_is_well(
    told: Told, feed: Feed, clock: Clock
) -> None:
    feed.reading, told.end = frozenset(), 9
    assert await after(clock, told, 3_600) is None


async def test_a_member_that_cannot_load_its_positions_is_unwell(
    told: Told, feed: Feed, clock: Clock
) -> None:
    feed.phase = Phase.LOADING
    assert await after(clock, told, 29) is None
    assert await after(clock, told, 2) == "svc.x.log has not loaded its positions for 30 s"


async def test_a_member_that_may_not_read_yet_is_well_although_it_is_behind(
    told: Told, feed: Feed, clock: Clock
) -> None:
    feed.phase, told.end = Phase.HELD_BACK, 9
    assert await after(clock, told, 3_600) is None


async def test_while_kafka_does_not_answer_nobody_is_unwell(
    told: Told, feed: Feed, clock: Clock
) -> None:
    feed.phase, told.end = Phase.JOINING, 9
    await told.unwell()
    told.kafka = False
    assert await after(clock, told, 3_600) is None
    told.kafka = True
    assert await after(clock, told, 29) is None  # counted anew


async def test_a_position_beyond_the_end_stops_the_reader_of_that_topic(
    told: Told, feed: Feed
) -> None:
    told.at = 10
    assert await told.unwell() is None
    assert feed.faults == {"log": "the stored position lies beyond the end"}


class Left(BaseException):
    """The process is gone."""


@pytest.fixture
def process(told: Told, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Member:
    """A member whose looks follow each other at once, six seconds apart by its clock."""

    def leave(status: int) -> None:
        raise Left(status)

    async def pause(seconds: float) -> None:
        clock.now += 6
        await pause_(0)

    pause_ = asyncio.sleep
    monkeypatch.setattr(member, "tokens_of", lambda _: None)
    process = Member("toy", SETTINGS, None, [])  # type: ignore[arg-type]
    process.watch = told
    monkeypatch.setattr(member.os, "_exit", leave)
    monkeypatch.setattr(member.asyncio, "sleep", pause)
    return process


async def test_a_process_that_stays_unwell_leaves_with_a_status_of_its_own(
    told: Told, process: Member, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    told.end, began = 9, clock.now
    with pytest.raises(Left) as left:
        await process._look_after_health()
    assert left.value.args == (UNWELL_EXIT,)
    assert clock.now - began >= 90
    assert "log/3 has not moved for 30 s" in capsys.readouterr().out


async def test_a_process_that_got_well_again_stays(
    told: Told, process: Member, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.end = 9
    look, began = told.unwell, clock.now

    async def moving() -> str | None:
        told.at = 7 if (clock.now - began) % 60 < 50 else 8
        if clock.now - began > 600:
            raise Left
        return await look()

    monkeypatch.setattr(Told, "unwell", lambda _: moving())
    with pytest.raises(Left) as left:
        await process._look_after_health()
    assert left.value.args == ()


async def test_a_database_that_does_not_answer_leaves_no_old_value_standing(
    told: Told, process: Member, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member, "BLIND_SECONDS", 0.1)
    told.database_answers = False
    process._looked, began = clock.now - 60, clock.now
    with pytest.raises(Left):
        async with asyncio.timeout(20):
            await process._look_after_health()
    assert clock.now - began > 60  # since it was seen, not since the last look
    assert process.unwell == "the database has not answered for 0 s"
