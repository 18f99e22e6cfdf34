"""Fold a subject's events into what is decided on, and tell whether a message fits its stream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from banli_engine.decider import Service
from banli_engine.store import StoredEvent
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded, Unreadable, Wire, decode
from banli_events.subjects import kind_of


class Fork(Exception):
    """Two different events claim the same place of a stream, or the chain does not hold."""


class Gap(Exception):
    """The event before this one has not arrived."""


class HistoryNeeded(Exception):
    """The subject's events are needed, not only their fold: load it without the cache."""


@dataclass(slots=True)
class Said:
    """What was said on one command so far: which command it was, and the versions of its events."""

    hash: str
    of: int
    versions: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Folded:
    """A subject as its events make it: the state, and what a next event must fit."""

    state: Any
    changes: int = 0
    streams: dict[str, list[bytes]] = field(default_factory=dict)  # hash of each event, by source
    latest: datetime | None = None  # the latest recorded time
    reference: int = 0  # the furthest offset of `reference-events` any event rests on
    said: dict[tuple[str, str], Said] = field(default_factory=dict)  # by own commands
    begun: tuple[str, int] = ("", 0)  # the event it began anew with: source and version

    def previous(self, source: str) -> str | None:
        """The hash of a stream's last event."""
        stream = self.streams.get(source)
        return stream[-1].hex() if stream else None

    def head(self, source: str) -> int:
        """The version of a stream's last event, 0 where there is none."""
        return len(self.streams.get(source, ()))

    @property
    def heads(self) -> dict[str, int]:
        """The last version by source."""
        return {source: len(stream) for source, stream in self.streams.items()}

    def hash_at(self, source: str, version: int) -> bytes | None:
        """The hash of an event, None where there is none at this place."""
        stream = self.streams.get(source, ())
        return stream[version - 1] if 0 < version <= len(stream) else None


def folded(service: Service, subject: str) -> Folded:
    """Begin a subject of which nothing is known."""
    aggregate = service.aggregates.get(kind_of(subject))
    return Folded(aggregate.initial if aggregate else None)


def fold(service: Service, into: Folded, event: Recorded) -> None:
    """Take one event in, or none of it where this build's `evolve` fails."""
    aggregate = service.aggregates.get(kind_of(event.subject))
    if aggregate is not None and event.data is not None:
        anew = _begins(service, event) and event.version > into.begun[1]
        begun = (event.source, event.version) if anew else into.begun
        state = aggregate.initial if anew else into.state
        into.state = aggregate.evolve(state, event) if counts(begun, knew(event)) else state
        into.begun = begun
    into.streams.setdefault(event.source, []).append(event.hash)
    into.latest = max(event.time, into.latest or event.time)
    into.reference = max(into.reference, event.context.reference or 0)
    if event.source == service.name:
        command = event.context.command
        said = into.said.setdefault(command_key(event), Said(command.hash, command.of))
        said.versions.append(event.version)


def knew(event: Recorded) -> dict[str, int]:
    """Tell which versions of its subject an event was said with, its own included."""
    return {**event.context.seen, event.source: event.version}


def counts(begun: tuple[str, int], known: Mapping[str, int]) -> bool:
    """Tell whether what was said with these versions had the subject's beginning in view."""
    source, version = begun
    return known.get(source, 0) >= version


def holds(now: Folded, events: list[StoredEvent]) -> bool:
    """Tell whether a fold is the beginning of these events: another may have replaced some."""
    known = sum(map(len, now.streams.values()))
    same = (now.hash_at(each.source, each.version) in (None, each.hash) for each in events)
    return known <= len(events) and all(same)


def fold_stored(service: Service, into: Folded, events: list[StoredEvent]) -> None:
    """Take in those of a subject's stored events that are not folded yet, sorted by source."""
    new = [decode(each.wire) for each in events if each.version > into.head(each.source)]
    fold_all(service, into, new)


def fold_all(service: Service, into: Folded, events: Sequence[Recorded]) -> None:
    """Take events in that lie in another order than on the log: where they begin anew comes first.

    On the log an event lies behind all that it has seen; sorted by source it may lie before.
    """
    begins = [event for event in events if _begins(service, event)]
    last = max(begins, key=lambda event: event.version, default=None)
    if last is not None and last.version > into.begun[1]:
        into.begun = last.source, last.version
        into.state = folded(service, last.subject).state
    for event in events:
        fold(service, into, event)


def _begins(service: Service, event: Recorded) -> bool:
    aggregate = service.aggregates.get(kind_of(event.subject))
    first = aggregate.begins if aggregate else None
    return first is not None and isinstance(event.data, first)


def command_key(event: Recorded) -> tuple[str, str]:
    """Tell which command of whom an event answers: ids are unique per sender."""
    context = event.context
    if context.via == "http" and context.actor is not None:
        return f"person:{context.actor.person}", context.command.id
    return context.via, context.command.id


def fit(into: Folded, subject: str, wire: Wire) -> Recorded | None:
    """Read a message that claims a place in this subject; None for a redelivery.

    Raises Unreadable, Fork (same version and other bytes, or a broken chain) or Gap.
    """
    if wire.key != subject.encode():
        raise Unreadable("the key is no subject")
    source, version = place(wire)
    stored = into.hash_at(source, version)
    if stored is not None:
        if stored != wire.hash:
            raise Fork("another event has this version")
        return None
    head = into.head(source)
    if version > head + 1:
        raise Gap(f"version {head + 1} of {source} is missing")
    event = decode(wire)
    known = EVENTS.get(event.type)
    if known is not None and known.source != source:
        raise Unreadable("this source may not say this type")
    if event.context.previous != into.previous(source):
        raise Fork("it does not continue the event before it")
    return event


def place(wire: Wire) -> tuple[str, int]:
    """Read source and version off the headers alone."""
    head = dict(wire.headers)
    try:
        return (head.get("ce_source") or b"").decode(), int(head.get("ce_version") or b"")
    except ValueError:
        raise Unreadable("source or version is malformed") from None
