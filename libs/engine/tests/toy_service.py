"""A subject's rows in memory, and a toy service, so that turns can be taken one after another."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

from banli_engine.answering import Desk, Turn
from banli_engine.decider import INTERNAL, Aggregate, Asked, Reaction, Service
from banli_engine.errors import Rejection, TooEarly
from banli_engine.fold import Folded
from banli_engine.pending import Pending, from_http, from_message
from banli_engine.published import Published
from banli_engine.store import Effects, Loaded, Message, Parked, StoredAnswer, StoredEvent, Waiting
from banli_engine.turn import take
from banli_events.assignment import (
    AcceptAssignment,
    AssignmentAccepted,
    Classified,
    ClassifyItem,
    ConfirmAssignment,
    HolderAppointed,
    PostCreated,
    SystemAdmitted,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.envelope import Recorded, Wire, encode
from banli_events.intake import FeedbackReceived
from banli_events.supervision import CheckDeadline, ResearchLogged
from banli_events.words import Actor, PostRole
from banli_testing.grammar import Said, published, record

NOON = datetime(2025, 3, 10, 4, tzinfo=UTC)
CASE = "case/1"
ANNA = Actor(person="anna", post="office", unit="so")
HOLDS = date(2020, 1, 1)
FACTS = tuple(
    published(
        ("unit/so", UnitOpened(name="督查室", since=HOLDS)),
        ("post/office", PostCreated(unit="so", title="office", role=PostRole.SUPERVISION_OFFICE)),
        ("post/office", HolderAppointed(person="anna", name="示例", since=HOLDS)),
        (
            "system/x",
            SystemAdmitted(name="x", units=("so",), commands=("ClassifyItem", "ConfirmAssignment")),
        ),
    )
)


class NoMore(Rejection):
    """There is no more to say."""


def decide(state: tuple[str, ...], asked: Asked) -> Sequence[Event]:
    """Classify once; confirm says two facts, and only after research is known."""
    match asked.command:
        case ClassifyItem(category="bug"):
            raise ZeroDivisionError
        case ClassifyItem(category="huge"):
            return [Classified.model_construct(category="x" * 1_100_000)]
        case ClassifyItem(category=category):
            return [] if category in state else [Classified(category=category)]
        case ConfirmAssignment():
            if "accepted" in state:
                raise NoMore
            if "researched" not in state:
                raise TooEarly
            return [Classified(category="accepted"), AssignmentAccepted(unit="so")]
        case AcceptAssignment():
            return [] if "reacted" in state else [Classified(category="reacted")]
        case CheckDeadline():
            return [] if "late" in state else [Classified(category="late")]
    raise AssertionError


def evolve(state: tuple[str, ...], event: Recorded) -> tuple[str, ...]:
    """Remember what was said."""
    match event.data:
        case Classified(category=category):
            return (*state, category)
        case ResearchLogged(summary="poison"):
            raise ZeroDivisionError
        case ResearchLogged():
            return (*state, "researched")
        case _:
            return state


OFFICE = frozenset({PostRole.SUPERVISION_OFFICE})
SERVICE = Service(
    name="assignment",
    aggregates={"case": Aggregate((), decide, evolve)},
    commands={
        ClassifyItem: OFFICE,
        ConfirmAssignment: OFFICE,
        AcceptAssignment: INTERNAL,
        CheckDeadline: INTERNAL,
    },
    reactions={
        FeedbackReceived: Reaction("accept", HOLDS, lambda e: (e.subject, AcceptAssignment()))
    },
    subject_of={},
)


ON_THE_LOG = {("case-events", 0): 1_000}


@dataclass
class Table:
    """One subject's rows."""

    changes: int = 0
    events: list[StoredEvent] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    answers: dict[tuple[str, str], StoredAnswer] = field(default_factory=dict)
    offset: int = 0
    facts: Sequence[Recorded] = FACTS
    offset_read: int | None = None  # of `reference-events`; None: all of it
    more_wait: bool = False
    ends: dict[tuple[str, int], int] | None = None

    def turn(
        self,
        *came: Wire | Pending,
        caught_up: bool = True,
        now: datetime = NOON,
        redrive: bool = False,
        waited_ms: int = 0,
        known: Folded | None = None,
    ) -> Turn:
        """Take a turn with what came, and write what it leads to."""
        loaded = Loaded(
            self.changes,
            list(self.events),
            [replace(row, age_ms=waited_ms) for row in self.waiting],
            self.more_wait,
            list(self.parked),
        )
        desk = Desk(
            service=SERVICE,
            now=now,
            driven=False,
            published=self._published(),
            grounds={("case/other", "intake"): 2},
            answers=dict(self.answers),
            caught_up=caught_up,
            ends=({} if caught_up else ON_THE_LOG) if self.ends is None else self.ends,
            new_id=self._id,
        )
        messages = [self._message(each) for each in came if isinstance(each, Wire)]
        commands = [each for each in came if isinstance(each, Pending)]
        turn = take(desk, CASE, loaded, known, messages, commands, redrive=redrive)
        self._write(turn.effects)
        return turn

    def _published(self) -> Published:
        known = Published(events=list(enumerate(self.facts)))
        read = len(self.facts) if self.offset_read is None else self.offset_read
        known.reference = known.as_of(read)
        known.versions = {(event.subject, event.source): event.version for event in self.facts}
        return known

    def _id(self) -> str:
        self.offset += 1
        return str(uuid5(UUID(int=0), str(self.offset)))

    def _message(self, wire: Wire) -> Message:
        self.offset += 1
        return Message("case-events", 0, self.offset, wire)

    def _write(self, effects: Effects) -> None:
        self.changes += effects.moved
        out = [stored for stored, _ in effects.out]
        self.events = [each for each in self.events if each not in out]
        self.events += [stored for stored, _ in effects.events]
        self.waiting = [row for row in self.waiting if row.seq not in effects.waiting_gone]
        for new in effects.waiting:
            self.offset += 1
            self.waiting.append(Waiting(self.offset, new.kind, new.body, 0))
        gone = {id(message) for message in effects.unparked}
        self.parked = [each for each in self.parked if id(each.message) not in gone]
        self.parked += effects.parked
        self.parked.sort(key=lambda each: each.message.offset)
        self.answers |= effects.remembered | effects.answers

    @property
    def types(self) -> list[str]:
        """The stored events' types, in the order in which they were written."""
        return [(dict(e.wire.headers)["ce_type"] or b"").decode() for e in self.events]


def command(type_: str = "ClassifyItem", number: int = 1, **data: object) -> Pending:
    """Ask something over HTTP."""
    body = {"id": str(UUID(int=number)), "type": type_, "subject": CASE, "data": data}
    return from_http(SERVICE, body, ANNA, frozenset())


def submission(type_: str, number: int = 1, **data: object) -> Pending:
    """Ask something over Kafka."""
    body = {
        "id": str(UUID(int=number)),
        "type": type_,
        "subject": CASE,
        "actor": ANNA.model_dump(),
        "data": data,
    }
    wire = Wire(None, (), json.dumps(body).encode())
    return from_message(SERVICE, Message("submissions.assignment.x", 0, number, wire))


def log(*facts: Event | Said) -> list[Wire]:
    """Write facts about the case as they lie on the log, each stream from its beginning."""
    history: list[Recorded] = []
    for fact in facts:
        history.append(record(history, CASE, fact if isinstance(fact, Said) else Said(fact)))
    return [encode(event) for event in history]


def research(summary: str = "x") -> ResearchLogged:
    """A foreign fact."""
    return ResearchLogged(researched_on=HOLDS, summary=summary)
