"""What is published, read off its topic: systems, rules, calendars."""

from collections.abc import Iterator

from banli_cli import cluster
from banli_cli.profile import KafkaLogin
from banli_engine.topics import reference_events
from banli_events.envelope import Recorded, Unreadable, Wire, decode


def events(kafka: KafkaLogin, epoch: str) -> Iterator[Recorded]:
    """Read the reference events, each once: a redelivery is told by its place in its stream."""
    seen = set[tuple[str, str, int]]()
    with cluster.consumer(kafka) as client:
        tps = cluster.partitions(client, [reference_events(epoch)])
        begins, ends = client.beginning_offsets(tps), client.end_offsets(tps)
        for record in cluster.records(client, begins, ends):
            try:
                event = decode(Wire(record.key, tuple(record.headers), record.value))
            except Unreadable:
                continue
            place = event.subject, event.source, event.version
            if place not in seen:
                seen.add(place)
                yield event
