"""The supervision ledger 督办台账: reminders, calls, notices with receipt and answer, alarms."""

from dataclasses import dataclass, field
from typing import Any

from banli_events.base import instant
from banli_events.envelope import Recorded
from banli_events.supervision import (
    AlarmAcknowledged,
    AlarmClosed,
    AlarmRaised,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    PhoneUrged,
    Reminded,
    SupervisionNoticeAnswered,
    SupervisionNoticeIssued,
    SupervisionNoticeReceived,
)
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers.types import (
    AFTER,
    ASSIGNING,
    CLOCKS,
    COMING_IN,
    GROUNDWORK,
    OUTSIDE,
    PUBLISHED,
    RATING,
    REPLY,
    TASKS,
    TOGETHER,
)


@dataclass(slots=True)
class Line:
    """How a case was urged."""

    open_alarms: int = 0  # this and the next are derived
    open_notices: int = 0  # not yet answered
    misses: list[dict[str, Any]] = field(default_factory=list)
    reminders: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    notices: dict[str, dict[str, Any]] = field(default_factory=dict)  # by number
    alarms: dict[str, dict[str, Any]] = field(default_factory=dict)


def miss(line: Line, recorded: Recorded, said: DeadlineMissed) -> None:
    """Note that a clock ran out (R063)."""
    missed = {"clock": said.clock, "due": instant(said.due), "at": instant(recorded.time)}
    line.misses.append(missed | {"withdrawn": False})


def take_back(line: Line, recorded: Recorded, said: DeadlineMissWithdrawn) -> None:
    """Note that it had been met."""
    for each in line.misses:
        if (each["clock"], each["due"]) == (said.clock, instant(said.due)):
            each["withdrawn"] = True


def remind(line: Line, recorded: Recorded, said: Reminded) -> None:
    """Note a reminder before a clock runs out."""
    line.reminders.append(_said(recorded, said))


def call(line: Line, recorded: Recorded, said: PhoneUrged) -> None:
    """Note who was called, what was said, and what was promised (R064)."""
    actor = recorded.context.actor
    line.calls.append(_said(recorded, said) | {"by": actor.person if actor else None})


def notify(line: Line, recorded: Recorded, said: SupervisionNoticeIssued) -> None:
    """Note a numbered notice (R065)."""
    line.notices[said.number] = _said(recorded, said) | {
        "received_on": None,
        "received_at": None,
        "answer": None,
        "answered_at": None,
    }


def receive(line: Line, recorded: Recorded, said: SupervisionNoticeReceived) -> None:
    """Note the receipt of a notice (R065)."""
    if notice := line.notices.get(said.number):
        notice["received_on"] = said.received_on.isoformat()
        notice["received_at"] = instant(recorded.time)


def answer(line: Line, recorded: Recorded, said: SupervisionNoticeAnswered) -> None:
    """Note the answer to a notice (R065)."""
    if notice := line.notices.get(said.number):
        notice["answer"], notice["answered_at"] = said.answer, instant(recorded.time)


def alarm(line: Line, recorded: Recorded, said: AlarmRaised) -> None:
    """Note what somebody must look at."""
    line.alarms[said.alarm] = {
        "kind": str(said.kind),
        "about": said.about,
        "raised_at": instant(recorded.time),
        "acknowledged_at": None,
        "closed_at": None,
        "how": None,
    }


def acknowledge(line: Line, recorded: Recorded, said: AlarmAcknowledged) -> None:
    """Note that somebody looks at it."""
    if raised := line.alarms.get(said.alarm):
        raised["acknowledged_at"] = instant(recorded.time)


def close(line: Line, recorded: Recorded, said: AlarmClosed) -> None:
    """Note how it was settled."""
    if raised := line.alarms.get(said.alarm):
        raised["closed_at"], raised["how"] = instant(recorded.time), said.how


def _said(recorded: Recorded, said: Any) -> dict[str, Any]:
    return {**said.model_dump(mode="json"), "at": instant(recorded.time)}


def derive(line: Line) -> None:
    """Count what is open."""
    line.open_alarms = sum(each["closed_at"] is None for each in line.alarms.values())
    line.open_notices = sum(each["answered_at"] is None for each in line.notices.values())


SUPERVISION = Ledger(
    name="supervision",
    kind="case",
    title={"zh": "督办台账", "en": "supervision"},
    line=Line,
    lines={
        DeadlineMissed: miss,
        DeadlineMissWithdrawn: take_back,
        Reminded: remind,
        PhoneUrged: call,
        SupervisionNoticeIssued: notify,
        SupervisionNoticeReceived: receive,
        SupervisionNoticeAnswered: answer,
        AlarmRaised: alarm,
        AlarmAcknowledged: acknowledge,
        AlarmClosed: close,
    },
    ignores=frozenset(
        {
            *PUBLISHED,
            *TOGETHER,
            *COMING_IN,
            *RATING,
            *ASSIGNING,
            *OUTSIDE,
            *TASKS,
            *(CLOCKS - {DeadlineMissed, DeadlineMissWithdrawn}),
            *GROUNDWORK,
            *REPLY,
            *AFTER,
        }
    ),
    derive=derive,
)
