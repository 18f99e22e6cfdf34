"""Contact data that stands where it must not: identity numbers, mobile numbers, e-mail addresses.

Such data enters by the door alone (`PUT /v1/persons/…`); in a command it is there by mistake. This
is a net for mistakes: what has no such shape, a name above all, is not seen. Office numbers pass.
"""

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from banli_events.base import Value
from banli_events.sealed import Sealed

_D = "[0-9０-９]"
_GAPS = "".join(map(chr, (*range(0x2000, 0x2016), *range(0x202A, 0x2030), 0x2060, 0xFEFF)))
_GAPS += " \u00a0\u3000－-"  # spaces and dashes, and what no eye sees; as Word and chats put them
_GAP = f"[{_GAPS}]{{0,2}}"

_SUSPECT = re.compile(rf"[@＠]|{_D}(?:{_GAP}{_D}){{10}}")
"""What every shape has: nearly all texts are done with by looking for it, which is quick."""

_SHAPES = re.compile(
    rf"(?<!{_D})(?:(?:00|\+)?86{_GAP})?[1１][3-9３-９]{_D}(?:{_GAP}{_D}{{4}}){{2}}(?!{_D})"
    rf"|(?<!{_D})(?P<identity>{_D}{{6}}{_GAP}{_D}{{8}}{_GAP}{_D}{{3}}[0-9０-９XxＸｘ])(?!{_D})"
    r"|(?<=\S)[@＠](?:[0-9A-Za-z-]{1,63}[.．]){1,8}[A-Za-z]{2,24}"
)
"""Each has a bounded length, so that no text takes longer than its length makes it."""

_OPAQUE = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32,}")
"""Ids and hashes, in which eleven digits may stand in a row by chance."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PLAIN = str.maketrans("０１２３４５６７８９Ｘｘx", "0123456789XXX", _GAPS)

_SHORTEST = 10**10
"""The smallest number that has as many digits as a mobile number."""


def shows(text: str) -> bool:
    """Tell whether an identity number, a mobile number or an e-mail address stands in a text.

    >>> shows("请致电 138 1234 5678"), shows("办公电话：010-61234567")
    (True, False)
    """
    if not _SUSPECT.search(text):
        return False
    shapes = _SHAPES.finditer(_OPAQUE.sub(" ", text))
    return any(not found["identity"] or _is_identity(found["identity"]) for found in shapes)


def find(value: Value) -> str | None:
    """Name the first field of a command in which such data stands; None where there is none."""
    if not _SUSPECT.search(value.model_dump_json()):
        return None
    path = next(_in(value), None)
    return None if path is None else ".".join(path)


def find_asked(
    command: Value, actor: Value | None, subject: str | None, after: Iterable[str]
) -> str | None:
    """Name the first place in all that a submission says where such data stands."""
    for name, said in (("data", command), ("actor", actor)):
        if said is not None and (where := find(said)):
            return f"{name}.{where}"
    return "subject" if any(map(shows, (subject or "", *after))) else None


def _is_identity(text: str) -> bool:
    """Whether the last of 18 characters is the check digit of the others (GB 11643)."""
    digits = text.translate(_PLAIN)
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return "10X98765432"[total % 11] == digits[17]


def _in(value: object) -> Iterator[tuple[str, ...]]:
    match value:
        case str():
            if shows(value):
                yield ()
        case int() if value >= _SHORTEST and shows(str(value)):
            yield ()
        case Sealed():
            return
        case BaseModel():
            yield from _below(value)
        case dict():
            yield from _below(value.items())
        case tuple() | list():
            yield from _below(enumerate(value))


def _below(parts: Iterable[tuple[object, object]]) -> Iterator[tuple[str, ...]]:
    for name, value in parts:
        for rest in _in(value):
            yield str(name), *rest
