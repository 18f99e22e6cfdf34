"""What is answered to each question, read in one snapshot; what is asked is checked first."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
from starlette.datastructures import QueryParams
from starlette.requests import Request

from banli_engine.errors import Malformed, Rejection
from banli_events.base import instant
from banli_events.subjects import is_subject
from banli_reporting import dispatch, queries, registers
from banli_reporting import drafts as drafting
from banli_reporting import evaluations as evaluating
from banli_reporting.asks import MOST_DAYS, MOST_LINES
from banli_reporting.evaluation import FORMULAS, formula_of
from banli_reporting.evaluations import EVALUATIONS, Of
from banli_reporting.ledgers import LEDGERS, ledgers_of
from banli_reporting.queries import Page
from banli_reporting.story import story

Answer = Callable[[asyncpg.Connection, Request], Awaitable[dict[str, Any]]]


class Unknown(Rejection):
    """There is nothing of this name."""

    status = 404


async def case(db: asyncpg.Connection, request: Request) -> dict[str, Any]:
    """Tell a case's story, with its lines in the ledgers."""
    subject, told = await _story(db, request)
    reader = await queries.reader(db, _moment(request.query_params))
    for ledger in ledgers_of("case"):
        told[ledger.name] = await queries.line(db, ledger, subject, reader)
    return told


async def _story(db: asyncpg.Connection, request: Request) -> tuple[str, dict[str, Any]]:
    subject = f"case/{request.path_params['case']}"
    told = await story(db, subject) if is_subject(subject) else None
    if told is None:
        raise Unknown("case")
    return subject, told


async def drafts(db: asyncpg.Connection, request: Request) -> dict[str, Any]:
    """Show the drafts of a case and compare two: `from` and `to` are hashes (R068)."""
    subject, told = await _story(db, request)
    found = drafting.drafts_of(told["events"])
    asked = request.query_params
    compared = drafting.compared(found, asked.get("from"), asked.get("to"))
    if compared is None:
        raise Unknown("from" if "from" in asked else "to")
    return {"subject": subject, "drafts": found, "compared": compared}


async def ledgers(db: asyncpg.Connection, request: Request) -> dict[str, Any]:
    """List the ledgers."""
    listed = [{"name": _said(each.name), "title": each.title} for each in LEDGERS.values()]
    return {"ledgers": [*listed, {"name": dispatch.NAME, "title": dispatch.TITLE}]}


def _said(name: str) -> str:
    """Write a ledger's name as it is asked for."""
    return name.replace("_", "-")


async def ledger(db: asyncpg.Connection, request: Request) -> dict[str, Any]:
    """Show a page of a ledger: `unit`, `kind`, `step`, `limit`, `offset` (a page's `next`), `at`.

    The register as CSV is the compendium, whole where no limit is asked for.
    """
    name, asked = request.path_params["name"].replace("-", "_"), request.query_params
    csv = asked.get("format") == "csv"
    page = _page(asked, None if csv else 100)
    at = _moment(asked)
    if name == dispatch.NAME:
        return await dispatch.dispatch(db, page, at, _soon(asked))
    found = LEDGERS.get(name)
    if found is None:
        raise Unknown("name")
    if csv and name == "register":
        return await registers.compendium(db, page, at)
    return await queries.lines(db, found, page, at)


def _page(asked: QueryParams, limit: int | None) -> Page:
    if "limit" in asked:
        limit = _number(asked, "limit", MOST_LINES)
    try:
        after = Page.read(asked["offset"]) if "offset" in asked else None
    except (ValueError, TypeError, RecursionError):
        raise Malformed("offset") from None
    return Page(asked.get("unit"), asked.get("kind"), asked.get("step"), limit, after)


def _number(asked: QueryParams, name: str, most: int) -> int:
    try:
        number = int(asked[name])
    except ValueError:
        raise Malformed(name) from None
    if not 1 <= number <= most:
        raise Malformed(name)
    return number


def _soon(asked: QueryParams) -> timedelta:
    return timedelta(days=_number(asked, "soon", MOST_DAYS)) if "soon" in asked else dispatch.SOON


def _moment(asked: QueryParams) -> datetime:
    """Read the moment that is asked about: by default now, which nothing that is kept rests on."""
    if "at" not in asked:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(asked["at"])
        instant(moment)
    except (ValueError, OverflowError):
        raise Malformed("at") from None
    return moment


async def register_summary(db: asyncpg.Connection, request: Request) -> dict[str, Any]:
    """Count the register by outer role, kind, branch and topic."""
    return await registers.summary(db)


async def register_reconciliation(db: asyncpg.Connection, request: Request) -> dict[str, Any]:
    """Compare the register with what the assigners say they handed over (R057)."""
    return await registers.reconciliation(db)


async def evaluations(db: asyncpg.Connection, request: Request) -> dict[str, Any]:
    """List the evaluations, and the figures with their formulas."""
    return {
        "evaluations": list(EVALUATIONS),
        "figures": [formula_of(each) for each in FORMULAS.values()],
    }


async def evaluation(db: asyncpg.Connection, request: Request) -> dict[str, Any]:
    """Show an evaluation: registered `from` and `to` a day, of a `kind`, under `rules`."""
    if request.path_params["name"] not in EVALUATIONS:
        raise Unknown("name")
    return await evaluating.by_unit(db, _of(request.query_params))


async def behind(db: asyncpg.Connection, request: Request) -> dict[str, Any]:
    """Show the cases and events behind a figure, of a `unit` or in all."""
    if request.path_params["name"] not in EVALUATIONS:
        raise Unknown("name")
    figure = request.path_params["figure"]
    if figure not in FORMULAS:
        raise Unknown("figure")
    asked = request.query_params
    return await evaluating.behind(db, figure, _of(asked), asked.get("unit"))


def _of(asked: QueryParams) -> Of:
    return Of(_day(asked, "from"), _day(asked, "to"), asked.get("kind"), asked.get("rules"))


def _day(asked: QueryParams, name: str) -> date | None:
    try:
        return date.fromisoformat(asked[name]) if name in asked else None
    except ValueError:
        raise Malformed(name) from None
