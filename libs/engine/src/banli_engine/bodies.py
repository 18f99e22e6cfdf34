"""What is read of a request's body: in time, of bounded size, and of all together a bounded sum."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from banli_engine.errors import Busy, Malformed, TooLarge, TooSlow, UnfitEncoding

MAX_BODY = 10_000_000
"""How long a body of JSON may be."""

ALL_BODIES = 64_000_000
"""How much of all bodies of JSON a process holds at once, until their requests are answered."""

BODY_SECONDS = 10.0
BYTES_A_SECOND = 10_000
"""How long a body may take: so long, and for what has come so long as it takes at this pace."""


def timely(app: ASGIApp) -> ASGIApp:
    """Refuse a body that does not arrive in time, whoever reads it."""

    async def within_time(scope: Scope, receive: Receive, send: Send) -> None:
        clock = asyncio.get_running_loop()
        until, whole = 0.0, scope["type"] != "http"

        async def in_time() -> Message:
            nonlocal until, whole
            if whole:
                return await receive()
            until = until or clock.time() + BODY_SECONDS
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise TooSlow("body") from None
            until += len(message.get("body", b"")) / BYTES_A_SECOND
            whole = not message.get("more_body", False)
            return message

        await app(scope, in_time, send)

    return within_time


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
