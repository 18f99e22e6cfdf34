"""What every contract shares: frozen models, open enumerations, and the shape of identifiers."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

_Word = TypeVar("_Word", bound=StrEnum)

Open: TypeAlias = Annotated[_Word | str, Field(union_mode="left_to_right")]
"""An enumeration that may grow: a value this build does not know is kept as text."""

Sha256: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest as 64 lower-case hexadecimal digits."""

Id: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-zA-Z][0-9a-zA-Z._-]{0,63}$")]
"""The short opaque name of a person, post, unit, system or pack."""

Line: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)
]
"""One line of text that must say something."""

Text: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100_000)
]
"""A text that must say something; 100,000 characters at most, so that its event fits the topic."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("no such moment in UTC") from None


Instant: TypeAlias = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A point in time with its zone; kept and written in UTC."""


class Value(BaseModel):
    """A part of an event or command: compared by value, never changed."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Event(Value):
    """Something that became true: a past-tense sentence with its own fields.

    Type, actor and recorded time stand in the envelope. A field is added, never changed.
    """

    schema_version: ClassVar[int] = 1


class Command(Value):
    """Something a person or a system asks for: the imperative counterpart of an event.

    Where a command is taken in, a field that this build does not know is refused at any depth, so
    that nothing asked for is silently lost and no personal data slips in.
    """


_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def canonical(value: object) -> bytes:
    """Write a JSON value in one way only: keys sorted, no spaces, UTF-8.

    ValueError where it is no JSON value: NaN, infinity, a lone surrogate.

    >>> canonical({"b": 1, "a": "办"}).decode()
    '{"a":"办","b":1}'
    """
    return _CANONICAL.encode(value).encode()


def instant(moment: datetime) -> str:
    """Write a moment as every header and answer writes it: RFC 3339, UTC, microseconds.

    >>> from datetime import UTC
    >>> instant(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02T03:04:05.000000Z'
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
