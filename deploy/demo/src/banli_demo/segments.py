"""Damage a record of a partition's files while the broker is stopped, so that Kafka sees nothing.

The segment that holds the record is written anew with right lengths and checksums. Its indexes are
removed: they hold places in the file, and the broker rebuilds them when it finds none. The mark of
a clean shutdown stays, so that all other partitions are opened as they are.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from banli_demo.batches import Batch, Record, read_batches

Change = Callable[[Record], Record | None]
"""What becomes of the record: another, or none."""


class NoSuchRecord(LookupError):
    """No segment of this partition holds a record at this offset."""


def edit(partition: Path, offset: int, change: Change) -> Record:
    """Change or remove the record at an offset; give it as it was."""
    for segment in sorted(partition.glob("*.log"), reverse=True):
        if int(segment.stem) <= offset:
            return _edit_segment(segment, offset, change)
    raise NoSuchRecord(f"{partition.name} has no segment for offset {offset}")


def _edit_segment(segment: Path, offset: int, change: Change) -> Record:
    batches = list(read_batches(segment.read_bytes()))
    for n, batch in enumerate(batches):
        if batch.base_offset <= offset <= batch.last_offset:
            edited, before = _edit_batch(batch, offset, change)
            batches[n : n + 1] = [edited] if edited.count else []
            segment.write_bytes(b"".join(each.pack() for each in batches))
            for index in ("index", "timeindex", "txnindex"):
                segment.with_suffix(f".{index}").unlink(missing_ok=True)
            return before
    raise NoSuchRecord(f"{segment.parent.name} has no record at offset {offset}")


def _edit_batch(batch: Batch, offset: int, change: Change) -> tuple[Batch, Record]:
    kept, before = [], None
    for record in batch.records():
        if batch.base_offset + record.offset_delta != offset:
            kept.append(record)
            continue
        before = record
        changed = change(record)
        if changed is not None:
            kept.append(changed)
    if before is None:
        raise NoSuchRecord(f"no record lies at offset {offset}")
    return batch.with_records(kept), before


def remove(record: Record) -> None:
    """Leave the record out."""


def flip(record: Record) -> Record:
    """Change one bit of the last letter of the record's text, so that it still reads."""
    value = record.value or b""
    at = max((n for n, byte in enumerate(value) if 0x80 <= byte < 0xC0), default=-1)
    if at < 0:  # no Chinese letter: the last digit or letter will do
        at = max(n for n, byte in enumerate(value) if chr(byte).isalnum())
    flipped = value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
    return replace(record, value=flipped)
