"""One subject in memory: which events of it are known, its ledger lines, and what does not fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Any, NamedTuple

from banli_engine.fold import Fork, Gap, place
from banli_engine.store import Message
from banli_events.catalogue import EVENTS, SERVICES
from banli_events.envelope import Recorded, Unreadable, Wire, decode, unpack_headers
from banli_events.subjects import kind_of
from banli_reporting.ledgers import ledgers_of, notes_on

GAP, BEHIND = "gap", "behind"
"""Parked until the missing event arrives; parked for what lies before it."""

_SOURCES = tuple(SERVICES)
_NUMBER = {source: n for n, source in enumerate(_SOURCES)}
_PLACE = Struct(">BIQ32s")
_LENGTHS = Struct(">II")


class Place(NamedTuple):
    """An event of a story by its place: in its stream and in its partition, with its hash."""

    source: str
    version: int
    offset: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """A message that is parked, and why."""

    message: Message
    reason: str


@dataclass(slots=True)
class Case:
    """A subject as it was last written, with what a batch adds."""

    subject: str
    topic: str
    part: int
    stored: int = 0  # events of the story that are in the database
    hashes: dict[tuple[str, int], bytes] = field(default_factory=dict)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)  # last version and its hash
    lines: Sequence[Any] = ()
    places: bytearray = field(default_factory=bytearray)  # this and what follows: not yet written
    events: bytearray = field(default_factory=bytearray)
    held: list[Held] = field(default_factory=list)
    held_before: frozenset[tuple[str, int, int]] = frozenset()
    unknown: list[tuple[str, int, str, int]] = field(default_factory=list)
    alarms: list[Held] = field(default_factory=list)
    redelivered: dict[tuple[str, int], int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)  # the lines, by number, that an event changed
    broken: bool = False  # a fold failed half-way: the lines are to be folded anew
    refolded: bool = False  # the lines are other than in the database

    @property
    def stuck(self) -> bool:
        """Tell whether something is parked that does not end by itself."""
        return any(each.reason != GAP for each in self.held)

    def written(self) -> None:
        """Forget what has been written."""
        self.stored = len(self.hashes)
        self.places, self.events = bytearray(), bytearray()
        self.held_before = frozenset(where(each.message) for each in self.held)
        self.unknown, self.alarms, self.redelivered = [], [], {}
        self.changed = set()
        self.refolded = False

    def hold(self, held: list[Held]) -> None:
        """Know what the database has parked of it."""
        self.held = list(held)
        self.held_before = frozenset(where(each.message) for each in held)

    def refold(self, events: bytes) -> None:
        """Fold the lines anew from the events of the story, those not yet written included."""
        self.lines = begin(self.subject, self.topic, self.part).lines
        for wire in read_events(self.subject, events):
            fold(self, decode(wire))
        self.broken, self.refolded = False, True


def where(message: Message) -> tuple[str, int, int]:
    """Tell where a message lies."""
    return message.topic, message.part, message.offset


def begin(subject: str, topic: str, part: int) -> Case:
    """Begin a subject of which nothing is known."""
    return Case(subject, topic, part, lines=[each.line() for each in ledgers_of(kind_of(subject))])


def take(into: Case, message: Message) -> None:
    """Take one message in, or park it; where a gap closes, take what waited for it."""
    if into.held and into.stuck:
        into.held.append(Held(message, BEHIND))
    elif _try(into, message) and into.held:
        _retry(into)


def redrive(into: Case) -> None:
    """Try once more all that is parked, in order, as if it had just been read."""
    _retry(into)


def _retry(into: Case) -> None:
    while True:
        waiting, into.held = into.held, []
        for each in waiting:
            if into.stuck:
                into.held.append(Held(each.message, BEHIND))
            else:
                _try(into, each.message)
        if len(into.held) == len(waiting) or into.stuck or not into.held:
            return


def _try(into: Case, message: Message) -> bool:
    """Fold one message; park it where it is not what the subject's streams go on with."""
    try:
        event = _fit(into, message)
        if event is None:
            key = message.topic, message.part
            into.redelivered[key] = into.redelivered.get(key, 0) + 1
            return False
        fold(into, event)
    except Gap:
        held = Held(message, GAP)
    except (Fork, Unreadable) as fault:
        held = Held(message, f"{type(fault).__name__.lower()}: {fault}")
    except Exception as fault:  # a bug of this build must not stop the other subjects
        held = Held(message, f"fault: {type(fault).__name__}")
        into.broken = True
    else:
        _keep(into, event, message)
        return True
    into.held.append(held)
    if where(message) not in into.held_before:
        into.alarms.append(held)
    return False


def _fit(into: Case, message: Message) -> Recorded | None:
    """Read a message that claims a place in this subject; None for a redelivery."""
    wire = message.wire
    if wire.key != into.subject.encode():
        raise Unreadable("the key is no subject")
    if (message.topic, message.part) != (into.topic, into.part):
        raise Fork("the subject lies in another partition")
    source, version = place(wire)
    if source not in _NUMBER:
        raise Unreadable("no service has this name")
    known = into.hashes.get((source, version))
    if known is not None:
        if known != wire.hash:
            raise Fork("another event has this version")
        return None
    head, previous = into.heads.get(source, (0, None))
    if version != head + 1:
        raise Gap(f"version {head + 1} of {source} is missing")
    event = decode(wire)
    declared = EVENTS.get(event.type)
    if declared is not None and declared.source != source:
        raise Unreadable("this source may not say this type")
    if event.context.previous != previous:
        raise Fork("it does not continue the event before it")
    return event


def fold(into: Case, event: Recorded) -> None:
    """Note an event in every ledger that has a line for this subject."""
    if event.data is not None:
        for n, note in notes_on(kind_of(into.subject), event.type):
            note(into.lines[n], event, event.data)
            into.changed.add(n)


def _keep(into: Case, event: Recorded, message: Message) -> None:
    source, version, wire = event.source, event.version, message.wire
    into.hashes[source, version] = event.hash
    into.heads[source] = version, event.hash.hex()
    into.places += _PLACE.pack(_NUMBER[source], version, message.offset, event.hash)
    headers, value = wire.packed_headers, wire.value or b""
    into.events += _LENGTHS.pack(len(headers), len(value)) + headers + value
    if event.data is None:
        into.unknown.append((event.type, message.offset, source, version))


def load(subject: str, topic: str, part: int, places: bytes, lines: Sequence[Any]) -> Case:
    """Make a subject from what the database has of it."""
    loaded = Case(subject, topic, part, lines=lines)
    for each in read_places(places):
        loaded.hashes[each.source, each.version] = each.hash
        loaded.heads[each.source] = each.version, each.hash.hex()
    loaded.stored = len(loaded.hashes)
    return loaded


def read_places(packed: bytes) -> Iterator[Place]:
    """Read the places of a story, in the order in which its events were taken in."""
    for number, version, offset, digest in _PLACE.iter_unpack(packed):
        yield Place(_SOURCES[number], version, offset, digest)


def read_events(subject: str, packed: bytes) -> Iterator[Wire]:
    """Read the events of a story as they lay on the log, in the same order."""
    at = 0
    while at < len(packed):
        headers, value = _LENGTHS.unpack_from(packed, at)
        at += _LENGTHS.size
        middle, end = at + headers, at + headers + value
        yield Wire(subject.encode(), unpack_headers(packed[at:middle]), packed[middle:end])
        at = end
