"""The words of deadlines: spans, clocks, steps, and how a due instant was found."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from banli_events.base import Id, Line, Open, Value


class TimeUnit(StrEnum):
    """In what a span is counted; the day it starts on is not counted (Civil Code, art. 201)."""

    DAY = "DAY"  # 日
    WORKING_DAY = "WORKING_DAY"  # 工作日
    MONTH = "MONTH"  # 月: ends on the corresponding day, or on the month's last


class Span(Value):
    """How long something may take."""

    amount: Annotated[int, Field(ge=1, le=3660)]
    unit: Open[TimeUnit] = TimeUnit.DAY


class ClockKind(StrEnum):
    """What a clock waits for; of several of a kind the name goes on: `referral:r1`."""

    OBJECTION = "objection"  # the window in which a unit may object to an assignment
    OUTER_OBJECTION = "outer-objection"  # and this body to the assigner's
    REDECISION = "redecision"  # the answer to an outer objection
    FIRST_CONTACT = "first-contact"
    REPLY = "reply"
    CO_OPINION = "co-opinion"  # this body's own, to the outer lead
    UNIT_OPINION = "unit-opinion"  # one of an inner co-unit
    REWORK = "rework"  # a draft that was returned
    FEEDBACK = "feedback"  # the window in which those who signed rate the reply
    REHANDLING = "rehandling"  # the reply of a later round
    PUBLICATION = "publication"
    REFERRAL = "referral"  # the result from an outside body


class Step(StrEnum):
    """A step of the handling that a rule set can put in order (R080)."""

    CONTACT = "CONTACT"  # 联系
    RESEARCH = "RESEARCH"  # 调研
    COORDINATE = "COORDINATE"  # 协调: the co-units were asked
    RECTIFY = "RECTIFY"  # 整改
    RECONTACT = "RECONTACT"  # 再沟通: a contact after the rectification
    CONSULT = "CONSULT"  # 面商
    DRAFT = "DRAFT"  # 拟稿
    APPROVE = "APPROVE"  # 审定


class Rung(StrEnum):
    """A rung of the ladder by which a late case is urged (R064, R065)."""

    REMIND = "REMIND"  # 提醒, by the clock
    PHONE = "PHONE"  # 电话督办
    NOTICE = "NOTICE"  # 督办通知


class DayOff(StrEnum):
    """Why a day does not count as a working day."""

    WEEKEND = "WEEKEND"
    HOLIDAY = "HOLIDAY"


class CalendarRef(Value):
    """Which calendar, in which version, days were counted by."""

    calendar: Id
    version: int


class Skipped(Value):
    """A day that was not counted, and why."""

    day: date
    why: Open[DayOff]


class Pause(Value):
    """Days on which a clock stood still: from the day after the first to the last."""

    since: date
    until: date
    why: Line


class Basis(Value):
    """How a due instant was found: so that a deadline explains itself."""

    span: Span | None = None  # none where the assigner's own date binds
    counted_from: date  # the day of the start, not counted
    last_day: date  # the last day on which it is in time
    rolled_from: date | None = None  # the last day as counted, where that was a day off
    calendar: CalendarRef | None = None
    skipped: tuple[Skipped, ...] = ()
    pauses: tuple[Pause, ...] = ()
    provisional: bool = False  # it reaches beyond the years that the calendar covers
    source: Line  # the text of law or local rule
