"""An event that cannot be read, does not fit or was changed parks its case and no other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from disks import hold_back, let_go
from kafka import KafkaProducer
from parking import goes_on, parked, reasons
from traffic import check, correct
from wholelog import events_of, query, read_log
from world import World

from banli_engine.topics import SERVICES, case_events
from banli_events.assignment import ClassifyItem
from banli_events.envelope import Recorded, Wire, encode, unpack_headers
from banli_events.intake import ItemCorrected
from banli_testing.story import CARA, HUGO


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
    for service in SERVICES:
        parked(world, service, case, "unreadable")
    goes_on(world)
    check(world, [])


def test_another_event_of_the_same_version_is_named_as_a_fork(world: World) -> None:
    case = world.case().assigned()
    last = _last(world, case.subject)
    world.spoiled.add(case.subject)
    _put(world, _forged(last, last.version))
    for service in SERVICES:
        parked(world, service, case, "fork: another event has this version")
        assert f"subject={case.subject}" in world.log_of(service)
    check(world, [])


def test_an_own_event_that_was_never_written_is_named_by_its_service(world: World) -> None:
    case = world.case().assigned()
    last = _last(world, case.subject)
    world.spoiled.add(case.subject)
    _put(world, _forged(last, last.version + 1))
    parked(world, "intake", case, "fork: an own event that this service never wrote")
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
    parked(world, "assignment", case, "gap")
    let_go(world.dsns["intake"])
    case.take("assignment", ClassifyItem(category="Road safety"), CARA)
    assert reasons(world, "assignment", case.subject) == []
    check(world, [])
