"""What is read of a request's body: of bounded size, and of all together a bounded sum."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from starlette.requests import Request

from banli_engine.errors import Busy, Malformed, TooLarge, UnfitEncoding
from banli_engine.ways import caller

MAX_BODY = 10_000_000
"""How long a body of JSON may be."""

ALL_BODIES = 64_000_000
"""How much of all bodies of JSON a process holds at once, until their requests are answered."""

ALL_BODIES_OF_ONE = 32_000_000
"""How much of that is one caller's, so that nobody alone keeps all others out."""


class Held:
    """How much of bodies this process holds, and of whom."""

    bytes = 0
    of: ClassVar[Counter[str]] = Counter()


@asynccontextmanager
async def read_json(request: Request) -> AsyncIterator[Any]:
    """Read a body as JSON, and hold it until its request is answered.

    Raises TooLarge, UnfitEncoding, Malformed; Busy where too much is held already.
    """
    _fit(request)
    body, size, person = bytearray(), 0, caller(request).person
    try:
        async for chunk in request.stream():
            body += chunk
            size += len(chunk)
            Held.bytes += len(chunk)
            Held.of[person] += len(chunk)
            if size > MAX_BODY:
                raise TooLarge
            if Held.bytes > ALL_BODIES or Held.of[person] > ALL_BODIES_OF_ONE:
                raise Busy
        try:
            read = json.loads(body.decode())
        except (ValueError, RecursionError):
            raise Malformed from None
        body.clear()
        yield read
    finally:
        Held.bytes -= size
        Held.of -= Counter({person: size})  # whoever holds nothing is not kept


def _fit(request: Request) -> None:
    """Refuse by its headers what would not be read to its end, or not be understood."""
    headers = request.headers
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY:
        raise TooLarge
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnfitEncoding("content-encoding")
    _, _, charset = headers.get("content-type", "").lower().partition("charset=")
    if charset.strip("\"' ").partition(";")[0] not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnfitEncoding("content-type")
