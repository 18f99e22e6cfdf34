"""What one connection may take of a process: how many there are, their heads, their time.

httptools sets no bound to a head, and uvicorn none to the time in which one arrives, to requests
sent ahead, or to how long somebody takes to read an answer. What a connection is refused for is
told it as a problem document; nothing of what it sent is kept or logged.
"""

import asyncio
import resource
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, ClassVar, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from banli_engine import metrics
from banli_engine.answers import problem
from banli_engine.errors import Busy, HeadTooLong, Malformed, Rejection, TooSlow

CONNECTIONS = 4_000
"""How many connections a process holds; a further one takes the place of who is idle longest."""

OTHER_FILES = 200
"""How many files a process needs beside its connections."""

HEAD_BYTES = 65_536
HEADERS = 100
"""How long the address and headers of a request may be in all, and how many headers."""

HEAD_SECONDS = 10.0
"""In what time a head must have come, from its first byte or from the beginning on."""

BODY_SECONDS = 10.0
BYTES_A_SECOND = 10_000
"""How long a body may take: so long, and for what has come so long as it takes at this pace."""

AHEAD = 16
"""How many requests a connection may send ahead of the answer that it waits for."""

WRITE_SECONDS = 30.0
WRITE_BYTES = 100_000
"""Who reads less than so much of an answer in so much time is left."""

LINGER_SECONDS = 2.0
"""How long a connection that is closed while its peer still sends is read on, for nothing: one
that is closed at once takes back the answer that is on the way."""


class Closing:
    """A transport that closes so that its answer arrives, and is not kept open by its peer."""

    def __init__(self, transport: asyncio.Transport, sends: Callable[[], bool]) -> None:
        self._transport = transport
        self._sends = sends  # whether the peer may still be sending
        self._closing = False
        self._loop = asyncio.get_running_loop()
        self._left = 0  # to be written, when last looked
        self._look_again: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Tell whether nothing more is to be asked or answered here."""
        return self._closing or self._transport.is_closing()

    def close(self) -> None:
        """Close; where the peer still sends, only when it has had time to read the answer."""
        if self._closing:
            return
        self._closing = True
        if not self._sends():
            self._transport.close()
        elif not self._transport.is_closing():
            if self._transport.can_write_eof():
                self._transport.write_eof()
            self._transport.resume_reading()
            self._loop.call_later(LINGER_SECONDS, self._transport.close)
        self.look_at_writing()

    def look_at_writing(self) -> None:
        """See to it that what is written is read, at some pace; or leave."""
        if self._look_again is None and (left := self._transport.get_write_buffer_size()):
            self._left = left
            self._look_again = self._loop.call_later(WRITE_SECONDS, self._look)

    def written(self) -> None:
        """Know that what was written has been read: what follows has its own time."""
        if self._look_again is not None:
            self._look_again.cancel()
            self._look_again = None

    def _look(self) -> None:
        self._look_again = None
        if self._transport.get_write_buffer_size() > max(0, self._left - WRITE_BYTES):
            self._transport.abort()
        else:
            self.look_at_writing()


class _Broken(Exception):
    """A bound is broken in the middle of a head."""


class Guarded(HttpToolsProtocol):
    """A connection that keeps its bounds."""

    most: ClassVar[int] = CONNECTIONS
    _idle: ClassVar[dict["Guarded", None]] = {}  # those with no request in hand, the longest first

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection in, in place of another where there are too many."""
        self._unread = self._came = 0
        self._until = 0.0
        self._whole = True  # all has come of the last request
        self._deaf = False
        self._why: Rejection = Malformed()
        self._timer: asyncio.TimerHandle | None = None
        closing: Any = Closing(transport, lambda: self._deaf or not self._whole)
        super().connection_made(closing)
        self._idle[self] = None
        self._waits(HEAD_SECONDS, self.refuse, TooSlow())
        if len(self.connections) > self.most:
            idle = next(iter(self._idle))
            if idle is self:
                self.refuse(Busy())
            else:
                idle.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._idle.pop(self, None)
        self._waits_no_more()
        cast(Closing, self.transport).written()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, while what is read makes a request."""
        if self._deaf:
            return
        self._unread += len(data)
        super().data_received(data)
        if self._unread > HEAD_BYTES:  # a line without an end, wherever it stands
            self.refuse(HeadTooLong())
        elif self._timer is None and self in self._idle:
            self._waits(HEAD_SECONDS, self.refuse, TooSlow())
        elif self._timer is None and not self._whole:
            self._until = self.loop.time() + BODY_SECONDS
            self._waits(BODY_SECONDS, self._look_at_body)

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._whole = False
        self._came = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Let it be handled, after those before it."""
        came, self._unread = self._unread, 0
        self._waits_no_more()
        self._idle.pop(self, None)
        if len(self.headers) > HEADERS or (came > HEAD_BYTES and self._size() > HEAD_BYTES):
            self._why = HeadTooLong()
            raise _Broken
        if len(self.pipeline) >= AHEAD:
            raise _Broken
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of its body."""
        self._unread = 0
        self._came += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Know that all of it has come."""
        self._unread = 0
        self._whole = True
        self._waits_no_more()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request; a body that was not wanted is read to its end, or left."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._idle[self] = None
            if not self._whole:
                self._waits(LINGER_SECONDS, self.transport.close)

    def pause_writing(self) -> None:
        """Wait until more of the answer has been read; not for ever."""
        super().pause_writing()
        cast(Closing, self.transport).look_at_writing()

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        cast(Closing, self.transport).written()

    def send_400_response(self, msg: str) -> None:
        """Say why a request cannot be read."""
        self.refuse(self._why)

    def refuse(self, why: Rejection) -> None:
        """Read no more; answer what came whole, else say why not; and close."""
        if self._deaf or self.transport.is_closing():
            return
        self._deaf = True
        metrics.REFUSED_CONNECTIONS.inc(why.code)
        self._waits_no_more()
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._answer(why)
        elif not cycle.more_body:
            cycle.keep_alive = False  # it came whole: it closes when it is answered
        elif cycle.response_started or self.pipeline:
            self.transport.abort()
        else:
            cycle.disconnected = True
            cycle.message_event.set()
            self._answer(why)

    def _answer(self, why: Rejection) -> None:
        metrics.HTTP_REQUESTS.inc(metrics.OTHER, metrics.OTHER, str(why.status))
        body = problem(why).model_dump_json(exclude_none=True).encode()
        head = ["content-type: application/problem+json", f"content-length: {len(body)}"]
        head += [*(["retry-after: 1"] if why.again else []), "connection: close", "", ""]
        self.transport.write(STATUS_LINE[why.status] + "\r\n".join(head).encode() + body)
        self.transport.close()

    def _size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _look_at_body(self) -> None:
        left = self._until + self._came / BYTES_A_SECOND - self.loop.time()
        if self.flow.read_paused:  # it is not the sender who is slow
            left = max(left, 1.0)
        if left > 0:
            self._waits(left, self._look_at_body)
        else:
            self.refuse(TooSlow())

    def _waits(self, seconds: float, then: Callable[..., None], *what: Rejection) -> None:
        self._waits_no_more()
        self._timer = self.loop.call_later(seconds, then, *what)

    def _waits_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def server(app: ASGIApp, address: str) -> uvicorn.Server:
    """Make the server of an application: every connection is guarded, signals are left alone."""
    host, _, port = address.rpartition(":")
    made = uvicorn.Server(
        uvicorn.Config(
            app,
            host,
            int(port),
            http=protocol(),
            ws="none",
            server_header=False,
            access_log=False,
            log_config=None,
            lifespan="off",
            proxy_headers=False,  # who calls is told by the token, not by an address
        )
    )
    made.capture_signals = nullcontext  # type: ignore[assignment, method-assign]
    return made


def protocol() -> type[Guarded]:
    """Give the protocol, with room for as many connections as the machine grants files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if soft < wanted and (hard > soft or hard == resource.RLIM_INFINITY):
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    Guarded.most = max(1, min(CONNECTIONS, soft - OTHER_FILES))
    return Guarded
