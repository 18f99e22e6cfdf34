"""An event on the wire: one encoder, one decoder, and the hash that chains a stream.

A CloudEvents 1.0 message in Kafka's binary mode: key = subject, nine headers, and a JSON value with
two members, `context` (what is known about the saying) and `data` (the sentence itself).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property, lru_cache
from struct import Struct
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from banli_events.base import Event, Value, instant
from banli_events.catalogue import EVENTS
from banli_events.trace import TRACE, trace_of
from banli_events.words import Actor

HEADERS = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_subject",
    "ce_time",
    "ce_dataschema",
    "ce_version",
    "ce_causationid",
)
"""The headers of every event, in wire order; a tenth is told of in `trace`."""

_OURS = frozenset(HEADERS)

MAX_BYTES = 1_000_000
"""A larger event (key, headers and value) is refused at append; the topic takes 1,048,588."""

_LENGTH = Struct(">I")
_NULL, _SHORT = _LENGTH.pack(0xFFFFFFFF), tuple(_LENGTH.pack(size) for size in range(256))
_NAMES = {name: _LENGTH.pack(len(name)) + name.encode() for name in (*HEADERS, TRACE)}


class Unreadable(Exception):
    """The message is no event that this envelope describes."""


class CommandRef(Value):
    """Which command an event answers, and which of that command's events it is."""

    id: str
    hash: str  # SHA-256 of the command's canonical body
    part: int  # 1 … of
    of: int


class Context(Value):
    """What is known about the saying of an event, apart from the sentence itself."""

    previous: str | None  # hash of the event before it in its stream; None for version 1
    command: CommandRef
    seen: Mapping[str, int]  # versions of the other sources folded when it was decided
    reference: int | None  # offset of `reference-events` it rests on: the next one not yet read
    correlationid: str
    actor: Actor | None  # None where a clock or a reaction speaks
    via: str  # http, system:<name>, reaction:<name>, clock
    clock: str | None = None  # set where recorded time is not the wall's


_Data = TypeVar("_Data", bound=Event)


class _UnknownBody(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    context: Context


class _Body(_UnknownBody, Generic[_Data]):
    data: _Data


@dataclass(frozen=True)
class Wire:
    """A message as its bytes lie on a topic: stored, hashed and sent again, never re-encoded."""

    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None

    @cached_property
    def packed_headers(self) -> bytes:
        """Write the headers as one string of bytes, each name and value preceded by its length."""
        parts: list[bytes] = []
        try:
            for name, value in self.headers:
                parts += (_NAMES[name], _SHORT[len(value)], value)  # type: ignore[arg-type]
        except (KeyError, IndexError, TypeError):  # a header that is not ours, is long, or null
            packed = [(_packed_name(n), _length(value), value or b"") for n, value in self.headers]
            parts = [part for header in packed for part in header]
        return b"".join(parts)

    @cached_property
    def hash(self) -> bytes:
        """Hash key, each header's name and value in wire order, and value, each after its length.

        SHA-256; lengths are 4 bytes big-endian (0xFFFFFFFF for a null).
        """
        return hash_of(self.key, self.packed_headers, self.value)

    @property
    def size(self) -> int:
        """Count the bytes of key, headers and value."""
        return len(self.key or b"") + len(self.packed_headers) + len(self.value or b"")


def hash_of(key: bytes | None, packed_headers: bytes, value: bytes | None) -> bytes:
    """Hash a message whose headers are packed already (see `Wire.hash`)."""
    parts = _length(key), key or b"", packed_headers, _length(value), value or b""
    return hashlib.sha256(b"".join(parts)).digest()


def unpack_headers(packed: bytes) -> tuple[tuple[str, bytes | None], ...]:
    """Read back what `Wire.packed_headers` wrote."""
    parts: list[bytes | None] = []
    at = 0
    while at < len(packed):
        (length,) = _LENGTH.unpack_from(packed, at)
        at += 4
        if length == 0xFFFFFFFF:
            parts.append(None)
            continue
        parts.append(packed[at : at + length])
        at += length
    return tuple(
        ((parts[i] or b"").decode(errors="replace"), parts[i + 1]) for i in range(0, len(parts), 2)
    )


@lru_cache(1024)
def _packed_name(name: str) -> bytes:
    return _LENGTH.pack(len(name.encode())) + name.encode()


def _length(part: bytes | None) -> bytes:
    if part is None:
        return _NULL
    size = len(part)
    return _SHORT[size] if size < len(_SHORT) else _LENGTH.pack(size)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the log: the sentence, and who said it, when, why, knowing what."""

    subject: str
    source: str
    version: int
    id: str
    type: str
    schema: int
    time: datetime
    causation: str
    context: Context
    data: Event | None  # None where this build does not know the type
    hash: bytes = field(repr=False, default=b"")
    trace: str | None = None  # the span that said it

    def hashed(self, digest: bytes) -> "Recorded":
        """Give the event with the hash of the bytes that it was written as."""
        return Recorded(
            *(self.subject, self.source, self.version, self.id, self.type, self.schema),
            *(self.time, self.causation, self.context, self.data, digest, self.trace),
        )


def encode(event: Recorded) -> Wire:
    """Write an event once, as the bytes that are stored and sent for ever."""
    if event.data is None:
        raise ValueError("an event without its sentence cannot be written")
    headers = (
        "1.0",
        event.id,
        event.source,
        event.type,
        event.subject,
        instant(event.time),
        f"urn:banli:{event.type}:{event.schema}",
        str(event.version),
        event.causation,
    )
    context, data = event.context.model_dump_json(), event.data.model_dump_json()
    head = [*zip(HEADERS, [text.encode() for text in headers], strict=True)]
    head += [(TRACE, event.trace.encode())] if event.trace else []
    value = f'{{"context":{context},"data":{data}}}'.encode()
    return Wire(event.subject.encode(), tuple(head), value)


def data_of(wire: Wire) -> str:
    """Give the sentence as its text lies in the value; no member of `context` is called data."""
    value = wire.value or b""
    return value[value.index(b',"data":') + 8 : -1].decode()


def decode(wire: Wire) -> Recorded:
    """Read an event, tolerant of unknown fields, types and enumeration values.

    Raises Unreadable where key, a header or the value is not what the envelope says.
    """
    head = _head(wire)
    try:
        body = _body_of(head["ce_type"]).model_validate_json(wire.value or b"")
    except ValidationError as fault:
        raise Unreadable(_why(fault)) from None
    return Recorded(
        subject=head["ce_subject"],
        source=head["ce_source"],
        version=_number("ce_version", head["ce_version"]),
        id=head["ce_id"],
        type=head["ce_type"],
        schema=_number("ce_dataschema", head["ce_dataschema"].rpartition(":")[2]),
        time=_moment(head["ce_time"]),
        causation=head["ce_causationid"],
        context=body.context,
        data=getattr(body, "data", None),
        hash=wire.hash,
        trace=trace_of(wire.headers),
    )


def _head(wire: Wire) -> dict[str, str]:
    """Read the nine headers: each there once, not empty, text; other headers are left alone."""
    found = dict(wire.headers)
    if len(found) != len(wire.headers):
        ours = [name for name, _ in wire.headers if name in _OURS]
        if len(set(ours)) != len(ours):  # which of two counts would depend on the reader
            raise Unreadable("a header stands twice")
    try:
        head = {name: (found.get(name) or b"").decode() for name in HEADERS}
    except UnicodeDecodeError:
        raise Unreadable("a header is not text") from None
    if not all(head.values()):
        raise Unreadable(f"{next(name for name in HEADERS if not head[name])} is missing")
    if not (head["ce_source"].isidentifier() and head["ce_type"].isidentifier()):
        raise Unreadable("ce_source or ce_type is no name")
    if head["ce_specversion"] != "1.0":
        raise Unreadable("ce_specversion is not 1.0")
    if wire.key != found["ce_subject"]:
        raise Unreadable("the key is not the subject")
    return head


def _number(name: str, text: str) -> int:
    """Read 1, 2, 3 …, written in one way only, small enough for a database's bigint."""
    if not (text.isascii() and text.isdecimal() and text[0] != "0" and len(text) <= 18):
        raise Unreadable(f"{name} is not a number from 1 on")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Unreadable("ce_time is not a moment with its zone")


@cache
def _body_of(type_: str) -> type[_UnknownBody]:
    known = EVENTS.get(type_)
    return _UnknownBody if known is None else _Body[known.model]  # type: ignore[name-defined]


def _why(fault: ValidationError) -> str:
    """Say what is wrong and where, without repeating anything of the message: nor its keys."""
    first = fault.errors(include_input=False, include_context=False, include_url=False)[0]
    known = _field_names()
    where = ".".join(
        str(part) if isinstance(part, int) or part in known else "…" for part in first["loc"]
    )
    return f"{where}: {first['type']}" if where else first["type"]


@cache
def _field_names() -> frozenset[str]:
    """List every field name that a contract declares."""
    names, models = {"context", "data"}, [Value]
    while models:
        model = models.pop()
        names.update(model.model_fields)
        models.extend(model.__subclasses__())
    return frozenset(names)


def seen_of(versions: Mapping[str, int], but: str) -> dict[str, int]:
    """List the versions folded of every source but one's own."""
    return {source: n for source, n in sorted(versions.items()) if source != but and n}
