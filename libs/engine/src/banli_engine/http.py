"""The way in for people: commands with a bearer token; and what operators ask a process."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from banli_engine import digest as digests
from banli_engine import forks as forking
from banli_engine.answering import Answered
from banli_engine.answers import problem
from banli_engine.errors import Malformed, NotPermitted, Rejection, TooEarly, TooLarge
from banli_engine.loop import Loop, TooMuch
from banli_engine.pending import Pending, from_http
from banli_events.subjects import is_subject
from banli_events.submission import Outcome
from banli_events.words import Actor

if TYPE_CHECKING:
    from banli_engine.process import Process

PATIENCE_SECONDS = 2.0
"""How long a request that came too early is held before it is told to come again."""

LOOK_SECONDS = 0.05
MAX_BODY = 10_000_000
MAX_BATCH = 10_000

AT_ONCE = 500
"""How many commands of lists are asked at one time: room in the queue remains for other callers."""

Room = AbstractAsyncContextManager[Any, Any]


class Answer(NamedTuple):
    """What a caller gets: JSON as it was stored, or a problem document with its code."""

    status: int
    body: bytes
    code: str | None = None
    again: bool = False


class NotReady(Rejection):
    """The service has not caught up with the log, or is being rebuilt; ask again."""

    status = 503


class Busy(Rejection):
    """More commands wait than the service takes on; ask again."""

    status = 503


class NotWritten(Rejection):
    """The command could not be written; ask again with the same id."""

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
                return _response(_problem(why))

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
        answers = await _answer_all(process, body, actor)
        each = b",".join([answer.body for answer in answers])
        return _response(Answer(200, b'{"answers":[' + each + b"]}"))
    asked = from_http(process.service, body, actor, process.settings.operator_names)
    return _response(await _answer(process.loop, asked, nullcontext(), PATIENCE_SECONDS))


async def _answer_all(process: "Process", bodies: list[Any], actor: Actor) -> list[Answer]:
    """Answer what is about one subject in turn, what is about several side by side."""
    answers: dict[int, Answer] = {}
    turns: dict[str, list[tuple[int, Pending]]] = {}
    for place, body in enumerate(bodies):
        try:
            asked = from_http(process.service, body, actor, process.settings.operator_names)
            turns.setdefault(asked.subject or str(place), []).append((place, asked))
        except Rejection as why:
            answers[place] = _problem(why)
        await asyncio.sleep(0)  # reading many takes long: others come in between

    async def take(turn: list[tuple[int, Pending]]) -> None:
        patience = PATIENCE_SECONDS
        for place, asked in turn:
            answers[place] = await _answer(process.loop, asked, process.room, patience)
            if answers[place].code == TooEarly().code:
                patience = 0  # once for a subject

    await asyncio.gather(*map(take, turns.values()))
    return [answers[place] for place in range(len(bodies))]


async def _answer(loop: Loop, asked: Pending, room: Room, patience: float) -> Answer:
    try:
        answered = await _ask(loop, asked, room, patience)
    except TooMuch:
        return _problem(Busy())
    except Exception:  # logged by the loop
        return _problem(NotWritten())
    if answered.answer is None:
        return _problem(answered.why or TooEarly(), command=asked.id)
    if answered.answer.outcome != Outcome.REFUSED:
        return Answer(200, answered.answer.answer)
    answer = json.loads(answered.answer.answer)  # for ever, also where it came too early for long
    return _document({**answer.pop("problem"), **answer})


async def _ask(loop: Loop, asked: Pending, room: Room, patience: float) -> Answered:
    """Ask the loop; what comes too early is asked again, for a while, on news of its subject."""
    until: float | None = None
    while True:
        async with room:
            answered = await loop.call(asked)
        now = asyncio.get_running_loop().time()
        until = until or now + patience
        if answered.answer is not None or not isinstance(answered.why, TooEarly) or now >= until:
            return answered
        await loop.news(asked.subject, min(until - now, LOOK_SECONDS))


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


def _problem(why: Rejection, **more: str) -> Answer:
    return _document({**problem(why).model_dump(exclude_none=True), **more}, again=why.again)


def _document(document: dict[str, Any], *, again: bool = False) -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(document["status"], body, document["code"], again)


def _response(answer: Answer) -> Response:
    if answer.code is None:
        return Response(answer.body, answer.status, media_type="application/json")
    headers = {"Retry-After": "1"} if answer.again else {}
    return Response(answer.body, answer.status, headers, media_type="application/problem+json")
