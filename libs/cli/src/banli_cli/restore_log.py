"""Put the log of a backup back into fresh topics: the same bytes at the same offsets.

What is kept for ever keeps the time at which it was first appended; of what expires the time begins
anew, so that nothing expires before somebody has read it.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from itertools import chain, dropwhile, repeat, takewhile
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from banli_cli import backup_topics as topics
from banli_cli.backup_files import Kept, Manifest, Partition, TopicKept, read_records
from banli_cli.backup_log import Log
from banli_cli.profile import KafkaLogin
from banli_cli.refusal import Denied, NotReached, Refusal
from banli_cli.screen import Bar
from banli_engine.topics import log_of
from banli_events.envelope import Unreadable, Wire, decode

_TIME = "message.timestamp.type"

SEEN_SECONDS = 10.0
"""How soon a changed setting of a topic must be seen."""

_GONE = Kept(-1, 0, Wire(None, (), None))
"""What stands in for a record that had expired before the backup, until it is deleted."""


def is_lost(admin: KafkaAdminClient, log: Log, manifest: Manifest) -> bool:
    """Tell whether the log is to be filled; False where it is alive. Refuse what is neither."""
    there = topics.describe(admin, manifest.topics)
    alive = {name for name, each in there.items() if each.id == manifest.topics[name].id}
    if gone := sorted(manifest.topics.keys() - alive):
        if alive:
            raise Refusal(
                f"{gone[0]} is not the topic of the backup, and {min(alive)} is: a log is put back"
                " as a whole, or not at all."
            )
        _hold_fresh(admin, log, manifest, there)
        return True
    return False


def known_as(admin: KafkaAdminClient, log: Log, manifest: Manifest) -> dict[str, str]:
    """Give the ids of topics that are alive, and hold that they have lost nothing since."""
    there, ends = topics.describe(admin, manifest.topics), log.ends(manifest.topics)
    for tp, part, _ in _parts(manifest):
        if ends.get(tp, 0) < part.end:
            raise Refusal(f"{tp.topic}/{tp.partition} ends before the backup: it lost something.")
    return {name: each.id for name, each in there.items()}


def _hold_fresh(
    admin: KafkaAdminClient, log: Log, manifest: Manifest, there: Mapping[str, topics.Topic]
) -> None:
    """Hold that nothing is there but what a restore that was broken off may have left."""
    for name, topic in there.items():
        if topic.partitions != len(manifest.topics[name].partitions):
            raise Refusal(f"{name} has {topic.partitions} partitions, and others in the backup.")
    found = topics.find(admin, manifest.epoch)
    for tp, end in log.ends(found).items():
        kept = manifest.topics.get(tp.topic)
        if end > (kept.partitions[tp.partition].end if kept else 0):
            raise Refusal(f"{tp.topic}/{tp.partition} holds more than the backup: it is in use.")


def fill(
    kafka: KafkaLogin, admin: KafkaAdminClient, log: Log, folder: Path, manifest: Manifest, bar: Bar
) -> dict[str, str]:
    """Fill the topics, from wherever that was broken off; give the new id of each."""
    _make(admin, manifest)
    lasting = [name for name, topic in manifest.topics.items() if topic.for_ever]
    _set_time(admin, dict.fromkeys(lasting, "CreateTime"))  # the one that is told it
    asyncio.run(_fill(kafka, log, folder, manifest, bar))
    expired = {tp: part.begin for tp, part, _ in _parts(manifest) if part.begin}
    if expired:
        admin.delete_records(expired)
    bar.say("the log is filled; comparing every record with the backup")
    for tp, part, topic in _parts(manifest):
        _compare(log, folder, tp, part, topic, part.end)
    _set_time(admin, {name: manifest.topics[name].configs[_TIME] for name in lasting})
    return {name: each.id for name, each in topics.describe(admin, manifest.topics).items()}


def _make(admin: KafkaAdminClient, manifest: Manifest) -> None:
    """Make the topics that are missing, with the settings they had."""
    there = topics.describe(admin, manifest.topics)
    missing = {
        name: {
            "num_partitions": len(topic.partitions),
            "replication_factor": topic.replicas,
            "configs": dict(topic.configs),
        }
        for name, topic in manifest.topics.items()
        if name not in there
    }
    if missing:
        admin.create_topics(missing, wait_for_metadata=True)


def _set_time(admin: KafkaAdminClient, wanted: Mapping[str, str]) -> None:
    """Say whether topics keep the time that a record is told, or the time of its appending."""
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, name, {_TIME: value})
        for name, value in wanted.items()
    ]
    admin.alter_configs(resources)
    until = time.monotonic() + SEEN_SECONDS
    while any(topics.describe(admin, [n])[n].configs[_TIME] != v for n, v in wanted.items()):
        if time.monotonic() > until:
            raise Denied(f"Kafka does not change {_TIME} of {', '.join(sorted(wanted))}.")
        time.sleep(0.1)


def _parts(manifest: Manifest) -> Iterator[tuple[TopicPartition, Partition, TopicKept]]:
    for name, topic in sorted(manifest.topics.items()):
        for number, part in enumerate(topic.partitions):
            yield TopicPartition(name, number), part, topic


async def _fill(kafka: KafkaLogin, log: Log, folder: Path, manifest: Manifest, bar: Bar) -> None:
    done, total = 0, sum(part.end for _, part, _ in _parts(manifest))
    producer = _producer(kafka)
    try:
        await producer.start()
        for tp, part, topic in _parts(manifest):
            at = log.ends([tp.topic])[tp]
            _compare(log, folder, tp, part, topic, at)
            expired = repeat(_GONE, max(0, part.begin - at))
            rest = (each for each in read_records(folder, part.file) if each.offset >= at)
            done += at
            async for sent in _send(producer, tp, chain(expired, rest)):
                done += sent
                bar.at(done, total)
    except KafkaError as fault:
        raise NotReached(f"Kafka does not take the records: {type(fault).__name__}.") from None
    finally:
        await producer.stop()


def _producer(kafka: KafkaLogin) -> AIOKafkaProducer:
    """Make a producer that keeps order; the size of a batch is ours to choose."""
    words = kafka.client()
    authority = words.pop("ssl_cafile", None)
    if kafka.protocol.endswith("SSL"):
        words["ssl_context"] = ssl.create_default_context(cafile=authority)
    return AIOKafkaProducer(
        **words,
        enable_idempotence=True,
        acks="all",
        compression_type="zstd",
        max_batch_size=262_144,
    )


async def _send(
    producer: AIOKafkaProducer, tp: TopicPartition, records: Iterable[Kept]
) -> AsyncIterator[int]:
    """Append records batch by batch, each when the one before is there; tell how many they were."""
    batch = producer.create_batch()
    for record in records:
        wire = record.wire
        words = {"key": wire.key, "value": wire.value, "headers": list(wire.headers)}
        if batch.append(timestamp=record.appended, **words) is None:
            yield await _sent(producer, tp, batch)
            batch = producer.create_batch()
            batch.append(timestamp=record.appended, **words)
    if batch.record_count():
        yield await _sent(producer, tp, batch)


async def _sent(producer: AIOKafkaProducer, tp: TopicPartition, batch: Any) -> int:
    count: int = batch.record_count()
    batch.close()
    await (await producer.send_batch(batch, tp.topic, partition=tp.partition))
    return count


def _compare(
    log: Log, folder: Path, tp: TopicPartition, part: Partition, topic: TopicKept, upto: int
) -> None:
    """Hold that a partition holds, from its beginning up to an offset, what the backup does."""
    begin = max(part.begin, log.begins([tp.topic])[tp])  # what expires may have, meanwhile
    behind = takewhile(lambda each: each.offset < upto, read_records(folder, part.file))
    kept = dropwhile(lambda each: each.offset < begin, behind)
    for wanted, found in zip(kept, log.read(tp, begin, upto), strict=True):
        same = wanted.appended == found.appended or not topic.for_ever
        if wanted.wire != found.wire or wanted.offset != found.offset or not same:
            raise Refusal(
                f"{tp.topic}/{tp.partition} differs from the backup at offset {found.offset}:"
                " somebody else writes there."
            )


def hold_unsent(log: Log, manifest: Manifest, services: Iterable[str]) -> None:
    """Hold that a living log has nothing else where an event of the backup is still to be sent.

    It would have if a service was rebuilt since the backup: sending would fork what it said then.
    """
    for service in services:
        kept = manifest.databases[service]
        unsent = {(each.subject, each.version): each.hash for each in kept.unsent}
        named = {log_of(subject, manifest.epoch) for subject, _ in unsent}
        read = {(topic, part): at for topic, part, at in kept.positions}
        for tp, end in log.ends(named).items():
            for record in log.read(tp, read.get((tp.topic, tp.partition), 0), end):
                _hold_agreed(service, record, unsent)


def _hold_agreed(service: str, record: Kept, unsent: Mapping[tuple[str, int], str]) -> None:
    try:
        event = decode(record.wire)
    except Unreadable:
        return
    wanted = unsent.get((event.subject, event.version)) if event.source == service else None
    if wanted not in (None, event.hash.hex()):
        raise Refusal(
            f"The log tells otherwise of {event.subject} than the backup of {service}, which is"
            f" older than a rebuild of it. Start {service} on an empty database: the log is whole."
        )
