"""The auditor's command against a real broker: what it reads, what it names, why it cannot run."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.record.util import calc_crc32c

from banli_events.assignment import HolderAppointed, PostCreated, UnitOpened
from banli_events.base import Event
from banli_events.catalogue import EVENTS
from banli_events.envelope import CommandRef, Context, Recorded, Wire, encode
from banli_events.intake import ItemCorrected, ItemRegistered
from banli_events.subjects import numbered_case, topic_of
from banli_events.words import (
    Actor,
    Ask,
    ItemKind,
    Numbering,
    OuterAssignment,
    OuterRole,
    PostRole,
    Signer,
)
from banli_local import Cluster, GivenServers, Servers
from banli_local.folder import free_ports

CLERK = Actor(person="p1", post="registrar", unit="office")
LIMIT = 60.0
_HEADER = 12  # base offset and length, before what the length counts


def registration(number: str) -> ItemRegistered:
    return ItemRegistered(
        kind=ItemKind.SUGGESTION,
        numbering=Numbering(body="congress", level="city", term=9, session=1, number=number),
        title="A light",
        content="The crossing needs a light.",
        asks=(Ask(id="a1", text="A light"),),
        signers=(Signer(person="s1", name="One", unit="North", lead=True),),
        outer=OuterAssignment(assigner="congress", role=OuterRole.LEAD),
        received_on=date(2026, 3, 1),
    )


@dataclass
class Writer:
    """Writes events to the log, one record to a batch, with a service's login."""

    servers: Cluster
    epoch: str
    streams: dict[tuple[str, str], list[Recorded]] = field(default_factory=dict)
    now: datetime = datetime(2026, 3, 2, 1, tzinfo=UTC)
    published: int = 0
    producers: dict[str, KafkaProducer] = field(default_factory=dict)

    def say(self, subject: str, data: Event, **said: Any) -> Recorded:
        kind = EVENTS[type(data).__name__]
        stream = self.streams.setdefault((subject, kind.source), [])
        self.now += timedelta(minutes=1)
        command = str(uuid4())
        context = Context(
            previous=stream[-1].hash.hex() if stream else None,
            command=CommandRef(id=command, hash="c0" * 32, part=1, of=1),
            seen={},
            reference=self.published,
            correlationid=command,
            actor=CLERK,
            via="http",
        )
        event = Recorded(
            subject=subject,
            source=kind.source,
            version=said.get("version", len(stream) + 1),
            id=str(uuid4()),
            type=kind.name,
            schema=1,
            time=self.now,
            causation=command,
            context=context,
            data=data,
        )
        wire = encode(event)
        event = Recorded(**{**{n: getattr(event, n) for n in event.__slots__}, "hash": wire.hash})
        stream.append(event)
        self.send(wire, kind.source, topic_of(subject))
        return event

    def send(self, wire: Wire, source: str, topic: str) -> None:
        if source not in self.producers:
            login = self.servers.login(source).client(self.servers.bootstrap)
            self.producers[source] = KafkaProducer(**login)
        headers = [(name, value) for name, value in wire.headers]
        self.producers[source].send(
            f"{self.epoch}.{topic}", key=wire.key, value=wire.value, headers=headers
        ).get(timeout=LIMIT)

    def publish(self) -> None:
        since = date(2026, 1, 1)
        self.say("unit/office", UnitOpened(name="Office", since=since))
        post = PostCreated(unit="office", title="Registrar", role=PostRole.REGISTRAR)
        self.say("post/registrar", post)
        self.say("post/registrar", HolderAppointed(person="p1", name="P", since=since))
        self.published = 3

    def register(self, number: str, corrections: int) -> str:
        said = registration(number)
        subject = numbered_case(said.kind, said.numbering)
        self.say(subject, said)
        for i in range(corrections):
            fixed = ItemCorrected(field="title", before=f"{i}", after=f"{i + 1}", reason="typing")
            self.say(subject, fixed)
        return subject


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        return list(json.loads(self.out)["findings"])

    @property
    def summary(self) -> dict[str, Any]:
        return dict(json.loads(self.out)["summary"])


def audit(servers: Cluster, epoch: str, *words: str, **env: str) -> Outcome:
    login = servers.login("auditor")
    settings = {
        "BANLI_KAFKA": servers.bootstrap,
        "BANLI_KAFKA_USER": login.user,
        "BANLI_KAFKA_PASSWORD": login.password,
        "BANLI_KAFKA_MECHANISM": login.mechanism,
        "BANLI_KAFKA_PROTOCOL": login.protocol,
        "BANLI_EPOCH": epoch,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "banli_audit", *words],
        env={**os.environ, **settings, **env},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return Outcome(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture
def writer(servers: Cluster, epoch: str) -> Iterator[Writer]:
    """Give a log with what is published and two cases on it."""
    made = Writer(servers, epoch)
    made.publish()
    made.register("1", 3)
    made.register("2", 2)
    yield made
    for producer in made.producers.values():
        producer.close()


def first_case(writer: Writer) -> list[Recorded]:
    said = registration("1")
    return writer.streams[(numbered_case(said.kind, said.numbering), "intake")]


def test_a_clean_log_ends_well(servers: Cluster, writer: Writer) -> None:
    ran = audit(servers, writer.epoch, "verify", "--json")
    assert (ran.code, ran.findings, ran.err) == (0, [], "")
    assert (ran.summary["events"], ran.summary["subjects"], ran.summary["streams"]) == (10, 4, 4)


def test_a_fork_and_a_redelivery_are_told_apart(servers: Cluster, writer: Writer) -> None:
    first = first_case(writer)[1]
    writer.send(encode(first), "intake", "case-events")
    fixed = ItemCorrected(field="title", before="0", after="other", reason="typing")
    forked = writer.say(first.subject, fixed, version=2)
    ran = audit(servers, writer.epoch, "verify", "--json")
    assert ran.code == 1
    assert [(each["code"], each["event"]) for each in ran.findings] == [("fork", forked.id)]
    assert ran.summary["redeliveries"] == 1


def test_a_case_is_told_by_its_bare_id_and_by_its_subject(servers: Cluster, writer: Writer) -> None:
    subject = first_case(writer)[0].subject
    bare = audit(servers, writer.epoch, "case", subject.removeprefix("case/"))
    assert bare.code == 0
    assert "登记 Item registered" in bare.out
    assert bare.out == audit(servers, writer.epoch, "case", subject).out
    story = json.loads(audit(servers, writer.epoch, "case", subject, "--json").out)
    assert [each["version"] for each in story["events"]] == [1, 2, 3, 4]
    assert audit(servers, writer.epoch, "case", "unit/office").code == 0
    assert audit(servers, writer.epoch, "case", "nothing").code == 1


def segments(servers: Cluster, topic: str) -> Iterator[Path]:
    """Find the first segment of each partition of a topic, on the broker's own disk."""
    if not isinstance(servers, Servers):
        pytest.skip("the broker's disk is not at hand")
    yield from servers.folder.rglob(f"{topic}-*/00000000000000000000.log")


def batch_of(segment: bytes, mark: bytes) -> tuple[int, int] | None:
    """Find the batch that holds a mark: its start and its end."""
    at = 0
    while at + _HEADER < len(segment):
        (length,) = struct.unpack_from(">i", segment, at + 8)
        if mark in segment[at : at + _HEADER + length]:
            return at, at + _HEADER + length
        at += _HEADER + length
    return None


def flip(servers: Cluster, writer: Writer, event: Recorded, *, right_checksum: bool) -> None:
    """Change one letter of an event where it lies on disk; the broker serves it as it lies."""
    for path in segments(servers, f"{writer.epoch}.case-events"):
        content = bytearray(path.read_bytes())
        place = batch_of(bytes(content), event.id.encode())
        if place is None:
            continue
        start, end = place
        at = content.index(b"typing", start, end)
        content[at] = ord("T")
        if right_checksum:
            crc = calc_crc32c(bytes(content[start + 21 : end]))
            struct.pack_into(">I", content, start + 17, crc)
        with path.open("r+b") as segment:  # in place: the broker holds the file open
            segment.write(content)
        return
    raise AssertionError("the event lies in no segment")


def test_a_byte_changed_on_disk_is_named_though_its_checksum_is_right(
    servers: Cluster, writer: Writer
) -> None:
    event = first_case(writer)[1]
    flip(servers, writer, event, right_checksum=True)
    ran = audit(servers, writer.epoch, "verify", "--json")
    assert ran.code == 1
    (found,) = ran.findings
    assert (found["code"], found["event"], found["version"]) == ("changed", event.id, 2)


def test_a_wrong_checksum_is_named_and_the_rest_is_read(servers: Cluster, writer: Writer) -> None:
    event = first_case(writer)[1]
    flip(servers, writer, event, right_checksum=False)
    ran = audit(servers, writer.epoch, "verify", "--json")
    assert ran.code == 1
    assert [each["code"] for each in ran.findings] == ["checksum", "changed"]
    assert {each["offset"] for each in ran.findings} == {ran.findings[0]["offset"]}
    assert ran.summary["events"] == 10


def test_a_changed_last_event_is_named_by_the_checkpoint_alone(
    servers: Cluster, writer: Writer, tmp_path: Path
) -> None:
    """Nothing follows it in its stream: no chain shows the change."""
    key, kept = str(tmp_path / "key"), str(tmp_path / "checkpoint.json")
    trusted = audit(servers, writer.epoch, "key", key).out.strip()
    assert audit(servers, writer.epoch, "verify", "--keep", kept, "--key", key).code == 0
    event = first_case(writer)[-1]
    flip(servers, writer, event, right_checksum=True)
    assert audit(servers, writer.epoch, "verify").code == 0
    ran = audit(servers, writer.epoch, "verify", "--json", "--since", kept, "--trust", trusted)
    assert (ran.code, [each["code"] for each in ran.findings]) == (1, ["checkpoint-differs"])
    again = audit(servers, writer.epoch, "verify", "--since", kept, "--trust", "A" * 44)
    assert (again.code, "by another key" in again.err) == (2, True)


def test_a_deleted_beginning_is_named(servers: Cluster, writer: Writer) -> None:
    with servers.admin() as admin:
        admin.delete_records({TopicPartition(f"{writer.epoch}.reference-events", 0): 1})
    ran = audit(servers, writer.epoch, "verify", "--json")
    assert ran.code == 1
    assert ran.findings[0]["code"] == "beginning-missing"


CANNOT = {
    "cannot be reached": {"BANLI_KAFKA": f"127.0.0.1:{free_ports(1)[0]}"},
    "refused the login": {"BANLI_KAFKA_PASSWORD": "wrong"},
    "The topic nowhere.case-events is not there": {"BANLI_EPOCH": "nowhere"},
    "one of PLAIN, SCRAM-SHA-512": {"BANLI_KAFKA_MECHANISM": "MAGIC"},
}


@pytest.fixture(scope="module")
def run_in_vain(servers: Cluster) -> dict[str, Outcome]:
    """Start the audit in each way that cannot be, all at once: some wait long for an answer."""
    if isinstance(servers, GivenServers):
        pytest.skip("the broker may be open to everyone")
    with ThreadPoolExecutor() as pool:
        runs = {
            said: pool.submit(audit, servers, "", "verify", **env) for said, env in CANNOT.items()
        }
        return {said: run.result() for said, run in runs.items()}


@pytest.mark.parametrize("sentence", CANNOT)
def test_why_it_cannot_run_is_one_sentence(run_in_vain: dict[str, Outcome], sentence: str) -> None:
    ran = run_in_vain[sentence]
    assert ran.code == 2
    assert (ran.out, len(ran.err.splitlines())) == ("", 1)
    assert sentence in ran.err


def test_a_login_without_rights_is_told_so(servers: Cluster, epoch: str) -> None:
    if isinstance(servers, GivenServers):
        pytest.skip("everyone is the administrator there")
    login = servers.admit(f"x{UUID(int=7).hex[-4:]}", epoch=epoch)
    ran = audit(
        servers,
        epoch,
        "verify",
        BANLI_KAFKA_USER=login.user,
        BANLI_KAFKA_PASSWORD=login.password,
        BANLI_KAFKA_MECHANISM=login.mechanism,
    )
    assert (ran.code, ran.out) == (2, "")
    assert "may not see it" in ran.err
