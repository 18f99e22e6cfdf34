"""Kafka, as an administrator sees it: opened with the profile's login, its faults in words."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import AuthorizationError, KafkaError, SaslAuthenticationFailedError

from banli_cli.profile import KafkaLogin
from banli_cli.refusal import Denied, Misused, NotReached
from banli_engine.provision import NotProvisioned
from banli_engine.topics import BadSystemName

QUICK = {"bootstrap_timeout_ms": 5_000}
"""How long Kafka may take to answer at all."""

Ends = dict[TopicPartition, int]
"""Offsets, by topic and partition."""


@contextmanager
def admin(kafka: KafkaLogin) -> Iterator[KafkaAdminClient]:
    """Open an administrator's client; what goes wrong with it is one sentence."""
    with _in_words():
        client = KafkaAdminClient(**kafka.client(), **QUICK)
        try:
            yield client
        finally:
            client.close()


@contextmanager
def consumer(kafka: KafkaLogin) -> Iterator[KafkaConsumer]:
    """Open a consumer that belongs to no group."""
    with _in_words():
        client = KafkaConsumer(
            **kafka.client(), **QUICK, enable_auto_commit=False, auto_offset_reset="none"
        )
        try:
            yield client
        finally:
            client.close()


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except BadSystemName as fault:
        raise Misused(str(fault)) from None
    except NotProvisioned as fault:
        raise Denied(str(fault)) from None
    except (AuthorizationError, SaslAuthenticationFailedError) as fault:
        raise Denied(f"Kafka refuses this login: {type(fault).__name__}.") from None
    except (KafkaError, OSError) as fault:
        raise NotReached(f"Kafka does not answer: {type(fault).__name__}.") from None


def partitions(client: KafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """List the partitions of these topics; of one that is not there, none."""
    return [
        TopicPartition(topic, part)
        for topic in topics
        for part in sorted(client.partitions_for_topic(topic) or ())
    ]


def records(client: KafkaConsumer, begins: Ends, ends: Ends) -> Iterator[Any]:
    """Read these partitions from where to where."""
    left = {tp for tp, begin in begins.items() if begin < ends[tp]}
    if not left:
        return
    client.assign(sorted(left))
    for tp in left:
        client.seek(tp, begins[tp])
    while left:
        for tp, batch in client.poll(timeout_ms=500, max_records=5_000).items():
            yield from (record for record in batch if record.offset < ends[tp])
        done = {tp for tp in left if client.position(tp) >= ends[tp]}
        client.pause(*done)
        left -= done
