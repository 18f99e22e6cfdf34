"""The posts 岗位: what each is there for, and who holds it when, acting holders included."""

from dataclasses import dataclass, field
from typing import Any

from banli_events.assignment import AppointmentEnded, ChargeGiven, HolderAppointed, PostCreated
from banli_events.envelope import Recorded
from banli_reporting.ledger import Ledger, Lines
from banli_reporting.ledgers.types import OF_CASES, PUBLISHED, TOGETHER


@dataclass(slots=True)
class Line:
    """A post of a unit."""

    post: str | None = None
    unit: str | None = None
    title: str | None = None
    role: str | None = None
    office_number: str | None = None
    holders: list[dict[str, Any]] = field(default_factory=list)  # person, name, since, until
    charge: list[str] = field(default_factory=list)  # units that its holder is in charge of


def create(line: Line, recorded: Recorded, said: PostCreated) -> None:
    """Enter a post; created anew, it keeps its holders but is in charge of nothing yet."""
    line.post = recorded.subject.partition("/")[2]
    line.unit, line.title, line.role = said.unit, said.title, str(said.role)
    line.office_number, line.charge = said.office_number, []


def appoint(line: Line, recorded: Recorded, said: HolderAppointed) -> None:
    """Note who holds it from a day on (R020)."""
    line.holders.append(said.model_dump(mode="json"))


def end(line: Line, recorded: Recorded, said: AppointmentEnded) -> None:
    """Note that somebody holds it no longer from a day on (R020)."""
    day = said.since.isoformat()
    for each in line.holders:
        if each["person"] == said.person and held_on(each, day):
            each["until"] = day


def charge(line: Line, recorded: Recorded, said: ChargeGiven) -> None:
    """Note of which units its holder is in charge (R059)."""
    line.charge = list(said.units)


def held_on(holder: dict[str, Any], day: str) -> bool:
    """Tell whether somebody holds a post on a day; days are compared as they are written."""
    return holder["since"] <= day and (holder["until"] is None or day < holder["until"])


_LINES: Lines = {
    PostCreated: create,
    HolderAppointed: appoint,
    AppointmentEnded: end,
    ChargeGiven: charge,
}

POSTS = Ledger(
    name="posts",
    kind="post",
    title={"zh": "岗位", "en": "posts"},
    line=Line,
    lines=_LINES,
    ignores=frozenset({*(PUBLISHED - _LINES.keys()), *TOGETHER, *OF_CASES}),
)
