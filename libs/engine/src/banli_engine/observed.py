"""Each request over HTTP is counted, timed and traced; `GET /metrics` shows what was measured.

Around all else, so that what a service's own ways refuse, or fail at, is seen too. Anyone may ask:
nothing shown is of a person or case.
"""

import time
from typing import TYPE_CHECKING, Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from banli_engine import metrics, tracing
from banli_engine.meter import shown
from banli_engine.ways import Body, Way, Who
from banli_events.trace import TRACE, trace_of

if TYPE_CHECKING:
    from banli_engine.member import Member


async def show(member: "Member", request: Request) -> Response:
    """Show what was measured, as Prometheus reads it."""
    await member.measure()
    return Response(shown(member.meters), media_type=CONTENT_TYPE_LATEST)


METRICS = Way(
    *("/metrics", "GET", show, Who.ANYONE),
    gives={200: Body("The metrics.", {"type": "string"}, ("text/plain",))},
)


class Observed:
    """An application with somebody who looks on."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self._paths = {getattr(r, "endpoint", None): getattr(r, "path", "") for r in app.routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and note how."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        span = tracing.start("request", _parent(scope), kind="SERVER") if tracing.on() else None
        try:
            with tracing.within(span):
                await self.app(scope, receive, note)
        finally:
            route = self._paths.get(scope.get("endpoint"), metrics.OTHER)
            metrics.HTTP_REQUESTS.inc(route, _method(scope), str(status))
            metrics.FAULTS.inc("request", by=status == 500)
            metrics.HTTP_SECONDS.observe(time.monotonic() - began, route)
            tracing.finish(span, route=route, status=status)


def _method(scope: Scope) -> str:
    """Name the method, where it is one that a way can have."""
    method: str = scope["method"]
    return method if method in ("GET", "HEAD", "POST", "PUT", "DELETE") else metrics.OTHER


def _parent(scope: Scope) -> str | None:
    headers: Any = scope["headers"]
    return trace_of([(TRACE, value) for name, value in headers if name == TRACE.encode()])
