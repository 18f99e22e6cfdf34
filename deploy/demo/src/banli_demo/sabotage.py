"""Damage to the log, each of a kind that a careless or dishonest hand could do."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from banli_demo.segments import Change, edit, flip, remove
from banli_demo.stage import Stage

Kind = Literal["drop", "fork", "flip"]
KINDS: tuple[str, ...] = get_args(Kind)

ITEM = "P-0105"
"""The item whose log is damaged: at its first contact, which has a successor in its stream."""

SERVICE = "supervision"
"""Whose event it is, and whose database is rebuilt afterwards."""


@dataclass(frozen=True, slots=True)
class Target:
    """The event that is damaged."""

    topic: str
    partition: int
    offset: int
    event: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} {self.event} at {self.topic}/{self.partition}@{self.offset}"


def target_in(story: list[dict[str, Any]]) -> Target:
    """Choose the first contact of a case, as the auditor tells its story."""
    chosen = next(each for each in story if each["type"] == "ProposerContacted")
    later = [each for each in story if each["source"] == SERVICE]
    if chosen["version"] >= max(each["version"] for each in later):
        raise LookupError("the event has no successor in its stream")
    return Target(
        chosen["topic"], chosen["partition"], chosen["offset"], chosen["id"],
        f"{chosen['type']} ({SERVICE}:{chosen['version']})",
    )  # fmt: skip


def damage(kind: str, stage: Stage, target: Target) -> str:
    """Do the damage, and say exactly what was done."""
    match kind:
        case "drop":
            _rewrite(stage, target, remove)
            return f"SABOTAGE=drop: {target} was taken out of its segment"
        case "flip":
            _rewrite(stage, target, flip)
            return f"SABOTAGE=flip: one bit of {target} was changed, and the checksum made right"
        case _:
            offset = asyncio.run(_fork(stage, target))
            return (
                f"SABOTAGE=fork: another event of the same version as {target} was written "
                f"with the login of {SERVICE} at {target.topic}/{target.partition}@{offset}"
            )


def _rewrite(stage: Stage, target: Target, change: Change) -> None:
    kafka = stage.stack.servers.kafka
    folder = stage.home / "kafka" / "data" / f"{target.topic}-{target.partition}"
    kafka.stop()
    edit(folder, target.offset, change)
    kafka.start()
    kafka.wait_ready()


async def _fork(stage: Stage, target: Target) -> int:
    """Write the event once more, with another id and other words, as the service itself could."""
    servers = stage.stack.servers
    login = servers.login(SERVICE).client(servers.bootstrap)
    place = TopicPartition(target.topic, target.partition)
    async with AIOKafkaConsumer(**login, enable_auto_commit=False) as consumer:
        consumer.assign([place])
        consumer.seek(place, target.offset)
        record = await asyncio.wait_for(consumer.getone(place), 20)
    said = json.loads(record.value)
    said["data"]["summary"] = "另一种说法。"
    headers = [
        (name, str(uuid4()).encode() if name == "ce_id" else value)
        for name, value in record.headers
    ]
    value = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    async with AIOKafkaProducer(**login, acks="all") as producer:
        sent = await producer.send_and_wait(
            target.topic, value, record.key, partition=target.partition, headers=headers
        )
    return int(sent.offset)
