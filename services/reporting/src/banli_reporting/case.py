"""One subject in memory: which events of it are known, its ledger lines, and what does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from banli_engine.choice import NOT_KEPT, Choice
from banli_engine.fold import Fork, Gap, counts, knew, place
from banli_engine.store import Message
from banli_events.catalogue import EVENTS, SERVICES
from banli_events.envelope import Recorded, Unreadable, Wire, decode
from banli_events.intake import ItemRegistered
from banli_events.subjects import kind_of
from banli_reporting.ledgers import Notes, ledgers_of, notes_of
from banli_reporting.ledgers.handling import HANDLING
from banli_reporting.ledgers.register import Line as Registered
from banli_reporting.noticing import TOLD, Tidings, tidings, units_of
from banli_reporting.places import count, pack_place, packed, read_events, read_places

GAP, BEHIND = "gap", "behind"
"""Parked until the missing event arrives; parked for what lies before it."""

_HANDLING = ledgers_of("case").index(HANDLING)


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
    streams: dict[str, list[bytes]] = field(default_factory=dict)  # hashes, from version 1 on
    lines: Sequence[Any] = ()
    places: list[bytes] = field(default_factory=list)  # this and what follows: not yet written
    pieces: list[bytes] = field(default_factory=list)  # of the events
    held: list[Held] = field(default_factory=list)
    fallen: list[Held] = field(default_factory=list)  # what was not kept where a fork was settled
    held_before: frozenset[tuple[str, int, int]] = frozenset()  # fallen ones included
    choice: Choice | None = None  # where a fork of it was settled
    began: int = 0  # the version of the registration that counts
    unknown: list[tuple[str, int, str, int]] = field(default_factory=list)
    alarms: list[Held] = field(default_factory=list)
    redelivered: dict[tuple[str, int], int] = field(default_factory=dict)
    tidings: list[Tidings] = field(default_factory=list)  # what units are to learn of it
    changed: set[int] = field(default_factory=set)  # the lines, by number, that an event changed
    broken: bool = False  # a fold failed half-way: the lines are to be folded anew
    refolded: bool = False  # the lines are other than in the database
    retold: bool = False  # the whole story is to be written anew
    notes: Notes = field(init=False)

    about_a_case: bool = field(init=False)

    def __post_init__(self) -> None:
        """Look up once what each type of event changes here."""
        kind = kind_of(self.subject)
        self.notes, self.about_a_case = notes_of(kind), kind == "case"

    @property
    def odd(self) -> bool:
        """Tell whether more is to be written than a chapter and lines, as seldom happens."""
        met = self.unknown or self.redelivered or self.alarms
        return bool(met or self.held or self.fallen or self.held_before)

    @property
    def aside(self) -> list[Held]:
        """All that is not part of the story: what is parked and what fell."""
        return [*self.held, *self.fallen]

    @property
    def events(self) -> bytes:
        """The events that are not yet written, packed."""
        return b"".join(self.pieces)

    @property
    def stuck(self) -> bool:
        """Tell whether something is parked that does not end by itself."""
        return any(each.reason != GAP for each in self.held)

    def written(self) -> None:
        """Forget what has been written."""
        self.stored += len(self.places)
        self.places, self.pieces, self.changed, self.tidings = [], [], set(), []
        self.refolded = self.retold = False
        if self.odd:
            self.held_before = frozenset(where(each.message) for each in self.aside)
            self.unknown, self.alarms, self.redelivered = [], [], {}

    def hold(self, held: list[Held]) -> None:
        """Know what the database has parked of it."""
        self.held = [each for each in held if each.reason != NOT_KEPT]
        self.fallen = [each for each in held if each.reason == NOT_KEPT]
        self.held_before = frozenset(where(each.message) for each in held)

    def refold(self, lines: Sequence[Any], events: bytes) -> None:
        """Fold the lines anew: these events, packed as in a story, on these lines."""
        self.lines, self.changed, self.began = lines, set(), began_in(lines)
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
    if into.choice is not None and (why := into.choice.against(message.wire)):
        return _set_aside(into, Held(message, why))
    try:
        event = _fit(into, message)
        if event is None:
            key = message.topic, message.part
            into.redelivered[key] = into.redelivered.get(key, 0) + 1
            return False
        if event.type in TOLD and into.about_a_case:
            _fold_and_tell(into, event)
        else:
            fold(into, event)
    except Gap:
        held = Held(message, GAP)
    except (Fork, Unreadable) as fault:
        held = Held(message, f"{type(fault).__name__.lower()}: {fault}")
    except Exception as fault:  # a bug of this build must not stop the other subjects
        held = Held(message, f"fault: {type(fault).__name__}")
        into.broken = True
    else:
        keep(into, event, message)
        return True
    return _set_aside(into, held)


def _set_aside(into: Case, held: Held) -> bool:
    """Park a message, or let it fall; tell whether others may go on for it."""
    if held.reason == NOT_KEPT:
        into.fallen.append(held)
        return True
    into.held.append(held)
    if where(held.message) not in into.held_before:
        into.alarms.append(held)
    return False


def _fit(into: Case, message: Message) -> Recorded | None:
    """Read a message that claims a place in this subject; None for a redelivery."""
    wire = message.wire
    if wire.key != into.subject.encode():
        raise Unreadable("the key is no subject")
    if message.part != into.part or message.topic != into.topic:
        raise Fork("the subject lies in another partition")
    event = _read(wire)
    source, version = (
        place(wire) if isinstance(event, Unreadable) else (event.source, event.version)
    )
    if source not in SERVICES:
        raise Unreadable("no service has this name")
    stream = into.streams.get(source, ())
    if 0 < version <= len(stream):
        if stream[version - 1] != wire.hash:
            raise Fork("another event has this version")
        return None
    if version != len(stream) + 1:
        raise Gap(f"version {len(stream) + 1} of {source} is missing")
    if isinstance(event, Unreadable):
        raise event
    declared = EVENTS.get(event.type)
    if declared is not None and declared.source != source:
        raise Unreadable("this source may not say this type")
    if event.context.previous != (stream[-1].hex() if stream else None):
        raise Fork("it does not continue the event before it")
    return event


def _read(wire: Wire) -> Recorded | Unreadable:
    """Read an event; what its place is matters first, also where nothing else can be read."""
    try:
        return decode(wire)
    except Unreadable as fault:
        return fault


def fold(into: Case, event: Recorded) -> None:
    """Note an event in every ledger that has a line for this subject.

    An item that had been entered in error may be registered anew: what was said without that
    registration in view counts no more. On the log an event lies behind all that it has seen.
    """
    if isinstance(event.data, ItemRegistered) and event.version > into.began:
        _begin_anew(into, event.version)
    if event.data is not None and _counts(into, event):
        for n, note in into.notes.get(event.type, ()):
            note(into.lines[n], event, event.data)
            into.changed.add(n)


def _fold_and_tell(into: Case, event: Recorded) -> None:
    """Note an event, and what its units learn from it."""
    line = into.lines[_HANDLING]
    before = units_of(line)
    fold(into, event)
    if event.data is not None and _counts(into, event):
        into.tidings += tidings(event, before, line)


def _begin_anew(into: Case, version: int) -> None:
    into.began = version
    if version > 1:
        ledgers = ledgers_of(kind_of(into.subject))
        into.lines = [each.anew(old) for each, old in zip(ledgers, into.lines, strict=True)]
        into.changed = set(range(len(ledgers)))


def _counts(into: Case, event: Recorded) -> bool:
    return counts(("intake", into.began), knew(event))


def began_in(lines: Sequence[Any]) -> int:
    """Tell from the lines of a subject which registration they begin with."""
    return next((line.entered for line in lines if isinstance(line, Registered)), 0)


def keep(into: Case, event: Recorded, message: Message) -> None:
    """Make an event the next one of the story."""
    source, version, digest, wire = event.source, event.version, event.hash, message.wire
    into.streams.setdefault(source, []).append(digest)
    into.places.append(pack_place(source, version, message.offset, digest))
    into.pieces += packed(wire)
    if event.data is None:
        into.unknown.append((event.type, message.offset, source, version))


def load(subject: str, topic: str, part: int, places: bytes, lines: Sequence[Any]) -> Case:
    """Make a subject from what the database has of it."""
    stored, began = count(places), began_in(lines)
    loaded = Case(subject, topic, part, stored=stored, lines=lines, began=began)
    for each in read_places(places):
        loaded.streams.setdefault(each.source, []).append(each.hash)
    return loaded
