"""What a faulty build parked goes on in order, and what came after it waits behind it."""

import json
import sys
import time
from pathlib import Path

from bodies import Straight
from department import as_bytes, receipts, send
from parking import parked, reasons
from processes import OPERATOR, until
from traffic import check, correct_assigner, research
from wholelog import events_of, number_in, query, read_log
from world import World

from banli_events.envelope import Recorded
from banli_reporting.places import read_places
from banli_testing.story import ANNA, HUGO

BOTH = ("supervision", "reporting")
WHY = "fault: ZeroDivisionError"


def _faulty(service: str) -> list[str]:
    """Give the command that runs a service with a bug: it cannot fold what says `boom`."""
    return [sys.executable, str(Path(__file__).with_name("builds.py")), "faulty", service]


def _story(world: World, case: Straight) -> list[Recorded]:
    """Read what the log tells of a case, in its order."""
    return [e for e in events_of(read_log(world)) if e.subject == case.subject]


def _waits(world: World, case: Straight) -> int:
    """Count the submissions that wait on a case."""
    sql = "select kind from waiting where subject = $1 and kind = 'submission'"
    return len(query(world.dsns["supervision"], sql, case.subject))


def _let_it_wait_for_an_hour(world: World, case: Straight) -> None:
    """Make what waits as old as if it had come an hour ago, and let many sweeps look at it."""
    sql = "update waiting set since = since - interval '1 hour' where subject = $1 returning seq"
    query(world.dsns["supervision"], sql, case.subject)
    time.sleep(0.5)


def _redrive(world: World, service: str, case: Straight) -> None:
    """Let an operator try again what is parked, and wait until nothing is."""
    answer = world.post(service, {"subject": case.subject}, OPERATOR, "/v1/redrive")
    assert answer.status_code == 202
    until(lambda: reasons(world, service, case.subject) == [], f"{service} goes on")


def _told_by_reporting(world: World, case: Straight) -> list[tuple[str, int]]:
    """Read the events that reporting has of a case, in the order in which it took them in."""
    sql = "select places from chapters where subject = $1 order by first"
    chapters = query(world.dsns["reporting"], sql, case.subject)
    return [(each.source, each.version) for (c,) in chapters for each in read_places(c)]


def test_what_a_faulty_build_parked_goes_on_in_order_when_an_operator_lets_it(
    world: World,
) -> None:
    case = world.case().assigned()
    world.settle()
    for service in BOTH:
        world.mains[service].stop()
        world.start(service, command=_faulty(service))
    for assigner in ("boom", "after"):
        moved = correct_assigner(assigner)
        assert world.ask("intake", moved, HUGO, case.subject).status == 200
    parked(world, "supervision", case, WHY)
    for service in BOTH:
        why = [WHY, "behind"]
        until(lambda s=service, w=why: reasons(world, s, case.subject) == w, "what follows waits")
    logged = [f"n-{next(world.numbers)}" for _ in range(3)]
    submissions = [as_bytes(research(each), case.subject, actor=ANNA) for each in logged]
    offsets = send(world, *submissions, service="supervision")
    until(lambda: _waits(world, case) == len(logged), "the submissions wait")
    _let_it_wait_for_an_hour(world, case)
    assert _waits(world, case) == len(logged), "they wait with it, however long"
    assert receipts(world, offsets, "supervision") == {}

    for service in BOTH:
        world.mains[service].stop()
        world.start(service)
        assert reasons(world, service, case.subject) == [WHY, "behind"], "until somebody says so"
    for service in BOTH:
        _redrive(world, service, case)

    found = until(
        lambda: len(got := receipts(world, offsets, "supervision")) == len(logged) and got,
        "every submission is answered",
    )
    assert {json.loads(each)["outcome"] for each in found.values()} == {"admitted"}
    world.settle()
    story = _story(world, case)
    corrections = [e.version for e in story if e.type == "ItemCorrected"]
    decided = [e for e in story if number_in(e) in logged]
    assert [number_in(e) for e in decided] == logged, "in the order in which they came"
    assert {e.context.seen["intake"] for e in decided} == {corrections[-1]}, "after what was parked"
    assert _told_by_reporting(world, case) == [(e.source, e.version) for e in story]
    check(world, [])
