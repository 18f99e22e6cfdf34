"""How a story is kept: where its events lie, and the events as they lay on the log, packed."""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from banli_events.catalogue import SERVICES
from banli_events.envelope import Wire, unpack_headers

_SOURCES = tuple(SERVICES)
_NUMBER = {source: n for n, source in enumerate(_SOURCES)}
_PLACE = Struct(">BIQ32s")
_LENGTHS = Struct(">II")

COUNT_TOLD = f"""
create or replace function told_by_source() returns table (source text, events bigint)
language sql stable as $$
    select ('{{{",".join(_SOURCES)}}}'::text[])[get_byte(c.places, n * {_PLACE.size}) + 1], count(*)
      from chapters c, generate_series(0, octet_length(c.places) / {_PLACE.size} - 1) n group by 1
$$;
"""
"""Counts the events of all stories by source: what a count of losses rests on."""


class Place(NamedTuple):
    """An event of a story by its place: in its stream and in its partition, with its hash."""

    source: str
    version: int
    offset: int
    hash: bytes


def pack_place(source: str, version: int, offset: int, digest: bytes) -> bytes:
    """Write the place of one event."""
    return _PLACE.pack(_NUMBER[source], version, offset, digest)


def packed(wire: Wire) -> tuple[bytes, bytes, bytes]:
    """Write one event, as pieces to be joined."""
    headers, value = wire.packed_headers, wire.value or b""
    return _LENGTHS.pack(len(headers), len(value)), headers, value


def count(places: bytes) -> int:
    """Tell of how many events these are the places."""
    return len(places) // _PLACE.size


def read_places(packed: bytes) -> Iterator[Place]:
    """Read the places of a story, in the order in which its events were taken in."""
    for number, version, offset, digest in _PLACE.iter_unpack(packed):
        yield Place(_SOURCES[number], version, offset, digest)


def read_events(subject: str, packed: bytes) -> Iterator[Wire]:
    """Read the events of a story as they lay on the log, in the same order."""
    at = 0
    while at < len(packed):
        headers, value = _LENGTHS.unpack_from(packed, at)
        at += _LENGTHS.size
        middle, end = at + headers, at + headers + value
        yield Wire(subject.encode(), unpack_headers(packed[at:middle]), packed[middle:end])
        at = end
