"""Look whether anything is lost: read the databases, then Kafka, then let `losses` compare."""

import asyncio
import json
import re
import time
from collections.abc import Sequence
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from banli_cli import cluster, kept, losses
from banli_cli.kept import Told
from banli_cli.losses import Line, Seen
from banli_cli.profile import Profile
from banli_cli.screen import Bar
from banli_engine import topics
from banli_engine.topics import DECIDERS
from banli_events.submission import RECEIPT_SENDER, RECEIPT_SOURCE

TRIES = 3
PAUSE_SECONDS = 0.5
"""What looks lost is looked at again: only what stays so is said."""


def count(profile: Profile, bar: Bar) -> tuple[Seen, list[Line]]:
    """Count until nothing is missing, or the same is missing again and again."""
    for left in reversed(range(TRIES)):
        seen = look(profile, bar)
        lines = losses.lines(seen)
        if not left or not any(line.gap for line in lines):
            break
        time.sleep(PAUSE_SECONDS)
    return seen, lines


def look(profile: Profile, bar: Bar) -> Seen:
    """Read all that is compared."""
    seen = Seen(asyncio.run(kept.read(profile)))
    with cluster.consumer(profile.kafka) as client:
        _ends(client, profile, seen)
        _receipts(client, profile, seen, bar)
    seen.known = asyncio.run(kept.known(profile, seen.told.values()))
    return seen


def _ends(client: KafkaConsumer, profile: Profile, seen: Seen) -> None:
    epoch, names = profile.epoch, sorted(client.topics())
    logs = [topics.case_events(epoch), topics.reference_events(epoch)]
    seen.logs = cluster.partitions(client, logs)
    seen.submissions = {
        tp: service
        for service in DECIDERS
        for tp in cluster.partitions(
            client, _matching(names, topics.submissions_pattern(service, epoch))
        )
    }
    places = [*seen.logs, *seen.submissions]
    seen.begins = client.beginning_offsets(places)
    seen.ends = client.end_offsets(places)


def _matching(names: Sequence[str], pattern: str) -> list[str]:
    return [name for name in names if re.match(pattern, name)]


def _receipts(client: KafkaConsumer, profile: Profile, seen: Seen, bar: Bar) -> None:
    """Read the receipts from the time of the first submission that is still kept."""
    names = _matching(sorted(client.topics()), topics.receipts_pattern(profile.epoch))
    tps = cluster.partitions(client, names)
    ends = client.end_offsets(tps)
    begins = _since(client, seen, tps, ends)
    total, settled = sum(ends[tp] - begins[tp] for tp in tps), set[str]()
    for each in seen.kept.values():
        settled |= each.settled
    for done, record in enumerate(cluster.records(client, begins, ends), 1):
        if at := kept.answered(record.headers):
            seen.answered.add(at)
        told = _told(record, settled)
        key = told.service, told.sender, told.command
        if told.events or key not in seen.told:  # another one with the same id has none
            seen.told[key] = told
        if done % 1_000 == 0:
            bar.at(done, total)


def _since(
    client: KafkaConsumer, seen: Seen, tps: Sequence[TopicPartition], ends: cluster.Ends
) -> cluster.Ends:
    first = client.offsets_for_times(dict.fromkeys(seen.submissions, 0)) if seen.submissions else {}
    since = min((each.timestamp for each in first.values() if each), default=0)
    found = client.offsets_for_times(dict.fromkeys(tps, since)) if tps else {}
    return {tp: found[tp].offset if found.get(tp) else ends[tp] for tp in tps}


def _told(record: Any, settled: set[str]) -> Told:
    """Read a receipt; of a subject of which a fork was settled, events may have fallen since."""
    said = {name: (value or b"").decode() for name, value in record.headers}
    answer = json.loads(record.value)
    subject = answer.get("subject")
    events = answer.get("events", ()) if subject not in settled else ()
    places = [(subject, each["source"], each["version"]) for each in events]
    return Told(said[RECEIPT_SOURCE], said[RECEIPT_SENDER], record.key.decode(), places)
