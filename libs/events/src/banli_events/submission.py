"""A command on the wire, and the one answer it gets: the same over HTTP and over Kafka."""

import hashlib
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from pydantic import Field, JsonValue, field_validator

from banli_events.base import Value, canonical
from banli_events.subjects import NAMESPACE, SUBJECT, is_subject
from banli_events.words import Actor


class Submission(Value):
    """A command as its sender writes it: one JSON object.

    `subject` may be left out where the command itself tells it (RegisterItem). `actor` is said
    over Kafka only, where no token says it. `after` names events that the command rests on, as
    answers name them: `case/<id>@intake:3`.
    """

    id: UUID
    type: str = Field(max_length=64)
    subject: str | None = Field(default=None, max_length=200, pattern=SUBJECT)
    actor: Actor | None = None
    after: tuple[str, ...] = Field(default=(), max_length=20)
    data: dict[str, JsonValue]

    @field_validator("data")
    @classmethod
    def _is_json(cls, data: dict[str, JsonValue]) -> dict[str, JsonValue]:
        text = canonical(data)  # NaN, infinity and lone surrogates pass JsonValue: no digest
        if b"\\u0000" in text and _has_nul(data):
            raise ValueError("a NUL is no text: no database keeps it")
        return data

    def digest(self) -> str:
        """Hash what is asked in canonical JSON: type, subject, actor and data, but not `after`."""
        asked = [
            self.type,
            self.subject,
            self.actor.model_dump() if self.actor else None,
            self.data,
        ]
        return hashlib.sha256(canonical(asked)).hexdigest()


def _has_nul(value: JsonValue) -> bool:
    match value:
        case str():
            return "\0" in value
        case list():
            return any(map(_has_nul, value))
        case dict():
            return any(_has_nul(each) for pair in value.items() for each in pair)
        case _:
            return False


class Outcome(StrEnum):
    """What became of a command."""

    ADMITTED = "admitted"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Problem(Value):
    """Why a command was refused (RFC 9457): a code, one sentence, the field; never the input."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None


class AdmittedEvent(Value):
    """One of the events that a command led to."""

    id: str
    type: str
    source: str
    version: int
    time: str
    data: dict[str, Any]


class Answer(Value):
    """The one answer to a command, also as a receipt."""

    receipt: UUID
    command: str
    outcome: Outcome
    subject: str | None = None
    after: str | None = None  # what a later command or read may name as its ground
    events: tuple[AdmittedEvent, ...] = ()
    problem: Problem | None = None


def receipt_id(sender: str, command_id: str) -> UUID:
    """Derive the receipt's id from who asked and the command's id: the same for ever."""
    return uuid5(NAMESPACE, f"receipt/{sender}/{command_id}")


def token(subject: str, source: str, version: int) -> str:
    """Name an event as answers do in `after`: `case/<id>@intake:3`."""
    return f"{subject}@{source}:{version}"


def parse_token(text: str) -> tuple[str, str, int]:
    """Read an `after` token as subject, source and version; ValueError where it is none."""
    subject, _, rest = text.rpartition("@")
    source, _, version = rest.partition(":")
    number = version.isascii() and version.isdecimal() and len(version) <= 9
    if not (is_subject(subject) and source.isascii() and source.isidentifier() and number):
        raise ValueError("not an after token")
    return subject, source, int(version)


RECEIPT_TOPIC = "banli_topic"
RECEIPT_PARTITION = "banli_partition"
RECEIPT_OFFSET = "banli_offset"
RECEIPT_BODY = "banli_bodyhash"
RECEIPT_SOURCE = "ce_source"
RECEIPT_SENDER = "banli_sender"
RECEIPT_COMMAND = "banli_commandhash"
"""A receipt's headers: which message it answers (topic, partition, offset, SHA-256 of its value as
it lay there), which service answered, whose command it was, and the command's digest. Its key is
the command id, its value the `Answer`: a repeated submission gets the first answer's bytes, and its
own place here. A receipt on `receipts.http` answers no message and has no place."""
