"""What is written is read back the same; what is no event is named, and never repeated."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from annotated_types import Ge, Le, MinLen
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import AwareDatetime, StringConstraints

from banli_events.base import Event, Value
from banli_events.catalogue import EVENTS
from banli_events.envelope import (
    HEADERS,
    CommandRef,
    Context,
    Recorded,
    Unreadable,
    Wire,
    decode,
    encode,
    hash_of,
    seen_of,
    unpack_headers,
)
from banli_events.intake import FeedbackReceived
from banli_events.words import Actor, Grade

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SAID = WORDS.filter(lambda text: bool(text.strip()))
MOMENTS = st.builds(
    lambda microseconds, zone: NOON.astimezone(zone) + timedelta(microseconds=microseconds),
    st.integers(-(10**15), 10**15),
    st.sampled_from([UTC, BEIJING]),
)


def _texts(metadata: tuple[object, ...]) -> SearchStrategy[str]:
    for each in metadata:
        if isinstance(each, StringConstraints) and isinstance(each.pattern, str):
            return st.from_regex(each.pattern.strip("^$"), fullmatch=True)
    return SAID


def _numbers(metadata: tuple[object, ...]) -> SearchStrategy[int]:
    low = [each.ge for each in metadata if isinstance(each, Ge)]
    high = [each.le for each in metadata if isinstance(each, Le)]
    return st.integers(low[0] if low else -1000, high[0] if high else 1000)  # type: ignore[arg-type]


def _values(kind: Any, metadata: tuple[object, ...] = ()) -> SearchStrategy[Any]:
    """Generate what a field of this type may hold."""
    if get_origin(kind) is Annotated:
        inner, *more = get_args(kind)
        return _values(inner, tuple(more))
    if get_origin(kind) in (Union, UnionType):
        return st.one_of([_values(each, metadata) for each in get_args(kind)])
    if get_origin(kind) is tuple:
        least = max([1, *(each.min_length for each in metadata if isinstance(each, MinLen))])
        return st.lists(_values(get_args(kind)[0]), min_size=least, max_size=3).map(tuple)
    if issubclass(kind, Value):
        return _models(kind)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    by_type: dict[Any, SearchStrategy[Any]] = {
        str: _texts(metadata),
        bool: st.booleans(),
        int: _numbers(metadata),
        date: st.dates(),
        AwareDatetime: MOMENTS,
        NoneType: st.none(),
    }
    return by_type[kind]


def _models(model: type[Value]) -> SearchStrategy[Any]:
    fields = {
        name: _values(field.annotation, tuple(field.metadata))
        for name, field in model.model_fields.items()
    }
    return st.fixed_dictionaries(fields).map(model.model_validate)


CONTEXTS: SearchStrategy[Context] = st.builds(
    Context,
    previous=st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    command=st.builds(CommandRef, id=WORDS, hash=WORDS, part=st.just(1), of=st.integers(1, 9)),
    seen=st.dictionaries(st.sampled_from(["assignment", "supervision"]), st.integers(1, 99)),
    reference=st.none() | st.integers(0, 2**40),
    correlationid=WORDS,
    actor=st.none() | _models(Actor),
    via=st.sampled_from(["http", "clock", "system:dept-x", "reaction:set-deadline"]),
    clock=st.none() | st.just("driven"),
)


def _recorded(data: Event | None = None, **changes: Any) -> Recorded:
    data = data or FeedbackReceived(
        signer="p1", grade=Grade.SATISFIED, received_on=date(2026, 3, 1)
    )
    said = {
        "subject": "case/1",
        "source": "intake",
        "version": 2,
        "id": "0195f0a0-0000-7000-8000-000000000001",
        "type": type(data).__name__,
        "schema": data.schema_version,
        "time": NOON,
        "causation": "0195f0a0-0000-7000-8000-000000000000",
        "context": Context(
            previous="ab" * 32,
            command=CommandRef(id="c1", hash="cd" * 32, part=1, of=1),
            seen={"supervision": 4},
            reference=7,
            correlationid="c1",
            actor=Actor(person="p9", post="registrar", unit="office"),
            via="http",
        ),
        "data": data,
    }
    return Recorded(**{**said, **changes})


def _with_header(wire: Wire, name: str, value: bytes | None) -> Wire:
    headers = tuple((each, value if each == name else old) for each, old in wire.headers)
    return replace(wire, headers=headers)


@pytest.mark.parametrize("name", sorted(EVENTS))
@settings(max_examples=10)
@given(draw=st.data(), context=CONTEXTS, time=MOMENTS)
def test_what_is_written_is_read_back(
    name: str, draw: st.DataObject, context: Context, time: datetime
) -> None:
    data = draw.draw(_models(EVENTS[name].model))
    event = _recorded(data, context=context, time=time, source=EVENTS[name].source)
    wire = encode(event)
    assert decode(wire) == replace(event, hash=wire.hash)
    assert encode(decode(wire)) == wire


def test_the_headers_are_the_nine_in_their_order() -> None:
    wire = encode(_recorded())
    assert tuple(name for name, _ in wire.headers) == HEADERS
    assert dict(wire.headers)["ce_time"] == b"2026-03-02T04:00:00.000000Z"
    assert dict(wire.headers)["ce_dataschema"] == b"urn:banli:FeedbackReceived:1"
    assert wire.key == b"case/1"


def test_an_instant_of_a_sentence_is_written_in_utc() -> None:
    model = EVENTS["DeadlineMissed"].model
    data = model.model_validate({"clock": "reply", "due": NOON.astimezone(BEIJING)})
    value = encode(_recorded(data, source="supervision")).value
    assert value is not None
    assert b'"due":"2026-03-02T04:00:00Z"' in value


BYTES = st.none() | st.binary(max_size=40)
WIRES = st.builds(Wire, BYTES, st.lists(st.tuples(WORDS, BYTES), max_size=12).map(tuple), BYTES)


def _by_the_docstring(wire: Wire) -> bytes:
    """Hash key, each header's name and value in wire order, and value, each after its length."""
    digest = hashlib.sha256()
    parts: list[bytes | None] = [wire.key]
    for name, value in wire.headers:
        parts += [name.encode("utf-8"), value]
    for part in [*parts, wire.value]:
        length = 0xFFFFFFFF if part is None else len(part)
        digest.update(length.to_bytes(4, "big"))
        digest.update(part or b"")
    return digest.digest()


@given(WIRES)
def test_the_hash_is_the_one_that_its_docstring_describes(wire: Wire) -> None:
    assert wire.hash == _by_the_docstring(wire)
    assert hash_of(wire.key, wire.packed_headers, wire.value) == wire.hash


def test_the_hash_of_a_message_never_changes() -> None:
    wire = Wire(
        b"case/1", (("ce_id", "办".encode()), ("binary", b"\xff\x00"), ("null", None)), b"{}"
    )
    assert wire.hash.hex() == "a13ce8b585d83589d119e6037ae27acbe926b8069bb4e8be529b84ef54f4c678"


@given(WIRES)
def test_headers_are_unpacked_as_they_were_packed(wire: Wire) -> None:
    assert unpack_headers(wire.packed_headers) == wire.headers


@given(WIRES)
def test_no_message_breaks_the_reader(wire: Wire) -> None:
    with pytest.raises(Unreadable):
        decode(wire)


def test_a_type_of_tomorrow_is_read_without_its_sentence() -> None:
    wire = _with_header(encode(_recorded()), "ce_type", b"MoonPhaseNoted")
    event = decode(wire)
    assert (event.type, event.version, event.data) == ("MoonPhaseNoted", 2, None)
    assert event.hash == wire.hash
    with pytest.raises(ValueError, match="without its sentence"):
        encode(event)


def test_fields_and_values_of_tomorrow_are_tolerated() -> None:
    wire = encode(_recorded())
    value = (wire.value or b"").replace(b'"SATISFIED"', b'"DELIGHTED","mood":{"of":["the day"]}')
    value = value.replace(b'"via":', b'"weather":"fine","via":')
    headers = (*wire.headers, ("traceparent", b"00-ab-cd-01"), ("other", None), ("x", b"\xff"))
    event = decode(Wire(wire.key, headers, value))
    assert isinstance(event.data, FeedbackReceived)
    assert event.data.grade == "DELIGHTED"


SPAN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_tenth_header_says_to_which_trace_an_event_belongs_and_is_hashed_with_the_rest() -> None:
    plain, traced = encode(_recorded()), encode(replace(_recorded(), trace=SPAN))
    assert traced.headers == (*plain.headers, ("traceparent", SPAN.encode()))
    assert (traced.key, traced.value) == (plain.key, plain.value)
    assert traced.hash != plain.hash
    assert decode(traced) == replace(decode(plain), trace=SPAN, hash=traced.hash)
    assert unpack_headers(traced.packed_headers) == traced.headers
    again = Wire(traced.key, unpack_headers(traced.packed_headers), traced.value)
    assert again.hash == traced.hash, "a resend is the same"


@pytest.mark.parametrize("value", [None, b"", b"\xff", SPAN.encode() + b"x", b"13800000000"])
def test_what_is_no_trace_is_nothing_to_a_reader(value: bytes | None) -> None:
    plain = encode(_recorded())
    event = decode(Wire(plain.key, (*plain.headers, ("traceparent", value)), plain.value))
    assert (event.trace, event.data) == (None, _recorded().data)


SECRET = "13800000000"


def _damaged() -> Mapping[str, Wire]:
    good = encode(_recorded())
    value = good.value or b""
    headers = {
        f"{name} {what}": _with_header(good, name, bad)
        for name in HEADERS
        for what, bad in (("null", None), ("empty", b""), ("binary", b"\xff" + SECRET.encode()))
    }
    numbers = {
        f"version {text}": _with_header(good, "ce_version", text.encode())
        for text in ("0", "-1", "+1", "01", "1_0", " 1", "１", "9" * 19, SECRET + "x")
    }
    times = {
        f"time {text}": _with_header(good, "ce_time", text.encode())
        for text in ("2026-03-02T04:00:00", "0001-01-01T00:00:00+14:00", "noon " + SECRET)
    }
    bodies = {
        text: replace(good, value=text.encode())
        for text in ("", "null", "[]", "{", SECRET, '{"context":' + '{"a":' * 3000)
    }
    return {
        **headers,
        **numbers,
        **times,
        **bodies,
        "no value": replace(good, value=None),
        "not text": replace(good, value=b'{"\xff'),
        "a surrogate": replace(good, value=value.replace(b"SATISFIED", b"\\ud800")),
        "no key": replace(good, key=None),
        "other key": replace(good, key=SECRET.encode()),
        "no headers": replace(good, headers=()),
        "twice": replace(good, headers=(*good.headers, ("ce_type", SECRET.encode()))),
        "other spec": _with_header(good, "ce_specversion", b"0.3"),
        "schema": _with_header(good, "ce_dataschema", f"urn:{SECRET}:x".encode()),
        "wrong field": replace(good, value=value.replace(b'"p1"', f'"{SECRET} "'.encode())),
        "wrong key": replace(
            good, value=value.replace(b'{"supervision":4}', b'{"%s":"x"}' % SECRET.encode())
        ),
        "no sentence": replace(good, value=value.replace(b'"data"', b'"tada"')),
    }


@pytest.mark.parametrize("what", sorted(_damaged()))
def test_what_is_no_event_is_named_and_never_repeated(what: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(_damaged()[what])
    assert str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_moment_without_its_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="without its zone"):
        encode(_recorded(time=NOON.replace(tzinfo=None)))


def test_what_was_seen_names_other_sources_only() -> None:
    assert seen_of({"intake": 3, "assignment": 0, "supervision": 2}, "intake") == {"supervision": 2}
