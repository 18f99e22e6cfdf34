"""The three real services on one log, all in memory: the engine's own turns, without its servers.

What the loop keeps in a database stands in dictionaries here, and the log is two lists; a service
hears of the others when it is told to read. So a thousand cases can be played in seconds, and the
log that comes of it is one that the auditor can read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid5

from banli_engine import reference
from banli_engine.answering import Answered, Desk
from banli_engine.decider import Due, Service
from banli_engine.fold import Folded, HistoryNeeded
from banli_engine.ids import uuid7
from banli_engine.pending import Pending, from_clock, from_http, from_reaction
from banli_engine.published import Published
from banli_engine.store import Effects, Loaded, Message, Parked, StoredAnswer, StoredEvent, Waiting
from banli_engine.turn import take
from banli_events.base import Command
from banli_events.envelope import Recorded, decode
from banli_events.subjects import CASE_EVENTS, NAMESPACE, REFERENCE_EVENTS, topic_of
from banli_events.words import Actor
from banli_testing.grammar import NOON, OPERATOR

_NO_END: Mapping[tuple[str, int], int] = {(CASE_EVENTS, 0): 1 << 60, (REFERENCE_EVENTS, 0): 1 << 60}
_A_MOMENT = timedelta(milliseconds=1)


@dataclass
class Rows:
    """What a service's database holds of one subject."""

    changes: int = 0
    events: list[StoredEvent] = field(default_factory=list)
    waiting: dict[int, Waiting] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)


@dataclass
class Desktop:
    """One service with its rows, its place on the log and what it knows of what is published."""

    service: Service
    log: Mapping[str, list[Message]]
    rows: dict[str, Rows] = field(default_factory=dict)
    waits: set[str] = field(default_factory=set)  # subjects on which something waits
    folded: dict[str, Folded] = field(default_factory=dict)
    answers: dict[tuple[str, str], StoredAnswer] = field(default_factory=dict)
    due: dict[tuple[str, str], Due] = field(default_factory=dict)
    watching: dict[str, list[str]] = field(default_factory=dict)  # keys by subject
    faults: list[tuple[str, str, str]] = field(default_factory=list)  # reactions that were refused
    alarms: list[str] = field(default_factory=list)
    published: Published = field(default_factory=Published)
    positions: dict[str, int] = field(default_factory=lambda: {CASE_EVENTS: 0, REFERENCE_EVENTS: 0})
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def turn(
        self, now: datetime, subject: str, messages: Sequence[Message] = (), *commands: Pending
    ) -> list[Answered]:
        """Take a subject's turn, write what comes of it, and send its events."""
        rows = self.rows.setdefault(subject, Rows())
        known = self.folded.pop(subject, None)
        waiting = sorted(rows.waiting.values(), key=lambda row: row.seq)
        loaded = Loaded(rows.changes, [], waiting, False, list(rows.parked))
        try:
            if known is None and rows.events:
                raise HistoryNeeded
            turn = take(self._desk(now), subject, loaded, known, messages, commands)
        except HistoryNeeded:
            loaded = replace(loaded, events=list(rows.events))
            turn = take(self._desk(now), subject, loaded, None, messages, commands)
        self.folded[subject] = turn.folded
        self.alarms += turn.alarms
        self._write(rows, turn.effects)
        for row in turn.effects.waiting:
            if row.subject != subject:
                self.turn(now, row.subject)
        for event in turn.stored:
            self._spread(now, event)
        return turn.answered

    def _spread(self, now: datetime, event: Recorded) -> None:
        """Ask each subject that watches what an event is about."""
        reaction = self.service.spread.get(type(event.data)) if event.data else None
        if reaction and (reacted := reaction.on(event)):
            key, command = reacted
            for subject in sorted(s for s, keys in self.watching.items() if key in keys):
                self.turn(now, subject, (), from_reaction(reaction, event, subject, command))

    def _desk(self, now: datetime) -> Desk:
        return Desk(
            service=self.service,
            now=now,
            driven=True,
            published=self.published,
            grounds={},
            answers=self.answers,
            caught_up=True,
            ends=_NO_END,
            new_id=uuid7,
        )

    def _write(self, rows: Rows, effects: Effects) -> None:
        rows.changes += effects.moved
        for event, own in effects.events:
            rows.events.append(event)
            if own:
                topic = self.log[topic_of(effects.subject)]
                topic.append(Message(topic_of(effects.subject), 0, len(topic), event.wire))
        for seq in effects.waiting_gone:
            rows.waiting.pop(seq, None)
        for new in effects.waiting:
            seq = next(self.numbers)
            there = self.rows.setdefault(new.subject, Rows())
            there.waiting[seq] = Waiting(seq, new.kind, new.body, 0)
            self.waits.add(new.subject)
        rows.parked = [p for p in rows.parked if p.message not in effects.unparked]
        rows.parked += effects.parked
        self.faults += effects.faults
        self.answers |= effects.answers
        if effects.watches is not None:
            self.watching[effects.subject] = effects.watches
        if effects.due is not None:
            for key in [key for key in self.due if key[0] == effects.subject]:
                del self.due[key]
            for clock, at, cause in effects.due:
                self.due[effects.subject, clock] = Due(clock, at, cause)

    def read(self, now: datetime, most: int | None = None) -> int:
        """Read on in the log; give how many messages were read."""
        read = 0
        for topic in (REFERENCE_EVENTS, CASE_EVENTS):
            at = self.positions[topic]
            messages = self.log[topic][at : None if most is None else at + most - read]
            self.positions[topic] = at + len(messages)
            read += len(messages)
            for message in messages:
                if topic == REFERENCE_EVENTS:
                    self._learn(message)
                self.turn(now, (message.wire.key or b"").decode(), [message])
        return read

    def _learn(self, message: Message) -> None:
        event = decode(message.wire)
        known = self.published
        known.events = [*known.events, (message.offset, event)]
        folded = reference.fold(known.reference, event)
        known.reference = replace(folded, offset=message.offset + 1)
        known.versions[event.subject, event.source] = event.version

    def try_again(self, now: datetime) -> None:
        """Try again what waits."""
        for subject in sorted(self.waits):
            self.turn(now, subject)
            if not self.rows[subject].waiting:
                self.waits.discard(subject)

    def sweep(self, now: datetime) -> int:
        """Have the clocks looked at that have run out, oldest first; give how many there were."""
        late = [(due.at, key) for key, due in self.due.items() if due.at < now]
        for _, (subject, clock) in sorted(late):
            if due := self.due.get((subject, clock)):
                self.turn(now, subject, (), from_clock(subject, due))
        return len(late)

    def state(self, subject: str) -> object:
        """What the service makes of a subject."""
        known = self.folded.get(subject)
        return known.state if known else None


@dataclass
class Office:
    """The services on one log, and a clock that is driven."""

    services: Sequence[Service]
    now: datetime = NOON
    log: dict[str, list[Message]] = field(
        default_factory=lambda: {CASE_EVENTS: [], REFERENCE_EVENTS: []}
    )
    desks: dict[str, Desktop] = field(init=False)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Give each service its tables."""
        self.desks = {each.name: Desktop(each, self.log) for each in self.services}

    def ask(
        self, service: str, subject: str | None, command: Command, by: Actor = OPERATOR
    ) -> Answered:
        """Ask a service something as somebody does over HTTP; what is too early is not answered."""
        desk = self.desks[service]
        id_ = UUID(bytes=uuid5(NAMESPACE, f"ask/{next(self._ids)}").bytes, version=4)
        data = command.model_dump(mode="json")
        body = {"id": str(id_), "type": type(command).__name__, "data": data}
        if subject is not None:
            body["subject"] = subject
        asked = from_http(desk.service, body, by, frozenset({OPERATOR.person}))
        (answered,) = desk.turn(self.now, asked.subject, (), asked)
        return answered

    def settle(self) -> None:
        """Let every service read all there is, and try again, until nothing more comes of it."""
        while sum(desk.read(self.now) for desk in self.desks.values()):
            for desk in self.desks.values():
                desk.try_again(self.now)

    def advance(self, to: datetime) -> None:
        """Move the clock on, from one instant at which a clock runs out to the next."""
        self.settle()
        while at := min(
            (due.at for desk in self.desks.values() for due in desk.due.values()), default=None
        ):
            if at >= to:
                break
            self.now = max(self.now, at) + _A_MOMENT
            for desk in self.desks.values():
                desk.sweep(self.now)
            self.settle()
        self.now = max(self.now, to)
