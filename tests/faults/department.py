"""The department as a bare producer: messages as they are, and the receipts they get."""

import asyncio
import json
from typing import Any

from aiokafka import AIOKafkaProducer
from bodies import SYSTEM
from processes import until
from wholelog import Places, ends_of, read_receipts
from world import World, written

from banli_engine import topics
from banli_events.submission import RECEIPT_OFFSET, RECEIPT_PARTITION, RECEIPT_TOPIC


def send(world: World, *values: bytes, service: str = "intake", system: str = SYSTEM) -> list[int]:
    """Put messages on the department's topic as they are; give their offsets in partition 0."""

    login = world.servers.system_login(system)

    async def go() -> list[int]:
        producer = AIOKafkaProducer(
            bootstrap_servers=world.servers.bootstrap,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_plain_username=login.user,
            sasl_plain_password=login.password,
        )
        async with producer:
            topic = topics.submissions(service, system, world.epoch)
            return [
                (await producer.send_and_wait(topic, value, partition=0)).offset for value in values
            ]

    return asyncio.run(go())


def receipts(
    world: World,
    offsets: list[int],
    service: str = "intake",
    system: str = SYSTEM,
    since: Places | None = None,
) -> dict[int, bytes]:
    """Find the receipts of the messages at these offsets of partition 0 of a service's topic."""
    found = {}
    for line in read_receipts(world, system, since):
        head = dict(line.wire.headers)
        place = head[RECEIPT_TOPIC], head[RECEIPT_PARTITION]
        if place == (topics.submissions(service, system, world.epoch).encode(), b"0"):
            offset = int(head[RECEIPT_OFFSET])
            if offset in offsets:
                found.setdefault(offset, line.wire.value)
    return found


def answers_to(world: World, *values: bytes) -> list[dict[str, Any]]:
    """Send messages and wait for the receipt of each."""
    since = ends_of(world, [topics.receipts(SYSTEM, world.epoch)])
    offsets = send(world, *values)
    found = until(
        lambda: len(got := receipts(world, offsets, since=since)) == len(offsets) and got,
        "every message has its receipt",
    )
    return [json.loads(found[offset]) for offset in offsets]


def as_bytes(*args: Any, **kwargs: Any) -> bytes:
    """Write a command as it goes over Kafka."""
    return json.dumps(written(*args, **kwargs)).encode()
