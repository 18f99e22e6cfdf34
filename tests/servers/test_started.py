"""The servers that tests are given do what tests rely on."""

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from banli_engine import topics
from banli_local import Cluster


async def test_a_service_writes_what_the_auditor_reads(servers: Cluster, epoch: str) -> None:
    log = topics.case_events(epoch)
    settings = servers.login("intake").client(servers.bootstrap)
    async with AIOKafkaProducer(
        **settings, enable_idempotence=True, acks="all", compression_type="zstd"
    ) as producer:
        sent = await producer.send_and_wait(log, b"{}", key=b"case/1")
    consumer = AIOKafkaConsumer(**servers.login("auditor").client(servers.bootstrap))
    async with consumer:
        place = TopicPartition(log, sent.partition)
        consumer.assign([place])
        consumer.seek(place, sent.offset)
        assert (await consumer.getone()).value == b"{}"


async def test_a_role_opens_its_own_database_only(
    servers: Cluster, databases: dict[str, str]
) -> None:
    own = await asyncpg.connect(databases["intake"])
    await own.execute("create table facts (id int)")
    await own.close()
    for foreign in (databases["reporting"].rsplit("/", 1)[1], "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(databases["intake"].rsplit("/", 1)[0] + "/" + foreign)
