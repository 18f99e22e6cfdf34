"""The parts of a person: how they are called, how long they are, how much of them is seen."""

import re
from typing import Any

from banli_engine.errors import TooLarge
from banli_events import personal
from banli_events.base import canonical
from banli_intake.refusals import UnfitPart

ALL_BYTES = 600_000
"""How much one request may enter; sealed it is a third more, and one event."""

SHORT = 500
LONG = 90_000
"""How many characters a part has at most, and a text."""

NAME = re.compile(r"[a-z][a-z_]{0,30}(\.[0-9A-Za-z_-]{1,32})?")

_STARS = "***"


def read(body: Any) -> dict[str, str]:
    """Read the parts of a person; what they are called is on the log for ever, what they say not.

    Raises UnfitPart, which names none of them: what a part is called may be what it says.
    """
    if not isinstance(body, dict) or not 1 <= len(body) <= 100:
        raise UnfitPart("body")
    for part, text in body.items():
        if not NAME.fullmatch(part) or personal.shows(part) or not isinstance(text, str):
            raise UnfitPart("body")
        if not text.strip() or len(text) > (LONG if part.startswith("text.") else SHORT):
            raise UnfitPart("body")
    try:
        size = len(canonical(body))
    except ValueError:  # half a character
        raise UnfitPart("body") from None
    if size > ALL_BYTES:
        raise TooLarge("body")
    return body


def mask(part: str, text: str) -> str:
    """Hide most of a part; of a text, and of what has no rule of its own, all of it.

    >>> mask("name", "王小明"), mask("phone", "13812345678"), mask("text.p1", "…")
    ('王**', '138****5678', '***')
    """
    match part:
        case "name":
            return text[0] + "**"
        case "phone" if len(text) >= 11:
            return f"{text[:3]}****{text[-4:]}"
        case "id_number" if len(text) >= 15:
            return f"{text[:3]}{_STARS}{text[-2:]}"
        case "email" if "@" in text:
            return f"{text[0]}{_STARS}@{text.rpartition('@')[2]}"
        case "address" if len(text) >= 12:
            return text[:6] + _STARS
        case _:
            return _STARS
