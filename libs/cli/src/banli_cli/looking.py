"""`banli status`, `lag`, `parked`: what is up, behind, set aside, and whether anything is lost."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from banli_cli import count as counted
from banli_cli import profile as profiles
from banli_cli import screen
from banli_cli import status as statuses
from banli_cli.losses import Line, Seen
from banli_cli.options import JsonOption, ProfileOption
from banli_cli.profile import Profile
from banli_cli.refusal import Exit, Refusal


def status(
    quick: Annotated[
        bool, typer.Option("--quick", help="Only ask the processes; count nothing.")
    ] = False,
    profile: ProfileOption = profiles.DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """现状 Show what is up, and count whether anything is lost; 1 if anything is wrong.

    First the processes: unread messages, events + receipts not yet sent, what
    waits, what is parked, own reactions that were refused, the next deadline.
    Then the count: what is due, what is there, what is on its way between
    them, what is missing. Each line compares two that are kept apart, so that
    a loss on one side shows.

    \b
    banli status
    banli status --quick --json | jq '.processes[].status.lag'
    """
    read = profiles.read(profile)
    lines = _ask(read)
    found = None if quick else _count(read)
    if as_json:
        screen.give(_as_json(lines, found))
    else:
        _show(lines, found)
    raise typer.Exit(_exit(lines, found))


Found = tuple[Seen, list[Line]] | Refusal
"""What was counted, or why it could not be."""


def _ask(profile: Profile) -> list[statuses.Line]:
    return asyncio.run(statuses.look(profile))


def _count(profile: Profile) -> Found:
    try:
        with screen.progress("counting", "receipts") as bar:
            return counted.count(profile, bar)
    except Refusal as why:
        return why


def _exit(lines: Sequence[statuses.Line], found: Found | None) -> Exit:
    """3 where somebody does not answer; 1 where something else is wrong."""
    if any(line.said is None for line in lines):
        return Exit.UNREACHED
    if isinstance(found, Refusal):
        return found.exit
    gaps = found is not None and any(line.gap for line in found[1])
    return Exit.WRONG if gaps or any(line.wrong for line in lines) else Exit.OK


def _as_json(lines: Sequence[statuses.Line], found: Found | None) -> dict[str, Any]:
    said: dict[str, Any] = {"processes": [line.as_json() for line in lines]}
    match found:
        case Refusal():
            said["count"] = {"counted": False, "why": str(found)}
        case (seen, compared):
            said["count"] = {
                "counted": True,
                "adds_up": not any(line.gap for line in compared),
                "lines": [line.as_json() for line in compared],
                "answers": _answers(seen),
                "redelivered": seen.kept["reporting"].redelivered,
            }
    return said


def _show(lines: Sequence[statuses.Line], found: Found | None) -> None:
    screen.show(statuses.table(lines))
    for line in lines:
        for what in line.wrong:
            screen.say(f"{line.service}: {what}", style="red")
        for what in line.notes:
            screen.say(f"{line.service}: {what}")
    match found:
        case Refusal():
            screen.say()
            screen.say(f"没有核对 Not counted: {found}", style="red")
        case (seen, compared):
            screen.say()
            _show_count(seen, compared)


def _show_count(seen: Seen, compared: Sequence[Line]) -> None:
    numbers = ("应有 due", "已有 there", "途中 on way", "缺 gap")
    shown = screen.table("", "核对 the count", "", *numbers, right=numbers)
    for line in compared:
        gap = f"[red]{line.gap:,}[/]" if line.gap else "0"
        shown.add_row(
            line.zh, line.en, f"{line.due:,}", f"{line.there:,}", f"{line.under_way:,}", gap
        )
    screen.show(shown)
    answers, again = _answers(seen), seen.kept["reporting"].redelivered
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(answers.items()))
    screen.say(f"答复 answers given: {told or 'none'}. 重投 records that lie twice: {again:,}.")
    gaps = [line.wrong for line in compared if line.gap]
    for wrong in gaps:
        screen.say(wrong, style="red")
    under_way = sum(line.under_way for line in compared)
    if gaps:
        screen.say(
            "对不上 It does NOT add up. What a database lacks, `banli rebuild` reads off the log "
            "again; what the log lacks, or was never answered, is lost: keep all, and look.",
            style="red",
        )
    elif under_way:
        screen.say(
            "对得上 It adds up: nothing is missing, some is still on its way.", style="green"
        )
    else:
        screen.say("对得上 It adds up: nothing is missing.", style="green")


def _answers(seen: Seen) -> dict[str, int]:
    """Count what was answered by outcome, over HTTP and over Kafka."""
    total: dict[str, int] = {}
    for each in seen.kept.values():
        for outcome, number in each.answers.items():
            total[outcome] = total.get(outcome, 0) + number
    return total


# -- one thing at a time


def lag(
    profile: ProfileOption = profiles.DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """积压 Show how far each service is behind, topic by topic.

    \b
    banli lag
    banli lag --json | jq '.[] | select(.behind > 1000)'
    """
    lines = _ask(profiles.read(profile))
    rows = [row for line in _one_each(lines) for row in _behind(line)]
    if as_json:
        screen.give(rows)
    elif rows:
        shown = screen.table(
            "", "服务 service", "主题 topic", "未读 behind", "分区 partitions",
            right=["未读 behind"], fold=["分区 partitions"],
        )  # fmt: skip
        for row in rows:
            parts = ", ".join(f"{part}: {count:,}" for part, count in row["partitions"].items())
            shown.add_row(row["service"], row["topic"], f"{row['behind']:,}", parts)
        screen.show(shown)
    else:
        _show_states(lines, "没有积压 Nothing is behind.")
    raise typer.Exit(_exit(lines, None) if _down(lines) else Exit.OK)


def _one_each(lines: Sequence[statuses.Line]) -> list[statuses.Line]:
    """Take one process of each service: what they tell of the service is the same."""
    first: dict[str, statuses.Line] = {}
    for line in lines:
        if line.said is not None:
            first.setdefault(line.service, line)
    return list(first.values())


def _down(lines: Sequence[statuses.Line]) -> bool:
    return any(line.said is None for line in lines)


def _behind(line: statuses.Line) -> list[dict[str, Any]]:
    said: Mapping[str, Mapping[str, int]] = (line.said or {}).get("lag") or {}
    return [
        {
            "service": line.service,
            "topic": topic,
            "behind": sum(parts.values()),
            "partitions": dict(parts),
        }
        for topic, parts in sorted(said.items())
    ]


def _show_states(lines: Sequence[statuses.Line], good: str) -> None:
    for line in lines:
        if line.said is None:
            screen.say(f"{line.service}: {line.wrong[0]}", style="red")
    if not _down(lines):
        screen.say(good, style="green")


def parked(
    profile: ProfileOption = profiles.DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """搁置 List the subjects that are set aside, why, and since when; 1 if there are any.

    A parked subject stands still in that service, all others go on.

    \b
    banli parked
    banli redrive case/0190…      # try it again, or be shown the fork
    """
    lines = _ask(profiles.read(profile))
    rows = [
        {"service": line.service, **each}
        for line in _one_each(lines)
        for each in (line.said or {}).get("parked") or ()
    ]
    if as_json:
        screen.give(rows)
    elif rows:
        screen.show(_parked_table(rows))
        more = sum((line.said or {}).get("parked_subjects", 0) for line in _one_each(lines)) - len(
            rows
        )
        if more > 0:
            screen.say(f"and {more} more subjects")
    else:
        _show_states(lines, "没有搁置 Nothing is parked.")
    raise typer.Exit(Exit.UNREACHED if _down(lines) else Exit.WRONG if rows else Exit.OK)


def _parked_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    shown = screen.table(
        "", "服务 service", "对象 subject", "原因 reason", "件 msgs", "位置 place",
        right=["件 msgs"], fold=["对象 subject", "原因 reason", "位置 place"],
    )  # fmt: skip
    for each in rows:
        count = each.get("count", each.get("messages", 1))
        place = f"{each['topic']}/{each['part']}@{each['pos']}"
        shown.add_row(each["service"], each["subject"], each["reason"], str(count), place)
    return shown
