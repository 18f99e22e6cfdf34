"""Measure a rebuild of reporting beside reading and decoding alone, in one run.

    python services/reporting/bench_rebuild.py 10000

Writes that many lifecycles on a log of its own, then reads and decodes them, then projects them.
"""

import asyncio
import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from banli_engine import catchup, topics
from banli_engine.feed import Feed
from banli_engine.kafka import broker_of, connection
from banli_engine.settings import Settings
from banli_engine.store import Database
from banli_events.envelope import Recorded, Wire, decode, encode, hash_of
from banli_events.intake import FeedbackReceived, FeedbackRequested
from banli_events.subjects import NAMESPACE
from banli_events.supervision import CaseArchived, CaseSummaryFiled
from banli_events.words import Grade
from banli_reporting import tables
from banli_reporting.notices import KEPT
from banli_reporting.process import BATCH
from banli_reporting.projector import Projector
from banli_testing import story
from banli_testing.grammar import Said, record, said

TOGETHER = 200
"""Cases that are in hand at the same time, their events interleaved."""

PARTITIONS = 12
_SUBJECT = b"case/00000000-0000-4000-8000-000000000000"
_ID = b"11111111-1111-5111-8111-111111111111"
_HASH = b"f" * 64


def lifecycle() -> list[Recorded]:
    """Tell the straight way of one case with two signers."""
    facts: list[Any] = [
        story.REGISTERED,
        *(story.CLASSIFIED, story.PROPOSED, story.ASSIGNED, story.CLOCK, story.ACCEPTED),
        *(story.CONTACTED, story.RESEARCHED),
        *(story.DRAFTED, story.PASSED, story.APPROVED, story.ISSUED),
        *(FeedbackRequested(signer=who, reply_hash=story.REPLY.digest()) for who in _SIGNERS),
        *(
            FeedbackReceived(signer=who, grade=Grade.SATISFIED, received_on=story.YEAR)
            for who in _SIGNERS
        ),
        CaseSummaryFiled(summary="Two crossings were made safe."),
        CaseArchived(rules=story.RULES),
    ]
    told: list[Recorded] = []
    for fact in facts:
        told.append(record(told, _SUBJECT.decode(), fact if isinstance(fact, Said) else said(fact)))
    return told


_SIGNERS = (story.LI, story.WANG)


def lifecycles(cases: int) -> Iterator[Wire]:
    """Make the events of so many cases, some hundred in hand at a time, their chains unbroken."""
    shapes = [(event.source, *_shape(event)) for event in lifecycle()]
    for first in range(0, cases, TOGETHER):
        numbers = range(first, min(cases, first + TOGETHER))
        heads: dict[tuple[int, str], bytes] = {}
        for step, (source, headers, value) in enumerate(shapes):
            for n in numbers:
                yield _made(n, step, source, headers, value, heads)


def _shape(event: Recorded) -> tuple[tuple[tuple[str, bytes | None], ...], bytes]:
    wire = encode(event)
    value = wire.value or b""
    if event.context.previous:
        value = value.replace(event.context.previous.encode(), _HASH)
    headers = tuple(
        (name, (text or b"").replace(event.id.encode(), _ID)) for name, text in wire.headers
    )
    return headers, value


def _made(
    n: int,
    step: int,
    source: str,
    shape: tuple[tuple[str, bytes | None], ...],
    value: bytes,
    heads: dict[tuple[int, str], bytes],
) -> Wire:
    subject = str(UUID(int=n + 1)).encode().join((b"case/", b""))
    id_ = str(uuid5(NAMESPACE, f"{n}/{step}")).encode()
    headers = tuple(
        (name, (text or b"").replace(_SUBJECT, subject).replace(_ID, id_)) for name, text in shape
    )
    value = value.replace(_HASH, heads.get((n, source), b"").hex().encode())
    wire = Wire(subject, headers, value)
    heads[n, source] = hash_of(subject, wire.packed_headers, value)
    return wire


async def fill(settings: Settings, cases: int) -> int:
    """Write the lifecycles on the log in large batches; give the number of events."""
    producer = AIOKafkaProducer(
        **connection(settings), acks="all", compression_type="zstd", max_batch_size=900_000
    )
    await producer.start()
    topic, parts, partition_of = topics.case_events(settings.epoch), range(PARTITIONS), {}
    builders = {part: producer.create_batch() for part in parts}
    count, sent = 0, []
    try:
        for wire in lifecycles(cases):
            key = wire.key or b""
            if key not in partition_of:
                partition_of[key] = DefaultPartitioner()(key, list(parts), list(parts))
            part = partition_of[key]
            asked = {"key": key, "value": wire.value, "headers": list(wire.headers)}
            if builders[part].append(timestamp=None, **asked) is None:
                sent.append(await producer.send_batch(builders[part], topic, partition=part))
                builders[part] = producer.create_batch()
                builders[part].append(timestamp=None, **asked)
            count += 1
        for part, builder in builders.items():
            sent.append(await producer.send_batch(builder, topic, partition=part))
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return count


async def read_alone(settings: Settings, events: int) -> dict[str, float]:
    """Read and decode the log, and do nothing with it."""
    consumer = AIOKafkaConsumer(
        **connection(settings), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    name = topics.case_events(settings.epoch)
    consumer.assign([TopicPartition(name, part) for part in range(PARTITIONS)])
    began, cpu, left = time.perf_counter(), time.process_time(), events
    try:
        while left:
            found = await consumer.getmany(timeout_ms=1_000, max_records=BATCH)
            for records in found.values():
                for each in records:
                    decode(Wire(each.key, tuple(each.headers), each.value))
                left -= len(records)
        return _rate(events, began, cpu)
    finally:
        await consumer.stop()


async def project(settings: Settings, events: int) -> dict[str, float]:
    """Project the log into empty tables, as a process of reporting does."""
    db = await asyncpg.connect(settings.database)
    await tables.empty(db)
    projector = Projector(Database(settings.database), Database(settings.database))
    projector.tells_since = datetime.now(UTC) - KEPT
    broker = broker_of(settings)

    async def at_once() -> None:
        return None

    feed = Feed(
        broker,
        topics.group("reporting", "bench", settings.epoch),
        topics=catchup.log_topics(settings),
        read_positions=projector.read_positions,
        take=projector.take,
        ready=at_once,
        max_records=BATCH,
    )
    projector.ends = await catchup.ends_now(settings)
    await broker.start()
    query = "select coalesce(sum(next_offset), 0) from positions"
    try:
        while not (before := await db.fetchval(query)):  # joining the group is no projecting
            await asyncio.sleep(0.005)
        began, cpu = time.perf_counter(), time.process_time()
        while await db.fetchval(query) < events:
            await asyncio.sleep(0.02)
        rate = _rate(events - int(before), began, cpu)
    finally:
        feed.leave()
        await broker.stop()
        await projector.stop()
    rate["cases"] = await db.fetchval("select count(*) from handling where step = 'ARCHIVED'")
    await db.close()
    return rate


def _rate(events: int, began: float, cpu: float) -> dict[str, float]:
    return {
        "events_per_second": round(events / (time.perf_counter() - began)),
        "cpu_us_per_event": round((time.process_time() - cpu) / events * 1e6, 2),
    }


async def measure(settings: Settings, cases: int) -> dict[str, Any]:
    """Fill a log, read it, project it; the ratio is that of the two speeds."""
    events = await fill(settings, cases)
    gc.freeze()
    gc.disable()
    alone = await read_alone(settings, events)
    rebuilt = await project(settings, events)
    again = await read_alone(settings, events)
    fastest = max(alone["events_per_second"], again["events_per_second"])
    least = min(alone["cpu_us_per_event"], again["cpu_us_per_event"])
    gc.enable()
    return {
        "events": events,
        "read_and_decode": alone,
        "read_and_decode_again": again,
        "rebuild": rebuilt,
        "ratio": round(rebuilt["events_per_second"] / fastest, 2),
        "ratio_of_cpu": round(least / rebuilt["cpu_us_per_event"], 2),
    }


def main() -> None:
    """Measure on servers of its own."""
    from banli_local import Servers

    with tempfile.TemporaryDirectory() as folder, Servers(Path(folder)) as servers:
        servers.provision(epoch="bench")
        login = servers.login("reporting")
        settings = Settings(
            kafka=servers.bootstrap,
            kafka_user="admin",
            kafka_password=servers.login().password,
            kafka_mechanism=login.mechanism,
            kafka_protocol="SASL_PLAINTEXT",
            database=servers.create_database("reporting"),
            epoch="bench",
        )
        cases = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
        print(json.dumps(asyncio.run(measure(settings, cases)), indent=2))


if __name__ == "__main__":
    main()
