"""The connection to Kafka, every option said out loud."""

import ssl
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from faststream.kafka import KafkaBroker
from faststream.security import SASLPlaintext, SASLScram512

from banli_engine.settings import KafkaSettings

CLOSE_SECONDS = 5.0
"""How long a subscription that ends waits for the batch in hand."""

_hash = lru_cache(10_000)(murmur2)  # it is written in Python, and a case has many events


def partition_of(key: bytes, count: int) -> int:
    """Tell on which of a topic's partitions a key lies, as Kafka's own partitioner has it."""
    return 0 if count == 1 else int((_hash(key) & 0x7FFFFFFF) % count)


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


def broker_of(settings: KafkaSettings) -> KafkaBroker:
    """Make FastStream's broker; its own logging is two lines a batch, so it has none."""
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-512": SASLScram512}
    security = kinds[settings.kafka_mechanism](
        username=settings.kafka_user,
        password=settings.kafka_password,
        use_ssl=settings.kafka_protocol == "SASL_SSL",
    )
    return KafkaBroker(
        settings.kafka,
        security=security,
        metadata_max_age_ms=5_000,  # a new department's topic is found within this time
        graceful_timeout=CLOSE_SECONDS,
        logger=None,
        apply_types=False,  # handlers take records as they lie
        enable_idempotence=True,
        acks="all",
    )
