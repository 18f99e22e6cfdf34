"""Delay attribution 时限归责: every day of a case is charged to one unit, one step, or a pause.

A day is charged to who had the case at its first moment; so a span from one moment to another is
charged the midnights that lie in it, and the charges sum to the days of the case, always.

The line keeps the events that pass a case on, with their time; who had it when is derived, so that
it does not matter in which order the sources were read.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from banli_events import assignment, intake, supervision
from banli_events.base import instant
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded
from banli_events.words import Responsible
from banli_reporting.charging import Mark, charge, spans_of
from banli_reporting.ledger import Ledger, Reader
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
    Types,
)


@dataclass(slots=True)
class Line:
    """Who had a case when."""

    registered_at: datetime | None = None  # this and the next three are derived
    ended_at: datetime | None = None
    holder: str | None = None  # who has it now
    since: datetime | None = None
    spans: list[dict[str, Any]] = field(default_factory=list)  # all that are over
    marks: list[dict[str, Any]] = field(default_factory=list)


def mark(line: Line, recorded: Recorded, said: Any) -> None:
    """Keep an event that may pass the case on."""
    actor = recorded.context.actor
    line.marks.append(
        {
            "at": instant(recorded.time),
            "source": recorded.source,
            "version": recorded.version,
            "type": recorded.type,
            "post": actor.post if actor else None,
            **{name: _plain(getattr(said, name)) for name in _kept(recorded.type)},
        }
    )


_KEPT = ("unit", "lead", "clock", "round", "role", "upheld", "signer", "grade", "to", "silent",
         "ruling")  # fmt: skip
"""What of an event tells to whom a case goes."""


@cache
def _kept(type_: str) -> tuple[str, ...]:
    return tuple(name for name in _KEPT if name in EVENTS[type_].model.model_fields)


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return list(value)
        case int() | None:
            return value
        case Responsible():
            return value.unit
        case _:
            return str(value)


def derive(line: Line) -> None:
    """Derive who had the case when."""
    marks = sorted(map(Mark.read, line.marks))
    line.marks = [dict(each.said) for each in marks]
    spans = spans_of(marks)
    line.registered_at = spans[0].since if spans else None
    last = spans[-1] if spans else None
    open_ = last is not None and last.until is None
    line.ended_at = last.until if last is not None else None
    line.holder = last.holder if last is not None and open_ else None
    line.since = last.since if last is not None and open_ else None
    line.spans = [
        {"holder": each.holder, "since": instant(each.since), "until": instant(each.until)}
        for each in spans
        if each.until is not None
    ]


def tell(line: Line, plain: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """Charge every day up to the moment asked about, and prove that none is missing."""
    said = charge(spans_of(map(Mark.read, line.marks)), reader.at)
    del plain["marks"]
    return plain | said


_NOTED: Types = frozenset(
    {
        intake.ItemRegistered,
        intake.ItemWithdrawn,
        intake.FeedbackReceived,
        assignment.Assigned,
        assignment.Reassigned,
        assignment.AssignmentObjected,
        assignment.ObjectionUpheld,
        assignment.ObjectionRefused,
        assignment.OuterObjectionRaised,
        assignment.OuterObjectionAnswered,
        assignment.OutOfScopeExplained,
        supervision.DeadlineSuspended,
        supervision.DeadlineResumed,
        supervision.DeadlineMissed,
        supervision.CoOpinionRequested,
        supervision.CoOpinionSubmitted,
        supervision.ReplyDrafted,
        supervision.ReplyReviewed,
        supervision.ReplyReturned,
        supervision.ReplyApproved,
        supervision.ReplyIssued,
        supervision.CoOpinionDelivered,
        supervision.FeedbackClosed,
        supervision.RehandlingOrdered,
        supervision.MeetingDecided,
        supervision.CaseSummaryFiled,
        supervision.CaseArchived,
    }
)
_SOME = COMING_IN | RATING | ASSIGNING | OUTSIDE | CLOCKS | GROUNDWORK | REPLY | AFTER

ATTRIBUTION = Ledger(
    name="attribution",
    kind="case",
    title={"zh": "时限归责", "en": "delay attribution"},
    line=Line,
    lines=dict.fromkeys(_NOTED, mark),
    ignores=frozenset({*PUBLISHED, *TOGETHER, *TASKS, *LADDER, *(_SOME - _NOTED)}),
    derive=derive,
    tell=tell,
)
