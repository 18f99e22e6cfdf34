"""What is answered to each question, read in one snapshot that shows what the caller sees."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from banli_reporting import concerning, dispatch, queries, registers
from banli_reporting import drafts as drafting
from banli_reporting import evaluations as evaluating
from banli_reporting import worklist as working
from banli_reporting.asked import Asked, Unknown
from banli_reporting.evaluation import FORMULAS, formula_of
from banli_reporting.evaluations import EVALUATIONS
from banli_reporting.ledgers import LEDGERS, ledgers_of
from banli_reporting.ledgers.handovers import HANDOVERS
from banli_reporting.signers import answered
from banli_reporting.story import story

Answer = Callable[[asyncpg.Connection, Asked], Awaitable[dict[str, Any]]]


async def cases(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """List the cases that the caller sees: `unit`, `kind`, `step`, `due_before`, page by page."""
    return await concerning.cases(db, asked.sight, asked.page(), asked.moment("due_before"))


async def case(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """Tell a case's story, with its lines in the ledgers; to who signed it, what they were told."""
    told = await _story(db, asked)
    if asked.sight.signs is not None:
        found = await answered(db, told["subject"], asked.sight.signs, told["events"])
        if found is None:
            raise Unknown("case")
        return found
    reader = await queries.reader(db, asked.at())
    for ledger in ledgers_of("case"):
        told[ledger.name] = await queries.line(db, ledger, told["subject"], reader)
    return told


async def _story(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    told = await story(db, asked.subject())
    if told is None:
        raise Unknown("case")
    return told


async def drafts(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """Show the drafts of a case and compare two: `from` and `to` are hashes (R068)."""
    told = await _story(db, asked)
    found = drafting.drafts_of(told["events"])
    compared = drafting.compared(found, asked.query.get("from"), asked.query.get("to"))
    if compared is None:
        raise Unknown("from" if "from" in asked.query else "to")
    return {"subject": told["subject"], "drafts": found, "compared": compared}


async def worklist(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """Tell what waits for a post: since when, until when, and by which command it is done."""
    return await working.worklist(db, asked.sight, asked.query.get("post"), asked.now)


async def ledgers(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """List the ledgers."""
    listed = [{"name": _said(each.name), "title": each.title} for each in LEDGERS.values()]
    return {"ledgers": [*listed, {"name": dispatch.NAME, "title": dispatch.TITLE}]}


def _said(name: str) -> str:
    """Write a ledger's name as it is asked for."""
    return name.replace("_", "-")


async def ledger(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """Show a page of a ledger: `unit`, `kind`, `step`, `limit`, `offset` (a page's `next`), `at`.

    The register as CSV is the compendium, whole where no limit is asked for.
    """
    name, page, at = asked.path["name"].replace("-", "_"), asked.page(), asked.at()
    if name == dispatch.NAME:
        return await dispatch.dispatch(db, page, at, asked.soon(), asked.sight.rows)
    found = LEDGERS.get(name)
    if found is None:
        raise Unknown("name")
    if asked.csv and name == "register":
        return await registers.compendium(db, page, at)
    return await queries.lines(db, found, page, at)


async def handovers(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """Show what assigners say that they handed over (R057)."""
    return await queries.lines(db, HANDOVERS, asked.page(), asked.at())


async def register_summary(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """Count the register by outer role, kind, branch and topic, as far as the caller sees it."""
    return await registers.summary(db, asked.sight.rows)


async def register_reconciliation(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """Compare the register with what the assigners say they handed over (R057)."""
    return await registers.reconciliation(db)


async def evaluations(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """List the evaluations, and the figures with their formulas."""
    return {
        "evaluations": list(EVALUATIONS),
        "figures": [formula_of(each) for each in FORMULAS.values()],
    }


async def evaluation(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """Show an evaluation: registered `from` and `to` a day, of a `kind`, under `rules`."""
    if asked.path["name"] not in EVALUATIONS:
        raise Unknown("name")
    return await evaluating.by_unit(db, asked.of(), asked.sight.rows)


async def behind(db: asyncpg.Connection, asked: Asked) -> dict[str, Any]:
    """Show the cases and events behind a figure, of a `unit` or in all, as the caller sees them."""
    if asked.path["name"] not in EVALUATIONS:
        raise Unknown("name")
    figure = asked.path["figure"]
    if figure not in FORMULAS:
        raise Unknown("figure")
    return await evaluating.behind(db, figure, asked.of(), asked.query.get("unit"))
