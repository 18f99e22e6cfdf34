"""Delay attribution 时限归责: every day of a case is charged to one unit, one step, or a pause.

A day is charged to who had the case at its first moment; so a span from one moment to another is
charged the midnights that lie in it, and the charges sum to the days of the case, always.

The line keeps the events that pass a case on, with their time; who had it when is derived, so that
it does not matter in which order the sources were read.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from banli_events import assignment, intake, supervision
from banli_events.base import instant
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded
from banli_events.words import Responsible
from banli_reporting.charging import Mark, charge, order, spans_of
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
    """What passed a case on."""

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
    """Bring the marks into the order of their time."""
    line.marks.sort(key=order)


def tell(line: Line, plain: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """Tell who had the case when, charge every day up to now, and prove that none is missing."""
    spans = spans_of(map(Mark.read, line.marks))
    last = spans[-1] if spans else None
    open_ = last is not None and last.until is None
    del plain["marks"]
    return {
        **plain,
        "registered_at": instant(spans[0].since) if spans else None,
        "ended_at": instant(last.until) if last is not None and last.until else None,
        "holder": last.holder if last is not None and open_ else None,
        "since": instant(last.since) if last is not None and open_ else None,
        "spans": [
            {"holder": each.holder, "since": instant(each.since), "until": instant(each.until)}
            for each in spans
            if each.until is not None
        ],
        **charge(spans, reader.at),
    }


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
