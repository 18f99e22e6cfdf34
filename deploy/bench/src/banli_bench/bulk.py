"""All commands over Kafka, as fast as they go: departments that send a stage at a time.

Commands of a case rest on each other across services. A department sends one command of each of
its cases, waits until all receipts are there, and sends the next of each; several at different
stages keep every service busy. Only the ends of the receipt topics are asked while the clock runs;
what the receipts say is read afterwards.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from banli_bench import log, usage
from banli_bench.lifecycle import COMMAND_COUNT, EVENTS, Step, lifecycle
from banli_bench.rows import Row, at_least, at_most, plain
from banli_bench.world import World, desk, desks
from banli_engine import topics

LOOK_SECONDS = 0.02
APART = 2
PATIENCE_SECONDS = 300.0


@dataclass
class Lane:
    """A department with its two systems and its cases, all at the same stage."""

    world: World
    system: str
    cases: list[list[Step]]
    stage: int = 0

    def __post_init__(self) -> None:
        servers, logins = self.world.servers, self.world.logins
        self.desks = {
            name: (
                log.producer(servers.bootstrap, logins[name], linger_ms=5),
                log.receipts(servers, logins[name], self.world.epoch),
            )
            for name in desks(self.system)
        }
        self.begins = {name: receipts.end() for name, (_, receipts) in self.desks.items()}
        self.bodies = [
            [
                (
                    desk(self.system, case[stage].actor),
                    case[stage].service,
                    case[stage].subject.encode(),
                    json.dumps(case[stage].body(over_http=False), ensure_ascii=False).encode(),
                )
                for case in self.cases
            ]
            for stage in range(COMMAND_COUNT)
        ]

    def go_on(self) -> bool:
        """Send the next command of each case where all before is answered; False at the end."""
        came = sum(receipts.end() - self.begins[n] for n, (_, receipts) in self.desks.items())
        if came < self.stage * len(self.cases):
            return True
        if self.stage == COMMAND_COUNT:
            return False
        for name, service, key, body in self.bodies[self.stage]:
            topic = topics.submissions(service, name, self.world.epoch)
            self.desks[name][0].produce(topic, body, key)
        for producer, _ in self.desks.values():
            producer.flush()
        self.stage += 1
        return True

    def close(self) -> list[str]:
        """Read the receipts, name what was not admitted, and let the connections go."""
        answers = []
        for name, (_, receipts) in self.desks.items():
            between = [self.begins[name]], [receipts.end()]
            answers += [json.loads(m.value() or b"") for m in receipts.read(*between)]
            receipts.close()
        return [
            f"{answer['outcome']}: {answer.get('problem', {}).get('detail')}"
            for answer in answers
            if answer["outcome"] != "admitted"
        ]


@dataclass
class Measured:
    """How long it took, and what it cost."""

    lifecycles: int
    seconds: float
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.lifecycles / self.seconds

    def cpu_ms(self, name: str | None = None) -> float:
        """CPU per lifecycle, of one process or of all."""
        used = sum(self.cpu.values()) if name is None else self.cpu[name]
        return used * 1000 / self.lifecycles

    def rows(self, way: str, rate: float, cpu_ms: float | None = None) -> list[Row]:
        """Write the figures beside their goals."""
        return [
            at_least(f"{way}.lifecycles", self.rate, "1/s", rate),
            at_most(f"{way}.cpu", self.cpu_ms(), "ms/lifecycle", cpu_ms)
            if cpu_ms
            else plain(f"{way}.cpu", self.cpu_ms(), "ms/lifecycle"),
            *(plain(f"{way}.cpu.{n}", self.cpu_ms(n), "ms/lifecycle") for n in self.cpu),
        ]


def measure(world: World, run: str, lifecycles: int) -> Measured:
    """Play so many lifecycles and measure until the last event is in reporting's ledgers."""
    share = lifecycles // len(world.systems)
    lanes = [
        Lane(
            world, system, [lifecycle(run, n) for n in range(i * share, (i + 1) * share)]
        )
        for i, system in enumerate(world.systems)
    ]  # fmt: skip
    count = share * len(lanes)
    whole = log.case_events(world.servers, world.epoch)
    wanted = whole.end() + count * EVENTS
    before, began = usage.cpu_seconds(world), time.monotonic()
    _play(lanes)
    while whole.end() < wanted:
        time.sleep(LOOK_SECONDS)
        _check(began, lanes)
    world.wait_read()
    measured = Measured(count, time.monotonic() - began, usage.since(before, world))
    whole.close()
    refused = [why for lane in lanes for why in lane.close()]
    if refused:
        raise AssertionError(f"{len(refused)} commands were not admitted, the first {refused[0]}")
    return measured


def _play(lanes: Sequence[Lane]) -> None:
    """Run the lanes, each two stages behind the one before it, so that all services have work."""
    began, going = time.monotonic(), list(lanes)
    while going:
        for lane in list(going):
            ahead = lanes[lanes.index(lane) - 1]
            if lane is not lanes[0] and lane.stage == 0 and ahead.stage < APART:
                continue
            if not lane.go_on():
                going.remove(lane)
        time.sleep(LOOK_SECONDS)
        _check(began, lanes)


def _check(began: float, lanes: Sequence[Lane]) -> None:
    if time.monotonic() - began > PATIENCE_SECONDS:
        raise TimeoutError(f"the load stands still at stages {[lane.stage for lane in lanes]}")
