"""What is up, how far behind, what is unsent, waiting or set aside; and what is wrong."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.table import Table

from banli_cli import screen
from banli_cli.profile import Profile

TIMEOUT_SECONDS = 5.0
NAMED = 10
"""How many parked subjects, and how many on which something waits, are named for each process."""


@dataclass(frozen=True, slots=True)
class Line:
    """One process, what it says of itself, and what is wrong with it."""

    service: str
    url: str
    said: Mapping[str, Any] | None = None
    wrong: Sequence[str] = ()
    notes: Sequence[str] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Write it for programs."""
        return {
            "service": self.service,
            "url": self.url,
            "up": self.said is not None,
            "wrong": list(self.wrong),
            "notes": list(self.notes),
            "status": self.said,
        }


async def look(profile: Profile) -> list[Line]:
    """Ask every process of every service."""
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as http:
        asked = [
            _ask(http, name, url) for name, one in profile.services.items() for url in one.http
        ]
        return await asyncio.gather(*asked)


async def _ask(http: httpx.AsyncClient, service: str, url: str) -> Line:
    try:
        answer = await http.get(f"{url}/v1/status")
        answer.raise_for_status()
        said = answer.json()
    except (httpx.HTTPError, ValueError):
        return Line(service, url, wrong=(f"no answer at {url}",))
    if said.get("service", service) != service:
        return Line(service, url, said, (f"another service answers at {url}",))
    return Line(service, url, said, wrong_with(said), notes_on(said))


def wrong_with(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what is wrong with a process that answers, one sentence each."""
    wrong = []
    if said.get("mode", "open") != "open":
        wrong.append(f"a rebuild goes on or was broken off ({said['mode']})")
    elif not said.get("ready", True):
        wrong.append("not ready: it catches up with the log")
    if said.get("unwell"):
        wrong.append(str(said["unwell"]))
    wrong += [f"stopped reading {topic}: {why}" for topic, why in _of(said, "stopped").items()]
    if said.get("lag", {}) is None:
        wrong.append("Kafka does not tell how far behind it is")
    parked = _rows(said, "parked")
    wrong += [_parked(each) for each in parked[:NAMED]]
    if (more := said.get("parked_subjects", len(parked)) - len(parked[:NAMED])) > 0:
        of = said.get("parked_messages", len(parked))
        wrong.append(f"parked: {more} more subjects, {of} messages in all")
    for each in _rows(said, "refused_reactions"):
        told = f"{each.get('reaction')} on {each.get('subject')}: {each.get('code')}"
        wrong.append(f"refused reaction {told}")
    return tuple(wrong)


def notes_on(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what an operator may want to know, though nothing is wrong."""
    notes = [
        f"{count} × {name} of a newer build, kept"
        for name, count in sorted(_of(said, "unknown").items())
    ]
    waiting = _rows(said, "waiting_on")[:NAMED]
    notes += [
        f"waiting on {each.get('subject')}: {each.get('count')} × {each.get('kind')}, "
        f"the oldest for {each.get('seconds')} s"
        for each in waiting
    ]
    named = len({each.get("subject") for each in waiting})
    if (more := said.get("waiting_subjects", 0) - named) > 0:
        notes.append(f"waiting: on {more} more subjects, {said.get('waiting')} in all")
    return tuple(notes)


def _parked(each: Mapping[str, Any]) -> str:
    """Say why a subject is parked, or a message where a service tells them one by one."""
    place = f"{each.get('topic')}/{each.get('part')}/{each.get('pos')}"
    told = f"parked {each.get('subject')}: {each.get('reason')} ({place})"
    if "count" not in each:
        return told
    return f"{told}, {each['count']} messages since {str(each.get('since'))[:19]}"


def lag_of(said: Mapping[str, Any]) -> int | None:
    """Count what lies on the topics and has not been read; None where nobody knows."""
    if said.get("lag", {}) is None:
        return None
    return sum(sum(parts.values()) for parts in _of(said, "lag").values())


def table(lines: Sequence[Line]) -> Table:
    """Show the processes side by side, on 80 columns; `unsent` is events + receipts."""
    counts = ("未读 lag", "未发 unsent", "等待 wait", "搁置 parked", "拒 no")
    shown = screen.table(
        "",
        "服务 service",
        "状态 state",
        *counts,
        "下一时限 next due",
        right=[*counts, "下一时限 next due"],
    )
    for line in lines:
        shown.add_row(line.service, *_cells(line))
    return shown


def _cells(line: Line) -> list[str]:
    said = line.said
    if said is None:
        return ["[red]停 down[/]"]
    state = "[red]异常 wrong[/]" if line.wrong else "[green]正常 ready[/]"
    unsent = "–" if "unsent" not in said else f"{said['unsent']}+{said.get('unsent_receipts', 0)}"
    return [
        state if said.get("ready", True) else "[yellow]未就绪 not yet[/]",
        "?" if (lag := lag_of(said)) is None else str(lag),
        unsent,
        _count(said.get("waiting")),
        _count(said.get("parked_subjects", said.get("parked"))),
        _count(said.get("refused_reactions")),
        str(said.get("next_due") or "–")[:10],
    ]


def _count(value: Any) -> str:
    if value is None:
        return "–"
    return str(value if isinstance(value, int) else len(value))


def _of(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = said.get(name)
    return value if isinstance(value, Mapping) else {}


def _rows(said: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = said.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
