"""Decisions told as sentences: given facts, when something is asked, then facts or a refusal.

case.given(ASSIGNED, DRAFTED).when(ApproveReply(...), by=ANNA, at=NOON).then_rejected(OwnDraft)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce
from itertools import permutations
from random import Random
from typing import Any
from uuid import uuid5

from banli_engine.authority import permit
from banli_engine.decider import Asked, Service
from banli_engine.errors import Rejection, TooEarly
from banli_engine.fold import fold_all, folded
from banli_engine.pending import Pending
from banli_engine.reference import Reference, fold
from banli_events.base import Command, Event
from banli_events.catalogue import EVENTS
from banli_events.envelope import CommandRef, Context, Recorded, decode, encode
from banli_events.subjects import NAMESPACE, kind_of
from banli_events.words import Actor

NOON = datetime(2025, 3, 10, 4, tzinfo=UTC)
"""Noon of a Monday in Shanghai."""

OPERATOR = Actor(person="operator", post="operator", unit="operator")
"""Whoever the service's settings name as operator."""


@dataclass(frozen=True, slots=True)
class Said:
    """A fact with who said it and when."""

    event: Event
    by: Actor | None = None
    at: datetime = NOON


def said(event: Event, *, by: Actor | None = None, at: datetime = NOON) -> Said:
    """Say a fact as someone, at some time."""
    return Said(event, by, at)


def record(
    history: Sequence[Recorded],
    subject: str,
    fact: Said,
    *,
    via: str = "http",
    cause: str | None = None,
    part: tuple[int, int] = (1, 1),
) -> Recorded:
    """Put a fact behind a subject's history, in the envelope and bytes it would have on the log."""
    known = EVENTS[type(fact.event).__name__]
    stream = [each for each in history if (each.subject, each.source) == (subject, known.source)]
    id_ = str(uuid5(NAMESPACE, f"{subject}/{known.source}/{len(stream) + 1}"))
    command = str(uuid5(NAMESPACE, f"command/{id_}"))
    seen = {e.source: e.version for e in history if e.subject == subject}
    context = Context(
        previous=stream[-1].hash.hex() if stream else None,
        command=CommandRef(id=command, hash="0" * 64, part=part[0], of=part[1]),
        seen={source: version for source, version in seen.items() if source != known.source},
        reference=None,
        correlationid=command,
        actor=fact.by,
        via=via,
    )
    event = Recorded(
        subject=subject,
        source=known.source,
        version=len(stream) + 1,
        id=id_,
        type=known.name,
        schema=known.model.schema_version,
        time=fact.at,
        causation=cause or command,
        context=context,
        data=fact.event,
    )
    return decode(encode(event))


def published(*facts: tuple[str, Event]) -> list[Recorded]:
    """Publish facts, each under its subject, one after another."""
    history: list[Recorded] = []
    for subject, event in facts:
        history.append(record(history, subject, said(event)))
    return history


def publish(*facts: tuple[str, Event]) -> Reference:
    """Fold published facts, as every service reads them."""
    history = published(*facts)
    return replace(reduce(fold, history, Reference()), offset=len(history))


@dataclass(frozen=True, slots=True)
class Case:
    """A subject of a service, with what has happened so far."""

    service: Service
    subject: str
    reference: Reference = field(default_factory=Reference)
    history: tuple[Recorded, ...] = ()

    def given(self, *facts: Event | Said) -> "Case":
        """Let facts have happened, of whatever source, in this order."""
        history = list(self.history)
        for fact in facts:
            one = fact if isinstance(fact, Said) else Said(fact)
            history.append(record(history, self.subject, one))
        return replace(self, history=tuple(history))

    @property
    def state(self) -> Any:
        """What the service makes of the facts."""
        now = folded(self.service, self.subject)
        fold_all(self.service, now, self.history)
        return now.state

    def when(
        self,
        command: Command,
        *,
        by: Actor | None = None,
        at: datetime = NOON,
        beside: Iterable["Case"] = (),
    ) -> "Answer":
        """Ask something, as a person or, where nobody asks, as the service's own reaction.

        `beside`: the other subjects at which the answer looks.
        """
        others = {each.subject: each.state for each in beside}
        return ask(
            *(self.service, self.state, self.subject, command, self.reference, others), by=by, at=at
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command: facts, nothing, or a refusal."""

    events: tuple[Event, ...]
    refusal: Rejection | None = None

    def then(self, *expected: Event) -> None:
        """Exactly these facts became true, in this order."""
        if self.refusal is not None or self.events != expected:
            raise AssertionError(f"expected {expected}, found {self.refusal or self.events}")

    def then_nothing(self) -> None:
        """The command was admitted and changed nothing."""
        self.then()

    def then_rejected(self, kind: type[Rejection], field: str | None = None) -> None:
        """The command was refused for this reason, at this field where one is named."""
        if type(self.refusal) is not kind or (field and self.refusal.field != field):
            found = (type(self.refusal).__name__, self.refusal.field) if self.refusal else self
            raise AssertionError(f"expected {kind.__name__} at {field}, found {found}")

    def then_too_early(self) -> None:
        """A fact that this rests on may still be on its way."""
        self.then_rejected(TooEarly)


def ask(
    service: Service,
    state: Any,
    subject: str,
    command: Command,
    reference: Reference,
    others: Mapping[str, Any] | None = None,
    *,
    by: Actor | None = None,
    at: datetime = NOON,
) -> Answer:
    """Let a service answer: first who may ask, then what follows, as its loop does."""
    via = "http" if by else "reaction:test"
    pending = Pending(
        *("test", "test", "test", via, subject, command),
        actor=by,
        operator=by == OPERATOR,
        door=True,
    )
    try:
        asked = Asked(command, subject, at, by, via, reference, others or {})
        permit(service, pending, asked, state)
        return Answer(tuple(service.aggregates[kind_of(subject)].decide(state, asked)))
    except Rejection as refusal:
        return Answer((), refusal)


def state_of(service: Service, events: Iterable[Recorded]) -> Any:
    """What a service makes of a case's events in this order."""
    now = folded(service, "case/of-events")
    fold_all(service, now, [*events])
    return now.state


def interleavings(
    streams: Sequence[Sequence[Recorded]], random: Random, count: int
) -> Iterator[list[Recorded]]:
    """Merge streams in every order of whole streams, and `count` times event by event at random."""
    for order in permutations(streams):
        yield [event for stream in order for event in stream]
    for _ in range(count):
        deck = [which for which, stream in enumerate(streams) for _ in stream]
        random.shuffle(deck)
        left = [iter(stream) for stream in streams]
        yield [next(left[which]) for which in deck]
