"""Who had a case when, and how many days each is charged: pure functions over its marks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from banli_engine.decider import LOCAL
from banli_events.catalogue import SERVICES
from banli_events.deadlines import ClockKind
from banli_reporting.steps import CONTENT

OFFICE, ASSIGNER, SIGNERS = "step:office", "step:assigner", "step:signers"
REVIEW, MEETING, PAUSE = "step:review", "step:meeting", "pause"

NAMES: Mapping[str, Mapping[str, str]] = {
    OFFICE: {"zh": "督查室", "en": "supervision office"},
    ASSIGNER: {"zh": "交办机关", "en": "assigner"},
    SIGNERS: {"zh": "代表委员反馈", "en": "feedback of those who signed"},
    REVIEW: {"zh": "审核", "en": "review"},
    MEETING: {"zh": "会议决定", "en": "meeting"},
    PAUSE: {"zh": "中止计时", "en": "pause"},
}
"""To whom days are charged, besides `unit:<unit>` and, level by level, `step:review:<role>`."""

_ORDER = {source: n for n, source in enumerate(SERVICES)}
_PRODUCT = frozenset({ClockKind.REPLY, ClockKind.CO_OPINION, ClockKind.REHANDLING})


@dataclass(frozen=True, slots=True)
class Mark:
    """An event that may pass a case on."""

    at: datetime
    type: str
    said: Mapping[str, Any]

    @staticmethod
    def read(kept: Mapping[str, Any]) -> "Mark":
        """Read a mark as a line keeps it."""
        return Mark(datetime.fromisoformat(kept["at"]), kept["type"], kept)


def order(kept: Mapping[str, Any]) -> tuple[str, int, int]:
    """Tell where a mark lies among those of its case."""
    return kept["at"], _ORDER[kept["source"]], kept["version"]


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when somebody had the case; until None: has it."""

    holder: str
    since: datetime
    until: datetime | None

    def days(self, at: datetime) -> int:
        """Count the midnights in it, up to a moment; the first moment itself does not count."""
        until = at if self.until is None else min(at, self.until)
        return max(0, (_day(until) - _day(self.since)).days)


def _day(at: datetime) -> date:
    return at.astimezone(LOCAL).date()


@dataclass(slots=True)
class Desk:
    """What tells who has the case."""

    lead: str | None = None  # unit
    objecting: set[str] = field(default_factory=set)
    upheld: bool = False
    with_assigner: bool = False
    paused: set[str] = field(default_factory=set)  # clocks of the product
    awaited: list[str] = field(default_factory=list)  # co-units, first asked first
    drafted: bool = False  # and not returned
    approved: bool = False
    sent: bool = False  # of the round in hand
    round: int = 1
    to: tuple[str, ...] = ()
    grades: dict[tuple[int, str], str] = field(default_factory=dict)
    closed: dict[int, tuple[str, ...]] = field(default_factory=dict)  # round: who was silent
    ruled: set[int] = field(default_factory=set)
    summed_up: bool = False

    def holder(self) -> str:
        """Tell who has the case."""
        unit = OFFICE if self.lead is None else f"unit:{self.lead}"
        if self.paused and not self.sent:
            return PAUSE
        if self.with_assigner:
            return ASSIGNER
        if self.sent:
            return self._after() or (OFFICE if self.summed_up else unit)
        if self.lead is None or self.upheld or self.lead in self.objecting or self.approved:
            return OFFICE
        if self.drafted:
            return REVIEW
        return f"unit:{self.awaited[0]}" if self.awaited else unit

    def _after(self) -> str | None:
        """Tell whom a reply that went out waits for; None where for nobody outside."""
        silent = self.closed.get(self.round)
        given = [self.grades.get((self.round, who)) for who in self.to if who not in (silent or ())]
        if silent is None and None in given:
            return SIGNERS
        unhappy = not CONTENT.issuperset(filter(None, given))
        return MEETING if unhappy and self.round > 1 and self.round not in self.ruled else None


def spans_of(marks: Iterable[Mark]) -> Sequence[Span]:
    """Find who had the case when, from marks in the order of their time.

    A review is charged to the level that ended it.
    """
    spans: list[Span] = []
    desk = Desk()
    for mark in marks:
        if mark.type == "ItemRegistered":
            spans.append(Span(OFFICE, mark.at, None))
            continue
        _note(desk, mark)
        if not spans or spans[-1].until is not None:
            continue
        last = spans[-1]
        if mark.type in _REVIEWS and last.holder == REVIEW:
            level = mark.said.get("role") or mark.said.get("post")
            last = Span(f"{REVIEW}:{level}" if level else REVIEW, last.since, None)
            spans[-1] = Span(last.holder, last.since, mark.at)
            spans.append(Span(desk.holder(), mark.at, None))
        if _ends(mark):
            spans[-1] = Span(spans[-1].holder, spans[-1].since, mark.at)
        elif (holder := desk.holder()) != spans[-1].holder:
            spans[-1] = Span(spans[-1].holder, spans[-1].since, mark.at)
            spans.append(Span(holder, mark.at, None))
    return spans


_REVIEWS = frozenset({"ReplyReviewed", "ReplyReturned", "ReplyApproved"})


def _ends(mark: Mark) -> bool:
    if mark.type == "OuterObjectionAnswered":
        return bool(mark.said["upheld"])
    return mark.type in ("ItemWithdrawn", "OutOfScopeExplained", "CaseArchived")


def _note(desk: Desk, mark: Mark) -> None:
    said = mark.said
    match mark.type:
        case "Assigned" | "Reassigned":
            desk.lead, desk.upheld = said["lead"], False
        case "AssignmentObjected":
            desk.objecting.add(said["unit"])
        case "ObjectionUpheld":
            desk.objecting.discard(said["unit"])
            desk.upheld |= said["unit"] == desk.lead
        case "ObjectionRefused":
            desk.objecting.discard(said["unit"])
        case "OuterObjectionRaised" | "OuterObjectionAnswered":
            desk.with_assigner = mark.type == "OuterObjectionRaised"
        case "DeadlineSuspended" if said["clock"].partition(":")[0] in _PRODUCT:
            desk.paused.add(said["clock"])
        case "DeadlineResumed":
            desk.paused.discard(said["clock"])
        case "CoOpinionRequested" if said["unit"] not in desk.awaited:
            desk.awaited.append(said["unit"])
        case "CoOpinionSubmitted":
            desk.awaited = [each for each in desk.awaited if each != said["unit"]]
        case "DeadlineMissed":
            late = said["clock"].removeprefix(f"{ClockKind.UNIT_OPINION}:")
            desk.awaited = [each for each in desk.awaited if each != late]
        case _:
            _note_reply(desk, mark)


def _note_reply(desk: Desk, mark: Mark) -> None:
    said = mark.said
    match mark.type:
        case "ReplyDrafted":
            desk.drafted, desk.approved = True, False
        case "ReplyReturned":
            desk.drafted = desk.approved = False
        case "ReplyApproved":
            desk.approved = True
        case "ReplyIssued":
            desk.sent, desk.round, desk.to = True, said["round"], tuple(said["to"])
        case "CoOpinionDelivered":
            desk.sent, desk.to = True, ()
        case "FeedbackReceived":
            desk.grades.setdefault((said["round"], said["signer"]), said["grade"])
        case "FeedbackClosed":
            number = said["round"]
            late = (who for who in said["silent"] if (number, who) not in desk.grades)
            desk.closed[number] = tuple(late)
        case "RehandlingOrdered":
            desk.drafted = desk.approved = desk.sent = desk.summed_up = False
            desk.round = said["round"]
        case "MeetingDecided":
            desk.ruled.add(said["round"])
        case "CaseSummaryFiled":
            desk.summed_up = True


def charge(spans: Sequence[Span], at: datetime) -> dict[str, Any]:
    """Charge the days of a case up to a moment, and prove that they are all charged."""
    charges: dict[str, int] = {}
    for span in spans:
        charges[span.holder] = charges.get(span.holder, 0) + span.days(at)
    charged = sum(charges.values())
    whole = Span("", spans[0].since, spans[-1].until) if spans else Span("", at, at)
    days = whole.days(at)
    return {
        "charges": [
            {"holder": holder, "days": n, "label": _label(holder)} for holder, n in charges.items()
        ],
        "days": days,
        "charged": charged,
        "gap": days - charged,
        "holds": days == charged,
    }


def _label(holder: str) -> Mapping[str, str]:
    if holder.startswith(f"{REVIEW}:"):
        level = holder.removeprefix(f"{REVIEW}:")
        return {name: f"{word} {level}" for name, word in NAMES[REVIEW].items()}
    unit = holder.removeprefix("unit:")
    return NAMES.get(holder, {"zh": unit, "en": unit})
