"""From sent to visible: how long after a command its event stands in reporting's ledgers.

Commands go out at an even pace, each a second or more after the one of its case before it.
Reporting's positions are looked at all the time: they move in the transaction that writes the
ledgers, so an event is visible from the first look on that shows its offset passed.
"""

import asyncio
import json
import threading
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from banli_bench import log
from banli_bench.lifecycle import COMMAND_COUNT, EVENTS, lifecycle
from banli_bench.world import World, desk, desks
from banli_engine import topics

LOOK_SECONDS = 0.005
PATIENCE_SECONDS = 40.0
"""What came too early is answered after 30."""

_POSITIONS = "select part, next_offset from positions where topic = $1"


@dataclass
class Looks:
    """When which offset was first seen to be passed, by partition."""

    offsets: dict[int, list[int]] = field(default_factory=dict)
    times: dict[int, list[float]] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)

    def note(self, part: int, offset: int, now: float) -> None:
        """Note a position where it has moved."""
        offsets = self.offsets.setdefault(part, [])
        if not offsets or offsets[-1] < offset:
            offsets.append(offset)
            self.times.setdefault(part, []).append(now)

    def seen(self, part: int, offset: int) -> float:
        """Tell when this offset was passed."""
        return self.times[part][bisect_right(self.offsets[part], offset)]

    async def look(self, database: str, topic: str) -> None:
        """Look until told to stop."""
        db = await asyncpg.connect(database)
        query = await db.prepare(_POSITIONS)
        while not self.done.is_set():
            rows = await query.fetch(topic)
            now = time.monotonic()
            for part, offset in rows:
                self.note(part, offset, now)
            await asyncio.sleep(LOOK_SECONDS)
        await db.close()


def measure(world: World, run: str, rate: int, cases: int) -> tuple[list[float], int]:
    """Send whole lifecycles at so many commands a second; give the seconds, sorted.

    Give also how many led to no event: they were overtaken by the next of their case, which only
    happens where the services cannot keep up with the pace.
    """
    looks = Looks()
    topic = topics.case_events(world.epoch)
    whole = log.case_events(world.servers, world.epoch)
    begins = whole.ends()
    watch = threading.Thread(
        target=lambda: asyncio.run(looks.look(world.databases["reporting"], topic))
    )
    watch.start()
    sent = _send(world, run, rate, cases)
    until = time.monotonic() + PATIENCE_SECONDS
    while whole.end() < sum(begins) + cases * EVENTS and time.monotonic() < until:
        time.sleep(0.1)
    world.wait_read()
    time.sleep(0.2)
    looks.done.set()
    watch.join()
    took = _took(sent, looks, whole, begins)
    whole.close()
    return sorted(took), len(sent) - len(took)


def _send(world: World, run: str, rate: int, cases: int) -> dict[str, float]:
    """Send at an even pace; tell when each command went."""
    system = world.systems[0]
    producers = {
        name: log.producer(world.servers.bootstrap, world.logins[name], linger_ms=0)
        for name in desks(system)
    }
    played = [lifecycle(run, number) for number in range(cases)]
    bodies = [
        (
            str(step.id),
            desk(system, step.actor),
            step.service,
            step.subject.encode(),
            json.dumps(step.body(over_http=False), ensure_ascii=False).encode(),
        )
        for stage in range(COMMAND_COUNT)
        for step in (case[stage] for case in played)
    ]
    sent: dict[str, float] = {}
    began = time.monotonic()
    for n, (id_, name, service, key, body) in enumerate(bodies):
        ahead = began + n / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        sent[id_] = time.monotonic()
        producers[name].produce(topics.submissions(service, name, world.epoch), body, key)
        producers[name].poll(0)
    for producer in producers.values():
        producer.flush()
    return sent


def _took(
    sent: dict[str, float], looks: Looks, whole: log.Reader, begins: Sequence[int]
) -> list[float]:
    """Read what came of the commands, and when it was seen."""
    seen: dict[str, float] = {}
    for message in whole.read(begins, whole.ends()):
        id_ = json.loads(message.value() or b"")["context"]["command"]["id"]
        if id_ in sent:
            at = looks.seen(message.partition() or 0, message.offset() or 0)
            seen[id_] = max(seen.get(id_, 0.0), at)
    return [seen[id_] - at for id_, at in sent.items() if id_ in seen]


def quantile(values: Sequence[float], share: float) -> float:
    """Give the value below which this share of sorted values lies."""
    return values[min(int(len(values) * share), len(values) - 1)]
