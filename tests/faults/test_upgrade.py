"""A rolling upgrade: old and new build side by side under load, one process after the other."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from disks import new_disk
from newer import CLOCK, TYPE
from processes import until
from test_builds import note_what_is_unknown, noted, spread
from traffic import Traffic, check
from wholelog import events_of, query, read_log
from world import Cases, World

from banli_engine.digest import digest
from banli_engine.topics import SERVICES
from banli_local import Cluster
from banli_local.child import Child

GRACE_SECONDS = 30.0
PAUSE = 1.0
"""Seconds between a lane's commands: with every process twice, all keep pace."""


def newer(service: str) -> list[str]:
    """Give the command that runs a service's newer build."""
    return [sys.executable, str(Path(__file__).with_name("newer.py")), service]


@pytest.fixture(scope="module")
def world(servers: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of its own: what the newer build says stays on the log."""
    epoch = f"u{uuid4().hex[:8]}"
    servers.provision(epoch=epoch)
    databases = servers.create_databases(f"{epoch}_")
    made = World(servers, epoch, databases, tmp_path_factory.mktemp("upgrade"))
    try:
        made.open()
        yield made
    finally:
        made.close()


def replace_one_by_one(world: World, traffic: Traffic) -> None:
    """Run two processes of each service, and put the newer build in the place of each."""
    for service in SERVICES:
        world.join(service)
    for service in SERVICES:
        _ends_by_itself(world.mains[service])
        world.start(service, command=newer(service))
        goes_on(traffic)
    until(lambda: noted(world, "intake", TYPE), "the old build reads what only the new one knows")
    for service in SERVICES:
        _ends_by_itself(*world.extras.pop(service))
        world.join(service, command=newer(service))
    goes_on(traffic)


def _ends_by_itself(old: Child) -> None:
    """Ask a process to end: it finishes what it has in hand, in the time that Kubernetes gives."""
    old.stop(GRACE_SECONDS)
    assert old.process is not None
    assert old.process.returncode == 0


def goes_on(traffic: Traffic) -> None:
    """Wait until more was answered."""
    before = traffic.count()
    until(lambda: traffic.count() > before + 40, "traffic goes on")


def test_a_newer_build_takes_over_process_by_process_under_load(world: World) -> None:
    open_ = (world.case().registered().subject,)
    cases = Cases(open_, tuple(case.assigned().subject for case in spread(world)))
    note_what_is_unknown(world, "intake")
    with Traffic(world, cases.open, cases.assigned, pause=PAUSE) as traffic:
        goes_on(traffic)
        replace_one_by_one(world, traffic)
    check(world, traffic.said)
    said = [event for event in events_of(read_log(world)) if event.type == TYPE]
    assert {event.subject for event in said} == set(cases.assigned)
    for service in SERVICES:
        until(lambda service=service: world.status(service)["unknown"] == {}, "and it is learnt")
    clocks = query(world.dsns["supervision"], "select subject from due where clock = $1", CLOCK)
    assert {subject for (subject,) in clocks} == set(cases.assigned)
    _hold_as_if_never_otherwise(world)


def _hold_as_if_never_otherwise(world: World) -> None:
    """Hold that supervision knows what the newer build alone would make of the log."""
    name = "supervision"
    before = asyncio.run(digest(world.dsns[name]))
    for child in (world.mains[name], *world.extras.pop(name)):
        child.stop()
    new_disk(world, name)
    world.start(name, command=newer(name))
    world.settle()
    assert asyncio.run(digest(world.dsns[name])) == before
