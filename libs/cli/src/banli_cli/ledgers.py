"""`banli ledger`: any ledger as a table, as CSV or as JSON."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from banli_cli import cells, screen
from banli_cli import profile as profiles
from banli_cli.options import JsonOption, ProfileOption, TokenOption
from banli_cli.services import Services

READER = "reporting"
PAGE = 1_000
SCREENFUL = 20

SHOWN: Mapping[str, tuple[str, ...]] = {
    "register": ("number", "title", "outer_role", "assigner", "received_on", "withdrawn_at"),
    "handling": ("number", "title", "lead_unit_name", "step_label", "due", "in_time", "missing"),
    "dispatch": ("number", "title", "unit_name", "clock", "due", "status", "days"),
    "deadlines": ("subject", "next_clock", "next_due", "states"),
    "contacts": ("subject", "persons", "contacted", "coverage", "phase"),
    "attribution": ("subject", "days", "charged", "holds", "holder", "since"),
    "units": ("unit", "name", "parent", "since"),
    "packs": ("pack", "name"),
}
"""The columns that are shown of a ledger, the most telling first; of others, all that are plain."""


Unit = Annotated[str | None, typer.Option(help="Only cases of this unit.")]
Kind = Annotated[str | None, typer.Option(help="Only PROPOSAL, or SUGGESTION, …")]
Step = Annotated[str | None, typer.Option(help="Only cases at this step.")]
At = Annotated[str | None, typer.Option(help="As of this moment, as 2022-06-30T18:00+08:00.")]
Limit = Annotated[
    int | None,
    typer.Option(min=0, help=f"How many lines; 0 for all. A table shows {SCREENFUL}."),
]


def ledger(
    name: Annotated[str, typer.Argument(help="Which; without, they are listed.")] = "",
    unit: Unit = None,
    kind: Kind = None,
    step: Step = None,
    at: At = None,
    limit: Limit = None,
    columns: Annotated[str, typer.Option(metavar="A,B,…", help="Which columns.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet; all lines.")] = False,
    profile: ProfileOption = profiles.DEFAULT,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """台账 Show a ledger, computed from the log; without a name, list them.

    \b
    banli ledger
    banli ledger handling --unit traffic --limit 0
    banli ledger register --csv > register.csv
    banli ledger handling --columns number,step_label,since --json
    """
    stack = Services.of(profiles.read(profile), token)
    if not name:
        _list(stack, as_json)
        return
    asked = {"unit": unit, "kind": kind, "step": step, "at": at}
    chosen = {key: value for key, value in asked.items() if value is not None}
    if as_csv:
        print(stack.text(READER, f"/v1/ledgers/{name}", **chosen, format="csv"), end="")
        return
    most = limit if limit is not None else 0 if as_json else SCREENFUL
    said = lines_of(stack, name, chosen, most)
    wanted = [each.strip() for each in columns.split(",") if each.strip()]
    if as_json:
        if wanted:
            said["lines"] = [{n: line.get(n) for n in wanted} for line in said["lines"]]
        screen.give(said)
    else:
        _show(name, said, wanted)


def _list(stack: Services, as_json: bool) -> None:
    said = stack.get(READER, "/v1/ledgers")["ledgers"]
    if as_json:
        screen.give(said)
        return
    shown = screen.table("", "台账 ledger", "名称 title", "")
    for each in said:
        shown.add_row(each["name"], each["title"]["zh"], each["title"]["en"])
    screen.show(shown)


def lines_of(
    stack: Services, name: str, chosen: Mapping[str, Any], most: int = 0
) -> dict[str, Any]:
    """Read a ledger page by page, to the end or so many lines."""
    lines: list[dict[str, Any]] = []
    offset: dict[str, str] = {}
    while True:
        limit = min(PAGE, most - len(lines)) if most else PAGE
        said = stack.get(READER, f"/v1/ledgers/{name}", **chosen, **offset, limit=limit)
        lines += said["lines"]
        if not said.get("next") or (most and len(lines) >= most):
            return {**said, "lines": lines[: most or None]}
        offset = {"offset": said["next"]}


def _show(name: str, said: Mapping[str, Any], wanted: list[str]) -> None:
    lines, title = said["lines"], said["title"]
    names = wanted or list(SHOWN.get(name, ())) or cells.scalars(lines)
    table, left = cells.fitting(f"{title['zh']} {title['en']}", lines, names)
    screen.show(table)
    screen.say(f"{len(lines)} of {said['total']} lines.", style="dim")
    if len(lines) < said["total"]:
        screen.say("More: --limit 0. Everything: --csv, --json.", style="dim")
    if left:
        screen.say(f"No room for: {', '.join(left)} (--columns chooses).", style="dim")
