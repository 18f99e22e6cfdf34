"""`banli evaluate`: the figures, each with its formula, and the cases behind one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from banli_cli import profile as profiles
from banli_cli import screen
from banli_cli.ledgers import READER
from banli_cli.options import JsonOption, ProfileOption, TokenOption
from banli_cli.refusal import Misused
from banli_cli.services import Services

EVALUATION = "/v1/evaluations/units"


def evaluate(
    figure: Annotated[
        str, typer.Argument(help="One figure: its units, and the cases behind.")
    ] = "",
    unit: Annotated[str | None, typer.Option(help="Only of this unit.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="Registered from this day on.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="Registered up to this day.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only PROPOSAL, or SUGGESTION, …")] = None,
    rules: Annotated[str | None, typer.Option(help="Under these rules, as suggestion@2.")] = None,
    profile: ProfileOption = profiles.DEFAULT,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """考核 Show the figures with numerator, denominator and formula; 1 if parts do not sum up.

    \b
    banli evaluate
    banli evaluate --unit traffic --from 2022-01-01 --to 2022-06-30
    banli evaluate in_time_rate --unit traffic      # the cases behind it
    """
    asked = {"from": first, "to": last, "kind": kind, "rules": rules}
    chosen = {key: value for key, value in asked.items() if value is not None}
    stack = Services.of(profiles.read(profile), token)
    said = stack.get(READER, EVALUATION, **chosen)
    if figure:
        _one(stack, said, figure, unit, chosen, as_json)
    elif as_json:
        screen.give(said)
    else:
        _all(said, unit)
    raise typer.Exit(bool(_gaps(said)))


def _all(said: Mapping[str, Any], unit: str | None) -> None:
    figures, title = said["totals"], "合计 in total"
    if unit is not None:
        found = [row for row in said["units"] if row["unit"] == unit]
        if not found:
            known = ", ".join(row["unit"] for row in said["units"] if row["unit"])
            raise Misused(f"There is no unit of this name; there are {known}.")
        figures, title = found[0]["figures"], f"{found[0]['name']} {unit}"
    table = screen.table(
        f"考核指标 Evaluation: {title}", "指标 figure", "名称 name", "值 value", "算法 formula",
        right=["值 value"], fold=["名称 name", "算法 formula"],
    )  # fmt: skip
    for each in figures:
        table.add_row(each["figure"], f"{each['zh']} {each['en']}", value(each), each["formula_zh"])
    screen.show(table)
    for gap in _gaps(said):
        screen.say(gap, style="red")


def value(figure: Mapping[str, Any]) -> str:
    """Write a figure as numerator and denominator, with the rate where there is one."""
    parts = f"{figure['numerator']}/{figure['denominator']}"
    rate = figure["value"]
    return parts if rate is None else f"{parts} {rate:.1%}" if rate <= 1 else f"{parts} {rate:.1f}"


def _gaps(said: Mapping[str, Any]) -> list[str]:
    """Say which parts do not sum up to their total, and are not said to be counted twice."""
    gaps = []
    for each in said["proof"]:
        if not each["holds"]:
            told = [
                part["proof"] for part in (each.get("numerator"), each.get("denominator")) if part
            ]
            gaps.append(f"{each['figure']} does not add up: {'; '.join(told)}")
    return gaps


def _one(
    stack: Services,
    said: Mapping[str, Any],
    figure: str,
    unit: str | None,
    chosen: Mapping[str, Any],
    as_json: bool,
) -> None:
    names = [each["figure"] for each in said["totals"]]
    if figure not in names:
        raise Misused(f"There is no figure of this name; there are {', '.join(names)}.")
    of_unit = {"unit": unit} if unit is not None else {}
    behind = stack.get(READER, f"{EVALUATION}/{figure}", **chosen, **of_unit)
    if as_json:
        screen.give(behind)
        return
    screen.say(f"{behind['zh']} {behind['en']}", style="bold")
    screen.say(f"  = {behind['formula_zh']}")
    screen.say(f"  = {behind['formula']}")
    screen.say()
    if unit is None:
        _by_unit(said, figure)
    _behind(behind)


def _by_unit(said: Mapping[str, Any], figure: str) -> None:
    table = screen.table("", "单位 unit", "", "值 value", right=["值 value"])
    rows = [*said["units"], {"unit": "", "name": "合计 total", "figures": said["totals"]}]
    for row in rows:
        (own,) = [each for each in row["figures"] if each["figure"] == figure]
        table.add_row(row["unit"] or "", row["name"], value(own))
    screen.show(table)
    screen.say()


def _behind(behind: Mapping[str, Any]) -> None:
    """Show the cases of the denominator, those that count marked."""
    above = {each["subject"]: each for each in behind["numerator"]["cases"]}
    below = {each["subject"]: each for each in behind["denominator"]["cases"]}
    table = screen.table(
        f"所据案件 Behind it: {behind['numerator']['total']}/{behind['denominator']['total']}",
        "编号 no.", "案 case", "分子 counts", "分母 of", "事件 events",
        right=["分子 counts", "分母 of"], fold=["事件 events"],
    )  # fmt: skip
    for subject in {**below, **above}:
        counts, of = above.get(subject), below.get(subject)
        shown = counts or of or {}
        table.add_row(
            str(shown["number"] or "–"),
            subject.removeprefix("case/")[:8],
            _count(counts),
            _count(of),
            _events(shown["events"]),
        )
    screen.show(table)


def _count(case: Mapping[str, Any] | None) -> str:
    return str(case["counts"]) if case else "–"


def _events(events: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{each['type']} {each['time'][:10]}" for each in events) or "–"
