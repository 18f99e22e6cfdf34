"""The log of a backup: read so that each record comes with what led to it.

Receipts end first, for each tells of events that were on the log before it; then the cases; then
what these rest on, and the submissions that the receipts answer (docs/decisions/0017).
"""

import gzip
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import error as StructError
from typing import Any, cast

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import OffsetOutOfRangeError

from banli_cli.backup_files import Kept, Partition, write_record
from banli_cli.cluster import Ends, partitions
from banli_cli.refusal import NotReached, Refusal
from banli_cli.screen import Bar
from banli_engine.topics import case_events, receipts
from banli_events.envelope import Unreadable, Wire, decode

FOLDER = "log"
STALLED_SECONDS = 30.0
"""How long the broker may give no record before the end of a partition."""

CLOSING_SECONDS = 5.0
"""For how long the rest of a command, and what led to an event, is waited for."""

_ALONE = b'"part":1,"of":1}'
"""How the body of an event tells that its command has no other: most are not read further."""


class Log:
    """Topics, read by position and without a group."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer

    def ends(self, topics: Iterable[str]) -> Ends:
        """Ask where topics end now."""
        return cast(Ends, self._consumer.end_offsets(partitions(self._consumer, topics)))

    def begins(self, topics: Iterable[str]) -> Ends:
        """Ask where topics begin now."""
        return cast(Ends, self._consumer.beginning_offsets(partitions(self._consumer, topics)))

    def read(self, tp: TopicPartition, begin: int, end: int) -> Iterator[Kept]:
        """Read a partition from one offset to before another; each offset in between is there."""
        at, where = begin, f"{tp.topic}/{tp.partition}"
        try:
            self._consumer.assign([tp])
            self._consumer.seek(tp, begin)
            while at < end:
                for record in self._poll(tp, where):
                    if at == end:
                        break
                    if record.offset != at:
                        raise Refusal(f"Offset {at} of {where} is missing: there is a gap.")
                    at += 1
                    wire = Wire(record.key, tuple(record.headers), record.value)
                    yield Kept(record.offset, record.timestamp, wire)
        except OffsetOutOfRangeError:
            raise Refusal(f"Offset {at} of {where} expired meanwhile; run it again.") from None
        except (ValueError, StructError):  # the client's parser met bytes it cannot unpack
            raise Refusal(f"{where} cannot be unpacked from offset {at} on.") from None

    def _poll(self, tp: TopicPartition, where: str) -> list[Any]:
        heard = time.monotonic()
        while not (got := self._consumer.poll(timeout_ms=1_000, max_records=5_000).get(tp, [])):
            if time.monotonic() - heard > STALLED_SECONDS:
                raise NotReached(f"Kafka gives no more of {where} before its end.")
        return cast(list[Any], got)


class Lacking:
    """What the records of cases lack to stand alone: what led to them, and parts of commands."""

    def __init__(self) -> None:
        self._causes: set[bytes] = set()
        self._commands: set[tuple[bytes | None, bytes]] = set()

    def __len__(self) -> int:
        return len(self._causes) + len(self._commands)

    @property
    def commands(self) -> int:
        """Count the commands of which a part is missing."""
        return len(self._commands)

    def take(self, record: Kept, beyond: set[bytes]) -> None:
        """Note a record; `beyond`: the ids of events that may not be kept."""
        head = {name: value or b"" for name, value in record.wire.headers}
        self._causes.discard(head.get("ce_id", b""))
        if (cause := head.get("ce_causationid", b"")) in beyond:
            self._causes.add(cause)
        stream = record.wire.key, head.get("ce_source", b"")
        if _ALONE not in (record.wire.value or b"") and _is_part(record):
            self._commands.add(stream)
        else:
            self._commands.discard(stream)


def _is_part(record: Kept) -> bool:
    """Tell whether another event of the same command must follow."""
    try:
        command = decode(record.wire).context.command
    except Unreadable:
        return False
    return command.part < command.of


class Writing:
    """The files of partitions, as they are being written."""

    def __init__(self, folder: Path, begins: Ends, total: int, bar: Bar) -> None:
        self._folder, self._bar = folder, bar
        self._done, self._total = 0, total
        self.kept = {
            tp: Partition(begin=at, end=at, count=0, file=f"{FOLDER}/{tp.topic}.{tp.partition}.gz")
            for tp, at in begins.items()
        }
        (folder / FOLDER).mkdir(mode=0o700)

    def write(self, tp: TopicPartition, records: Iterable[Kept]) -> None:
        """Write further records of a partition."""
        before, kept = self._done, self.kept[tp]
        with gzip.open(self._folder / kept.file, "ab", compresslevel=3) as into:
            for record in records:
                write_record(into, record)
                self._done += 1
                if self._done % 1_000 == 0:
                    self._bar.at(self._done, self._total)
        count = self._done - before
        moved = {"end": kept.end + count, "count": kept.count + count}
        self.kept[tp] = kept.model_copy(update=moved)


def write_log(
    log: Log, folder: Path, names: Iterable[str], epoch: str, bar: Bar
) -> tuple[dict[TopicPartition, Partition], int]:
    """Write all topics; give what is kept of each partition, and how many commands lack a part."""
    names, cases = sorted(names), [case_events(epoch)]
    first = [name for name in names if name.startswith(receipts("", epoch))]
    ends = log.ends(first)
    begins = log.begins(names)
    total = sum(log.ends(names).values()) - sum(begins.values())
    writing = Writing(folder, begins, total, bar)
    lacking = _write_cases(log, writing, cases)
    ends |= log.ends(name for name in names if name not in {*first, *cases})
    for tp, end in ends.items():
        writing.write(tp, log.read(tp, begins[tp], end))
    return writing.kept, lacking.commands


def _write_cases(log: Log, writing: Writing, cases: list[str]) -> Lacking:
    """Write the cases up to where nothing is lacking, as far as that comes soon.

    Whatever led to an event was on the log before it: so it lies before the ends that are asked
    once those of what is written are known. Only what lies between the two may be lacking.
    """
    lacking, until = Lacking(), time.monotonic() + CLOSING_SECONDS
    ends = log.ends(cases)
    while True:
        later = log.ends(cases)
        between = (record for tp, end in ends.items() for record in log.read(tp, end, later[tp]))
        beyond = {dict(record.wire.headers).get("ce_id") or b"" for record in between} - {b""}
        for tp, end in ends.items():
            writing.write(tp, _noted(log.read(tp, writing.kept[tp].end, end), lacking, beyond))
        if not lacking or time.monotonic() > until:
            return lacking
        if later == ends:
            time.sleep(0.05)
        ends = later


def _noted(records: Iterable[Kept], lacking: Lacking, beyond: set[bytes]) -> Iterator[Kept]:
    for record in records:
        lacking.take(record, beyond)
        yield record
