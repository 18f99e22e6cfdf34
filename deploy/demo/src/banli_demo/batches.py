"""Kafka's record batches, format 2, as they lie in a segment: read, change, write again.

A batch is a header of fixed length and its records; everything in a record is counted in variable
length integers (zigzag, 7 bits a byte). The checksum (CRC-32C) covers all that follows it, so that
who rewrites a batch can make it right again, and only what is inside the records tells on them.

    base offset 8 | length 4 | leader epoch 4 | magic 1 | crc 4 | attributes 2
    last offset delta 4 | base time 8 | max time 8 | producer id 8 | producer epoch 2
    base sequence 4 | count 4 | records
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from struct import Struct

from aiokafka.record.util import calc_crc32c

_FRAME = Struct(">qi")  # base offset, and the length of all that follows
_SEAL = Struct(">ibI")  # leader epoch, magic, checksum
_HEAD = Struct(">hiqqqhii")  # attributes … count
_COMPRESSION = 0b111
_CONTROL = 0b100000


class NotReadable(ValueError):
    """The bytes are no batch of format 2, or one whose records cannot be taken apart."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record, its offset and time as differences from the batch's."""

    offset_delta: int
    time_delta: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...] = ()
    attributes: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: its header, and its records where they can be taken apart."""

    base_offset: int
    leader_epoch: int
    attributes: int
    last_offset_delta: int
    base_time: int
    max_time: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    count: int
    body: bytes  # the records as they lie

    @property
    def last_offset(self) -> int:
        """The offset up to which this batch counts, also where its last record is gone."""
        return self.base_offset + self.last_offset_delta

    def records(self) -> list[Record]:
        """Take the records apart."""
        if self.attributes & (_COMPRESSION | _CONTROL):
            raise NotReadable("the batch is compressed or is a marker")
        reader = _Reader(self.body)
        found = [reader.record() for _ in range(self.count)]
        if not reader.at_end:
            raise NotReadable("more bytes than records")
        return found

    def with_records(self, records: list[Record]) -> "Batch":
        """Put other records in the place of its own; offsets and sequences stay as they were.

        So offsets are missing where a record is left out, as a cleaner leaves them.
        """
        body = b"".join(_packed(record) for record in records)
        return replace(self, count=len(records), body=body)

    def pack(self) -> bytes:
        """Write the batch with its right length and checksum."""
        head = _HEAD.pack(
            self.attributes,
            self.last_offset_delta,
            self.base_time,
            self.max_time,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            self.count,
        )
        sealed = head + self.body
        seal = _SEAL.pack(self.leader_epoch, 2, calc_crc32c(sealed))
        return _FRAME.pack(self.base_offset, len(seal) + len(sealed)) + seal + sealed


def read_batches(segment: bytes) -> Iterator[Batch]:
    """Read the batches of a segment; what its writer left unused at the end is no batch."""
    at = 0
    while at + _FRAME.size <= len(segment):
        base_offset, length = _FRAME.unpack_from(segment, at)
        at += _FRAME.size
        if length == 0:
            return
        if at + length > len(segment) or length < _SEAL.size + _HEAD.size:
            raise NotReadable("a batch is cut off")
        leader_epoch, magic, checksum = _SEAL.unpack_from(segment, at)
        sealed = segment[at + _SEAL.size : at + length]
        if magic != 2:
            raise NotReadable("the batch is of another format")
        if calc_crc32c(sealed) != checksum:
            raise NotReadable("the checksum is wrong")
        head = _HEAD.unpack_from(sealed)
        said = (base_offset, leader_epoch, *head, sealed[_HEAD.size :])
        yield Batch(*said)
        at += length


class _Reader:
    """Reads records from the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def record(self) -> Record:
        end = self._number() + self._at
        attributes = self._bytes(1)[0]
        time_delta, offset_delta = self._number(), self._number()
        key, value = self._text(), self._text()
        headers = tuple((self._text() or b"", self._text()) for _ in range(self._number()))
        if self._at != end:
            raise NotReadable("a record has another length than it says")
        return Record(offset_delta, time_delta, key, value, headers, attributes)

    def _number(self) -> int:
        shift = found = 0
        while True:
            byte = self._bytes(1)[0]
            found |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (found >> 1) ^ -(found & 1)
            shift += 7

    def _text(self) -> bytes | None:
        length = self._number()
        return None if length < 0 else self._bytes(length)

    def _bytes(self, length: int) -> bytes:
        taken = self._data[self._at : self._at + length]
        if len(taken) < length:
            raise NotReadable("a record is cut off")
        self._at += length
        return taken


def _packed(record: Record) -> bytes:
    parts = [
        bytes([record.attributes]),
        _number(record.time_delta),
        _number(record.offset_delta),
        _text(record.key),
        _text(record.value),
        _number(len(record.headers)),
    ]
    for name, value in record.headers:
        parts += [_text(name), _text(value)]
    whole = b"".join(parts)
    return _number(len(whole)) + whole


def _number(value: int) -> bytes:
    rest, out = (value << 1) ^ (value >> 63), bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def _text(value: bytes | None) -> bytes:
    return _number(-1) if value is None else _number(len(value)) + value
