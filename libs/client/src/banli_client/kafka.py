"""The ways to Kafka: knock, write commands, read receipts."""

import asyncio
from ssl import SSLCertVerificationError
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
)
from aiokafka.structs import TopicPartition

from banli_client.errors import LoginRefused, NoSuchTopic, NotAllowed, NotTrusted, Unreachable
from banli_client.settings import Settings

REFUSED = (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)


def addresses(kafka: str) -> list[tuple[str, int]]:
    """Read `host:port,host:port`; 9092 where no port is given."""
    found = []
    for each in kafka.split(","):
        host, _, port = each.strip().rpartition(":")
        found.append((host.strip("[]"), int(port)) if host else (port, 9092))
    return found


async def knock(settings: Settings) -> None:
    """Open and close one connection: aiokafka's own start hides why it failed."""
    for host, port in addresses(settings.kafka):
        try:
            async with asyncio.timeout(settings.connect_timeout):
                connection = await create_conn(host, port, **settings.login())
        except REFUSED:
            raise LoginRefused from None
        except SSLCertVerificationError:
            raise NotTrusted from None
        except (OSError, TimeoutError, KafkaError):
            continue
        connection.close()
        return
    raise Unreachable


async def start_producer(settings: Settings) -> Any:
    """Start what writes commands."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka,
        client_id=f"banli-client.{settings.system}",
        enable_idempotence=True,  # default off: a resend after a lost ack would be a second message
        acks="all",  # default 1: what one broker alone holds may be lost with it
        compression_type="zstd",
        max_batch_size=131_072,
        metadata_max_age_ms=5_000,
        **settings.login(),
    )
    await _start(producer)
    return producer


async def start_consumer(settings: Settings, partitions: set[int]) -> Any:
    """Start what reads receipts, from the topic's end as it is now; no group, so no rebalance."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        client_id=f"banli-client.{settings.system}",
        auto_offset_reset="none",  # a position that is gone must be heard of, not skipped
        fetch_max_wait_ms=100,
        metadata_max_age_ms=5_000,
        **settings.login(),
    )
    places = [TopicPartition(settings.receipts, each) for each in sorted(partitions)]
    consumer.assign(places)
    await _start(consumer)
    try:
        async with asyncio.timeout(settings.connect_timeout):
            ends = await consumer.end_offsets(places)
        for place, end in ends.items():
            consumer.seek(place, end)
    except (TimeoutError, KafkaError):
        await consumer.stop()
        raise Unreachable from None
    return consumer


async def partitions_of(producer: Any, topic: str, settings: Settings) -> set[int]:
    """Ask for a topic's partitions, and say at once where there is none or no right to it."""
    try:
        async with asyncio.timeout(settings.connect_timeout):
            partitions: set[int] = await producer.partitions_for(topic)
            return partitions
    except TopicAuthorizationFailedError:
        raise NotAllowed(topic) from None
    except (UnknownTopicOrPartitionError, TimeoutError):
        raise NoSuchTopic(topic) from None


async def _start(client: Any) -> None:
    try:
        await client.start()
    except KafkaError:
        await client.stop()
        raise Unreachable from None
