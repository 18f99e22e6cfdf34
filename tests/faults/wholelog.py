"""The whole log, read with a plain consumer, and what must hold of it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import asyncpg
from kafka import KafkaConsumer, TopicPartition

from banli_engine.topics import SERVICES, case_events, receipts, reference_events
from banli_events.assignment import Classified
from banli_events.envelope import Recorded, Unreadable, Wire, decode
from banli_events.intake import ItemCorrected
from banli_events.supervision import ResearchLogged
from banli_reporting.places import read_places


@dataclass(frozen=True)
class Line:
    """One record as it lies on its topic."""

    topic: str
    part: int
    offset: int
    at: int  # when the broker appended it, in milliseconds
    wire: Wire

    @cached_property
    def event(self) -> Recorded | None:
        """The event, where it can be read as one."""
        try:
            return decode(self.wire)
        except Unreadable:
            return None


Places = dict[TopicPartition, int]
"""Offsets, by topic and partition."""


@contextmanager
def _reading(world: Any, names: Iterable[str]) -> Iterator[tuple[KafkaConsumer, Places]]:
    """Open a plain consumer on all partitions of these topics; tell where they end now."""
    login = world.servers.login("admin").client(world.servers.bootstrap)
    consumer = KafkaConsumer(**login, auto_offset_reset="none", enable_auto_commit=False)
    try:
        tps = [
            TopicPartition(name, part)
            for name in names
            for part in consumer.partitions_for_topic(name) or ()
        ]
        consumer.assign(tps)
        yield consumer, consumer.end_offsets(tps)
    finally:
        consumer.close()


def ends_of(world: Any, names: Iterable[str]) -> Places:
    """Tell where topics end."""
    with _reading(world, names) as (_, ends):
        return ends


def read_topics(world: Any, names: Iterable[str], since: Places | None = None) -> list[Line]:
    """Read topics to their end, from the beginning or since somewhere; by position, no group."""
    with _reading(world, names) as (consumer, ends):
        consumer.seek_to_beginning()
        for tp in ends:
            if tp in (since or {}):
                consumer.seek(tp, since[tp])
        lines: list[Line] = []
        while any(consumer.position(tp) < end for tp, end in ends.items()):
            for records in consumer.poll(timeout_ms=500, max_records=5_000).values():
                for r in records:
                    wire = Wire(r.key, tuple(r.headers), r.value)
                    lines.append(Line(r.topic, r.partition, r.offset, r.timestamp, wire))
        return sorted(lines, key=lambda line: (line.topic, line.part, line.offset))


def read_log(world: Any) -> list[Line]:
    """Read both logs."""
    return read_topics(world, [case_events(world.epoch), reference_events(world.epoch)])


def read_receipts(world: Any, system: str, since: Places | None = None) -> list[Line]:
    """Read a system's receipts; `http` for those of refusals over HTTP."""
    return read_topics(world, [receipts(system, world.epoch)], since)


def events_of(lines: Iterable[Line], but: Iterable[str] = ()) -> list[Recorded]:
    """Give each event once, in the order of the log, without redeliveries."""
    seen, events, but = set[tuple[str, str, int]](), list[Recorded](), set(but)
    for line in lines:
        event = line.event
        if event is None or event.subject in but:
            continue
        if (place := (event.subject, event.source, event.version)) not in seen:
            seen.add(place)
            events.append(event)
    return events


def findings(lines: Sequence[Line], but: Iterable[str] = ()) -> list[str]:
    """Name gaps, forks, broken chains and commands that are incomplete or doubled."""
    found: list[str] = []
    heads: dict[tuple[str, str], list[bytes]] = defaultdict(list)
    for line in lines:
        if (line.wire.key or b"").decode(errors="replace") in but:
            continue
        event = line.event
        if event is None:
            found.append(f"unreadable at {line.part}/{line.offset}")
            continue
        stream, at = heads[event.subject, event.source], f"{event.subject} {event.source}"
        if event.version <= len(stream):
            if stream[event.version - 1] != event.hash:
                found.append(f"fork: {at} {event.version} ({event.type})")
        elif event.version > len(stream) + 1:
            found.append(f"gap: {at} {event.version} after {len(stream)}")
        else:
            if event.context.previous != (stream[-1].hex() if stream else None):
                found.append(f"chain: {at} {event.version}")
            stream.append(event.hash)
    return found + _commands(events_of(lines, but))


def _commands(events: Iterable[Recorded]) -> list[str]:
    parts: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for event in events:
        actor, ref = event.context.actor, event.context.command
        who = f"{event.context.via}/{actor.person if actor else ''}"
        parts[event.source, who, ref.id].append((ref.part, ref.of))
    return [
        f"command {command} of {who}: parts {got}"
        for (_, who, command), got in parts.items()
        if got != [(part, got[0][1]) for part in range(1, got[0][1] + 1)]
    ]


def number_in(event: Recorded) -> str | None:
    """Read the unique number that a command of the traffic carried."""
    match event.data:
        case ItemCorrected(after=text) | Classified(category=text) | ResearchLogged(summary=text):
            return text if text.startswith("n-") else None
        case _:
            return None


def numbers(events: Iterable[Recorded]) -> list[str]:
    """List the numbers of the traffic in the order of the log."""
    return [number for event in events if (number := number_in(event))]


def differences(world: Any, lines: Sequence[Line], but: Iterable[str] = ()) -> list[str]:
    """Compare what each service keeps, and what reporting tells, with the log, row for row."""
    but = set(but)
    told = {(e.subject, e.source, e.version): e.hash for e in events_of(lines, but)}
    found: list[str] = []
    for service in SERVICES:
        rows = _stories(world) if service == "reporting" else _rows(world, service)
        kept = {(s, c, v): h for s, c, v, h in rows if s not in but}
        found += [f"{service} has rows twice"] * (len(kept) < sum(s not in but for s, *_ in rows))
        found += [f"{service} lacks {place}" for place in told.keys() - kept.keys()]
        found += [f"{service} alone has {place}" for place in kept.keys() - told.keys()]
        found += [f"{service} differs at {p}" for p in told.keys() & kept if told[p] != kept[p]]
    return found


def _rows(world: Any, service: str) -> list[Any]:
    return query(world.dsns[service], "select subject, source, version, hash from events")


def _stories(world: Any) -> list[Any]:
    chapters = query(world.dsns["reporting"], "select subject, places from chapters")
    return [
        (subject, each.source, each.version, each.hash)
        for subject, places in chapters
        for each in read_places(places)
    ]


def query(dsn: str, sql: str, *arguments: Any) -> list[Any]:
    """Ask a database something."""

    async def ask() -> list[Any]:
        db = await asyncpg.connect(dsn)
        try:
            return list(await db.fetch(sql, *arguments))
        finally:
            await db.close()

    return asyncio.run(ask())
