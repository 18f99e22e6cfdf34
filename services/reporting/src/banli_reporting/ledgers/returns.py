"""The returns 退回重办台账: each draft that went back, why, in which round, how often.

Every draft is named with its hash, so that old ones are found again (R067, R068).
"""

from dataclasses import dataclass, field
from typing import Any

from banli_events.base import instant
from banli_events.envelope import Recorded
from banli_events.supervision import ReplyDrafted, ReplyReturned
from banli_reporting.ledger import Ledger, ref
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
    """The drafts of a case, and those that went back."""

    loops: int = 0  # returns over all rounds
    drafts: list[dict[str, Any]] = field(default_factory=list)
    returns: list[dict[str, Any]] = field(default_factory=list)


def draft(line: Line, recorded: Recorded, drafted: ReplyDrafted) -> None:
    """Keep the name of a draft; it takes up the return before it."""
    at = instant(recorded.time)
    line.drafts.append(
        {"hash": drafted.reply_hash, "round": drafted.round, "at": at, "event": ref(recorded)}
    )
    if line.returns and line.returns[-1]["redrafted_at"] is None:
        line.returns[-1]["redrafted_at"] = at


def send_back(line: Line, recorded: Recorded, returned: ReplyReturned) -> None:
    """Count a return, with its reason (R067, R068)."""
    line.loops += 1
    actor = recorded.context.actor
    line.returns.append(
        {
            "loop": line.loops,
            "round": line.drafts[-1]["round"] if line.drafts else 1,
            "hash": returned.reply_hash,
            "reason": str(returned.reason),
            "remark": returned.remark,
            "failed": [str(each) for each in returned.failed],
            "by": actor.post if actor else None,
            "at": instant(recorded.time),
            "redrafted_at": None,
            "event": ref(recorded),
        }
    )


RETURNS = Ledger(
    name="returns",
    kind="case",
    title={"zh": "退回重办台账", "en": "returns"},
    line=Line,
    lines={ReplyDrafted: draft, ReplyReturned: send_back},
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
            *(REPLY - {ReplyDrafted, ReplyReturned}),
            *AFTER,
            *LADDER,
        }
    ),
    shown="l.loops > 0",
)
