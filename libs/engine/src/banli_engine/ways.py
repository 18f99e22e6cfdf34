"""The ways in and out over HTTP: what each says of itself is what holds, and what its page tells.

A way names who may ask it, what may be asked with it and what it answers. Nothing else gets
through to its function: a caller without a token, a parameter that is not named, more at once than
there is room for.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import asyncpg
import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from banli_engine import logs
from banli_engine.answers import problem
from banli_engine.errors import (
    Busy,
    InternalFault,
    Malformed,
    NoSuchMethod,
    NothingHere,
    NotPermitted,
    NotReady,
    Rejection,
)
from banli_engine.tokens import NotAuthenticated
from banli_events.words import Actor

ROOM = 64
"""How many requests a process takes on at once of callers with a token, of operators, and of anyone
else; but for commands: these wait in a queue."""

Schema = Mapping[str, Any]
Handle = Callable[[Any, Request], Awaitable[Response]]  # of its process, whatever it is

TEXT: Schema = {"type": "string", "maxLength": 500}
OBJECT: Schema = {"type": "object"}

log = structlog.get_logger()


class Who(StrEnum):
    """Who may ask a way."""

    ANYONE = "anyone"
    CALLER = "caller"
    OPERATOR = "operator"


class Told(NamedTuple):
    """A parameter in the address of a way: what it says, and what it may be."""

    says: str
    schema: Schema = TEXT
    many: bool = False  # may stand there more than once


class Body(NamedTuple):
    """What is sent with a request, or comes back: what it says, by media type what it may be."""

    says: str
    schema: Schema = OBJECT
    media: tuple[str, ...] = ("application/json",)


@dataclass(frozen=True, slots=True)
class Way:
    """A way in or out; its function's docstring says what it does, its refusals are answered."""

    path: str
    method: str
    handle: Handle
    who: Who = Who.CALLER
    asks: Mapping[str, Told] = field(default_factory=dict)  # by their names, in path and query
    takes: Body | None = None
    gives: Mapping[int, Body] = field(default_factory=dict)  # by status; refusals stand apart
    refuses: tuple[type[Rejection], ...] = ()  # of its own, beside what holds of every way
    waits: bool = True  # takes room among who may ask alike; False: it has bounds of its own


def serve(process: Any, ways: Iterable[Way]) -> Starlette:
    """Build the HTTP interface of a process from its ways."""
    rooms = {who: Room(ROOM) for who in Who}  # strangers take none from those with a token
    app = Starlette(
        routes=[
            Route(w.path, _endpoint(process, w, rooms[w.who]), methods=[w.method]) for w in ways
        ],
        exception_handlers={404: _at_no_way(NothingHere), 405: _at_no_way(NoSuchMethod)},
    )
    app.router.redirect_slashes = False  # it would repeat what a header says
    return app


class Room:
    """Room for so many requests at once; who comes when it is full comes again."""

    def __init__(self, most: int) -> None:
        self.free = most

    def __enter__(self) -> None:
        if self.free <= 0:
            raise Busy
        self.free -= 1

    def __exit__(self, *_: object) -> None:
        self.free += 1


def _endpoint(process: Any, way: Way, room: Room) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        answered = await answer(request)
        if way.who != Who.ANYONE:  # it is for this caller, and today
            answered.headers["Cache-Control"] = "no-store"
        return answered

    async def answer(request: Request) -> Response:
        try:
            admit(process, way, request)
            with room if way.waits else nullcontext():
                return await way.handle(process, request)
        except Rejection as why:
            return refused(why)
        except ClientDisconnect:  # nobody is there to hear it
            return refused(Malformed("body"))
        except asyncpg.DataError as fault:  # a value that a way let through
            return _fault(way, fault)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return refused(NotReady())
        except Exception as fault:
            return _fault(way, fault)

    return endpoint


def admit(process: Any, way: Way, request: Request) -> None:
    """Let through only who may ask, and only what the way says that it may be asked with."""
    if way.who != Who.ANYONE:
        actor: Actor = process.tokens.verify(request.headers.get("authorization"))
        if way.who == Who.OPERATOR and actor.person not in process.settings.operator_names:
            raise NotPermitted
        request.scope["banli.actor"] = actor
    asked = request.query_params.multi_items() if request.scope["query_string"] else ()
    for name, value in asked:
        if name not in way.asks:
            raise Malformed("query")
        if "\0" in value:
            raise Malformed(name)
    for name, value in request.path_params.items():
        if "\0" in value:
            raise Malformed(name)


def caller(request: Request) -> Actor:
    """Tell who asks, as the token names them."""
    actor: Actor = request.scope["banli.actor"]
    return actor


def refused(why: Rejection) -> Response:
    """Answer with a problem document (RFC 9457)."""
    body = problem(why).model_dump_json(exclude_none=True)
    headers = {"Retry-After": "1"} if why.again else {}
    if isinstance(why, NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body, why.status, headers, media_type="application/problem+json")


def _fault(way: Way, fault: Exception) -> Response:
    log.error("way_failed", way=way.path, method=way.method, **logs.of(fault))
    return refused(InternalFault())


def _at_no_way(why: type[Rejection]) -> Callable[[Request, Exception], Response]:
    def answer(_: Request, fault: Exception) -> Response:
        answered = refused(why())
        answered.headers.update(getattr(fault, "headers", None) or {})  # Allow
        return answered

    return answer
