"""An event whose bytes were changed where they lie is named by whoever reads it again."""

import json
from dataclasses import replace
from typing import Any

import pytest
from disks import change_on_the_log
from parking import goes_on, parked
from traffic import check, correct
from wholelog import Line, query, read_log
from world import World

from banli_demo.batches import Record
from banli_local import Servers
from banli_local.testing import audit
from banli_testing.story import HUGO

READERS = ("intake", "assignment", "reporting")
OTHER_BYTES = "fork: another event has this version"


def _first(world: World, subject: str) -> Line:
    """Find where the first event of a case lies."""
    return next(line for line in read_log(world) if line.event and line.event.subject == subject)


def _reworded(record: Record) -> Record:
    """Say something else, at the same length."""
    return replace(record, value=(record.value or b"").replace(b"unsafe", b"secure"))


def _reads_all_again(world: World, service: str) -> None:
    """Let a service go back to the beginning of the log."""
    world.mains[service].stop()
    back = "update positions set next_offset = 0 where topic like '%-events' returning topic"
    query(world.dsns[service], back)
    world.start(service)


def _audit(world: World) -> list[dict[str, Any]]:
    """Let the auditor read the log; give the findings."""
    ran = audit(world.servers, world.epoch, "--json")
    assert ran.returncode == 1, ran.stderr
    return list(json.loads(ran.stdout)["findings"])


def test_an_event_changed_where_it_lies_is_named_by_all_who_read_it_again_and_by_the_audit(
    world: World,
) -> None:
    if not isinstance(world.servers, Servers):
        pytest.skip("the broker's disk is not at hand")
    case = world.case().registered()
    assert world.ask("intake", correct("Crossings"), HUGO, case.subject).status == 200
    world.settle()
    line = _first(world, case.subject)
    world.spoiled.add(case.subject)
    change_on_the_log(world, line, _reworded)
    assert b"secure" in (_first(world, case.subject).wire.value or b"")
    for service in READERS:
        _reads_all_again(world, service)
    for service in READERS:
        parked(world, service, case, OTHER_BYTES)
        assert f"subject={case.subject}" in world.log_of(service)
    named = [each["code"] for each in _audit(world) if each["event"] == line.event.id]
    assert named == ["changed"]
    goes_on(world)
    check(world, [])
