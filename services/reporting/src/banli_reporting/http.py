"""The way out: ledgers, stories and figures over HTTP, each with its log position."""

import asyncio
import csv
import functools
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from banli_engine import pages
from banli_engine.bodies import read_json
from banli_engine.decider import LOCAL
from banli_engine.errors import Malformed, NotHolder, NotPermitted, NotReady, Rejection
from banli_engine.http import CLOCK, HEALTH, READY, STATUS, SUBJECT_BODY
from banli_engine.observed import METRICS
from banli_engine.sight import Sight
from banli_engine.ways import OBJECT, Body, Handle, Told, Way, Who, caller, serve
from banli_events.subjects import is_subject
from banli_events.submission import parse_token
from banli_reporting import answers, authority, parameters, queries
from banli_reporting.answers import Answer
from banli_reporting.asked import Asked, Unknown
from banli_reporting.authority import Rule, without_texts
from banli_reporting.sight import look_up

if TYPE_CHECKING:
    from banli_reporting.process import Process

PATIENCE_SECONDS = 2.0
"""How long a request waits for what it names in `after`."""

LOOK_SECONDS = 0.05


class NotYet(Rejection):
    """What `after` names has not been projected yet; ask again."""

    status = 409
    again = True


def app(process: "Process") -> Starlette:
    """Build the HTTP interface of reporting."""
    return serve(process, (*WAYS, *pages.ways("reporting")))


def _reading(rule: Rule, answer: Answer) -> Handle:
    """Wrap what is asked: who asks, what `after` names projected, one snapshot of what they see."""

    @functools.wraps(answer)
    async def handle(process: "Process", request: Request) -> Response:
        if not process.open:
            raise NotReady
        now = await process.now()
        async with queries.snapshot(process.pool) as db:
            sight = await _admitted(process, db, rule, request, now)
        await _wait(process, sight, request.query_params.getlist("after"))
        async with queries.snapshot(process.pool) as db:
            sight = await _admitted(process, db, rule, request, now)
            said = await answer(db, Asked(request.path_params, request.query_params, sight, now))
            said["position"] = await queries.position(db)
        if sight.operator:
            said = without_texts(said)
        if request.query_params.get("format") == "csv" and "lines" in said:
            return _csv(said)
        return JSONResponse(said)

    return handle


async def _admitted(
    process: "Process", db: asyncpg.Connection, rule: Rule, request: Request, now: datetime
) -> Sight:
    """Let this snapshot show what the caller sees, and nothing else of cases."""
    day, operators = now.astimezone(LOCAL).date(), process.settings.operator_names
    sight = rule.admit(await look_up(db, caller(request), day, operators))
    await queries.look_as(db, sight)
    return sight


async def _wait(process: "Process", sight: Sight, tokens: Iterable[str]) -> None:
    """Wait until these versions are projected, or say that they are not yet.

    What the caller does not see never is, as what is not there: nobody learns of it in this way.
    """
    try:
        wanted = [parse_token(each) for each in tokens]
    except ValueError:
        raise Malformed("after") from None
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    for subject, source, version in wanted:
        while True:
            written = process.projector.written
            async with queries.snapshot(process.pool) as db:
                await queries.look_as(db, sight)
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
    async with read_json(request) as body:
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


Asks = Mapping[str, Told]
NOTHING: Asks = {}


def _read(path: str, rule: Rule, answer: Answer, says: str, asked: Asks = NOTHING) -> Way:
    """Describe a way to read, for whom; every answer names the log position it was computed at."""
    media = ("application/json", *(["text/csv"] if "format" in asked else []))
    return Way(
        *(path, "GET", _reading(rule, answer)),
        asks={**asked, **parameters.AFTER},
        gives={200: Body(says, {**OBJECT, "required": ["position"]}, media)},
        refuses=(NotReady, NotYet, Unknown, NotPermitted, NotHolder),
    )


_LINES: Asks = {**parameters.LEDGER, **parameters.PAGE, **parameters.MOMENT, **parameters.FORMAT}
_FIGURES: Asks = {**parameters.EVALUATION, **parameters.OF, **parameters.FORMAT}

READS = (
    _read(
        *("/v1/cases", authority.ANSWERED, answers.cases, "A page of cases, and the `next`."),
        {**parameters.CASES},
    ),
    _read(
        *("/v1/cases/{case}", authority.ANSWERED, answers.case),
        "Its events, and its line in each ledger; who signed it reads what was answered to them.",
        {**parameters.CASE, **parameters.MOMENT},
    ),
    _read(
        *("/v1/cases/{case}/drafts", authority.TEXTS, answers.drafts),
        "The drafts, and what differs between two.",
        {**parameters.CASE, **parameters.DRAFTS},
    ),
    _read(
        *("/v1/worklist", authority.TEXTS, answers.worklist),
        "What waits for a post, until when, and why.",
        {**parameters.POST},
    ),
    _read("/v1/ledgers", authority.CASES, answers.ledgers, "Their names and titles."),
    _read(
        *("/v1/ledgers/register/summary", authority.CASES, answers.register_summary, "The counts."),
    ),
    _read(
        *(
            "/v1/ledgers/register/reconciliation",
            authority.OVERALL,
            answers.register_reconciliation,
        ),
        "What was stated, what is registered, and the gap.",
    ),
    _read(
        *("/v1/ledgers/handovers", authority.OVERALL, answers.handovers),
        "What assigners say that they handed over.",
        {**parameters.PAGE, **parameters.MOMENT, **parameters.FORMAT},
    ),
    _read(
        *("/v1/ledgers/{name}", authority.CASES, answers.ledger),
        "A page of its lines, and the `next`.",
        _LINES,
    ),
    _read(
        *("/v1/evaluations", authority.CASES, answers.evaluations),
        "Their names, and the figures' formulas.",
    ),
    _read(
        *("/v1/evaluations/{name}", authority.FIGURES, answers.evaluation),
        "A line for each unit; for who sees some units' cases, these and all others together.",
        _FIGURES,
    ),
    _read(
        *("/v1/evaluations/{name}/{figure}", authority.CASES, answers.behind),
        "The cases, with their events.",
        {**_FIGURES, **parameters.FIGURE, **parameters.UNIT},
    ),
)
"""What may be read, by whom: none without its rule."""

WAYS = (
    *READS,
    CLOCK,
    Way(
        *("/v1/redrive", "POST", redrive, Who.OPERATOR),
        takes=SUBJECT_BODY,
        gives={202: Body("The subject, and how much is parked of it.")},
        refuses=(Unknown,),
    ),
    Way("/v1/status", "GET", status, Who.ANYONE, asks=parameters.PARKED, gives={200: STATUS}),
    METRICS,
    Way("/healthz", "GET", healthz, Who.ANYONE, gives=HEALTH, waits=False),
    Way("/readyz", "GET", readyz, Who.ANYONE, gives=READY, waits=False),
)
