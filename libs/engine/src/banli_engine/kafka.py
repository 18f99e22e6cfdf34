"""The connection to Kafka, every option said out loud."""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from banli_engine.settings import KafkaSettings


class PositionFault(Exception):
    """A stored position lies outside its topic, or the topic is another one under the same name."""


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Say how to connect, as aiokafka takes it."""
    context = None
    if settings.kafka_protocol == "SASL_SSL":
        context = ssl.create_default_context(cafile=settings.kafka_ca)
    return {
        "bootstrap_servers": settings.kafka,
        "security_protocol": settings.kafka_protocol,
        "ssl_context": context,
        "sasl_mechanism": settings.kafka_mechanism,
        "sasl_plain_username": settings.kafka_user,
        "sasl_plain_password": settings.kafka_password,
    }


def new_producer(settings: KafkaSettings) -> AIOKafkaProducer:
    """Make a producer that keeps order and loses nothing; after an error make a new one."""
    return AIOKafkaProducer(
        **connection(settings),
        enable_idempotence=True,  # order and no doubles within this producer's life
        acks="all",
        compression_type="zstd",  # a third of the bytes, almost free
        max_batch_size=131_072,
        linger_ms=0,
        request_timeout_ms=20_000,
    )


async def end_offsets(
    consumer: AIOKafkaConsumer, topics: Iterable[str]
) -> dict[tuple[str, int], int]:
    """Ask where these topics end now."""
    partitions = [
        TopicPartition(topic, part)
        for topic in topics
        for part in (consumer.partitions_for_topic(topic) or ())
    ]
    ends = await asyncio.wait_for(consumer.end_offsets(partitions), 20)
    return {(tp.topic, tp.partition): offset for tp, offset in ends.items()}
