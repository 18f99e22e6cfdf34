"""The deadlines 期限台账: every clock of a case, when it runs out, on what ground, and what became.

Supervision's events write `clocks` and `archived_at`, assignment's `answered` and `ended_at`,
intake's `withdrawn_at`; what a clock's state is comes of all of them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from banli_events.assignment import (
    ExternalResultReceived,
    OuterObjectionAnswered,
    OutOfScopeExplained,
)
from banli_events.base import Event, instant
from banli_events.deadlines import ClockKind
from banli_events.envelope import Recorded
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import (
    CaseArchived,
    CoOpinionDelivered,
    CoOpinionSubmitted,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    DeadlineResumed,
    DeadlineSet,
    DeadlineSuspended,
    ExtensionRefused,
    ExtensionRequested,
    FeedbackClosed,
    ProposerContacted,
    PublicationDecided,
    ReplyDrafted,
    ReplyIssued,
)
from banli_reporting.clocks import STATES, explain
from banli_reporting.ledger import Ledger, Lines, Reader
from banli_reporting.ledgers.types import (
    AFTER,
    ASSIGNING,
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

WINDOWS = frozenset({ClockKind.OBJECTION, ClockKind.OUTER_OBJECTION})
"""Clocks that nothing stops: when they run out a window is closed, and nobody is late."""


@dataclass(slots=True)
class Line:
    """The clocks of a case."""

    next_clock: str | None = None  # this and the next two are derived
    next_due: datetime | None = None
    states: dict[str, str] = field(default_factory=dict)  # by clock
    clocks: dict[str, dict[str, Any]] = field(default_factory=dict)  # from supervision
    archived_at: datetime | None = None
    answered: dict[str, str] = field(default_factory=dict)  # from assignment: when, by clock
    ended_at: datetime | None = None
    withdrawn_at: datetime | None = None  # from intake


def start(line: Line, recorded: Recorded, said: DeadlineSet) -> None:
    """Start a clock; of the same name, it takes the place of the one before."""
    line.clocks[said.clock] = {
        "due": instant(said.due),
        "set_at": instant(recorded.time),
        "counted_from": said.counted_from.isoformat(),
        "days": said.days,
        "rules": f"{said.rules.pack}@{said.rules.version}",
        "clause": said.clause,
        "basis": said.basis.model_dump(mode="json") if said.basis else None,
        "event": recorded.id,
        "missed": False,
        "done_at": None,
    }


def change(line: Line, recorded: Recorded, said: Any) -> None:
    """Note what became of a clock: asked for more time, allowed or not, suspended, missed."""
    clock = line.clocks.get(said.clock)
    if clock is None:
        return
    match said:
        case ExtensionRequested():
            clock["asked_for"] = said.reason
        case ExtensionRefused():
            clock.pop("asked_for", None)
            clock["refused"] = said.reason
        case DeadlineExtended():
            clock.pop("asked_for", None)
            clock |= {"extended": said.reason, "clause": said.clause, "missed": False}
        case DeadlineSuspended():
            clock |= {"suspended_at": instant(recorded.time), "suspended_for": said.reason}
        case DeadlineResumed():
            clock.pop("suspended_at", None)
            clock.pop("suspended_for", None)
        case DeadlineMissed():
            clock["missed"] = True
        case DeadlineMissWithdrawn():
            clock |= {"missed": False, "done_at": instant(said.done_at)}
    if isinstance(said, DeadlineExtended | DeadlineResumed):
        basis = said.basis.model_dump(mode="json")
        clock |= {"due": instant(said.due), "basis": basis, "event": recorded.id}


def do(line: Line, recorded: Recorded, said: Any) -> None:
    """Note what a clock waited for: the first after it was set."""
    match said:
        case ProposerContacted():
            kind, about = ClockKind.FIRST_CONTACT, ""
        case CoOpinionSubmitted(unit=unit):
            kind, about = ClockKind.UNIT_OPINION, unit
        case ReplyDrafted():
            kind, about = ClockKind.REWORK, ""  # whichever return it was set at
        case ReplyIssued(round=1):
            kind, about = ClockKind.REPLY, ""
        case ReplyIssued(round=number):
            kind, about = ClockKind.REHANDLING, str(number)
        case CoOpinionDelivered():
            kind, about = ClockKind.CO_OPINION, ""
        case PublicationDecided(round=number):
            kind, about = ClockKind.PUBLICATION, str(number)
        case FeedbackClosed(round=number):
            kind, about = ClockKind.FEEDBACK, str(number)
        case _:
            return
    for name, clock in line.clocks.items():
        head, _, which = name.partition(":")
        if head == kind and about in ("", which or about) and not clock["done_at"]:
            clock["done_at"] = instant(recorded.time)


def hear(line: Line, recorded: Recorded, said: ExternalResultReceived) -> None:
    """Note the result of a referral (R046)."""
    line.answered.setdefault(f"{ClockKind.REFERRAL}:{said.referral}", instant(recorded.time))


def hear_the_assigner(line: Line, recorded: Recorded, said: OuterObjectionAnswered) -> None:
    """Note the assigner's answer, which may end the case (R053)."""
    line.answered[str(ClockKind.REDECISION)] = instant(recorded.time)
    if said.upheld:
        line.ended_at = line.ended_at or recorded.time


def explained(line: Line, recorded: Recorded, said: OutOfScopeExplained) -> None:
    """End the case: it is not this body's duty (R078)."""
    line.ended_at = line.ended_at or recorded.time


def withdraw(line: Line, recorded: Recorded, said: ItemWithdrawn) -> None:
    """End the case: it was taken back."""
    line.withdrawn_at = recorded.time


def archive(line: Line, recorded: Recorded, said: CaseArchived) -> None:
    """End the case: its file is closed."""
    line.archived_at = recorded.time


def derive(line: Line) -> None:
    """Derive the state of each clock, and which one runs out next."""
    ends = [at for at in (line.archived_at, line.ended_at, line.withdrawn_at) if at is not None]
    end = instant(min(ends)) if ends else None
    line.states = {name: _state(line, name, end) for name in line.clocks}
    running = [
        (line.clocks[name]["due"], name)
        for name, state in line.states.items()
        if state in ("running", "missed") and end is None
    ]
    ahead = min(running, default=None)
    line.next_clock = ahead[1] if ahead else None
    line.next_due = datetime.fromisoformat(ahead[0]) if ahead else None


def _state(line: Line, name: str, end: str | None) -> str:
    clock = line.clocks[name]
    done, due = clock["done_at"] or line.answered.get(name), clock["due"]
    if done and done >= clock["set_at"]:
        return "met" if done <= due else "met-late"
    if name.partition(":")[0] in WINDOWS:
        return "window"
    if end is not None:
        return "missed" if clock["missed"] and due <= end else "ended"
    if clock["missed"]:
        return "missed"
    return "suspended" if clock.get("suspended_at") else "running"


def tell(line: Line, plain: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """Let every deadline explain itself, in a Chinese and an English sentence."""
    clocks = {}
    for name, clock in line.clocks.items():
        state = line.states[name]
        if state == "window" and clock["due"] < instant(reader.at):
            state = "closed"
        clocks[name] = clock | {
            "state": state,
            "state_label": STATES[state],
            "explained": explain(name, clock),
        }
    return plain | {"clocks": clocks}


_CHANGES: tuple[type[Event], ...] = (
    ExtensionRequested,
    ExtensionRefused,
    DeadlineExtended,
    DeadlineSuspended,
    DeadlineResumed,
    DeadlineMissed,
    DeadlineMissWithdrawn,
)
_DONE: tuple[type[Event], ...] = (
    ProposerContacted,
    CoOpinionSubmitted,
    ReplyDrafted,
    ReplyIssued,
    CoOpinionDelivered,
    PublicationDecided,
    FeedbackClosed,
)
_ELSEWHERE: Lines = {
    ExternalResultReceived: hear,
    OuterObjectionAnswered: hear_the_assigner,
    OutOfScopeExplained: explained,
    ItemWithdrawn: withdraw,
}

DEADLINES = Ledger(
    name="deadlines",
    kind="case",
    title={"zh": "期限台账", "en": "deadlines"},
    line=Line,
    lines={
        DeadlineSet: start,
        **dict.fromkeys(_CHANGES, change),
        **dict.fromkeys(_DONE, do),
        **_ELSEWHERE,
        CaseArchived: archive,
    },
    ignores=frozenset(
        {
            *PUBLISHED,
            *TOGETHER,
            *(COMING_IN - {ItemWithdrawn}),
            *RATING,
            *ASSIGNING,
            *(OUTSIDE - _ELSEWHERE.keys()),
            *TASKS,
            *(GROUNDWORK - {ProposerContacted, CoOpinionSubmitted}),
            *(REPLY - set(_DONE)),
            *(AFTER - {FeedbackClosed, CaseArchived}),
            *LADDER,
        }
    ),
    derive=derive,
    tell=tell,
)
