"""`banli case`: the story of a case, event by event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from banli_cli import cells, ledgers, screen
from banli_cli import profile as profiles
from banli_cli.ledgers import READER
from banli_cli.options import JsonOption, ProfileOption, TokenOption
from banli_cli.refusal import Misused
from banli_cli.services import Services
from banli_engine.decider import LOCAL

SHORTEST = 6
WHOLE = 36
"""How much of an id must be said, and how long one is."""


def case(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="The case's id, its beginning, or its number.")
    ],
    profile: ProfileOption = profiles.DEFAULT,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """一案 Tell the story of a case: what happened, when, who said it, and where it stands.

    \b
    banli case 0112               # by its number, where one case has it
    banli case 001f7097           # by the beginning of its id
    banli case 001f7097-1f95-5b23-9116-643da58403bc --json
    """
    stack = Services.of(profiles.read(profile), token)
    told = stack.get(READER, f"/v1/cases/{_find(stack, id_.removeprefix('case/'))}")
    if as_json:
        screen.give(told)
        return
    _head(told)
    table = screen.table("", "时间 when", "经过 what happened")
    room = screen.width() - len("2022-03-01 10:00  ")
    for event in told["events"]:
        when = datetime.fromisoformat(event["time"]).astimezone(LOCAL)
        label = f"{event['label']['zh']} {event['label']['en']}"
        what = Text.assemble((label, "bold"), f" · {_who(event)}")
        said = Text(_said(event), "dim")
        for text in (what, said):
            text.truncate(room, overflow="ellipsis")
        table.add_row(f"{when:%Y-%m-%d %H:%M}", Text("\n").join((what, said)))
    screen.show(table)
    for each in told["parked"]:
        place = f"{each['topic']}/{each['partition']}@{each['offset']}"
        screen.say(f"搁置 parked at {place}: {each['reason']}", style="red")


def _find(stack: Services, id_: str) -> str:
    """Find the one case that is meant."""
    if len(id_) >= WHOLE:
        return id_
    found: dict[str, Any] = {
        line["subject"].removeprefix("case/"): line
        for line in ledgers.lines_of(stack, "register", {})["lines"]
        if line["number"] == id_
        or (len(id_) >= SHORTEST and line["subject"].startswith(f"case/{id_}"))
    }
    if not found:
        raise Misused("No registered case has this number, nor an id that begins so.")
    if len(found) > 1:
        told = "; ".join(f"{name[:8]} {line['title']}" for name, line in found.items())
        raise Misused(f"{len(found)} cases fit: {told}.")
    return next(iter(found))


def _head(told: Mapping[str, Any]) -> None:
    line = told.get("handling") or {}
    title = line.get("title") or "–"
    screen.say(f"{line.get('number') or ''} {title}".strip(), style="bold")
    screen.say(told["subject"], style="dim")
    rows = [
        ("步骤 step", cells.cell("", line.get("step_label"))),
        ("承办单位 unit", line.get("lead_unit_name") or "–"),
        ("期限 due", cells.cell("due", line.get("due"))),
        ("缺什么 missing", cells.cell("", line.get("missing"))),
    ]
    table = screen.table("", "", "", fold=[""])
    table.show_header = False
    for row in rows:
        table.add_row(*row)
    screen.show(table)
    screen.say()


def _who(event: Mapping[str, Any]) -> str:
    actor: Mapping[str, str] | None = event["actor"]
    if actor is None:
        return str(event["via"]).partition(":")[0]
    held = "" if actor["post"] == "none" else f" {actor['post']}"
    return f"{actor['person']}{held}"


def _said(event: Mapping[str, Any]) -> str:
    """Say what is plain in an event, in one line that is cut where it ends; --json has all."""
    said = {
        name: value
        for name, value in (event["data"] or {}).items()
        if isinstance(value, str | int) and value is not None
    }
    return "  ".join(f"{name}: {cells.cell(name, value)}" for name, value in said.items())
