"""`banli packs`: the rules that cases are held to, and the calendars they count by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from banli_cli import profile as profiles
from banli_cli import publishing, reference, screen
from banli_cli.cells import cell
from banli_cli.options import Commands, JsonOption, ProfileOption, TokenOption
from banli_cli.profile import Profile
from banli_cli.publishing import Content
from banli_cli.refusal import Misused
from banli_cli.services import Services
from banli_events.supervision import CalendarPublished, PackPublished, RuleSetPublished

app = typer.Typer(cls=Commands, no_args_is_help=True, rich_markup_mode="rich")

File = Annotated[Path, typer.Argument(help="TOML as in packs/, of packs, calendars, units, posts.")]


def published(profile: Profile) -> list[dict[str, Any]]:
    """Read every version of every pack and calendar."""
    return [
        {
            "kind": kind,
            "id": id_,
            "published": event.time.isoformat(),
            **event.data.model_dump(mode="json"),
        }
        for event in reference.events(profile.kafka, profile.epoch)
        if isinstance(event.data, CalendarPublished | PackPublished | RuleSetPublished)
        for kind, _, id_ in [event.subject.partition("/")]
    ]


@app.command("list")
def list_(profile: ProfileOption = profiles.DEFAULT, as_json: JsonOption = False) -> None:
    """一览 List the packs and calendars, each version.

    \b
    banli packs list
    """
    found = published(profiles.read(profile))
    if as_json:
        screen.give([{k: _rules(e).get(k, e.get(k)) for k in _LISTED} for e in found])
        return
    table = screen.table(
        "", "规则 pack", "版 v.", "名称 name", "适用 kinds", "起 from",
        right=["版 v."], fold=["名称 name"],
    )  # fmt: skip
    for each in found:
        said = _rules(each)
        table.add_row(
            each["id"],
            str(each["version"]),
            said["name"],
            ", ".join(said.get("kinds", ["calendar"])),
            said.get("valid_from") or said.get("first"),
        )
    screen.show(table)


_LISTED = ("kind", "id", "version", "name", "kinds", "valid_from", "first", "last", "published")


def _rules(each: Mapping[str, Any]) -> Mapping[str, Any]:
    rules: Mapping[str, Any] = each.get("rules") or each
    return rules


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A pack or calendar.")],
    version: Annotated[int | None, typer.Option(help="By default the last.")] = None,
    profile: ProfileOption = profiles.DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """详情 Show what a pack asks for: its clocks with their sources, its chain and ladder.

    \b
    banli packs show suggestion-shandong-2017
    banli packs show proposal-2022 --version 1 --json
    """
    found = published(profiles.read(profile))
    fit = [e for e in found if e["id"] == id_ and version in (None, e["version"])]
    if not fit:
        known = ", ".join(sorted({each["id"] for each in found})) or "none"
        raise Misused(f"No such pack or version was published; there are {known}.")
    if as_json:
        screen.give(fit[-1])
    else:
        _show(fit[-1])


def _show(each: Mapping[str, Any]) -> None:
    said = _rules(each)
    screen.say(f"{each['id']}@{each['version']} {said['name']}", style="bold")
    plain = screen.table("", "", "", fold=[""])
    plain.show_header = False
    for name, value in said.items():
        if name not in ("name", "clocks", "ladder", "steps", "days"):
            plain.add_row(name, cell("", value))
    screen.show(plain)
    if clocks := said.get("clocks"):
        table = screen.table(
            "时限 Clocks", "时限 clock", "期限 span", "可延至 at most", "依据 clause and source",
            fold=["依据 clause and source"],
        )  # fmt: skip
        for clock in clocks:
            span, most = _span(clock["span"]), _span(clock["extended"])
            table.add_row(clock["clock"], span, most, f"{clock['clause']} {clock['source']}")
        screen.say()
        screen.show(table)
    if ladder := said.get("ladder"):
        table = screen.table(
            "督办 Ladder", "级 rung", "何时 when", "依据 source", fold=["依据 source"]
        )
        for rung in ladder:
            when = "before" if rung["before"] else "after"
            table.add_row(rung["rung"], f"{_span(rung['span'])} {when}", rung["source"])
        screen.say()
        screen.show(table)


def _span(span: Mapping[str, Any] | None) -> str:
    return f"{span['amount']} {span['unit'].lower().replace('_', ' ')}" if span else "–"


@app.command()
def check(file: File, as_json: JsonOption = False) -> None:
    """检查 Read a file as it would be published, and say what it says; 2 if it is not right.

    \b
    banli packs check packs/suggestion-shandong-2017.toml
    """
    _tell(publishing.read([file]), None, as_json)


@app.command()
def publish(
    file: File,
    profile: ProfileOption = profiles.DEFAULT,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """发布 Publish a file, for ever; the same once more changes nothing.

    A version that is published stays as it is: a change is a new version.

    \b
    banli packs publish packs/suggestion-shandong-2017.toml
    """
    content = publishing.read([file])
    outcomes = publishing.publish(content, Services.of(profiles.read(profile), token))
    _tell(content, outcomes, as_json)


def _tell(content: Content, outcomes: list[str] | None, as_json: bool) -> None:
    orders = [order for stage in content.stages for order in stage]
    rows = [
        {"subject": each.subject, "command": type(each.command).__name__, "service": each.service}
        for each in orders
    ]
    if outcomes is not None:
        for row, outcome in zip(rows, outcomes, strict=True):
            row["outcome"] = outcome
    if as_json:
        screen.give(rows)
        return
    table = screen.table("", "对象 subject", "命令 command", "服务 service", "结果 outcome")
    for row in rows:
        table.add_row(
            row["subject"], row["command"], row["service"], row.get("outcome", "reads well")
        )
    screen.show(table)
