"""Whatever a department writes on its topic, it gets one receipt, and nobody else is harmed."""

import asyncio
import gzip
import hashlib
import json
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import hypothesis
from aiokafka import AIOKafkaProducer
from bodies import HUGO, SYSTEM
from crowd import memory_of
from hypothesis import strategies as st
from processes import until
from traffic import correct
from wholelog import Line, ends_of, read_receipts
from world import World, written

from banli_engine import topics
from banli_engine.topics import DECIDERS
from banli_events.catalogue import COMMANDS
from banli_events.submission import RECEIPT_BODY, RECEIPT_OFFSET, RECEIPT_PARTITION, RECEIPT_TOPIC

AT_ONCE = 80
ROUNDS = 6
MEGABYTES = 60
"""By how much a process may have grown when all is answered."""

Message = tuple[bytes | None, list[tuple[str, bytes]], bytes | None]  # key, headers, value

texts = st.text(st.characters(exclude_categories=[]), max_size=40)  # lone surrogates too
numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([10**400, -(10**4_000), 1e308, 2**63, -0.0]),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


class Raw(bytes):
    """Bytes of a message; too many to be shown."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes: {self[:60]!r}>"


def deep(depth: int, form: str) -> Any:
    """Nest so deep: by text, for no encoder of Python's goes there."""
    opening, closing = {"list": ("[", "]"), "object": ('{"a":', "}")}[form]
    return opening * depth + "1" + closing * depth


def as_json(value: Any, plain: bool) -> bytes:
    return json.dumps(value, ensure_ascii=not plain).encode(errors="surrogatepass")


def submissions(subject: str) -> st.SearchStrategy[bytes]:
    """Make what is nearly a submission: one field, or several, something else."""
    good = written(correct("n-hostile"), subject, actor=HUGO)
    fields = st.sampled_from([*good, "after", "more"])
    spoiled = st.dictionaries(fields, values, max_size=3)
    ids = st.uuids().map(str) | st.just(str(UUID(int=7)))  # the same id for other bodies
    within = st.builds(
        lambda id_, data: as_json({**good, "id": id_, "data": {**good["data"], **data}}, False),
        *(ids, st.dictionaries(st.sampled_from(["field", "after", "reason", "phone"]), values)),
    )
    nested = st.builds(
        lambda id_, depth, form: (
            as_json({**good, "id": id_}, False)[:-2] + f',"x":{deep(depth, form)}}}}}'.encode()
        ),
        *(ids, st.sampled_from([5, 100, 400, 900, 20_000]), st.sampled_from(["list", "object"])),
    )
    others = st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(sorted(COMMANDS)),
            "subject": st.sampled_from(["unit/x", "nothing/x", "case/" + "x" * 300]),
        },
    )
    around = st.builds(
        lambda id_, more, other, plain: as_json({**good, "id": id_, **more, **other}, plain),
        *(ids, spoiled, others, st.booleans()),
    )
    twice = ids.map(lambda id_: as_json({**good, "id": id_}, True).replace(b'{"', b'{"id":1,"', 1))
    return st.one_of(around, within, nested, twice)


def messages(subject: str) -> st.SearchStrategy[Message]:
    near = submissions(subject)
    value = st.one_of(
        near,
        near,
        st.none(),
        st.binary(max_size=300),
        st.builds(as_json, values, st.booleans()),
        st.builds(
            lambda text, code: text.decode().encode(code),
            *(
                submissions(subject).filter(lambda raw: _is_text(raw)),
                st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "utf-7"]),
            ),
        ),
        near.map(gzip.compress),
        st.builds(lambda raw, at: raw[: at % len(raw)], near, st.integers(1, 10_000)),
        st.sampled_from([b" " * 900_000, b'"' + b"a" * 900_000 + b'"', b"[" * 900_000]),
    )
    headers = st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=9)), max_size=4)
    forged = st.just([("ce_source", b"intake"), ("ce_type", b"ItemRegistered"), ("ce_id", b"1")])
    shown = value.map(lambda raw: raw if raw is None else Raw(raw))
    every = st.tuples(st.none() | st.binary(max_size=60), headers | forged, shown)
    return every.filter(lambda message: message[0] is not None or message[2] is not None)


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode().encode("utf-16")
    except UnicodeError:
        return False
    return True


def send(world: World, sent: list[tuple[str, Message]]) -> list[tuple[bytes, bytes, bytes]]:
    """Write messages as they are; give their places: topic, partition, offset."""
    login = world.servers.system_login(SYSTEM)

    async def go() -> list[tuple[bytes, bytes, bytes]]:
        producer = AIOKafkaProducer(
            bootstrap_servers=world.servers.bootstrap,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism=login.mechanism,
            sasl_plain_username=login.user,
            sasl_plain_password=login.password,
            max_request_size=1_048_576,
        )
        places = []
        async with producer:
            for service, (key, headers, value) in sent:
                topic = topics.submissions(service, SYSTEM, world.epoch)
                done = await producer.send(topic, value, key=key, headers=headers, partition=0)
                places.append((topic, done))
            lie = [(topic, await done) for topic, done in places]
        return [
            (topic.encode(), str(at.partition).encode(), str(at.offset).encode())
            for topic, at in lie
        ]

    return asyncio.run(go())


def place_of(line: Line) -> tuple[bytes | None, ...]:
    head = dict(line.wire.headers)
    return tuple(head[name] for name in (RECEIPT_TOPIC, RECEIPT_PARTITION, RECEIPT_OFFSET))


SETTINGS = hypothesis.settings(
    max_examples=ROUNDS,
    deadline=None,
    database=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)


def test_whatever_lies_on_a_topic_gets_one_receipt(world: World) -> None:
    case = world.case().registered()
    began = {service: memory_of(world, service) for service in DECIDERS}
    each = st.tuples(st.sampled_from(DECIDERS), messages(case.subject))

    @hypothesis.seed(20261126)
    @SETTINGS
    @hypothesis.given(st.lists(each, min_size=AT_ONCE, max_size=AT_ONCE))
    def ask(sent: list[tuple[str, Message]]) -> None:
        since = ends_of(world, [topics.receipts(SYSTEM, world.epoch)])
        places = send(world, sent)
        bodies = {
            place: hashlib.sha256(value or b"").hexdigest().encode()
            for place, (_, (_, _, value)) in zip(places, sent, strict=True)
        }
        told: list[Line] = until(
            lambda: len(got := read_receipts(world, SYSTEM, since)) >= len(sent) and got,
            "every message has its receipt",
        )
        assert Counter(map(place_of, told)) == Counter(places)
        for line in told:
            assert dict(line.wire.headers)[RECEIPT_BODY] == bodies[place_of(line)]
            answer = json.loads(line.wire.value or b"")
            problem = answer.get("problem", {"status": 200})
            assert problem["status"] < 500, (problem, dict(line.wire.headers)[RECEIPT_OFFSET])

    ask()
    world.settle()
    for service in DECIDERS:
        grown = memory_of(world, service) - began[service]
        assert grown < MEGABYTES * 1_000_000, (service, grown)
        status = world.status(service)
        assert (status["parked"], status["unwell"], status["stopped"]) == ([], None, {})
        assert "way_failed" not in world.log_of(service)
    assert case.take("intake", correct(f"n-{uuid4()}"), HUGO), "the case itself goes on"
