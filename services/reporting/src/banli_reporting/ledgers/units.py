"""The units 承办单位: who there is to hand an item to, those without any work included."""

from dataclasses import dataclass
from datetime import date

from banli_events.assignment import UnitOpened
from banli_events.envelope import Recorded
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers.types import OF_CASES, PUBLISHED, TOGETHER


@dataclass(slots=True)
class Line:
    """A unit of this body."""

    unit: str | None = None
    name: str | None = None
    parent: str | None = None
    since: date | None = None
    source_event: str | None = None


def open_unit(line: Line, recorded: Recorded, unit: UnitOpened) -> None:
    """Enter a unit; opened once more, its latest name and parent count."""
    line.unit = recorded.subject.partition("/")[2]
    line.name, line.parent, line.since = unit.name, unit.parent, unit.since
    line.source_event = recorded.id


UNITS = Ledger(
    name="units",
    kind="unit",
    title={"zh": "承办单位", "en": "units"},
    line=Line,
    lines={UnitOpened: open_unit},
    ignores=frozenset({*(PUBLISHED - {UnitOpened}), *TOGETHER, *OF_CASES}),
)
