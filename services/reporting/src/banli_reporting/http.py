"""The way out: ledgers, stories and figures over HTTP, each with its log position."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from banli_engine.answers import problem
from banli_engine.errors import Malformed, NotPermitted, Rejection
from banli_events.subjects import is_subject
from banli_events.submission import parse_token
from banli_reporting import answers, queries
from banli_reporting.answers import Answer, Unknown

if TYPE_CHECKING:
    from banli_reporting.process import Process

PATIENCE_SECONDS = 2.0
"""How long a request waits for what it names in `after`."""

LOOK_SECONDS = 0.05


class NotYet(Rejection):
    """What `after` names has not been projected yet; ask again."""

    status = 409
    again = True


class NotReady(Rejection):
    """Reporting has not caught up with the log, or is being rebuilt; ask again."""

    status = 503


Handle = Callable[["Process", Request], Awaitable[Response]]


def app(process: "Process") -> Starlette:
    """Build the HTTP interface of reporting."""

    def route(path: str, method: str, handle: Handle) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                return await handle(process, request)
            except Rejection as why:
                return _refused(why)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return _refused(NotReady())

        return Route(path, endpoint, methods=[method])

    def read(path: str, answer: Answer) -> Route:
        return route(path, "GET", _reading(answer))

    return Starlette(
        routes=[
            read("/v1/cases/{case}", answers.case),
            read("/v1/cases/{case}/drafts", answers.drafts),
            read("/v1/ledgers", answers.ledgers),
            read("/v1/ledgers/register/summary", answers.register_summary),
            read("/v1/ledgers/register/reconciliation", answers.register_reconciliation),
            read("/v1/ledgers/{name}", answers.ledger),
            read("/v1/evaluations", answers.evaluations),
            read("/v1/evaluations/{name}", answers.evaluation),
            read("/v1/evaluations/{name}/{figure}", answers.behind),
            route("/v1/redrive", "POST", redrive),
            route("/v1/status", "GET", status),
            route("/healthz", "GET", healthz),
            route("/readyz", "GET", readyz),
        ]
    )


def _reading(answer: Answer) -> Handle:
    """Wrap what is asked: a valid token, what `after` names projected, one snapshot."""

    async def handle(process: "Process", request: Request) -> Response:
        process.tokens.verify(request.headers.get("authorization"))
        if not process.open:
            raise NotReady
        await _wait(process, request.query_params.getlist("after"))
        async with queries.snapshot(process.pool) as db:
            said = await answer(db, request)
            said["position"] = await queries.position(db)
        if request.query_params.get("format") == "csv" and "lines" in said:
            return _csv(said)
        return JSONResponse(said)

    return handle


async def _wait(process: "Process", tokens: Iterable[str]) -> None:
    """Wait until these versions are projected, or say that they are not yet."""
    try:
        wanted = [parse_token(each) for each in tokens]
    except ValueError:
        raise Malformed("after") from None
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    for subject, source, version in wanted:
        while True:
            written = process.projector.written
            async with process.pool.acquire() as db:
                heads = await queries.versions(db, subject)
            if heads.get(source, 0) >= version:
                break
            if loop.time() >= until:
                raise NotYet("after")
            try:  # another process may be the one that projects it
                await asyncio.wait_for(written.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue


async def redrive(process: "Process", request: Request) -> Response:
    """Try again, in order, what is parked of a subject."""
    actor = process.tokens.verify(request.headers.get("authorization"))
    if actor.person not in process.settings.operator_names:
        raise NotPermitted
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        raise Malformed from None
    subject = body.get("subject") if isinstance(body, dict) else None
    if not isinstance(subject, str) or not is_subject(subject):
        raise Malformed("subject")
    found = await process.projector.redrive(subject)
    if found is None:
        raise Unknown("subject")
    return JSONResponse({"subject": subject, "parked": len(found.held)}, 202)


async def status(process: "Process", request: Request) -> Response:
    """Tell what an operator needs to know; of what is parked, of one `subject` or the first."""
    return JSONResponse(await process.status(request.query_params.get("subject")))


async def healthz(process: "Process", request: Request) -> Response:
    """Tell whether this process should be left alone (200) or ended (503)."""
    return JSONResponse({"unwell": process.unwell}, 503 if process.unwell else 200)


async def readyz(process: "Process", request: Request) -> Response:
    """Tell whether this process answers now: caught up, and its database within reach."""
    ready = process.open and await process.reachable()
    return JSONResponse({"ready": ready}, 200 if ready else 503)


def _refused(why: Rejection) -> Response:
    again = {"Retry-After": "1"} if why.again else {}
    said = problem(why).model_dump(exclude_none=True)
    return JSONResponse(said, why.status, again, media_type="application/problem+json")


def _csv(said: dict[str, Any]) -> Response:
    """Write a page as CSV; what is nested stands in its cell as JSON, formulas are disarmed."""
    out = io.StringIO()
    lines = said["lines"]
    writer = csv.writer(out)
    writer.writerow(lines[0] if lines else [])
    writer.writerows([_cell(value) for value in line.values()] for line in lines)
    position = {"X-Banli-Position": json.dumps(said["position"])}
    return Response("\ufeff" + out.getvalue(), 200, position, "text/csv; charset=utf-8")


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"  # a spreadsheet would run it
    return value
