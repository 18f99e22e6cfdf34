"""A case told day by day, and what a ledger shows of it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_json

from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_reporting import case as cases
from banli_reporting.ledger import Ledger, Reader
from banli_reporting.ledgers import ledgers_of
from banli_testing import story
from banli_testing.grammar import NOON, Said, record, said

Fact = Event | Said


def day(n: int) -> datetime:
    return NOON + timedelta(days=n)


def told(*facts: Fact, subject: str = story.CASE) -> list[Recorded]:
    """Record the facts in this order, each a day after the other."""
    events: list[Recorded] = []
    for n, fact in enumerate(facts):
        one = fact if isinstance(fact, Said) else said(fact)
        events.append(record(events, subject, said(one.event, by=one.by, at=day(n))))
    return events


def line_of(ledger: Ledger[Any], events: list[Recorded]) -> Any:
    """The line as the database would give it back."""
    case = cases.begin(events[0].subject, "case-events", 0)
    for event in events:
        cases.fold(case, event)
    names = [each.name for each in ledgers_of(ledger.kind)]
    return ledger.read(ledger.row(case.lines[names.index(ledger.name)]))


def shown(
    ledger: Ledger[Any],
    *facts: Fact,
    at: datetime = NOON,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """What a reader is shown of a case of which these facts are known."""
    line = line_of(ledger, told(*facts))
    plain = {"subject": story.CASE, **json.loads(to_json(line))}
    return ledger.tell(line, plain, Reader(at, {"traffic": "交通处"}, rules or {}))
