"""What a unit must learn of its cases: which events tell it of what, in which words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from banli_events import assignment as a
from banli_events import intake as i
from banli_events import supervision as s
from banli_events.base import Event
from banli_events.deadlines import ClockKind
from banli_events.envelope import Recorded
from banli_events.notice import NoticeType as T
from banli_reporting.gating import OWED
from banli_reporting.ledgers.handling import Line

WORDS: Mapping[str, tuple[str, str]] = {
    T.ASSIGNED: ("已交办你单位，请签收", "was assigned to your unit; take it on"),
    T.REASSIGNED_AWAY: ("已改交其他单位办理", "went to other units"),
    T.OBJECTION_WINDOW: ("可提出异议的期限已开始", "may be objected to from now on, for a time"),
    T.OBJECTION_UPHELD: (
        "异议成立，将改交其他单位",
        "was rightly objected to; it goes elsewhere",
    ),
    T.OBJECTION_REFUSED: ("异议不成立，请继续办理", "was objected to wrongly; go on"),
    T.OPINION_ASKED: ("主办单位征求你单位意见", "needs your opinion, which the lead unit asks for"),
    T.RETURNED: ("答复稿被退回，请重办", "had its draft sent back; do it again"),
    T.APPROVED: ("答复稿已签批", "had its draft approved"),
    T.ISSUED: ("已正式答复", "was answered: the reply or co-opinion went out"),
    T.EXTENDED: ("已同意延期", "has more time"),
    T.EXTENSION_REFUSED: ("未同意延期", "gets no more time"),
    T.DUE_SOON: ("三日内到期", "is due within three days"),
    T.REMINDED: ("即将到期，特此提醒", "is due soon: a reminder"),
    T.OVERDUE: ("已逾期", "is late"),
    T.URGED: ("已电话催办", "was urged by phone"),
    T.NOTICE_ISSUED: (
        "已发督办通知，请签收并答复",
        "has a supervision notice; take and answer it",
    ),
    T.RATED: ("已收到评价", "was rated"),
    T.ORDERED_ANEW: ("须重新办理", "is to be handled once more"),
    T.WITHDRAWN: ("已撤回，停止办理", "was withdrawn; stop handling it"),
}
"""What each type says of an item, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Tidings:
    """What a unit is to learn of a case, whichever system speaks for it."""

    type: str
    unit: str
    at: datetime
    cause: str  # an event's id, or a clock with its due instant
    until: datetime | None = None
    clock: str | None = None
    version: int | None = None  # of the event in its stream, where it is one
    source: str | None = None


Units: TypeAlias = tuple[str, ...]
Found: TypeAlias = Iterator[tuple[str, str | None, datetime | None, str | None]]
"""Type, unit, until when, which clock."""


def units_of(line: Line) -> Units:
    """Name the units that handle a case, the lead first."""
    lead = () if line.lead_unit is None else (line.lead_unit,)
    return (*lead, *(each["unit"] for each in line.co))


def owner_of(clock: str, line: Line) -> str | None:
    """Name the unit that owes what a clock waits for."""
    kind, _, about = clock.partition(":")
    return about if kind == ClockKind.UNIT_OPINION else line.lead_unit


def tidings(event: Recorded, before: Units, line: Line) -> Iterator[Tidings]:
    """Tell what units learn from an event; `before`: who handled the case until then."""
    for type_, unit, until, clock in TOLD[event.type](event.data, before, line):
        if unit is not None:
            of_event = event.time, event.id, until, clock, event.version, event.source
            yield Tidings(type_, unit, *of_event)


def _assigned(said: Any, before: Units, line: Line) -> Found:
    for unit in units_of(line):
        if unit not in before:
            yield T.ASSIGNED, unit, None, None
    for unit in before:
        if unit not in units_of(line):
            yield T.REASSIGNED_AWAY, unit, None, None


def _set(said: s.DeadlineSet, before: Units, line: Line) -> Found:
    kind, _, unit = said.clock.partition(":")
    if kind == ClockKind.OBJECTION:
        yield T.OBJECTION_WINDOW, unit or line.lead_unit, said.due, said.clock


def _missed(said: s.DeadlineMissed, before: Units, line: Line) -> Found:
    if said.clock.partition(":")[0] in OWED:
        yield T.OVERDUE, owner_of(said.clock, line), said.due, said.clock


def _of_clock(type_: T) -> Callable[[Any, Units, Line], Found]:
    def found(said: Any, before: Units, line: Line) -> Found:
        yield type_, owner_of(said.clock, line), getattr(said, "due", None), said.clock

    return found


def _to_unit(type_: T) -> Callable[[Any, Units, Line], Found]:
    def found(said: Any, before: Units, line: Line) -> Found:
        yield type_, said.unit, getattr(said, "due", None), getattr(said, "clock", None)

    return found


def _to_lead(type_: T) -> Callable[[Any, Units, Line], Found]:
    def found(said: Any, before: Units, line: Line) -> Found:
        yield type_, line.lead_unit, None, None

    return found


def _to_all(type_: T) -> Callable[[Any, Units, Line], Found]:
    def found(said: Any, before: Units, line: Line) -> Found:
        for unit in units_of(line):
            yield type_, unit, None, None

    return found


_TOLD: Mapping[type[Event], Callable[[Any, Units, Line], Found]] = {
    a.Assigned: _assigned,
    a.Reassigned: _assigned,
    a.ObjectionUpheld: _to_unit(T.OBJECTION_UPHELD),
    a.ObjectionRefused: _to_unit(T.OBJECTION_REFUSED),
    s.DeadlineSet: _set,
    s.CoOpinionRequested: _to_unit(T.OPINION_ASKED),
    s.ReplyReturned: _to_lead(T.RETURNED),
    s.ReplyApproved: _to_lead(T.APPROVED),
    s.ReplyIssued: _to_all(T.ISSUED),
    s.CoOpinionDelivered: _to_all(T.ISSUED),
    s.DeadlineExtended: _of_clock(T.EXTENDED),
    s.ExtensionRefused: _of_clock(T.EXTENSION_REFUSED),
    s.DeadlineMissed: _missed,
    s.Reminded: _to_unit(T.REMINDED),
    s.PhoneUrged: _of_clock(T.URGED),
    s.SupervisionNoticeIssued: _to_unit(T.NOTICE_ISSUED),
    s.RehandlingOrdered: _to_lead(T.ORDERED_ANEW),
    i.FeedbackReceived: _to_lead(T.RATED),
    i.ItemWithdrawn: _to_all(T.WITHDRAWN),
}
TOLD = {model.__name__: found for model, found in _TOLD.items()}
"""By type of event: what it tells units of."""
