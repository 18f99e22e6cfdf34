"""How a command gets its answer within a subject's turn: at once, from before, or later."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from banli_engine import answers
from banli_engine.authority import permit
from banli_engine.decider import Asked, Service
from banli_engine.errors import IdReused, InternalFault, Rejection, TooEarly
from banli_engine.fold import Folded, HistoryNeeded, Said, counts, fold, fold_all, folded
from banli_engine.pending import Pending, to_waiting
from banli_engine.published import Published
from banli_engine.reading import answer_of
from banli_engine.reference import Reference
from banli_engine.store import Effects, Loaded, StoredAnswer, StoredEvent
from banli_engine.writing import correlation_of, write
from banli_events.base import Event
from banli_events.envelope import (
    Recorded,
    Wire,
    decode,
)
from banli_events.subjects import REFERENCE_EVENTS, kind_of, topic_of
from banli_events.submission import Outcome

PATIENCE_MS = 30_000
"""How long a submission that came too early waits, in machine time, before it is refused."""


class CaseParked(Rejection):
    """The case is set aside until an operator has looked at a message that does not fit."""

    status = 503


@dataclass(frozen=True, slots=True)
class Desk:
    """What every turn of a batch has at hand."""

    service: Service
    now: datetime  # business time
    driven: bool
    published: Published
    grounds: Mapping[tuple[str, str], int]  # last versions of what `after` names, by source
    answers: dict[tuple[str, str], StoredAnswer]  # found for this batch; grows as it is answered
    caught_up: bool
    ends: Mapping[tuple[str, int], int]  # where the log ended when this process began
    new_id: Callable[[], str]
    epoch: str = ""
    others: Mapping[str, object] = field(default_factory=dict)  # states of other subjects

    @property
    def reference(self) -> Reference:
        """What is published, as decisions rest on it."""
        return self.published.reference

    def last_read(self, subject: str, source: str) -> int:
        """Tell up to which version another subject's stream was read."""
        reference = topic_of(subject) == REFERENCE_EVENTS  # counts when it was read back
        return (self.published.versions if reference else self.grounds).get((subject, source), 0)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a command; `answer` is None where it is too early or the case is parked."""

    asked: Pending
    answer: StoredAnswer | None
    events: tuple[str, ...] = ()
    why: Rejection | None = None
    repeated: bool = False  # it was answered before
    correlation: str | None = None  # to what its events belong

    @property
    def outcome(self) -> str:
        """Admitted, unchanged or refused; of a reaction or a clock only what was said is told."""
        return self.answer.outcome if self.answer else Outcome.ADMITTED


@dataclass(slots=True)
class Turn:
    """What a turn led to."""

    desk: Desk
    subject: str
    loaded: Loaded
    folded: Folded
    effects: Effects
    answered: list[Answered] = field(default_factory=list)
    stored: list[Recorded] = field(default_factory=list)
    redelivered: int = 0
    alarms: list[str] = field(default_factory=list)
    waits: set[str] = field(default_factory=set)  # senders of whom a submission waits here

    def answer(self, asked: Pending, *, stuck: bool) -> None:
        """Give a command its answer, or let it wait."""
        key = asked.sender, asked.id
        found = self.desk.answers.get(key)
        said = self.folded.said.get(key)
        digest = found.hash if found else said.hash if said else asked.hash
        if digest != asked.hash:
            why = IdReused("id")
            self._settle(asked, answers.refused(asked, why, again=True), why=why)
        elif found is not None:
            self._settle(asked, found, repeated=True)
        elif said and len(said.versions) >= said.of:
            self._said_before(asked, key)
        elif asked.refusal is not None:
            self._refuse(asked, asked.refusal)
        elif stuck:
            self._set_aside(asked, CaseParked())
        elif asked.message is not None and (asked.sender in self.waits or self._queues(asked)):
            self._set_aside(asked, TooEarly())  # what its sender said before comes first
        elif said is None and self._is_of_before(asked):
            self._leave(asked)
        else:
            self._decide(asked, said)

    def _is_of_before(self, asked: Pending) -> bool:
        """Tell whether a reaction is to what was said before its subject began anew."""
        known = asked.cause.knew if asked.cause else None
        return known is not None and not counts(self.folded.begun, known)

    def _decide(self, asked: Pending, said: Said | None) -> None:
        """Decide: refuse, or do nothing, or say facts; where some were said, say the rest."""
        self.effects.decided = True
        try:
            events = self._finish(asked, said) if said else self._ask(asked)
            wires = self._write(asked, events, len(said.versions) if said else 0)
        except TooEarly as why:
            self._too_early(asked, why)
        except Rejection as why:
            self._refuse(asked, why)
        except HistoryNeeded:
            raise
        except Exception as fault:  # a bug of this build: answered as such, and told the operators
            what = type(asked.command).__name__
            self.alarms.append(f"decide: {what}: {type(fault).__name__}")
            if asked.via.startswith("reaction:"):
                self._set_aside(asked, InternalFault())  # a mended build runs it
            else:
                self._refuse(asked, InternalFault())
        else:
            if not wires and not said:
                self._unchanged(asked)
                return
            self._admit(asked, wires, said is not None)

    def _ask(self, asked: Pending) -> Sequence[Event]:
        if self.folded.reference > self.desk.reference.offset:
            raise TooEarly
        self._grounds(asked)
        return self._put(asked, self.folded.state, self.desk.now, self.desk.reference)

    def _put(
        self, asked: Pending, state: object, at: datetime, reference: Reference
    ) -> Sequence[Event]:
        """Put a command to the service: first whether its speaker may, then what follows."""
        service, command = self.desk.service, asked.command
        if command is None:
            raise AssertionError("a command that could not be read is refused before")
        who = asked.actor, asked.via
        question = Asked(command, self.subject, at, *who, reference, self.desk.others)
        permit(service, asked, question, state)
        return service.aggregates[kind_of(self.subject)].decide(state, question)

    def _finish(self, asked: Pending, said: Said) -> Sequence[Event]:
        """Decide again on what was known when its first event was said; give what is missing."""
        name, events = self.desk.service.name, [decode(each.wire) for each in self._history()]
        first = next(e for e in events if (e.source, e.version) == (name, said.versions[0]))
        known = {**first.context.seen, name: first.version - 1}
        then = folded(self.desk.service, self.subject)
        fold_all(
            self.desk.service, then, [e for e in events if e.version <= known.get(e.source, 0)]
        )
        reference = self.desk.published.as_of(first.context.reference or 0)
        return self._put(asked, then.state, first.time, reference)[len(said.versions) :]

    def _history(self) -> Sequence[StoredEvent]:
        """Give the subject's events. Raises HistoryNeeded where only their fold is at hand."""
        stored = [*self.loaded.events, *(event for event, _ in self.effects.events)]
        if len(stored) < sum(self.folded.heads.values()):
            raise HistoryNeeded
        return stored

    def _write(
        self, asked: Pending, events: Sequence[Event], before: int
    ) -> list[tuple[Recorded, Wire]]:
        """Write events; what comes of a clock belongs to what the event that set it belongs to."""
        if events and asked.via == "clock" and asked.cause:
            belongs = correlation_of(self._history(), asked.cause.event)
            asked = replace(asked, cause=replace(asked.cause, correlation=belongs))
        return write(self.desk, self.subject, self.folded, asked, events, before)

    def _grounds(self, asked: Pending) -> None:
        """What a command names as its ground must have been read."""
        for subject, source, version in asked.after:
            if subject == self.subject:
                known = self.folded.head(source)
            else:
                known = self.desk.last_read(subject, source)
            if known < version:
                raise TooEarly("after")

    def _admit(self, asked: Pending, written: list[tuple[Recorded, Wire]], finished: bool) -> None:
        for event, wire in written:
            fold(self.desk.service, self.folded, event)
            stored = StoredEvent(event.source, event.version, event.hash, wire)
            self.effects.events.append((stored, True))
        types = tuple(event.type for event, _ in written)
        belongs = written[0][0].context.correlationid if written else None
        if asked.silent:
            self._leave(asked)
            self.answered.append(Answered(asked, None, types, correlation=belongs))
            return
        key = asked.sender, asked.id
        answer = (
            answer_of(self.desk.service, self.folded, self.loaded, key, self.effects)
            if finished
            else answers.admitted(asked.sender, written)
        )
        self.effects.answers[key] = self.desk.answers[key] = answer
        self._settle(asked, answer, events=types, correlation=belongs)

    def _said_before(self, asked: Pending, key: tuple[str, str]) -> None:
        if asked.silent:
            self._leave(asked)
            return
        answer = answer_of(self.desk.service, self.folded, self.loaded, key, self.effects)
        self.effects.remembered[key] = self.desk.answers[key] = answer
        self._settle(asked, answer, repeated=True)

    def _unchanged(self, asked: Pending) -> None:
        if asked.silent:
            self._leave(asked)
            return
        self._store(asked, answers.unchanged(asked))

    def _refuse(self, asked: Pending, why: Rejection) -> None:
        if asked.silent:
            self._leave(asked)
            event = asked.cause.event if asked.cause else ""
            self.effects.faults.append((asked.via, event, why.code))
            self.alarms.append(f"{asked.via} was refused: {why.code}")
            return
        self._store(asked, answers.refused(asked, why), why)

    def _store(self, asked: Pending, answer: StoredAnswer, why: Rejection | None = None) -> None:
        key = asked.sender, asked.id
        self.effects.answers[key] = self.desk.answers[key] = answer
        self._settle(asked, answer, why=why)

    def _settle(self, asked: Pending, answer: StoredAnswer, **told: Any) -> None:
        """Hand an answer to who asked; a receipt waits until the events it tells of are sent."""
        self._leave(asked)
        name = self.desk.service.name
        version = self.folded.head(name)
        receipt = answers.receipt(name, asked, answer, version, self.desk.epoch)
        if receipt is not None:
            self.effects.receipts.append(receipt)
        self.answered.append(Answered(asked, answer, **told))

    def _too_early(self, asked: Pending, why: TooEarly) -> None:
        """HTTP asks again; a submission waits its time and is then refused; a reaction waits on."""
        if asked.message is not None and asked.waited and asked.waited[1] >= PATIENCE_MS:
            self._refuse(asked, why)
        else:
            self._set_aside(asked, why)

    def _set_aside(self, asked: Pending, why: Rejection) -> None:
        if asked.via == "http":
            self.answered.append(Answered(asked, None, why=why))
            return
        if asked.message is not None:
            self.waits.add(asked.sender)
        if asked.waited is None and asked.via != "clock":
            self.effects.waiting.append(to_waiting(asked))

    def _queues(self, asked: Pending) -> bool:
        """Tell whether more wait than were loaded: nobody may overtake those that were not."""
        return self.loaded.more_wait and asked.waited is None

    def _leave(self, asked: Pending) -> None:
        if asked.waited is not None:
            self.effects.waiting_gone.append(asked.waited[0])
