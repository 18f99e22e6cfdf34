"""Tables of what services answer: values as people read them, and as many columns as fit."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.cells import cell_len
from rich.table import Table

from banli_cli import screen
from banli_engine.decider import LOCAL

NAMES: Mapping[str, str] = {
    "archived_at": "归档 archived",
    "assigner": "交办机关 assigner",
    "clock": "时限 clock",
    "coverage": "覆盖 met",
    "charged": "归责 charged",
    "contacted": "已沟通 met",
    "days": "天 days",
    "due": "期限 due",
    "handler": "承办人 handler",
    "in_time": "按时 in time",
    "kind": "类别 kind",
    "lead_unit_name": "承办单位 unit",
    "missing": "缺什么 missing",
    "name": "名称 name",
    "next_clock": "时限 clock",
    "next_due": "到期 due",
    "number": "编号 no.",
    "outer_role": "主协办 role",
    "pack": "规则 pack",
    "parent": "上级 parent",
    "received_on": "收到 received",
    "since": "自 since",
    "states": "各时限 clocks",
    "status": "状态 status",
    "step_label": "步骤 step",
    "subject": "对象 subject",
    "title": "题目 title",
    "unit": "单位 unit",
    "unit_name": "单位 unit",
    "withdrawn_at": "撤回 withdrawn",
}
"""What fields are called; another is called by its name."""

ENDS = frozenset({"due", "next_due"})
"""Midnight at the end of a day: the day is meant."""

LEAST, MOST = 11, 30
"""How wide a column may be where others need the room, and where they do not."""


def cell(name: str, value: Any) -> str:
    """Write a value as people read it."""
    match value:
        case None | "":
            return "–"
        case bool():
            return "是 yes" if value else "否 no"
        case {"zh": zh, "en": en, **more}:
            return f"{zh} {en}" + (f" ({cell('', more['who'])})" if "who" in more else "")
        case Mapping():
            return ", ".join(f"{key}: {cell('', each)}" for key, each in value.items()) or "–"
        case list():
            return "; ".join(cell("", each) for each in value) or "–"
        case str() if name == "subject" and value.startswith("case/"):
            return value[:13]
        case str() if len(value) > 19 and value[10] == "T":
            return _day(name, value)
        case _:
            return str(value)


def _day(name: str, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    before = timedelta(seconds=name in ENDS)
    return f"{(moment - before).astimezone(LOCAL):%Y-%m-%d}"


def scalars(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the fields that hold no lists and say something."""
    return [
        name
        for name in (lines[0] if lines else ())
        if name != "source_event"
        and all(not isinstance(each.get(name), Mapping | list) for each in lines)
        and any(each.get(name) not in (None, "") for each in lines)
    ]


def fitting(
    title: str, lines: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> tuple[Table, list[str]]:
    """Make a table of as many of these columns as fit, in their order; name those left out."""
    rows = [{name: cell(name, line.get(name)) for name in names} for line in lines]
    widths = {name: _width(name, rows) for name in names}
    left: list[str] = []
    while (over := sum(widths.values()) + 2 * (len(widths) - 1) - screen.width()) > 0:
        widest = max(widths, key=lambda name: widths[name])
        if widths[widest] > LEAST:
            widths[widest] = max(LEAST, widths[widest] - over)
        elif len(widths) > 1:
            left.insert(0, widths.popitem()[0])
        else:
            break
    heads = [NAMES.get(name, name) for name in widths]
    numbers = [
        head
        for head, name in zip(heads, widths, strict=True)
        if all(isinstance(line.get(name), int | float | None) for line in lines)
    ]
    table = screen.table(title, *heads, right=numbers, fold=heads)
    for column, width in zip(table.columns, widths.values(), strict=True):
        column.width = width
    for row in rows:
        table.add_row(*(row[name] for name in widths))
    return table, left


def _width(name: str, rows: Sequence[Mapping[str, str]]) -> int:
    heads = NAMES.get(name, name).split(" ", 1)
    widest = max(map(cell_len, [*heads, *(row[name] for row in rows)]))
    return min(widest, max(MOST, screen.width() // 3))
