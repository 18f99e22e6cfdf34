"""A command that waits for its answer, however it came: HTTP, Kafka, a reaction, a clock."""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError

from banli_engine import tracing
from banli_engine.decider import Due, Reaction, Service
from banli_engine.errors import (
    InternalFault,
    Malformed,
    PersonalData,
    Rejection,
    UnfitSubject,
    UnknownCommand,
)
from banli_engine.fold import knew
from banli_engine.store import Message, NewWaiting
from banli_engine.topics import system_of
from banli_events import personal
from banli_events.base import Command, canonical, instant
from banli_events.catalogue import COMMANDS
from banli_events.envelope import Recorded, Wire
from banli_events.subjects import NAMESPACE, kind_of
from banli_events.submission import Submission, parse_token
from banli_events.supervision import CheckDeadline
from banli_events.trace import TRACE, trace_of
from banli_events.words import Actor


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that led to a command: the one a reaction read, or the one that set a clock."""

    event: str
    time: datetime | None = None
    correlation: str | None = None
    knew: Mapping[str, int] | None = None  # the versions of the target that it was said with


@dataclass(frozen=True, slots=True)
class Pending:
    """A command with all that its answer needs to know of where it came from."""

    sender: str  # system:<name>, person:<token subject>, reaction:<name>, clock
    id: str
    hash: str
    via: str  # http, system:<name>, reaction:<name>, clock
    subject: str = ""  # empty where it could not be read
    command: Command | None = None
    refusal: Rejection | None = None  # found while reading it
    actor: Actor | None = None
    operator: bool = False
    door: bool = False  # a way in of the service's own asks, for whom the token names
    after: tuple[tuple[str, str, int], ...] = ()  # events it rests on: subject, source, version
    cause: Cause | None = None
    message: Message | None = None  # the submission as it lies on its topic
    waited: tuple[int, int] | None = None  # row in `waiting` and milliseconds, where it has waited
    trace: str | None = None  # the span it belongs to, as `traceparent`
    span: Any = field(default=None, compare=False)  # its own, where tracing is on
    since: float = field(default_factory=time.monotonic, compare=False)

    def __post_init__(self) -> None:
        """Begin its span."""
        if self.span is None and tracing.on():
            name = type(self.command).__name__ if self.command else "unreadable"
            object.__setattr__(self, "span", tracing.start(name, self.trace))

    @property
    def age(self) -> float:
        """Tell for how many seconds it has been in hand, or has waited."""
        return time.monotonic() - self.since + (self.waited[1] / 1000 if self.waited else 0)

    @property
    def silent(self) -> bool:
        """Tell whether nobody waits for the answer: a reaction or a clock asks."""
        return self.message is None and self.via != "http"


def from_http(
    service: Service, body: Any, actor: Actor, operators: frozenset[str], *, door: bool = False
) -> Pending:
    """Read one command of a request; the speaker is whom the token names.

    Raises Malformed where not even its id can be read: then there is nothing to answer for.
    """
    sender = f"person:{actor.person}"
    try:
        asked = Submission.model_validate(body, extra="forbid")
    except ValidationError as fault:
        refusal = Malformed(_field(fault))
        known = _known_by(body)
        if known is None:
            raise refusal from None
        return Pending(sender, *known, "http", refusal=refusal, actor=actor)
    given = _given(service, asked, speaks=asked.actor is None)
    by: dict[str, Any] = {"actor": actor, "operator": actor.person in operators, "door": door}
    trace = tracing.here()
    return Pending(sender, str(asked.id), asked.digest(), "http", **given, **by, trace=trace)


def from_message(
    service: Service, message: Message, waited: tuple[int, int] | None = None
) -> Pending:
    """Read a submission; whatever it is, it gets an id, and so an answer."""
    value = message.wire.value or b""
    via = f"system:{system_of(message.topic)}"
    trace = trace_of(message.wire.headers)
    came: dict[str, Any] = {"message": message, "waited": waited, "trace": trace}
    try:
        asked = Submission.model_validate_json(value, extra="forbid")
        given = _given(service, asked, speaks=asked.actor is not None)
        return Pending(via, str(asked.id), asked.digest(), via, **given, actor=asked.actor, **came)
    except ValidationError as fault:
        refusal: Rejection = Malformed(_field(fault))
    except Exception:  # a bug of this build: answered as such, or it would be read again for ever
        refusal = InternalFault()
    place = f"{message.topic}/{message.part}/{message.offset}"
    nameless = str(uuid5(NAMESPACE, f"submission/{place}")), hashlib.sha256(value).hexdigest()
    id_, hash_ = _known_by(value) or nameless
    return Pending(via, id_, hash_, via, refusal=refusal, **came)


def from_reaction(reaction: Reaction, event: Recorded, subject: str, command: Command) -> Pending:
    """Ask a subject what a reaction asks; its id is made of event, reaction and subject."""
    known = knew(event) if event.subject == subject else None
    cause = Cause(event.id, event.time, event.context.correlationid, known)
    name = f"{event.id}/{reaction.name}/{subject}"
    return _own(f"reaction:{reaction.name}", name, subject, command, cause, event.trace)


def from_clock(subject: str, due: Due) -> Pending:
    """Ask to look at a clock that has run out; its id is made of clock, instant and what set it."""
    command = CheckDeadline(clock=due.clock, due=due.at)
    name = f"clock/{subject}/{due.clock}/{instant(due.at)}/{due.cause}"
    return _own("clock", name, subject, command, Cause(due.cause))


def _own(
    via: str, name: str, subject: str, command: Command, cause: Cause, trace: str | None = None
) -> Pending:
    digest = hashlib.sha256(canonical([type(command).__name__, subject, _plain(command)]))
    return Pending(
        sender=via,
        id=str(uuid5(NAMESPACE, name)),
        hash=digest.hexdigest(),
        via=via,
        subject=subject,
        command=command,
        cause=cause,
        trace=trace,
    )


def to_waiting(asked: Pending) -> NewWaiting:
    """Write what waits as its row."""
    if asked.message is not None:
        place: list[Any] = [asked.message.topic, asked.message.part, asked.message.offset]
        place += [asked.trace] if asked.trace else []
        body = canonical(place) + b"\n" + (asked.message.wire.value or b"")
        return NewWaiting(asked.subject, "submission", asked.sender, asked.id, body)
    if asked.command is None or asked.cause is None or asked.cause.time is None:
        raise ValueError("only submissions and reactions wait")
    row = {
        "via": asked.via,
        "id": asked.id,
        "hash": asked.hash,
        "type": type(asked.command).__name__,
        "data": _plain(asked.command),
        "event": asked.cause.event,
        "time": instant(asked.cause.time),
        "correlation": asked.cause.correlation,
        "knew": asked.cause.knew,
        **({"trace": asked.trace} if asked.trace else {}),
    }
    return NewWaiting(asked.subject, "reaction", asked.sender, asked.id, canonical(row))


def from_waiting(
    service: Service, subject: str, kind: str, body: bytes, waited: tuple[int, int]
) -> Pending | None:
    """Read back what waits; None for a reaction that only a newer build can run."""

    if kind == "submission":
        place, _, value = body.partition(b"\n")
        topic, part, offset, *trace = json.loads(place)
        headers = tuple((TRACE, each.encode()) for each in trace)
        return from_message(
            service, Message(topic, part, offset, Wire(None, headers, value)), waited
        )
    row = json.loads(body)
    if row["type"] not in COMMANDS:
        return None
    model = COMMANDS[row["type"]].model
    time = datetime.fromisoformat(row["time"])
    cause = Cause(row["event"], time, row["correlation"], row.get("knew"))
    return Pending(
        sender=row["via"],
        id=row["id"],
        hash=row["hash"],
        via=row["via"],
        subject=subject,
        command=model.model_validate(row["data"]),
        cause=cause,
        waited=waited,
        trace=row.get("trace"),
    )


def _given(service: Service, asked: Submission, *, speaks: bool) -> dict[str, Any]:
    """Read what a command says, or why it is refused; `speaks`: who speaks is said where it may."""
    try:
        after = tuple(parse_token(text) for text in asked.after)
    except ValueError:
        return {"refusal": Malformed("after")}
    try:
        subject, command = _command(service, asked)
    except Rejection as refusal:
        return {"refusal": refusal}
    if not speaks:
        return {"refusal": Malformed("actor")}
    return {"subject": subject, "command": command, "after": after}


def grounds_of(asked: Iterable[Pending]) -> set[str]:
    """Name the subjects on whose events these commands say that they rest."""
    return {subject for each in asked for subject, _, _ in each.after}


def others_of(service: Service, asked: Iterable[Pending]) -> set[str]:
    """Name the other subjects on whose state the answers to these commands rest."""
    return {
        subject
        for each in asked
        if each.command is not None and (look := service.looks_at.get(type(each.command)))
        for subject in look(each.command)
    }


def _command(service: Service, asked: Submission) -> tuple[str, Command]:
    """Read the command itself, no field too many, and what it is about."""
    known = COMMANDS.get(asked.type)
    if known is None or known.service != service.name:
        raise UnknownCommand("type")
    try:
        command = known.model.model_validate(asked.data, extra="forbid")
    except ValidationError as fault:
        raise Malformed(".".join(filter(None, ("data", _field(fault))))) from None
    _must_carry_ids_only(asked, command)
    told = service.subject_of.get(known.model)
    subject = asked.subject if told is None else told(command)
    if subject is None or (asked.subject is not None and asked.subject != subject):
        raise Malformed("subject")
    if kind_of(subject) not in service.aggregates:
        raise UnfitSubject("subject")
    return subject, command


def _must_carry_ids_only(asked: Submission, command: Command) -> None:
    """Contact data enters by its own door, and stands nowhere in what is asked."""
    if where := personal.find_asked(command, asked.actor, asked.subject, asked.after):
        raise PersonalData(where)


def _known_by(body: Any) -> tuple[str, str] | None:
    """Find the sender's id in what is no command, and hash it; None where there is no id."""
    try:
        read = json.loads(body) if isinstance(body, bytes) else body
        return str(UUID(read["id"])), hashlib.sha256(canonical(read)).hexdigest()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _field(fault: ValidationError) -> str | None:
    """Name the field at fault; of a field that should not be there, only where it stands."""
    first = fault.errors(include_input=False, include_url=False, include_context=False)[0]
    where = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    return ".".join(str(step) for step in where) or None


def _plain(command: Command) -> Any:
    return command.model_dump(mode="json")
