"""kill -9 at every named point: nothing is lost, applied twice or reordered."""

import asyncio
import re
import threading
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import asyncpg
import pytest
from bodies import SYSTEM
from disks import new_disk
from processes import until
from traffic import Traffic, check, unsent_over_http
from wholelog import Line, query, read_log, read_receipts
from world import Cases, World

import banli_engine
import banli_reporting
from banli_engine import faults
from banli_engine.topics import DECIDERS
from banli_events.submission import RECEIPT_OFFSET, RECEIPT_PARTITION, RECEIPT_TOPIC

# The services are killed at the same time, each at a point of its own.
ROUNDS = (
    {
        "intake": "before-commit",
        "assignment": "before-send",
        "supervision": "before-mark",
        "reporting": "before-commit",
    },
    {
        "intake": "before-group-commit",
        "assignment": "between-parts",
        "supervision": "in-sweep",
        "reporting": "before-group-commit",
    },
    {"intake": "in-catch-up", "reporting": "in-catch-up"},
)
TIMES = {
    "before-commit": 20,
    "before-send": 5,
    "before-mark": 5,
    "before-group-commit": 10,
    "between-parts": 2,
    "in-catch-up": 2,
}
"""At which time a decider is killed at a point; reporting, and where nothing is said: the first."""

PASSED = re.compile(r'faults\.reached\("([a-z-]+)"\)')


def _points(package: ModuleType) -> set[str]:
    """Read in the sources of a package which points there are."""
    (folder,) = package.__path__
    return {
        point for file in Path(folder).glob("*.py") for point in PASSED.findall(file.read_text())
    }


def test_every_point_is_tried() -> None:
    deciding = {point for each in ROUNDS for who, point in each.items() if who in DECIDERS}
    assert deciding == set(faults.POINTS) == _points(banli_engine)
    reporting = {each["reporting"] for each in ROUNDS}
    assert reporting == _points(banli_reporting) | {"before-group-commit"}  # of the engine's feed


@pytest.mark.parametrize("points", ROUNDS, ids=lambda points: "+".join(points.values()))
def test_killed_at_a_point_and_started_again_nothing_is_lost_or_doubled(
    world: World, cases: Cases, points: dict[str, str]
) -> None:
    with Traffic(world, cases.open, cases.assigned) as traffic:
        until(lambda: traffic.count() > 50, "traffic runs")
        lost = {n for service, point in points.items() for n in _prepare(world, service, point)}
        before_the_kill = _said_by(world, "supervision")
        for service, point in points.items():
            times = 1 if service == "reporting" else TIMES.get(point, 1)
            world.start(service, wait=False, kill_at=f"{point}:{times}")
        with _others_write(world, "assignment", "between-parts" in points.values()):
            for service, point in points.items():
                world.killed_at(service, point)
        for service in points:
            world.start(service, wait=False)
        before = traffic.count()
        until(lambda: traffic.count() > before + 100, "traffic runs again")
    check(world, traffic.said, lost)
    if points.get("supervision") == "before-mark":
        again = _sent_again(before_the_kill, _said_by(world, "supervision"))
        assert again, "what was sent but not marked is sent once more"
        assert all(_bytes(first) == _bytes(second) for first, second in again)
    _each_clock_was_missed_once(world)


def _prepare(world: World, service: str, point: str) -> set[str]:
    """Stop the process and give it what it needs to reach the point; tell what that may lose."""
    now = world.now(service) if point == "in-sweep" else None
    world.mains[service].stop()
    if now is not None:  # the clocks of the assigned cases run out while it is down
        _set(world.dsns[service], (now + timedelta(days=100)).isoformat())
    if point == "in-catch-up":
        disk = new_disk(world, service)
        return unsent_over_http(disk, service) if service in DECIDERS else set()
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


def _said_by(world: World, service: str) -> list[Line]:
    """Read the records of a service: its events, and its receipts to the department."""
    lines = [*read_log(world), *read_receipts(world, SYSTEM)]
    return [line for line in lines if dict(line.wire.headers)["ce_source"] == service.encode()]


def _sent_again(before: Sequence[Line], after: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Pair each record that came after, and had been delivered already, with its first delivery."""
    known = {(line.topic, line.part, line.offset) for line in before}
    first: dict[Hashable, Line] = {}
    pairs = [(first.setdefault(_identity(line), line), line) for line in after]
    fresh = [p for p in pairs if (p[1].topic, p[1].part, p[1].offset) not in known]
    return [(one, other) for one, other in fresh if one is not other]


def _identity(line: Line) -> Hashable:
    """Tell which event a record is, or of which submission it is the receipt."""
    head = dict(line.wire.headers)
    if line.event is not None:
        return line.event.subject, line.event.version
    return tuple(head[name] for name in (RECEIPT_TOPIC, RECEIPT_PARTITION, RECEIPT_OFFSET))


def _bytes(line: Line) -> tuple[object, ...]:
    """Give all that a sender chooses: key, headers in their order, value."""
    return line.wire.key, line.wire.headers, line.wire.value
