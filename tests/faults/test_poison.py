"""An event that cannot be read, does not fit or was changed parks its case and no other."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from bodies import Straight
from disks import hold_back, let_go
from kafka import KafkaProducer
from traffic import check, correct
from wholelog import events_of, query, read_log
from world import World, until, written

from banli_engine.story import ANNA, CARA, HUGO
from banli_engine.topics import DECIDERS, case_events
from banli_events.assignment import ClassifyItem
from banli_events.envelope import Recorded, Wire, encode, unpack_headers
from banli_events.intake import CorrectItem, ItemCorrected

FAULTY = [sys.executable, str(Path(__file__).with_name("builds.py")), "faulty"]


def _put(world: World, wire: Wire) -> None:
    """Produce a message with intake's credentials."""
    login = world.servers.login("intake").client(world.servers.bootstrap)
    producer = KafkaProducer(**login)
    log = case_events(world.epoch)
    producer.send(log, wire.value, key=wire.key, headers=list(wire.headers)).get(20)
    producer.close()


def _last(world: World, subject: str) -> Recorded:
    """Read the last event of intake about a case."""
    told = events_of(read_log(world))
    return [e for e in told if (e.subject, e.source) == (subject, "intake")][-1]


def _forged(last: Recorded, version: int) -> Wire:
    """Write an event as intake would, in the place of this version."""
    data = ItemCorrected(field="title", before="x", after="forged", reason="x")
    context = _previous(last, version)
    forged = replace(last, id=str(uuid4()), version=version, type="ItemCorrected", data=data)
    return encode(replace(forged, context=context))


def _previous(last: Recorded, version: int) -> Any:
    previous = last.hash.hex() if version > last.version else last.context.previous
    return last.context.model_copy(update={"previous": previous})


def _reasons(world: World, service: str, subject: str) -> list[str]:
    parked = world.status(service)["parked"]
    return [each["reason"] for each in parked if each["subject"] == subject]


def _parked(world: World, service: str, case: Straight, why: str) -> None:
    """Hold that the service has parked the case for this reason, and says so over HTTP."""
    until(lambda: any(why in r for r in _reasons(world, service, case.subject)), f"parked: {why}")
    command, actor = (correct("x"), HUGO) if service == "intake" else (
        (ClassifyItem(category="x"), CARA) if service == "assignment" else (case.summary, ANNA)
    )  # fmt: skip
    answer = world.post(service, written(command, case.subject), actor)
    assert (answer.status_code, answer.json()["code"]) == (503, "case-parked")
    assert answer.headers["retry-after"]


def _goes_on(world: World) -> None:
    """Hold that another case goes all its way."""
    world.case().assigned()


def _no_json(last: Recorded) -> Wire:
    return replace(_forged(last, last.version + 1), value=b"\xff{")


def _null_in_a_name(last: Recorded) -> Wire:
    """Write the first event of a source whose name no database takes."""
    stranger = replace(last, source="x\0y", type="Unheard", version=1)
    return encode(replace(stranger, context=last.context.model_copy(update={"previous": None})))


@pytest.mark.parametrize("poison", [_no_json, _null_in_a_name])
def test_an_event_that_cannot_be_read_parks_its_case_and_no_other(
    world: World, poison: Callable[[Recorded], Wire]
) -> None:
    case = world.case().assigned()
    last = _last(world, case.subject)
    world.spoiled.add(case.subject)
    _put(world, poison(last))
    for service in DECIDERS:
        _parked(world, service, case, "unreadable")
    _goes_on(world)
    check(world, [])


def test_another_event_of_the_same_version_is_named_as_a_fork(world: World) -> None:
    case = world.case().assigned()
    last = _last(world, case.subject)
    world.spoiled.add(case.subject)
    _put(world, _forged(last, last.version))
    for service in DECIDERS:
        _parked(world, service, case, "fork: another event has this version")
        assert f"subject={case.subject}" in world.log_of(service)
    check(world, [])


def test_an_own_event_that_was_never_written_is_named_by_its_service(world: World) -> None:
    case = world.case().assigned()
    last = _last(world, case.subject)
    world.spoiled.add(case.subject)
    _put(world, _forged(last, last.version + 1))
    _parked(world, "intake", case, "fork: an own event that this service never wrote")
    check(world, [])


def test_an_event_changed_in_place_is_named_by_the_reader_that_reads_it_again(
    world: World,
) -> None:
    case = world.case().assigned()
    world.settle()
    world.spoiled.add(case.subject)
    world.mains["assignment"].stop()

    async def change() -> None:
        db = await asyncpg.connect(world.dsns["assignment"])
        where = "where subject = $1 and source = 'intake' and version = 1"
        value = await db.fetchval(f"select value from events {where}", case.subject)
        await db.execute(
            f"update events set value = $2 {where}",
            case.subject,
            value.replace(b"unsafe", b"secure"),
        )
        await db.execute("update heads set changes = changes + 1 where subject = $1", case.subject)
        await db.execute("update positions set next_offset = 0 where topic like '%-events'")
        await db.close()

    asyncio.run(change())
    world.start("assignment")
    _parked(world, "assignment", case, "fork: another event has this version")
    check(world, [])


def test_an_event_whose_predecessor_is_missing_waits_for_it_and_then_goes_on(
    world: World,
) -> None:
    case = world.case().registered()
    world.settle()
    world.spoiled.add(case.subject)  # its records do not lie in order
    hold_back(world.dsns["intake"])
    for number in ("first", "second"):
        assert world.ask("intake", correct(number), HUGO, case.subject).status == 200
    rows = query(
        world.dsns["intake"],
        "select e.headers, e.value from unsent u join events e using (subject, version)"
        " where subject = $1 and source = 'intake' order by version desc",
        case.subject,
    )
    _put(world, Wire(case.subject.encode(), unpack_headers(rows[0][0]), rows[0][1]))
    _parked(world, "assignment", case, "gap")
    let_go(world.dsns["intake"])
    case.take("assignment", ClassifyItem(category="Road safety"), CARA)
    assert _reasons(world, "assignment", case.subject) == []
    check(world, [])


def test_what_a_faulty_build_parked_goes_on_in_order_when_an_operator_lets_it(
    world: World,
) -> None:
    case = world.case().assigned()
    world.settle()
    world.mains["supervision"].stop()
    world.start("supervision", command=FAULTY)
    for lead in ("boom", "after"):
        moved = CorrectItem(field="outer.assigner", after=lead, reason="typing error")
        assert world.ask("intake", moved, HUGO, case.subject).status == 200
    _parked(world, "supervision", case, "fault: ZeroDivisionError")
    until(lambda: len(_reasons(world, "supervision", case.subject)) == 2, "what follows waits")
    world.mains["supervision"].stop()
    world.start("supervision")
    _parked(world, "supervision", case, "fault: ZeroDivisionError")
    answer = world.post("supervision", {"subject": case.subject}, "operator", "/v1/redrive")
    assert answer.status_code == 202
    until(lambda: _reasons(world, "supervision", case.subject) == [], "it goes on")
    check(world, [])
