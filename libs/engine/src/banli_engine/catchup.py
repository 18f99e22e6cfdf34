"""What a service does before it decides: know where the log ends, and what it has answered."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from kafka.admin import KafkaAdminClient

from banli_engine import topics
from banli_engine.errors import IdReused
from banli_engine.kafka import connection
from banli_engine.settings import KafkaSettings
from banli_engine.store import positions
from banli_events.submission import (
    RECEIPT_COMMAND,
    RECEIPT_OFFSET,
    RECEIPT_PARTITION,
    RECEIPT_SENDER,
    RECEIPT_SOURCE,
    RECEIPT_TOPIC,
)

Place = tuple[str, int]
log = structlog.get_logger()


def log_topics(settings: KafkaSettings) -> list[str]:
    """Name the two logs."""
    return [topics.case_events(settings.epoch), topics.reference_events(settings.epoch)]


async def check_identity(
    settings: KafkaSettings,
    db: asyncpg.Connection,
    also: Iterable[str] = (),
    patience: float = 30,
) -> list[str]:
    """Compare the ids of topics with those first seen; name the topics that are others now.

    The two logs, those that were seen before and are there still, and these.
    """
    seen = [row["topic"] for row in await db.fetch("select topic from topics")]
    names = sorted({*log_topics(settings), *seen, *also})
    found = await asyncio.to_thread(_topic_ids, settings, names, patience)
    replaced = []
    for topic, id_ in found.items():
        known = await db.fetchval(
            "insert into topics values ($1, $2) on conflict (topic) do update set topic = $1"
            " returning id",
            topic,
            id_,
        )
        if known != id_:
            replaced.append(topic)
    return replaced


def _topic_ids(settings: KafkaSettings, names: list[str], patience: float) -> dict[str, str]:
    admin = KafkaAdminClient(
        bootstrap_servers=settings.kafka,
        security_protocol=settings.kafka_protocol,
        ssl_cafile=settings.kafka_ca,
        sasl_mechanism=settings.kafka_mechanism,
        sasl_plain_username=settings.kafka_user,
        sasl_plain_password=settings.kafka_password,
        bootstrap_timeout_ms=int(patience * 1_000),
    )
    try:
        found = admin.describe_topics(names)
        return {e["name"]: str(e["topic_id"]) for e in found if e["topic_id"] is not None}
    finally:
        admin.close()


async def ends_now(settings: KafkaSettings) -> dict[Place, int]:
    """Ask where the two logs and the topics of receipts end."""
    consumer = AIOKafkaConsumer(**connection(settings), enable_auto_commit=False)
    await consumer.start()
    try:
        pattern = topics.receipts_pattern(settings.epoch)
        return await _ends(consumer, [*log_topics(settings), *await _matching(consumer, pattern)])
    finally:
        await consumer.stop()


async def recall_answers(settings: KafkaSettings, service: str, db: asyncpg.Connection) -> None:
    """Read back the receipts that this database does not know, and go past what they answer.

    After it every answer that ever left the service is known, and submissions are read from the
    first that has no receipt.
    """
    consumer = AIOKafkaConsumer(
        **connection(settings), enable_auto_commit=False, auto_offset_reset="none"
    )
    await consumer.start()
    try:
        receipts = await _matching(consumer, topics.receipts_pattern(settings.epoch))
        own = await _matching(consumer, topics.submissions_pattern(service, settings.epoch))
        answered = await _read_back(consumer, service, await _ends(consumer, receipts), db)
        await _go_past(consumer, own, answered, db)
    finally:
        await consumer.stop()


async def recall(
    settings: KafkaSettings,
    db: asyncpg.Connection,
    pattern: str,
    take: Callable[[Sequence[ConsumerRecord]], Awaitable[None]],
) -> None:
    """Read back what a service itself wrote to topics, from where its database knows of it."""
    consumer = AIOKafkaConsumer(
        **connection(settings), enable_auto_commit=False, auto_offset_reset="none"
    )
    await consumer.start()
    try:
        ends = await _ends(consumer, await _matching(consumer, pattern))
        async for records in _unread(consumer, ends, db):
            await take(records)
    finally:
        await consumer.stop()


async def _read_back(
    consumer: AIOKafkaConsumer, service: str, ends: Mapping[Place, int], db: asyncpg.Connection
) -> set[tuple[str, int, int]]:
    """Write the answers that the receipts hold; give the places of the submissions answered."""
    answered: set[tuple[str, int, int]] = set()
    async for records in _unread(consumer, ends, db):
        await _write_answers(db, service, records, answered)
    return answered


async def _unread(
    consumer: AIOKafkaConsumer, ends: Mapping[Place, int], db: asyncpg.Connection
) -> AsyncIterator[Sequence[ConsumerRecord]]:
    """Read from the positions that are stored up to the ends, and move the positions there."""
    stored = await positions(db, ends)
    tps = [TopicPartition(*place) for place, end in ends.items() if stored[place] < end]
    if not tps:
        return
    consumer.assign(tps)
    begins = await consumer.beginning_offsets(tps)
    for tp in tps:
        consumer.seek(tp, max(stored[tp.topic, tp.partition], begins[tp]))
    open_ = set(tps)
    while open_:
        batch = await consumer.getmany(*open_, timeout_ms=1_000, max_records=5_000)
        yield [r for part in batch.values() for r in part]
        for tp in list(open_):
            if await consumer.position(tp) >= ends[tp.topic, tp.partition]:
                open_.discard(tp)
                consumer.pause(tp)
    await db.executemany(
        "update positions set next_offset = greatest(next_offset, $3)"
        " where topic = $1 and part = $2",
        [(tp.topic, tp.partition, ends[tp.topic, tp.partition]) for tp in tps],
    )


async def _write_answers(
    db: asyncpg.Connection,
    service: str,
    records: Iterable[ConsumerRecord],
    answered: set[tuple[str, int, int]],
) -> None:
    rows = []
    for record in records:
        head = {name: (value or b"").decode() for name, value in record.headers}
        if head.get(RECEIPT_SOURCE) != service or record.value is None:
            continue
        answer = json.loads(record.value)
        if answer.get("problem", {}).get("code") == IdReused().code:
            continue  # the id's own answer is another one
        outcome = answer["outcome"]
        command, digest = (record.key or b"").decode(), head[RECEIPT_COMMAND]
        rows.append((head[RECEIPT_SENDER], command, digest, outcome, record.value))
        if RECEIPT_TOPIC in head:
            place = head[RECEIPT_TOPIC], int(head[RECEIPT_PARTITION]), int(head[RECEIPT_OFFSET])
            answered.add(place)
    await db.executemany(
        "insert into answers (sender, command, hash, outcome, answer)"
        " values ($1, $2, $3, $4, $5) on conflict do nothing",
        rows,
    )


async def _go_past(
    consumer: AIOKafkaConsumer,
    own: list[str],
    answered: set[tuple[str, int, int]],
    db: asyncpg.Connection,
) -> None:
    """Move each submissions position to the first kept offset that has no receipt."""
    places = [(topic, part) for topic in own for part in await _parts(consumer, topic)]
    if not places or not answered:
        return
    begins = await consumer.beginning_offsets([TopicPartition(*place) for place in places])
    for (topic, part), old in (await positions(db, places)).items():
        new = max(old, begins[TopicPartition(topic, part)])
        while (topic, part, new) in answered:
            new += 1
        await db.execute(
            "update positions set next_offset = $4"
            " where topic = $1 and part = $2 and next_offset = $3",
            *(topic, part, old, new),
        )


async def _matching(consumer: AIOKafkaConsumer, pattern: str) -> list[str]:
    return sorted(name for name in await consumer.topics() if re.match(pattern, name))


async def _ends(consumer: AIOKafkaConsumer, names: Iterable[str]) -> dict[Place, int]:
    tps = [TopicPartition(name, part) for name in names for part in await _parts(consumer, name)]
    return {(tp.topic, tp.partition): end for tp, end in (await consumer.end_offsets(tps)).items()}


async def _parts(consumer: AIOKafkaConsumer, topic: str) -> list[int]:
    await consumer._client.add_topic(topic)  # a consumer knows of the topics in use alone
    return sorted(consumer.partitions_for_topic(topic) or ())
