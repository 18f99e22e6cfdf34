"""What the auditor is given: records as they lie on a partition, and faults met while reading."""

from dataclasses import dataclass
from typing import NamedTuple

from banli_audit.codes import Code
from banli_events.envelope import HEADERS, Recorded, Wire


@dataclass(frozen=True, slots=True)
class Record:
    """A message and its place; the topic's name is without the prefix of an epoch."""

    topic: str
    partition: int
    offset: int
    wire: Wire
    appended: float = 0.0  # when the broker took it, in seconds


@dataclass(frozen=True, slots=True)
class Fault:
    """Something the reader itself found wrong with a partition, at an offset."""

    code: Code
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class End:
    """All of a partition has been given: its subjects can be settled and let go."""

    topic: str
    partition: int


class Heading(NamedTuple):
    """Where a record lies and what its headers say of it: all that a finding needs to name it."""

    topic: str
    partition: int
    offset: int
    subject: str = ""
    source: str = ""
    version: int = 0
    id: str = ""
    type: str = ""


def heading(record: Record, event: Recorded) -> Heading:
    """Name a record that could be read."""
    return Heading(
        record.topic,
        record.partition,
        record.offset,
        event.subject,
        event.source,
        event.version,
        event.id,
        event.type,
    )


def heading_of_unreadable(record: Record) -> Heading:
    """Name a record that could not be read, by those of its headers that can."""
    said: dict[str, str] = {}
    for name, value in record.wire.headers:
        if name in HEADERS and value and len(value) <= 200:
            said.setdefault(name, value.decode(errors="replace"))
    text = said.get("ce_version", "")
    version = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return Heading(
        record.topic,
        record.partition,
        record.offset,
        said.get("ce_subject", ""),
        said.get("ce_source", ""),
        version,
        said.get("ce_id", ""),
        said.get("ce_type", ""),
    )


def partition_for(key: bytes, partitions: int) -> int:
    """Tell on which partition Kafka's own partitioner puts a key."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


_M, _MASK = 0x5BD1E995, 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """Hash a key as every Kafka client's default partitioner does (32 bits).

    >>> murmur2(b"21") & 0xFFFFFFFF == -973932308 & 0xFFFFFFFF
    True
    """
    h = 0x9747B28C ^ len(key)
    whole = len(key) & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(key[at : at + 4], "little") * _M & _MASK
        k = (k ^ k >> 24) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    rest = key[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15
