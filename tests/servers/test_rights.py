"""Who may write and read which topic, tried with real clients and with time limits."""

import asyncio
import socket
import struct
from dataclasses import dataclass, replace

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import TopicPartition
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import ClusterAuthorizationFailedError
from kafka.errors import TopicAuthorizationFailedError as Denied

from banli_engine import topics
from banli_engine.provision import NotProvisioned, dismiss_system, give_login, provision
from banli_engine.topics import DECIDERS, SERVICES
from banli_local import Cluster, GivenServers, Login, Servers

SOON = 5.0  # seconds within which a client must have its answer, yes or no
LETTERS, VISITS = "letters", "visits"


@dataclass(frozen=True)
class Rights:
    """What one principal may do, in topic names without their epoch."""

    writes: frozenset[str]
    reads: frozenset[str]


LOG = frozenset({"case-events", "reference-events"})
RECEIPTS = frozenset({"receipts.http", "receipts.letters", "receipts.visits"})
NOTICES = frozenset({"notices.letters", "notices.visits"})
SUBMISSIONS = {
    system: frozenset(f"submissions.{service}.{system}" for service in DECIDERS)
    for system in (LETTERS, VISITS)
}
ALL = LOG | RECEIPTS | NOTICES | SUBMISSIONS[LETTERS] | SUBMISSIONS[VISITS]


def deciding(service: str) -> frozenset[str]:
    return frozenset(f"submissions.{service}.{system}" for system in (LETTERS, VISITS))


MATRIX = {
    "letters": Rights(SUBMISSIONS[LETTERS], frozenset({"receipts.letters", "notices.letters"})),
    "visits": Rights(SUBMISSIONS[VISITS], frozenset({"receipts.visits", "notices.visits"})),
    "intake": Rights(RECEIPTS | {"case-events"}, LOG | RECEIPTS | deciding("intake")),
    "assignment": Rights(RECEIPTS | LOG, LOG | RECEIPTS | deciding("assignment")),
    "supervision": Rights(RECEIPTS | LOG, LOG | RECEIPTS | deciding("supervision")),
    "reporting": Rights(NOTICES, LOG | NOTICES),
    "auditor": Rights(frozenset(), LOG),
    "stranger": Rights(frozenset(), frozenset()),
}


@pytest.fixture(scope="module")
def own(servers: Cluster) -> Cluster:
    """Servers with logins of our own, two systems admitted and one record in every topic."""
    if isinstance(servers, GivenServers):
        pytest.skip("servers given by address have one login only")
    servers.provision(epoch="acl")
    for system in (LETTERS, VISITS):
        servers.admit(system, epoch="acl")
    with servers.admin() as admin:
        give_login(admin, "stranger", servers.system_login("stranger").password)
    asyncio.run(_fill(servers))
    return servers


async def _fill(servers: Cluster) -> None:
    async with AIOKafkaProducer(**servers.login().client(servers.bootstrap)) as producer:
        for topic in ALL:
            await producer.send_and_wait(f"acl.{topic}", b"{}", partition=0)


def login(servers: Cluster, principal: str) -> Login:
    return (
        servers.system_login(principal)
        if principal in (LETTERS, VISITS, "stranger")
        else servers.login(principal)
    )


@pytest.mark.parametrize("principal", MATRIX)
async def test_writing(own: Cluster, principal: str) -> None:
    written = set()
    settings = login(own, principal).client(own.bootstrap)
    async with AIOKafkaProducer(**settings, enable_idempotence=False) as producer:
        for topic in ALL:
            try:
                sending = producer.send_and_wait(f"acl.{topic}", b"{}", partition=0)
                await asyncio.wait_for(sending, SOON)
                written.add(topic)
            except TopicAuthorizationFailedError:
                continue
    assert written == MATRIX[principal].writes


@pytest.mark.parametrize("principal", MATRIX)
async def test_reading(own: Cluster, principal: str) -> None:
    answers = await asyncio.gather(*(_may_read(own, principal, topic) for topic in ALL))
    assert {topic for topic, may in answers if may} == MATRIX[principal].reads


async def _may_read(servers: Cluster, principal: str, topic: str) -> tuple[str, bool]:
    settings = login(servers, principal).client(servers.bootstrap)
    consumer = AIOKafkaConsumer(f"acl.{topic}", **settings, auto_offset_reset="earliest")
    try:
        await asyncio.wait_for(consumer.start(), SOON)
        await asyncio.wait_for(consumer.getone(), SOON)
    except TopicAuthorizationFailedError:
        return topic, False
    finally:
        await consumer.stop()
    return topic, True


@pytest.mark.parametrize("principal", MATRIX)
async def test_seeing(own: Servers, principal: str) -> None:
    consumer = AIOKafkaConsumer(**login(own, principal).client(own.bootstrap))
    async with consumer:
        seen = await asyncio.wait_for(consumer.topics(), SOON)
    there = {topic.removeprefix("acl.") for topic in seen if topic.startswith("acl.")}
    assert there & ALL == MATRIX[principal].writes | MATRIX[principal].reads


GROUPS = {
    **{f"acl.svc.{service}.log": service for service in SERVICES},
    **{f"acl.{system}.inbox": system for system in (LETTERS, VISITS)},
    "svc.intake.log": None,  # of no epoch
    "letters.inbox": None,
    "acl.lettersx": None,
    "acl.auditor.inbox": None,
}
"""Groups, with the only principal that each is for."""


@pytest.mark.parametrize("principal", MATRIX)
async def test_groups(own: Servers, principal: str) -> None:
    answers = await asyncio.gather(*(_may_group(own, principal, group) for group in GROUPS))
    assert {group for group, may in answers if may} == {
        group for group, whose in GROUPS.items() if whose == principal
    }


async def _may_group(servers: Servers, principal: str, group: str) -> tuple[str, bool]:
    settings = login(servers, principal).client(servers.bootstrap)
    place = TopicPartition("acl.case-events", 0)
    consumer = AIOKafkaConsumer(**settings, group_id=group, enable_auto_commit=False)
    try:
        await asyncio.wait_for(consumer.start(), SOON)
        consumer.assign([place])
        await asyncio.wait_for(consumer.commit({place: 0}), SOON)
    except GroupAuthorizationFailedError:
        return group, False
    except TopicAuthorizationFailedError:
        return group, True  # the group is theirs, the topic is not
    finally:
        await consumer.stop()
    return group, True


@pytest.mark.parametrize("principal", ["letters", "intake", "auditor"])
def test_only_the_administrator_administers(own: Cluster, principal: str) -> None:
    settings = login(own, principal).client(own.bootstrap)
    admin = KafkaAdminClient(**settings, request_timeout_ms=5000)
    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    rights = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, everything)
    try:
        with pytest.raises(Denied):
            admin.create_topics({"acl.more": {"num_partitions": 1, "replication_factor": 1}})
        with pytest.raises(Denied):
            admin.delete_topics(["acl.case-events"])
        with pytest.raises(ClusterAuthorizationFailedError):
            admin.describe_acls(rights)
        with pytest.raises(NotProvisioned):
            provision(admin, epoch="acl")
    finally:
        admin.close()


@pytest.mark.parametrize("who", [who for who in MATRIX if who != "stranger"])
async def test_a_wrong_password_opens_nothing(own: Cluster, who: str) -> None:
    wrong = replace(login(own, who), password="wrong")
    producer = AIOKafkaProducer(**wrong.client(own.bootstrap))
    with pytest.raises(KafkaConnectionError):
        await asyncio.wait_for(producer.start(), SOON)
    await producer.stop()


def test_the_controller_listens_to_itself_only(own: Cluster) -> None:
    if not isinstance(own, Servers):
        pytest.skip("the controller of a container listens inside it")
    metadata = struct.pack(">hhihi", 3, 1, 1, -1, -1)
    assert _ask(own.broker.controller, metadata) == [b""]  # no login: hung up
    handshake = struct.pack(">hhihh", 17, 1, 1, -1, 5) + b"PLAIN"
    admin = own.login()
    words = f"\0{admin.user}\0{admin.password}".encode()
    login = struct.pack(">hhihi", 36, 0, 2, -1, len(words)) + words
    _, answer = _ask(own.broker.controller, handshake, login)
    assert struct.unpack(">h", answer[8:10]) == (58,)  # the login of the broker's port fails here


def _ask(port: int, *requests: bytes) -> list[bytes]:
    answers = []
    with socket.create_connection(("127.0.0.1", port), timeout=SOON) as connection:
        for request in requests:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answers.append(connection.recv(4096))
    return answers


async def test_a_dismissed_system_is_cut_off_at_once(own: Cluster) -> None:
    admitted = own.admit("leaving", epoch="acl")
    topic = "acl.submissions.intake.leaving"
    settings = admitted.client(own.bootstrap)
    async with AIOKafkaProducer(**settings, enable_idempotence=False) as producer:
        await producer.send_and_wait(topic, b"{}")
        with own.admin() as admin:
            dismiss_system(admin, "leaving")
        with pytest.raises(TopicAuthorizationFailedError):
            await asyncio.wait_for(producer.send_and_wait(topic, b"{}"), SOON)


async def test_a_right_that_a_service_has_no_use_for_is_taken_at_the_next_provisioning(
    own: Servers,
) -> None:
    more = ACL(
        principal="User:reporting",
        host="*",
        operation=ACLOperation.WRITE,
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(ResourceType.TOPIC, "acl.case-events"),
    )
    settings = own.login("reporting").client(own.bootstrap)
    with own.admin() as admin:
        admin.create_acls([more])
        async with AIOKafkaProducer(**settings, enable_idempotence=False) as producer:
            await producer.send_and_wait("acl.case-events", b"{}", partition=0)
            provision(admin, epoch="acl")
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait("acl.case-events", b"{}", partition=0)


def test_a_topic_that_is_not_as_it_must_be_is_refused(own: Cluster) -> None:
    with own.admin() as admin:
        provision(admin, epoch="acl")
        with pytest.raises(NotProvisioned, match=r"compression\.type=producer, not uncompressed"):
            provision(admin, epoch="acl", compression="uncompressed")
        log = topics.case_events("narrow")
        admin.create_topics({log: {"num_partitions": 3, "replication_factor": 1}})
        with pytest.raises(NotProvisioned, match="has 3 partitions, not 12"):
            provision(admin, epoch="narrow")


def test_every_service_is_in_the_matrix() -> None:
    assert set(SERVICES) < set(MATRIX)
