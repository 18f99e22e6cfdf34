"""kill -9 at every named point: nothing is lost, applied twice or reordered."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import asyncpg
import pytest
from disks import new_disk
from traffic import Traffic, check, unsent_over_http
from wholelog import query, read_log, redelivered
from world import Cases, World, until

from banli_engine import faults

# The services are killed at the same time, each at a point of its own.
ROUNDS = (
    {"intake": "before-commit", "assignment": "before-send", "supervision": "before-mark"},
    {"intake": "before-group-commit", "assignment": "between-parts", "supervision": "in-sweep"},
    {"intake": "in-catch-up"},
)
TIMES = {"before-commit": 20, "before-send": 5, "before-mark": 5, "before-group-commit": 10}
"""The number of times a point is reached before it kills; where nothing is said, twice."""


def test_every_point_is_tried() -> None:
    assert {point for each in ROUNDS for point in each.values()} == set(faults.POINTS)


@pytest.mark.parametrize("points", ROUNDS, ids=lambda points: "+".join(points.values()))
def test_killed_at_a_point_and_started_again_nothing_is_lost_or_doubled(
    world: World, cases: Cases, points: dict[str, str]
) -> None:
    with Traffic(world, cases.open, cases.assigned) as traffic:
        until(lambda: traffic.count() > 50, "traffic runs")
        lost = {n for service, point in points.items() for n in _prepare(world, service, point)}
        for service, point in points.items():
            times = TIMES.get(point, 1 if point == "in-sweep" else 2)
            world.start(service, wait=False, kill_at=f"{point}:{times}")
        with _others_write(world, "assignment", "between-parts" in points.values()):
            for service, point in points.items():
                world.killed_at(service, point)
        for service in points:
            world.start(service, wait=False)
        before = traffic.count()
        until(lambda: traffic.count() > before + 100, "traffic runs again")
    check(world, traffic.said, lost)
    _each_clock_was_missed_once(world)


def _prepare(world: World, service: str, point: str) -> set[str]:
    """Stop the process and give it what it needs to reach the point; tell what that may lose."""
    now = world.now(service)
    world.mains[service].stop()
    if point == "in-sweep":  # the clocks of the assigned cases run out while it is down
        _set(world.dsns[service], (now + timedelta(days=100)).isoformat())
    if point == "in-catch-up":
        return unsent_over_http(new_disk(world, service), service)
    return set()


def _set(dsn: str, now: str) -> None:
    query(dsn, "insert into settings values ('now', $1) on conflict (name) do update set value = $1"
               " returning name", now)  # fmt: skip


@contextmanager
def _others_write(world: World, service: str, really: bool) -> Iterator[None]:
    """Let somebody else write to every subject, all the time, so that batches have to be split."""
    over = threading.Event()

    async def write() -> None:
        db = await asyncpg.connect(world.dsns[service])
        while not over.is_set():
            await db.execute("update heads set changes = changes + 1")
        await db.close()

    thread = threading.Thread(target=lambda: asyncio.run(write()))
    if really:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if really:
            thread.join()


def _each_clock_was_missed_once(world: World) -> None:
    events = [line.event for line in read_log(world)]
    missed = {e.id: e.subject for e in events if e and e.type == "DeadlineMissed"}
    assert len(set(missed.values())) == len(missed)


def test_what_is_sent_again_is_the_same_bytes(world: World) -> None:
    """The kill between send and mark made the relay send again."""
    assert redelivered(read_log(world)) > 0
