"""A backup on disk: a manifest that names every file with its hash, and the records of a log."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from struct import Struct
from struct import error as StructError
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from banli_cli.refusal import Misused, Refusal
from banli_events.envelope import Wire, unpack_headers

MANIFEST, SUM = "manifest.json", "manifest.sha256"

_HEAD = Struct(">qqiii")
"""Of a record: offset, when it was appended (ms), lengths of key, headers and value; -1: null."""


class Damaged(Refusal):
    """A backup that is not as its manifest says."""


class Kept(NamedTuple):
    """A record of a log, with its place and the time at which the broker appended it."""

    offset: int
    appended: int
    wire: Wire


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class File(_Part):
    """A file of the backup."""

    sha256: str
    size: int


class Partition(_Part):
    """What is kept of a partition: the records from `begin` up to `end`, without a gap."""

    begin: int
    end: int
    count: int
    file: str


class TopicKept(_Part):
    """A topic: its id, by which it is known from another of the same name, and its settings."""

    id: str
    replicas: int
    configs: Mapping[str, str]
    partitions: tuple[Partition, ...]

    @property
    def for_ever(self) -> bool:
        """Tell whether nothing of it ever expires."""
        return self.configs.get("retention.ms") == "-1"


class Unsent(NamedTuple):
    """An event that stood in its service's database alone."""

    subject: str
    version: int
    hash: str


class DatabaseKept(_Part):
    """A database at one moment: how far it had read, which topics it knew, how much it held."""

    file: str
    rows: Mapping[str, int]
    positions: tuple[tuple[str, int, int], ...] = ()
    topics: Mapping[str, str] = {}
    settings: Mapping[str, str] = {}
    unsent: tuple[Unsent, ...] = ()


class Manifest(_Part):
    """All that is known of a backup."""

    format: Literal[1] = 1
    id: str
    kind: Literal["all", "vault"] = "all"
    build: str
    began: datetime
    ended: datetime
    expires: datetime | None = None  # of a vault: forgetting is complete when the last has expired
    epoch: str = ""
    open_commands: int = 0  # of which the log held some parts and not all
    topics: Mapping[str, TopicKept] = {}
    databases: Mapping[str, DatabaseKept]
    files: Mapping[str, File]

    @property
    def records(self) -> int:
        """Count the records of all topics."""
        return sum(part.count for topic in self.topics.values() for part in topic.partitions)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, last of all: a folder without one is no backup."""
    text = manifest.model_dump_json(indent=1).encode()
    digest = hashlib.sha256(text).hexdigest()
    (folder / SUM).write_text(f"{digest}  {MANIFEST}\n")
    new = folder / f"{MANIFEST}.new"
    new.write_bytes(text)
    new.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """Read a backup's manifest, or say what is wrong with it."""
    try:
        text = (folder / MANIFEST).read_bytes()
        told = (folder / SUM).read_text().split()[:1]
    except FileNotFoundError:
        raise Misused(f"{folder} holds no whole backup: its manifest is not there.") from None
    except (OSError, UnicodeDecodeError):
        raise Misused(f"The manifest in {folder} cannot be read.") from None
    if told != [hashlib.sha256(text).hexdigest()]:
        raise Damaged(f"{MANIFEST} is damaged: it is not what {SUM} says.")
    try:
        return Manifest.model_validate(json.loads(text))
    except (ValueError, ValidationError):
        raise Misused(
            f"The backup in {folder} is of a format that this build does not read."
        ) from None


def file_of(path: Path) -> File:
    """Measure a file."""
    with path.open("rb") as content:
        return File(
            sha256=hashlib.file_digest(content, "sha256").hexdigest(), size=path.stat().st_size
        )


def check_file(folder: Path, name: str, wanted: File) -> None:
    """Hold that a file is the one that was written."""
    try:
        found = file_of(folder / name)
    except FileNotFoundError:
        raise Damaged(f"{name} is missing from the backup.") from None
    except OSError as fault:
        raise Damaged(f"{name} cannot be read: {fault.strerror}.") from None
    if found != wanted:
        raise Damaged(f"{name} is damaged: it is not the file that was written.")


# -- records


def write_record(into: gzip.GzipFile, record: Kept) -> None:
    """Write a record, byte for byte."""
    key, headers, value = record.wire.key, record.wire.packed_headers, record.wire.value
    lengths = (_length(key), len(headers), _length(value))
    head = _HEAD.pack(record.offset, record.appended, *lengths)
    try:
        into.write(b"".join((head, key or b"", headers, value or b"")))
    except OSError as fault:  # told apart from one on the way to Kafka
        raise Refusal(f"The backup cannot be written: {fault.strerror}.") from None


def read_records(folder: Path, name: str) -> Iterator[Kept]:
    """Read back the records of a partition."""
    try:
        with gzip.open(folder / name) as content:
            while head := content.read(_HEAD.size):
                offset, appended, *lengths = _HEAD.unpack(head)
                key, headers, value = (_read(content, length) for length in lengths)
                yield Kept(offset, appended, Wire(key, unpack_headers(headers or b""), value))
    except (OSError, EOFError, zlib.error, StructError, UnicodeDecodeError):
        raise Damaged(f"{name} is damaged: its records cannot be read.") from None


def check_records(folder: Path, part: Partition) -> None:
    """Hold that a partition's records are all there, each at its offset."""
    at = part.begin
    for record in read_records(folder, part.file):
        if record.offset != at:
            raise Damaged(f"{part.file} is damaged: offset {at} is not where it should be.")
        at += 1
    if at != part.end or part.end - part.begin != part.count:
        raise Damaged(f"{part.file} is damaged: it ends at offset {at}, not at {part.end}.")


def _length(part: bytes | None) -> int:
    return -1 if part is None else len(part)


def _read(content: gzip.GzipFile, length: int) -> bytes | None:
    if length < 0:
        return None
    part = content.read(length)
    if len(part) != length:
        raise EOFError
    return part
