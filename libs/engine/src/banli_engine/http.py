"""The way in for people: commands with a bearer token; and what operators ask a process."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from banli_engine import digest as digests
from banli_engine import forks as forking
from banli_engine import pages
from banli_engine.asking import Answer, NotWritten, answer_all, answer_one
from banli_engine.bodies import read_json
from banli_engine.errors import IdReused, Malformed, NotPermitted, NotReady, TooEarly, TooLarge
from banli_engine.observed import METRICS
from banli_engine.ways import Body, Told, Way, Who, caller, serve
from banli_events.subjects import SUBJECT, is_subject

if TYPE_CHECKING:
    from banli_engine.process import Process

MAX_BATCH = 10_000
"""How many commands a list may hold."""


def app(process: "Process", ways: Iterable[Way] = ()) -> Starlette:
    """Build the HTTP interface of a deciding service."""
    return serve(process, (*WAYS, *pages.ways(process.service.name), *ways))


async def commands(process: "Process", request: Request) -> Response:
    """Answer one command, or a list of them, each by itself.

    One: its answer, or a problem document. A list: 200 and {"answers": […]} in the same order. The
    same id again gives the same answer. What came too early may be asked again with the same id.
    """
    if not process.open:
        raise NotReady
    async with read_json(request) as body:
        if isinstance(body, list):
            if len(body) > MAX_BATCH:
                raise TooLarge
            answers = await answer_all(process, body, caller(request))
            each = b",".join([answer.body for answer in answers])
            return as_response(Answer(200, b'{"answers":[' + each + b"]}"))
        return as_response(await answer_one(process, body, caller(request)))


async def status(process: "Process", request: Request) -> Response:
    """Tell what an operator and the driver of the clock need to know."""
    return JSONResponse(await process.status())


async def digest(process: "Process", request: Request) -> Response:
    """Count and hash what the service holds of each `subject` named, or of all."""
    subjects = request.query_params.getlist("subject")
    tables = await digests.digest(process.settings.database, subjects)
    return JSONResponse({"service": process.service.name, "tables": tables})


async def redrive(process: "Process", request: Request) -> Response:
    """Try again, in order, what is parked of a subject."""
    async with read_json(request) as body:
        subject = body.get("subject") if isinstance(body, dict) else None
    if not isinstance(subject, str) or not is_subject(subject):
        raise Malformed("subject")
    process.loop.touch([subject], redrive=True)
    return JSONResponse({"subject": subject}, 202)


async def forks(process: "Process", request: Request) -> Response:
    """Tell which events claim the places at which something is parked of a subject."""
    subject = request.query_params.get("subject", "")
    if not is_subject(subject):
        raise Malformed("subject")
    kept = process.loop.published.reference.settled.get(subject, {})
    async with process.watch.lock:
        told = await forking.forks(await process.watch.database.get(), subject, kept)
    return JSONResponse({"service": process.service.name, **told})


async def set_clock(process: "Process", request: Request) -> Response:
    """Advance the driven clock; it never goes back, and where the wall counts there is none."""
    if process.settings.clock != "driven":
        raise NotPermitted
    async with read_json(request) as body:
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


def as_response(answer: Answer) -> Response:
    """Hand on what the loop answered."""
    if answer.code is None:
        return Response(answer.body, answer.status, media_type="application/json")
    headers = {"Retry-After": "1"} if answer.again else {}
    return Response(answer.body, answer.status, headers, media_type="application/problem+json")


def _one(name: str, **schema: object) -> dict[str, object]:
    return {"type": "object", "properties": {name: schema}, "required": [name]}


_SUBJECT = {"type": "string", "pattern": SUBJECT, "maxLength": 200}
_OF_SUBJECT = Told("What it is about, as in `case/<id>`.", _SUBJECT)
_MOMENT = {"type": "string", "format": "date-time"}

SUBJECT_BODY = Body("The subject.", _one("subject", **_SUBJECT))
HEALTH = {
    200: Body("It is well.", _one("unwell", type="null")),
    503: Body("It should be ended; why.", _one("unwell", type="string")),
}
READY = {
    200: Body("It answers.", _one("ready", const=True)),
    503: Body("It does not answer yet, or is being rebuilt.", _one("ready", const=False)),
}
STATUS = Body("How it stands: ready, lag, unsent, waiting, parked, positions.")

CLOCK = Way(
    *("/v1/clock", "PUT", set_clock, Who.OPERATOR),
    takes=Body("The moment from which on it is.", _one("now", **_MOMENT)),
    gives={200: Body("The moment that it is now.", _one("now", **_MOMENT))},
    refuses=(NotPermitted,),
)

WAYS = (
    Way(
        *("/v1/commands", "POST", commands),
        takes=Body(
            f"A command, or a list of at most {MAX_BATCH:,} of them.",
            {"$ref": "#/components/schemas/Commands"},
        ),
        gives={200: Body("What was said.", {"$ref": "#/components/schemas/Answered"})},
        refuses=(IdReused, TooEarly, NotWritten, NotReady),
        waits=False,  # in the loop's own queue
    ),
    Way("/v1/status", "GET", status, Who.ANYONE, gives={200: STATUS}),
    Way(
        *("/v1/digest", "GET", digest, Who.OPERATOR),
        asks={"subject": _OF_SUBJECT._replace(many=True)},
        gives={200: Body("For each table: how many rows, and their hash.")},
    ),
    Way(
        *("/v1/redrive", "POST", redrive, Who.OPERATOR),
        takes=SUBJECT_BODY,
        gives={202: SUBJECT_BODY},
    ),
    Way(
        *("/v1/forks", "GET", forks, Who.OPERATOR),
        asks={"subject": _OF_SUBJECT},
        gives={200: Body("For each place, the events that claim it, and which is kept.")},
    ),
    CLOCK,
    METRICS,
    Way("/healthz", "GET", healthz, Who.ANYONE, gives=HEALTH, waits=False),
    Way("/readyz", "GET", readyz, Who.ANYONE, gives=READY, waits=False),
)
