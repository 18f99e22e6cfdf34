"""What is read of a request's body: of bounded size, and of all together a bounded sum."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request

from banli_engine.errors import Busy, Malformed, TooLarge, UnfitEncoding

MAX_BODY = 10_000_000
"""How long a body of JSON may be."""

ALL_BODIES = 64_000_000
"""How much of all bodies of JSON a process holds at once, until their requests are answered."""


class Held:
    """How much of bodies this process holds."""

    bytes = 0


@asynccontextmanager
async def read_json(request: Request) -> AsyncIterator[Any]:
    """Read a body as JSON, and hold it until its request is answered.

    Raises TooLarge, UnfitEncoding, Malformed; Busy where too much is held already.
    """
    _fit(request)
    body, size = bytearray(), 0
    try:
        async for chunk in request.stream():
            body += chunk
            size += len(chunk)
            Held.bytes += len(chunk)
            if size > MAX_BODY:
                raise TooLarge
            if Held.bytes > ALL_BODIES:
                raise Busy
        try:
            read = json.loads(body.decode())
        except (ValueError, RecursionError):
            raise Malformed from None
        body.clear()
        yield read
    finally:
        Held.bytes -= size


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
