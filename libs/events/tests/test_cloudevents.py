"""On the wire an event is a CloudEvent 1.0 in Kafka's binary mode, as the SDK reads it."""

import re
from datetime import UTC, date, datetime

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event
from cloudevents.core.v1.event import CloudEvent

from banli_events.base import canonical
from banli_events.envelope import CommandRef, Context, Recorded, Wire, decode, encode
from banli_events.intake import FeedbackReceived
from banli_events.words import Grade

EVENT = Recorded(
    subject="case/1",
    source="intake",
    version=3,
    id="0195f0a0-0000-7000-8000-000000000001",
    type="FeedbackReceived",
    schema=1,
    time=datetime(2026, 3, 2, 4, 0, 0, 5, tzinfo=UTC),
    causation="0195f0a0-0000-7000-8000-000000000000",
    context=Context(
        previous=None,
        command=CommandRef(id="c1", hash="cd" * 32, part=1, of=1),
        seen={},
        reference=None,
        correlationid="c1",
        actor=None,
        via="clock",
    ),
    data=FeedbackReceived(signer="p1", grade=Grade.SATISFIED, received_on=date(2026, 3, 1)),
)


def _message(wire: Wire) -> KafkaMessage:
    headers = {name: value or b"" for name, value in wire.headers}
    return KafkaMessage(headers=headers, key=wire.key, value=wire.value or b"")


def test_the_reference_sdk_reads_what_we_write() -> None:
    read = from_binary_event(_message(encode(EVENT)))
    assert isinstance(read, CloudEvent)
    assert read.get_specversion() == "1.0"
    assert read.get_id() == EVENT.id
    assert read.get_source() == "intake"
    assert read.get_type() == "FeedbackReceived"
    assert read.get_subject() == "case/1"
    assert read.get_time() == EVENT.time
    assert read.get_dataschema() == "urn:banli:FeedbackReceived:1"
    assert read.get_extension("version") == "3"
    assert read.get_extension("causationid") == EVENT.causation
    data = read.get_data()
    assert isinstance(data, dict)
    assert data["data"] == {
        "signer": "p1",
        "grade": "SATISFIED",
        "round": 1,
        "received_on": "2026-03-01",
    }


def test_we_read_what_the_reference_sdk_writes() -> None:
    read = from_binary_event(_message(encode(EVENT)))
    again = to_binary_event(read)
    headers = tuple(sorted((name, value) for name, value in again.headers.items()))
    value = again.value if isinstance(again.value, bytes) else str(again.value).encode()
    ours = decode(Wire(b"case/1", headers, value))
    assert ours.data == EVENT.data
    assert (ours.id, ours.time, ours.version) == (EVENT.id, EVENT.time, EVENT.version)


def test_the_names_of_attributes_are_those_that_the_standard_allows() -> None:
    for name, _ in encode(EVENT).headers:
        assert re.fullmatch(r"ce_[a-z0-9]{1,20}", name)
    assert canonical({}) == b"{}"
