"""The department systems 部门系统: for which units each is admitted, and since when."""

from dataclasses import dataclass, field
from datetime import datetime

from banli_events.assignment import SystemAdmitted, SystemRetired
from banli_events.base import instant
from banli_events.envelope import Recorded
from banli_reporting.ledger import Ledger, Lines
from banli_reporting.ledgers.types import OF_CASES, PUBLISHED, TOGETHER


@dataclass(slots=True)
class Line:
    """A system of a department."""

    system: str | None = None
    name: str | None = None
    units: dict[str, str] = field(default_factory=dict)  # since when; empty once it is retired
    retired_at: datetime | None = None


def admit(line: Line, recorded: Recorded, said: SystemAdmitted) -> None:
    """Note for which units it speaks; for those it spoke for before, since then."""
    line.system, line.name = recorded.subject.partition("/")[2], said.name
    line.units = {unit: line.units.get(unit, instant(recorded.time)) for unit in said.units}
    line.retired_at = None


def retire(line: Line, recorded: Recorded, said: SystemRetired) -> None:
    """Note that it speaks for nobody, and is told nothing, until it is admitted again."""
    line.units, line.retired_at = {}, recorded.time


_LINES: Lines = {SystemAdmitted: admit, SystemRetired: retire}

SYSTEMS = Ledger(
    name="systems",
    kind="system",
    title={"zh": "部门系统", "en": "department systems"},
    line=Line,
    lines=_LINES,
    ignores=frozenset({*(PUBLISHED - _LINES.keys()), *TOGETHER, *OF_CASES}),
)
