"""The register as a whole: its partitions, its comparison with the hand-over lists, its export."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from banli_reporting import queries
from banli_reporting.ledgers.register import REGISTER
from banli_reporting.queries import Page
from banli_reporting.reconcile import partition, reconcile

_KNOWN = "from register r where r.registered_at is not null and not r.in_error"
_ONCE = "each item counts once"
_TITLES: Mapping[str, Mapping[str, str]] = {
    "outer_role": {"zh": "主协办", "en": "outer role"},
    "kind": {"zh": "类别", "en": "kind"},
    "branch": {"zh": "承办单位", "en": "unit that leads"},
    "topic": {"zh": "主题", "en": "topic"},
}


async def summary(db: asyncpg.Connection, rows: Collection[str] | None) -> dict[str, Any]:
    """Count the register by outer role, kind, branch and topic, each with its proof (R058).

    `rows`: the units that are named also where they have nothing; None: all.
    """
    total = await db.fetchval(f"select count(*) {_KNOWN}")
    roles = dict(await db.fetch(f"select outer_role, count(*) {_KNOWN} group by 1"))
    kinds = dict(await db.fetch(f"select kind, count(*) {_KNOWN} group by 1"))
    branches = dict(
        await db.fetch(
            "select h.lead_unit, count(*) from register r left join handling h using (subject)"
            " where r.registered_at is not null and not r.in_error group by 1"
        )
    )
    units = [u for u in await queries.unit_names(db) if rows is None or u in rows]
    branches |= {unit: 0 for unit in units if unit not in branches}
    topics = dict(
        await db.fetch(
            f"select topic, count(*) from (select topics {_KNOWN}) r"
            " left join lateral jsonb_array_elements_text(topics) topic on true group by 1"
        )
    )
    many = "an item counts once for each of its topics; null: items without a topic"
    unit = "each item counts once, where its lead unit has it; null: no unit has it yet"
    return {
        "ledger": "register",
        "total": total,
        "partitions": [
            partition("outer_role", _TITLES["outer_role"], roles, total, _ONCE),
            partition("kind", _TITLES["kind"], kinds, total, _ONCE),
            partition("branch", _TITLES["branch"], branches, total, unit),
            partition("topic", _TITLES["topic"], topics, total, many),
        ],
    }


async def reconciliation(db: asyncpg.Connection) -> dict[str, Any]:
    """Compare the register with every list of what was handed over (R057)."""
    rows = await db.fetch(
        "select subject, assigner, kind, body, level, term, session, number, registered_at,"
        " in_error, refused_at from register where number is not null"
    )
    lists = await db.fetch("select * from handovers order by received_on, subject")
    compared = [
        {
            "list": each["subject"],
            "assigner": each["assigner"],
            "kind": each["kind"],
            "received_on": each["received_on"].isoformat(),
            **compare(each["stated_total"], json.loads(each["listed"]), each["assigner"],
                      each["kind"], rows),
        }
        for each in lists
    ]  # fmt: skip
    return {
        "ledger": "register",
        "title": {"zh": "清点核对", "en": "reconciliation"},
        "lists": compared,
        "holds": all(each["holds"] for each in compared),
    }


def compare(
    stated: int,
    listed: Sequence[Mapping[str, Any]],
    assigner: str,
    kind: str,
    register: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Compare what an assigner lists, what it states, and what is registered (R057).

    received = registered = handed over: where it is not so, the gap and the numbers are named.
    """
    entered = {row["subject"] for row in register if row["registered_at"] and not row["in_error"]}
    refused = {row["subject"] for row in register if row["refused_at"]} - entered
    by_case = {each["case"]: each["number"] for each in listed}
    sessions = {_session(each) for each in listed}
    expected = {
        row["subject"]: row["number"]
        for row in register
        if row["subject"] in entered and (row["assigner"], row["kind"]) == (assigner, kind)
        if _session(row) in sessions or not sessions
    }
    missing = [number for case, number in by_case.items() if case not in entered | refused]
    extra = [number for case, number in expected.items() if case not in by_case]
    parts = {
        "registered": len(by_case.keys() & entered),
        "refused": len(by_case.keys() & refused),
        "missing": len(missing),
    }
    against_stated = reconcile(parts, stated)
    gap = len(by_case) - len(expected)
    return {
        "stated": stated,
        "listed": len(by_case),
        "listed_twice": len(listed) - len(by_case),
        **parts,
        "missing_numbers": missing,
        "refused_numbers": [by_case[case] for case in sorted(by_case.keys() & refused)],
        "extra_numbers": sorted(extra),
        "list_against_stated": against_stated,
        "register_against_list": {"registered": len(expected), "gap": gap},
        "holds": against_stated["holds"] and not (missing or extra),
    }


def _session(each: Mapping[str, Any]) -> tuple[Any, ...]:
    return each["body"], each["level"], each["term"], each["session"]


# -- the compendium

_KINDS = {"SUGGESTION": "建议", "PROPOSAL": "提案"}
_ROLES = {"LEAD": "主办", "CO": "协办"}


async def compendium(db: asyncpg.Connection, page: Page, at: datetime) -> dict[str, Any]:
    """Export the register as a numbered compendium with Chinese headings (R055, R056, R057)."""
    said = await queries.lines(db, REGISTER, page, at)
    rows = await db.fetch("select subject, lead_unit, step from handling")
    names = await queries.unit_names(db)
    units = {row["subject"]: names.get(row["lead_unit"], row["lead_unit"]) for row in rows}
    counted = [each for each in said["lines"] if not each["in_error"]]
    lines = [entry(n, each, units.get(each["subject"])) for n, each in enumerate(counted, 1)]
    return said | {"lines": lines, "total": len(lines)}


def entry(n: int, line: Mapping[str, Any], unit: str | None) -> dict[str, Any]:
    """Write one entry of the compendium: its number, who signed, and the main content (R056)."""
    return {
        "序号": n,
        "类别": _KINDS.get(line["kind"], line["kind"]),
        "交办机关": line["assigner"],
        "会议": f"{line['body']}第{line['term']}届第{line['session']}次",
        "编号": line["number"],
        "题目": line["title"],
        "代表委员及单位": "；".join(f"{d['name']}（{d['unit']}）" for d in line["deputies"]),
        "主要内容": line["content"],
        "具体诉求": "；".join(f"{i}. {ask['text']}" for i, ask in enumerate(line["asks"], 1)),
        "主协办": _ROLES.get(line["outer_role"], line["outer_role"]),
        "承办单位": unit,
        "收到日期": line["received_on"],
        "登记时间": line["registered_at"],
        "备注": f"已撤回：{line['withdrawn_for']}" if line["withdrawn_at"] else "",
    }
