"""Measure Banli on this machine, and write down what comes out: `python -m banli_bench [--quick]`.

Everything runs here: Kafka, PostgreSQL, the four services and the load. The report is
var/bench/report.json; the command ends with 1 where a goal is missed.
"""

import argparse
import logging
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from banli_bench import bulk, people, rebuilding, usage, visible
from banli_bench.lifecycle import COMMAND_COUNT, EVENTS
from banli_bench.rows import Row, at_least, at_most, plain, show, write
from banli_bench.world import World
from banli_engine.topics import SERVICES
from banli_local import Servers
from banli_local.servers import ROOT

FOLDER = ROOT / "var" / "bench"
LANES = tuple(f"bench-{n}" for n in range(6))
CLIENTS = 50
PACE = 500  # commands a second


@dataclass(frozen=True, slots=True)
class Size:
    """How many lifecycles each part plays."""

    warm_up: int
    over_kafka: int
    over_http: int
    paced: int


FULL = Size(warm_up=600, over_kafka=3_000, over_http=1_500, paced=1_000)
QUICK = Size(warm_up=60, over_kafka=300, over_http=150, paced=500)


def main() -> None:
    """Run all of it, and write down what comes out as it comes out."""
    parser = argparse.ArgumentParser(prog="python -m banli_bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of it, for a first look")
    for client in ("aiokafka", "kafka"):
        logging.getLogger(client).setLevel(logging.ERROR)
    size = QUICK if parser.parse_args().quick else FULL
    shutil.rmtree(FOLDER, ignore_errors=True)
    rows: list[Row] = []
    for row in _all(size):
        rows.append(row)
        write(rows, FOLDER / "report.json")
        print(show(row), flush=True)
    sys.exit(not all(row.ok for row in rows))


def _all(size: Size) -> Iterator[Row]:
    yield plain("lifecycle.commands", COMMAND_COUNT, "commands")
    yield plain("lifecycle.events", EVENTS, "events")
    began = time.monotonic()
    with Servers(FOLDER / "stack", report=_progress) as servers:
        yield plain("start.servers", time.monotonic() - began, "s")
        servers.provision()
        with World(servers, servers.create_databases(), SERVICES, systems=LANES) as world:
            yield plain("start.stack", time.monotonic() - began, "s")
            yield from _measure(world, size)


def _measure(world: World, size: Size) -> Iterator[Row]:
    bulk.measure(world, "warm-up", size.warm_up)
    people.measure(world, "warm-up-http", size.warm_up // 6, CLIENTS)
    yield from bulk.measure(world, "kafka", size.over_kafka).rows("kafka", 200, 9)
    measured, answers = people.measure(world, "http", size.over_http, CLIENTS)
    yield from measured.rows("http", 100)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        yield plain(f"http.answer.{name}", visible.quantile(answers, share) * 1000, "ms")
    yield from _visible(world, size)
    for name, held in usage.memory(world).items():
        yield plain(f"memory.{name}", held, "MB")
    yield from _rebuild(world, FOLDER / "banli.toml")
    yield _restart(world)


def _visible(world: World, size: Size) -> Iterator[Row]:
    took, lost = visible.measure(world, "visible", PACE, size.paced)
    yield at_most("visible.overtaken", lost, "commands", 0)
    yield plain("visible.p50", visible.quantile(took, 0.5) * 1000, "ms")
    yield at_most("visible.p99", visible.quantile(took, 0.99) * 1000, "ms", 100)


def _rebuild(world: World, profile: Path) -> Iterator[Row]:
    done = rebuilding.measure(world, world.profile(profile))
    yield plain("rebuild.events", done.events, "events")
    yield plain("rebuild.reporting", done.rate, "events/s")
    yield plain("rebuild.read-and-decode", done.alone, "events/s")
    yield at_least("rebuild.share", done.share, "of reading", 0.6)
    yield plain("rebuild.closed", done.closed_seconds, "s")


def _restart(world: World) -> Row:
    child = world.services["intake"]
    child.stop()
    began = time.monotonic()
    child.start()
    child.wait_ready()
    return plain("start.service", time.monotonic() - began, "s")


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
