"""What a process tells of itself, asked of real servers."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from kafka.admin import KafkaAdminClient

from banli_engine import catchup, member, store
from banli_engine.feed import Feed, Phase
from banli_engine.kafka import broker_of, connection
from banli_engine.member import Member
from banli_engine.settings import KafkaSettings, Settings
from banli_engine.store import Database
from banli_engine.topics import reference_events, submissions_pattern
from banli_engine.watch import Watch
from banli_local import Cluster
from banli_local.folder import free_ports


@pytest.fixture
def settings(servers: Cluster, epoch: str) -> KafkaSettings:
    login = servers.login("admin")
    return KafkaSettings(
        kafka=servers.bootstrap,
        kafka_user=login.user,
        kafka_password=login.password,
        kafka_mechanism=login.mechanism,
        epoch=epoch,
    )


@pytest.fixture
async def db(databases: dict[str, str]) -> AsyncIterator[asyncpg.Connection]:
    db = await store.connect(databases["assignment"])
    await store.prepare(db)
    yield db
    await db.close()


@pytest.fixture
async def watch(
    settings: KafkaSettings, databases: dict[str, str], db: asyncpg.Connection
) -> AsyncIterator[Watch]:
    watch = Watch(settings, Database(databases["assignment"]))
    yield watch
    await watch.close()


def make(admin: KafkaAdminClient, topic: str, parts: int = 1) -> None:
    admin.create_topics({topic: {"num_partitions": parts}}, wait_for_metadata=True)


async def test_lag_is_told_of_the_topics_that_are_there(
    watch: Watch, db: asyncpg.Connection, settings: KafkaSettings
) -> None:
    topic = reference_events(settings.epoch)
    async with AIOKafkaProducer(**connection(settings)) as producer:
        for _ in range(3):
            await producer.send_and_wait(topic, b"{}", key=b"unit/x")
    await store.positions(db, [(topic, 0), ("submissions.assignment.gone", 0)])
    assert await watch.lag() == {topic: {"0": 3}}


async def test_in_an_outage_of_kafka_the_lag_is_unknown_soon_and_the_counts_are_told(
    watch: Watch, db: asyncpg.Connection
) -> None:
    await store.positions(db, [("log", 0)])
    await db.execute("insert into unsent (subject, version) values ('case/1', 1)")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connects, and says nothing
        for port in (silent.getsockname()[1], *free_ports(1)):
            watch.settings = watch.settings.model_copy(update={"kafka": f"127.0.0.1:{port}"})
            began = time.monotonic()
            assert await watch.lag() is None
            assert time.monotonic() - began < 4
    assert (await watch.counts())["unsent"] == 1


async def test_what_waits_and_what_is_parked_is_told_by_subject(
    watch: Watch, db: asyncpg.Connection
) -> None:
    await db.execute(
        "insert into waiting (subject, kind, sender, command, body, since)"
        " select 'case/' || n % 120, 'submission', 's', n::text, '',"
        "        now() - n * interval '1 second' from generate_series(1, 360) n"
    )
    await db.execute(
        "insert into parked (topic, part, pos, subject, reason, headers)"
        " select 'log', 0, n, 'case/' || n % 120,"
        "        case when n <= 120 then 'gap' else 'behind' end, ''"
        " from generate_series(1, 360) n"
    )
    told = await watch.counts()
    assert (told["waiting"], told["waiting_subjects"]) == (360, 120)
    assert len(told["waiting_on"]) == len(told["parked"]) == 100
    oldest = told["waiting_on"][0]
    assert (oldest["subject"], oldest["kind"], oldest["count"]) == ("case/0", "submission", 3)
    assert 360 <= oldest["seconds"] < 390
    assert (told["parked_messages"], told["parked_subjects"]) == (360, 120)
    first = told["parked"][0]
    assert (first["count"], first["reason"], first["pos"]) == (3, "gap", 1)
    assert first["since"].startswith("20")


async def test_who_counts_long_holds_up_no_look_at_health(
    watch: Watch, db: asyncpg.Connection
) -> None:
    await store.positions(db, [("log", 0)])
    async with db.transaction():
        await db.execute("lock table waiting")
        counting = asyncio.create_task(watch.counts())
        await asyncio.sleep(0.3)
        async with asyncio.timeout(5):
            assert await watch.unwell() is None
        assert not counting.done()
    assert (await counting)["waiting"] == 0


async def test_a_long_table_is_counted_as_a_whole_and_nothing_else_is_read_so(
    watch: Watch, db: asyncpg.Connection
) -> None:
    await db.execute(
        "insert into waiting (subject, kind, sender, command, body)"
        " select 'case/' || n, 'submission', 's', n::text, '' from generate_series(1, 20000) n"
    )
    await db.execute("analyze waiting")
    read = "select seq_scan from pg_stat_user_tables where relname = 'waiting'"
    before = await db.fetchval(read)
    assert (await watch.counts())["waiting"] == 20_000
    own = await watch.database.get()
    await own.execute("select pg_stat_force_next_flush()")
    assert await db.fetchval(read) > before
    assert await own.fetchval("show enable_seqscan") == "off"


async def test_a_topic_made_anew_is_another_topic(
    servers: Cluster, settings: KafkaSettings, db: asyncpg.Connection
) -> None:
    topic = f"{settings.epoch}.submissions.assignment.x"
    with servers.admin() as admin:
        make(admin, topic)
        assert await catchup.check_identity(settings, db, [topic]) == []
        admin.delete_topics([topic])
        await asyncio.sleep(1)
        assert await catchup.check_identity(settings, db) == []  # gone is not another
        make(admin, topic)
    assert await catchup.check_identity(settings, db) == [topic]  # as the next start asks


async def test_a_topic_made_anew_while_it_is_read_stops_its_reader_and_no_other(
    servers: Cluster,
    settings: KafkaSettings,
    db: asyncpg.Connection,
    databases: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(member, "IDENTITY_SECONDS", 0.2)
    monkeypatch.setattr(member, "tokens_of", lambda _: None)
    names = [f"{settings.epoch}.submissions.assignment.{name}" for name in ("x", "y")]
    broker = broker_of(settings)
    hooks: dict[str, Any] = {"read_positions": _nowhere, "take": _nothing, "ready": _nothing}
    feeds = [Feed(broker, f"{name}.g", topics=[name], **hooks) for name in names]
    own = Settings(**settings.model_dump(), database=databases["assignment"])
    process = Member("toy", own, broker, feeds)
    with servers.admin() as admin:
        for name in names:
            make(admin, name)
        await broker.start()
        looking = asyncio.create_task(process._look_at_topics())
        async with asyncio.timeout(20):
            while await db.fetchval("select count(*) from topics") < 4:
                await asyncio.sleep(0.05)
            admin.delete_topics(names[:1])
            await asyncio.sleep(1)
            make(admin, names[0])
            while not feeds[0].faults:
                await asyncio.sleep(0.05)
    looking.cancel()
    await broker.stop()
    assert set(feeds[0].faults) == {names[0]}
    assert not feeds[1].faults


async def _nowhere(places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    return dict.fromkeys(places, 0)


async def _nothing(*_: Any) -> None: ...


async def test_a_member_that_gets_no_partition_has_joined_all_the_same(
    servers: Cluster, settings: KafkaSettings
) -> None:
    topic = f"{settings.epoch}.one"
    with servers.admin() as admin:
        make(admin, topic)
    brokers = [broker_of(settings) for _ in range(3)]
    hooks: dict[str, Any] = {"read_positions": _nowhere, "take": _nothing, "ready": _nothing}
    feeds = [Feed(broker, f"{settings.epoch}.g", topics=[topic], **hooks) for broker in brokers[:2]]
    pattern = submissions_pattern("assignment", settings.epoch)
    feeds.append(Feed(brokers[2], f"{settings.epoch}.h", pattern=pattern, **hooks))
    for broker in brokers:
        await broker.start()
    async with asyncio.timeout(20):
        while any(feed.phase != Phase.READING for feed in feeds):
            await asyncio.sleep(0.1)
    assert sorted(len(feed.assignment()) for feed in feeds) == [0, 0, 1]
    for broker in brokers:
        await broker.stop()
