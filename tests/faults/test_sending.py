"""Who sends: what cannot be sent holds back its like alone; a frozen sender is replaced."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from bodies import OTHER
from department import as_bytes, receipts, send
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType
from kafka.admin import ACLResourcePatternType as PatternType
from processes import until
from traffic import Traffic, check, correct
from wholelog import query
from world import Cases, World

from banli_engine import topics
from banli_engine.relay import LEASE_SECONDS
from banli_testing.story import HUGO


@contextmanager
def _missing(world: World, topic: str) -> Iterator[None]:
    """Delete the topic; make it anew in the end."""
    with world.servers.admin() as admin:
        admin.delete_topics([topic])
    try:
        yield
    finally:
        world.admit(OTHER)


@contextmanager
def _forbidden(world: World, topic: str) -> Iterator[None]:
    """Forbid the service to write there, until the end."""
    pattern = ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL)
    never = ACL("User:intake", "*", ACLOperation.WRITE, ACLPermissionType.DENY, pattern)
    with world.servers.admin() as admin:
        admin.create_acls([never])
    try:
        yield
    finally:
        with world.servers.admin() as admin:
            admin.delete_acls([never])


@pytest.mark.parametrize("harmed", [_missing, _forbidden])
def test_a_topic_of_receipts_that_cannot_be_written_holds_back_its_own_receipts_and_no_others(
    world: World, harmed: object
) -> None:
    case = world.case().registered()
    topic = topics.receipts(OTHER, world.epoch)
    with harmed(world, topic):
        held = send(world, as_bytes(correct("x"), case.subject, actor=HUGO), system=OTHER)
        until(lambda: topic in _unsent_to(world), "its receipt is written")
        for _ in range(2):  # a round that holds both, and one after it
            offsets = send(world, as_bytes(correct("y"), case.subject, actor=HUGO))
            until(lambda o=offsets: receipts(world, o), "the other system has its receipt")
        refused = world.ask("intake", correct("x"), HUGO, world.case().subject)
        assert refused.code == "not-registered"
        until(lambda: _unsent_to(world) == {topic}, "the others' receipts are sent")
        case.take("intake", correct("z"), HUGO)
    until(lambda: receipts(world, held, system=OTHER), "it is sent when it can be")
    (answer,) = receipts(world, held, system=OTHER).values()
    assert json.loads(answer)["outcome"] == "admitted"
    check(world, [])


def _unsent_to(world: World) -> set[str]:
    """Name the topics to which receipts wait to be sent."""
    return {topic for (topic,) in query(world.dsns["intake"], "select topic from unsent_receipts")}


def _holder(world: World) -> str | None:
    """Tell who may send events, and may still."""
    sql = "select holder from leases where name = 'events' and until > clock_timestamp()"
    rows = query(world.dsns["intake"], sql)
    return rows[0][0] if rows else None


def test_a_frozen_sender_is_replaced_and_when_it_wakes_nothing_is_lost_or_out_of_order(
    world: World, cases: Cases
) -> None:
    with Traffic(world, cases.open, cases.assigned) as traffic:
        until(lambda: traffic.count() > 50, "traffic runs")
        first, second = world.mains["intake"], world.join("intake")
        holder = until(lambda: _holder(world), "somebody sends")
        until(lambda: query(world.dsns["intake"], "select seq from unsent"), "it is sending")
        frozen = time.monotonic()
        os.kill(first.pid, signal.SIGSTOP)
        try:
            assert _holder(world) == holder, "the process that slept holds the lease"
            other = until(lambda: (h := _holder(world)) and h != holder and h, "another one sends")
            assert time.monotonic() - frozen > LEASE_SECONDS - 1
            before = traffic.count()
            until(lambda: traffic.count() > before + 50, "traffic runs on the other alone")
            assert _holder(world) == other
        finally:
            os.kill(first.pid, signal.SIGCONT)
        before = traffic.count()
        until(lambda: traffic.count() > before + 50, "traffic runs on both")
        assert first.running
        assert second.running
    check(world, traffic.said)
