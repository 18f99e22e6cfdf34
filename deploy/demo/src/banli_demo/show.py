"""Ledgers and evaluation as tables, in Chinese and English."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from banli_demo.looking import Looking
from banli_demo.scenario import ZONE

console = Console(highlight=False, width=150)

UNITS = (
    ("assigned", "主办件 lead"),
    ("assigned_co", "会办件 co"),
    ("reply_rate", "办复 replied"),
    ("in_time_rate", "按时 in time"),
    ("return_rate", "退回 returned"),
    ("satisfied_strict", "满意 satisfied"),
    ("satisfied_loose", "基本满意及以上 at least basically"),
    ("co_opinion_rate", "协办意见 co-opinions"),
)
"""The figures that are shown, unit by unit."""


def show_ledger(looking: Looking, cases: Mapping[str, str]) -> None:
    """Print the handling ledger: the proposals, and the suggestions that are not done in time."""
    table = _table("办理台账 Handling ledger: the proposals, and what went otherwise of the rest")
    for name in ("编号 no.", "题目 title", "主协办 role", "承办单位 unit", "步骤 step", "自 since",
                 "期限 due", "按时 in time", "缺什么 what is missing"):  # fmt: skip
        table.add_column(name, overflow="fold")
    lines = {line["subject"]: line for line in looking.ledger("handling")}
    for key, subject in cases.items():
        line = lines.get(subject)
        if line is None or (line["kind"] != "PROPOSAL" and _plain(line)):
            continue
        missing = "; ".join(
            f"{each['zh']} {each['en']}" + (f" ({', '.join(each['who'])})" if "who" in each else "")
            for each in line["missing"]
        )
        table.add_row(
            key,
            line["title"].removeprefix("关于").removesuffix("的提案").removesuffix("的建议"),
            "主办 lead" if line["outer_role"] == "LEAD" else "协办 co",
            line["lead_unit_name"],
            f"{line['step_label']['zh']} {line['step_label']['en']}",
            _day(line["since"]),
            _day(line["due"], before=timedelta(seconds=1)),  # midnight at the end of that day
            {True: "是 yes", False: "否 no", None: "–"}[line["in_time"]],
            missing or "–",
        )
    console.print(table)


def _plain(line: Mapping[str, Any]) -> bool:
    return bool(line["archived_at"] and line["in_time"])


def show_evaluation(looking: Looking) -> None:
    """Print the evaluation by unit, and the formula behind every figure."""
    said = looking.get("reporting", "/v1/evaluations/units")
    table = _table(f"{said['title']['zh']} Evaluation {said['title']['en']}")
    table.add_column("单位 unit")
    for _, title in UNITS:
        table.add_column(title, justify="right")
    for row in said["units"]:
        table.add_row(row["name"] or row["unit"], *_cells(row["figures"]))
    table.add_section()
    table.add_row("合计 total", *_cells(said["totals"]))
    console.print(table)
    for each in said["totals"]:
        console.print(f"  {each['zh']} {each['figure']} = {each['formula']}", style="dim")


def _day(instant: str | None, before: timedelta = timedelta()) -> str:
    if instant is None:
        return "–"
    return f"{(datetime.fromisoformat(instant) - before).astimezone(ZONE):%Y-%m-%d}"


def _cells(figures: list[dict[str, Any]]) -> list[str]:
    by_name = {each["figure"]: each for each in figures}
    return [f"{by_name[f]['numerator']}/{by_name[f]['denominator']}" for f, _ in UNITS]


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", header_style="bold")
