"""Kafka gone for a while, PostgreSQL killed: in the middle of traffic, and nothing is lost."""

import asyncio
import time

import asyncpg
import pytest
from processes import until
from traffic import Traffic, check
from wholelog import query
from world import Cases, World

from banli_engine.topics import DECIDERS
from banli_local import Servers

GONE_SECONDS = 10.0
WRITES = """
    select count(*) from pg_stat_activity where datname = current_database()
       and wait_event_type = 'Lock' and query like '%save_batch%'
"""


@pytest.fixture(autouse=True)
def _own_servers(world: World) -> None:
    """Only servers that the tests started can be stopped by them."""
    if not isinstance(world.servers, Servers):
        pytest.skip("somebody else runs the servers")


def _answered(traffic: Traffic, way: str) -> int:
    """Count what was answered to those who come one way."""
    return sum(each.lane.endswith(way) for each in traffic.said)


def test_while_kafka_is_gone_people_are_answered_and_afterwards_nothing_is_missing(
    world: World, cases: Cases
) -> None:
    kafka = world.servers.kafka
    with Traffic(world, cases.open, cases.assigned) as traffic:
        until(lambda: traffic.count() > 50, "traffic runs")
        kafka.stop()
        gone, by_http = time.monotonic(), _answered(traffic, "http")
        while time.monotonic() < gone + GONE_SECONDS:
            time.sleep(0.1)
        assert _answered(traffic, "http") > by_http + 50, "over HTTP somebody is answered"
        assert query(world.dsns["intake"], "select from unsent"), "what they said waits to be sent"
        by_kafka = _answered(traffic, "kafka")
        kafka.start()
        kafka.wait_ready()
        until(lambda: _answered(traffic, "kafka") > by_kafka + 50, "the receipts come")
    assert all(world.mains[service].running for service in world.mains), "none has ended"
    check(world, traffic.said)


def test_when_postgresql_is_killed_amid_writes_and_comes_back_nothing_is_missing(
    world: World, cases: Cases
) -> None:
    postgres = world.servers.postgres
    with Traffic(world, cases.open, cases.assigned) as traffic:
        until(lambda: traffic.count() > 50, "traffic runs")
        for _ in range(2):
            restarts, before = postgres.restarts, traffic.count()
            asyncio.run(_kill_amid_writes(world))
            until(lambda n=restarts: postgres.restarts > n and postgres.ready(), "it is back")
            until(lambda n=before: traffic.count() > n + 100, "traffic runs again")
    assert all(world.mains[service].running for service in world.mains), "none has ended"
    check(world, traffic.said)


async def _kill_amid_writes(world: World) -> None:
    """kill -9 the database server when every deciding service has a write in hand."""
    held = [await asyncpg.connect(world.dsns[service]) for service in DECIDERS]
    for db in held:
        await db.execute("begin; lock table heads in share mode")
    for db in held:
        while not await db.fetchval(WRITES):
            await db.fetchval("select pg_stat_clear_snapshot()")  # or it shows the first look's
            await asyncio.sleep(0.01)
    await asyncio.to_thread(world.servers.postgres.kill)
    for db in held:
        db.terminate()
