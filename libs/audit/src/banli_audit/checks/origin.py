"""Where an event lies and who said it: key, partition, topic, source and schema."""

from collections.abc import Mapping
from functools import lru_cache

from banli_audit.checks.streams import Tell
from banli_audit.codes import Code
from banli_audit.records import Heading, partition_for
from banli_events.catalogue import EVENTS
from banli_events.envelope import Wire
from banli_events.subjects import topic_of

_SCHEMA = "ce_dataschema"


def check_origin(at: Heading, wire: Wire, partitions: Mapping[str, int], tell: Tell) -> bool:
    """Check the place of an event; tell whether its stream is to be looked for here at all."""
    known = EVENTS.get(at.type)
    schema = next((value or b"").decode() for name, value in wire.headers if name == _SCHEMA)
    if known is not None and at.source != known.source:
        tell(Code.WRONG_SOURCE, at, right=known.source)
    if schema != f"urn:banli:{at.type}:{schema.rpartition(':')[2]}":
        tell(Code.WRONG_SCHEMA, at)
    if wire.key != at.subject.encode():
        tell(Code.WRONG_KEY, at)
        return True
    topic = topic_of(at.subject)
    if topic != at.topic:
        tell(Code.WRONG_TOPIC, at, right=topic)
        return False
    right = _partition(at.subject, partitions[at.topic])
    if right != at.partition:
        tell(Code.WRONG_PARTITION, at, right=right)
        return False
    return True


@lru_cache(maxsize=100_000)
def _partition(subject: str, partitions: int) -> int:
    return partition_for(subject.encode(), partitions)
