"""The hand-over lists 交办清单: what assigners say they handed over, to compare with the register.

A line is one list as it was received last under its subject.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from banli_events.envelope import Recorded
from banli_events.intake import HandOverListed
from banli_events.subjects import numbered_case
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers.types import OF_CASES, PUBLISHED, TOGETHER


@dataclass(slots=True)
class Line:
    """A list of what was handed over."""

    assigner: str | None = None
    kind: str | None = None
    stated_total: int | None = None
    listed: list[dict[str, Any]] = field(default_factory=list)  # numbering and case
    received_on: date | None = None
    recorded_at: datetime | None = None
    source_event: str | None = None


def note(line: Line, recorded: Recorded, said: HandOverListed) -> None:
    """Note a list; received once more, the last counts."""
    line.assigner, line.kind = said.assigner, str(said.kind)
    line.stated_total, line.received_on = said.stated_total, said.received_on
    line.listed = [
        {**each.model_dump(), "case": numbered_case(said.kind, each)} for each in said.numberings
    ]
    line.recorded_at, line.source_event = recorded.time, recorded.id


HANDOVERS = Ledger(
    name="handovers",
    kind="handover",
    title={"zh": "交办清单", "en": "hand-over lists"},
    line=Line,
    lines={HandOverListed: note},
    ignores=frozenset({*PUBLISHED, *(TOGETHER - {HandOverListed}), *OF_CASES}),
)
