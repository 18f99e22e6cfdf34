"""Records as they lie on a topic: handed on as messages, and counted."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from aiokafka import ConsumerRecord
from faststream.kafka.message import KafkaAckableMessage

from banli_engine import metrics
from banli_engine.store import Message
from banli_events.envelope import Wire


def message_of(record: ConsumerRecord) -> Message:
    """Give a record with the place where it lies."""
    wire = Wire(record.key, tuple(record.headers), record.value)
    return Message(record.topic, record.partition, record.offset, wire)


async def as_they_lie(message: KafkaAckableMessage) -> Any:
    """Hand on the records as they lie: the loop reads their bytes itself."""
    return message.raw_message


def count(records: Sequence[ConsumerRecord]) -> None:
    """Count what was read and written, by topic."""
    metrics.BATCH_RECORDS.observe(len(records))
    for topic, number in Counter(record.topic for record in records).items():
        metrics.READ.inc(topic, by=number)
