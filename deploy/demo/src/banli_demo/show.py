"""Ledgers and evaluation as tables, in Chinese and English, as wide as the terminal is."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from banli_demo.looking import Looking
from banli_demo.scenario import ZONE

console = Console(highlight=False)
if not console.is_terminal:
    console.width = 150  # nothing says how wide a file is

WIDE = 120
"""From so many columns on everything is shown; on fewer, what matters most."""

LEDGER = (
    ("编号 no.", True),
    ("题目 title", True),
    ("主协办 role", False),
    ("承办单位 unit", True),
    ("步骤 step", True),
    ("自 since", False),
    ("期限 due", True),
    ("按时 in time", True),
    ("缺什么 missing", False),
)
"""The columns of the handling ledger, and whether they are shown where there is little room."""

UNITS = (
    ("assigned", "主办件 lead", True),
    ("assigned_co", "会办件 co", False),
    ("reply_rate", "办复 replied", True),
    ("in_time_rate", "按时 in time", True),
    ("return_rate", "退回 returned", True),
    ("satisfied_strict", "满意 satisfied", True),
    ("satisfied_loose", "基本满意及以上 at least basically", False),
    ("co_opinion_rate", "协办意见 co-opinions", False),
)
"""The figures that are shown, unit by unit, and whether where there is little room."""


def show_ledger(looking: Looking, cases: Mapping[str, str]) -> None:
    """Print the handling ledger: the proposals, and the suggestions that are not done in time."""
    shown = [always or console.width >= WIDE for _, always in LEDGER]
    table = _table("办理台账 Handling ledger: the proposals, and what went otherwise of the rest")
    for (name, _), is_shown in zip(LEDGER, shown, strict=True):
        if is_shown:
            table.add_column(_stacked(name), overflow="fold")
    lines = {line["subject"]: line for line in looking.ledger("handling")}
    for key, subject in cases.items():
        line = lines.get(subject)
        if line is None or (line["kind"] != "PROPOSAL" and _plain(line)):
            continue
        row = zip(_ledger_row(key, line), shown, strict=True)
        table.add_row(*(value for value, is_shown in row if is_shown))
    console.print(table)


def _ledger_row(key: str, line: Mapping[str, Any]) -> tuple[str, ...]:
    missing = "; ".join(
        f"{each['zh']} {each['en']}" + (f" ({', '.join(each['who'])})" if "who" in each else "")
        for each in line["missing"]
    )
    return (
        key,
        line["title"].removeprefix("关于").removesuffix("的提案").removesuffix("的建议"),
        "主办 lead" if line["outer_role"] == "LEAD" else "协办 co",
        line["lead_unit_name"] or "–",
        f"{line['step_label']['zh']} {line['step_label']['en']}",
        _day(line["since"]),
        _day(line["due"], before=timedelta(seconds=1)),  # midnight at the end of that day
        {True: "[green]是 yes[/]", False: "[red]否 no[/]", None: "–"}[line["in_time"]],
        missing or "–",
    )


def _plain(line: Mapping[str, Any]) -> bool:
    return bool(line["archived_at"] and line["in_time"])


def show_evaluation(looking: Looking) -> None:
    """Print the evaluation by unit, and the formula behind every figure."""
    said = looking.get("reporting", "/v1/evaluations/units")
    table = _table(f"{said['title']['zh']} Evaluation {said['title']['en']}")
    table.add_column(_stacked("单位 unit"), no_wrap=True)
    figures = [name for name, _, always in UNITS if always or console.width >= WIDE]
    for title in (title for name, title, _ in UNITS if name in figures):
        table.add_column(_stacked(title), justify="right", vertical="bottom")
    for row in said["units"]:
        table.add_row(row["name"] or row["unit"], *_cells(row["figures"], figures))
    table.add_section()
    table.add_row("合计 total", *_cells(said["totals"], figures), style="bold")
    console.print(table)
    formulas = Table.grid(padding=(0, 1, 0, 0))
    for each in said["totals"]:
        formulas.add_row(
            f"  {each['zh']}", f"{each['figure']}", f"= {each['formula']}", style="dim"
        )
    console.print(formulas)


def _stacked(name: str) -> str:
    """Write Chinese above English, so that more columns fit."""
    return name.replace(" ", "\n", 1)


def _day(instant: str | None, before: timedelta = timedelta()) -> str:
    if instant is None:
        return "–"
    return f"{(datetime.fromisoformat(instant) - before).astimezone(ZONE):%Y-%m-%d}"


def _cells(figures: Sequence[Mapping[str, Any]], shown: Sequence[str]) -> list[str]:
    by_name = {each["figure"]: each for each in figures}
    return [_of(by_name[figure]) for figure in shown]


def _of(figure: Mapping[str, Any]) -> str:
    """Write numerator and denominator; of nothing, nothing."""
    return f"{figure['numerator']}/{figure['denominator']}" if figure["denominator"] else "–"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", header_style="bold")
