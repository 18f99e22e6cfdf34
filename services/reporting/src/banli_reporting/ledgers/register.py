"""The register 一览表: one row per item, as it was entered and put right (R055, R056, R202)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from banli_events.envelope import Recorded
from banli_events.intake import (
    AttachmentAdded,
    ItemCorrected,
    ItemRefused,
    ItemRegistered,
    ItemWithdrawn,
)
from banli_reporting.ledger import Ledger, Lines
from banli_reporting.ledgers.types import (
    AFTER,
    ASSIGNING,
    CLOCKS,
    COMING_IN,
    GROUNDWORK,
    LADDER,
    OUTSIDE,
    PUBLISHED,
    RATING,
    REPLY,
    TASKS,
    TOGETHER,
)


@dataclass(slots=True)
class Line:
    """An item in the register."""

    kind: str | None = None
    body: str | None = None
    level: str | None = None
    term: int | None = None
    session: int | None = None
    number: str | None = None
    title: str | None = None
    content: str | None = None
    deputies: list[dict[str, Any]] = field(default_factory=list)
    asks: list[dict[str, str]] = field(default_factory=list)
    ask_count: int = 0
    topics: list[str] = field(default_factory=list)
    outer_role: str | None = None
    assigner: str | None = None
    outer_lead: str | None = None
    outer_co: list[str] = field(default_factory=list)
    outer_due: date | None = None  # as stated by the assigner
    received_on: date | None = None  # as stated
    territory: str | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    registered_at: datetime | None = None
    entered: int = 0  # the version of the registration
    withdrawn_at: datetime | None = None
    withdrawn_for: str | None = None
    in_error: bool = False  # it had been entered in error, and is not counted
    refused_at: datetime | None = None  # it was not entered
    refused_for: str | None = None
    corrected: dict[str, dict[str, str]] = field(default_factory=dict)
    source_event: str | None = None


def enter(line: Line, recorded: Recorded, item: ItemRegistered) -> None:
    """Enter the item under its number."""
    number, outer = item.numbering, item.outer
    line.kind, line.title, line.content = str(item.kind), item.title, item.content
    line.body, line.level, line.number = number.body, number.level, number.number
    line.term, line.session = number.term, number.session
    line.deputies = [
        {"person": each.person, "name": each.name, "unit": each.unit, "lead": each.lead}
        for each in item.signers
    ]
    line.asks = [{"id": each.id, "text": each.text} for each in item.asks]
    line.ask_count, line.topics = len(item.asks), list(item.topics)
    line.outer_role, line.assigner, line.outer_lead = str(outer.role), outer.assigner, outer.lead
    line.outer_co, line.outer_due = list(outer.co), outer.due_on
    line.received_on, line.registered_at = item.received_on, recorded.time
    line.territory, line.entered = item.territory, recorded.version
    line.source_event = recorded.id


def refuse(line: Line, recorded: Recorded, refused: ItemRefused) -> None:
    """Keep what was not entered, so that a hand-over list can be compared (R057)."""
    number = refused.numbering
    line.kind, line.body, line.level = str(refused.kind), number.body, number.level
    line.term, line.session, line.number = number.term, number.session, number.number
    line.refused_at, line.refused_for = recorded.time, str(refused.ground)
    line.received_on, line.source_event = refused.received_on, recorded.id


def withdraw(line: Line, recorded: Recorded, withdrawn: ItemWithdrawn) -> None:
    """Keep an item that was taken back, and say so."""
    line.withdrawn_at, line.withdrawn_for = recorded.time, withdrawn.reason
    line.in_error = withdrawn.entered_in_error


def attach(line: Line, recorded: Recorded, file: AttachmentAdded) -> None:
    """List a file by its hash."""
    line.files.append(file.model_dump())


def put_right(line: Line, recorded: Recorded, corrected: ItemCorrected) -> None:
    """Show the corrected value, and that it was corrected (R202).

    A field that this build does not know is shown as corrected, its value beside it.
    """
    first = line.corrected.get(corrected.field, {})
    line.corrected[corrected.field] = {
        "before": first.get("before", corrected.before),
        "after": corrected.after,
        "reason": corrected.reason,
        "event": recorded.id,
    }
    if write := _PLAIN.get(corrected.field):
        write(line, corrected.after)
        return
    head, _, rest = corrected.field.partition(".")
    id_, _, name = rest.rpartition(".")
    listed, key, names = _LISTED.get(head, ("", "", ()))
    for each in getattr(line, listed) if name in names else ():
        if each[key] == id_:
            each[name] = corrected.after


def _receive_on(line: Line, day: str) -> None:
    try:
        line.received_on = date.fromisoformat(day)
    except ValueError:
        return  # the correction itself still shows what was said


_PLAIN: Mapping[str, Callable[[Line, str], None]] = {
    "title": lambda line, text: setattr(line, "title", text),
    "content": lambda line, text: setattr(line, "content", text),
    "outer.assigner": lambda line, text: setattr(line, "assigner", text),
    "outer.lead": lambda line, text: setattr(line, "outer_lead", text),
    "received_on": _receive_on,
}
_LISTED: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "signers": ("deputies", "person", ("name", "unit")),
    "asks": ("asks", "id", ("text",)),
}

_LINES: Lines = {
    ItemRegistered: enter,
    ItemCorrected: put_right,
    ItemRefused: refuse,
    ItemWithdrawn: withdraw,
    AttachmentAdded: attach,
}

REGISTER = Ledger(
    name="register",
    kind="case",
    title={"zh": "一览表", "en": "register"},
    line=Line,
    lines=_LINES,
    keeps=("files",),
    ignores=frozenset(
        {
            *PUBLISHED,
            *TOGETHER,
            *(COMING_IN - _LINES.keys()),
            *RATING,
            *ASSIGNING,
            *OUTSIDE,
            *TASKS,
            *CLOCKS,
            *GROUNDWORK,
            *REPLY,
            *AFTER,
            *LADDER,
        }
    ),
)
