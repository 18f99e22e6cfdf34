"""What cannot be done now 暂不能解决台账: why, by which plan, who follows it up (R085, R087).

A case appears once a reply or co-opinion with such an outcome went out.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from banli_events.envelope import Recorded
from banli_events.supervision import CoOpinionDelivered, ReplyDrafted, ReplyIssued
from banli_events.words import FollowUp, NotNow, Outcome
from banli_reporting.ledger import Ledger, Reader, ref
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

REASONS = {
    NotNow.NO_LEGAL_BASIS.value: {"zh": "政策法规不完备", "en": "no legal basis"},
    NotNow.NO_FUNDS.value: {"zh": "财力限制", "en": "no funds"},
    NotNow.CONDITIONS_MISSING.value: {"zh": "实施条件不具备", "en": "conditions missing"},
}


@dataclass(slots=True)
class Line:
    """What the reply that went out last says of what is not done yet."""

    result: str | None = None
    reason: str | None = None
    proof: str | None = None
    plan: str | None = None
    planned_for: date | None = None
    owner: str | None = None  # who follows it up
    follow_up_on: date | None = None
    sent_at: datetime | None = None
    source_event: str | None = None
    draft: dict[str, Any] = field(default_factory=dict)  # the outcome of the one in hand


def draft(line: Line, recorded: Recorded, drafted: ReplyDrafted) -> None:
    """Keep the outcome that a draft names, until it goes out."""
    follow_up = drafted.reply.follow_up
    line.draft = {
        "outcome": drafted.reply.outcome.model_dump(mode="json"),
        "follow_up": follow_up.model_dump(mode="json") if follow_up else None,
        "event": ref(recorded),
    }


def send(line: Line, recorded: Recorded, sent: ReplyIssued | CoOpinionDelivered) -> None:
    """Note what those who signed, or the body that leads, were told."""
    if not line.draft:
        return
    outcome = Outcome.model_validate(line.draft["outcome"])
    follow_up = line.draft["follow_up"] and FollowUp.model_validate(line.draft["follow_up"])
    line.result, line.proof = str(outcome.result), outcome.proof
    line.reason = None if outcome.reason is None else str(outcome.reason)
    line.plan, line.planned_for = outcome.plan, outcome.planned_for
    line.owner = follow_up.owner if follow_up else None
    line.follow_up_on = follow_up.on if follow_up else None
    line.sent_at, line.source_event = recorded.time, line.draft["event"]


def tell(line: Line, plain: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """Put the reason into words."""
    del plain["draft"]
    code = line.reason or ""
    return plain | {"reason_label": REASONS.get(code, {"zh": code, "en": code})}


NOT_NOW = Ledger(
    name="not_now",
    kind="case",
    title={"zh": "暂不能解决台账", "en": "not now"},
    line=Line,
    lines={ReplyDrafted: draft, ReplyIssued: send, CoOpinionDelivered: send},
    ignores=frozenset(
        {
            *PUBLISHED,
            *TOGETHER,
            *COMING_IN,
            *RATING,
            *ASSIGNING,
            *OUTSIDE,
            *TASKS,
            *CLOCKS,
            *GROUNDWORK,
            *(REPLY - {ReplyDrafted, ReplyIssued, CoOpinionDelivered}),
            *AFTER,
            *LADDER,
        }
    ),
    tell=tell,
    shown="l.sent_at is not null and (l.result <> 'A' or l.follow_up_on is not null)",
)
