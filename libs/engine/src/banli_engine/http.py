"""The way in for people: commands with a bearer token; and what operators ask a process."""

import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from banli_engine import digest as digests
from banli_engine import forks as forking
from banli_engine.asking import Answer, answer_all, answer_one, refused_as
from banli_engine.errors import Malformed, NotPermitted, Rejection, TooLarge
from banli_events.subjects import is_subject

if TYPE_CHECKING:
    from banli_engine.process import Process

MAX_BODY = 10_000_000
MAX_BATCH = 10_000


class NotReady(Rejection):
    """The service has not caught up with the log, or is being rebuilt; ask again."""

    status = 503


class Way(NamedTuple):
    """A way in that a service brings beside its commands; its refusals are answered as theirs."""

    path: str
    method: str
    handle: Callable[["Process", Request], Awaitable[Response]]


def app(process: "Process", ways: Iterable[Way] = ()) -> Starlette:
    """Build the HTTP interface of a deciding service."""

    def route(path: str, method: str, handle: Callable[..., Awaitable[Response]]) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                return await handle(process, request)
            except Rejection as why:
                return _response(refused_as(why))

        return Route(path, endpoint, methods=[method])

    return Starlette(
        routes=[
            route("/v1/commands", "POST", commands),
            route("/v1/status", "GET", status),
            route("/v1/digest", "GET", digest),
            route("/v1/redrive", "POST", redrive),
            route("/v1/forks", "GET", forks),
            route("/v1/clock", "PUT", set_clock),
            route("/healthz", "GET", healthz),
            route("/readyz", "GET", readyz),
            *(route(*way) for way in ways),
        ]
    )


async def commands(process: "Process", request: Request) -> Response:
    """Answer one command, or a list of them, each by itself.

    One: its Answer, or a problem document. A list: 200 and {"answers": […]} in the same order.
    """
    actor = process.tokens.verify(request.headers.get("authorization"))
    if not process.open:
        raise NotReady
    body = await _json(request)
    if isinstance(body, list):
        if len(body) > MAX_BATCH:
            raise TooLarge
        answers = await answer_all(process, body, actor)
        each = b",".join([answer.body for answer in answers])
        return _response(Answer(200, b'{"answers":[' + each + b"]}"))
    return _response(await answer_one(process, body, actor))


async def status(process: "Process", request: Request) -> Response:
    """Tell what an operator and the driver of the clock need to know."""
    return JSONResponse(await process.status())


async def digest(process: "Process", request: Request) -> Response:
    """Count and hash what the service holds of each `subject` named, or of all."""
    _operator(process, request)
    subjects = request.query_params.getlist("subject")
    tables = await digests.digest(process.settings.database, subjects)
    return JSONResponse({"service": process.service.name, "tables": tables})


async def redrive(process: "Process", request: Request) -> Response:
    """Try again, in order, what is parked of a subject."""
    _operator(process, request)
    body = await _json(request)
    subject = body.get("subject") if isinstance(body, dict) else None
    if not isinstance(subject, str) or not is_subject(subject):
        raise Malformed("subject")
    process.loop.touch([subject], redrive=True)
    return JSONResponse({"subject": subject}, 202)


async def forks(process: "Process", request: Request) -> Response:
    """Tell which events claim the places at which something is parked of a subject."""
    _operator(process, request)
    subject = request.query_params.get("subject", "")
    if not is_subject(subject):
        raise Malformed("subject")
    kept = process.loop.published.reference.settled.get(subject, {})
    async with process.watch.lock:
        told = await forking.forks(await process.watch.database.get(), subject, kept)
    return JSONResponse({"service": process.service.name, **told})


async def set_clock(process: "Process", request: Request) -> Response:
    """Advance the driven clock; it never goes back."""
    _operator(process, request)
    if process.settings.clock != "driven":
        raise NotPermitted
    body = await _json(request)
    try:
        now = datetime.fromisoformat(body["now"])
    except (KeyError, TypeError, ValueError):
        raise Malformed("now") from None
    if now.tzinfo is None or not await process.advance(now):
        raise Malformed("now")
    return JSONResponse({"now": now.isoformat()})


async def healthz(process: "Process", request: Request) -> Response:
    """Tell whether this process should be left alone (200) or ended (503)."""
    return JSONResponse({"unwell": process.unwell}, 503 if process.unwell else 200)


async def readyz(process: "Process", request: Request) -> Response:
    """Tell whether this process answers commands now."""
    return JSONResponse({"ready": process.open}, 200 if process.open else 503)


def _operator(process: "Process", request: Request) -> None:
    actor = process.tokens.verify(request.headers.get("authorization"))
    if actor.person not in process.settings.operator_names:
        raise NotPermitted


async def _json(request: Request) -> Any:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed from None


def _response(answer: Answer) -> Response:
    if answer.code is None:
        return Response(answer.body, answer.status, media_type="application/json")
    headers = {"Retry-After": "1"} if answer.again else {}
    return Response(answer.body, answer.status, headers, media_type="application/problem+json")
