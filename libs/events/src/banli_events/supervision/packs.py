"""What supervision publishes: rule sets and calendars, which cases are held to."""

from datetime import date
from typing import Annotated

from pydantic import Field

from banli_events.base import Command, Event, Id, Line, Open, Value
from banli_events.deadlines import ClockKind, Rung, Span, Step
from banli_events.words import ItemKind, PostRole


class DeadlineRule(Value):
    """How long something may take, and where that is written."""

    days: Annotated[int, Field(ge=1, le=3660)]  # calendar days; the day of the start is not counted
    clause: Line


class ClockRule(Value):
    """How long one kind of thing may take, and where that is written."""

    clock: Open[ClockKind]
    span: Span
    extended: Span | None = None  # the most, from the same start, with an extension
    consent: bool = False  # an extension needs the assigner's consent
    rolls: bool = True  # a last day off moves to the next working day (Civil Code, art. 203)
    clause: Line
    source: Line  # the law or local rule, with its year and article


class StepRule(Value):
    """What must have been done before a step; for all units, or for some (R080)."""

    step: Open[Step]
    after: tuple[Open[Step], ...]
    units: tuple[Id, ...] = ()


class RungRule(Value):
    """When a rung is due: so long before a clock runs out, or after (R063, R064, R065)."""

    rung: Open[Rung]
    span: Span
    before: bool = False
    source: Line


class RuleSet(Value):
    """All that a case is held to: deadlines, order, chain, ladder, what closing asks for (R074)."""

    name: Line
    kinds: Annotated[tuple[Open[ItemKind], ...], Field(min_length=1)]
    bodies: tuple[Line, ...] = ()  # the congresses or committees whose items it is for; none: all
    valid_from: date
    timezone: Line
    calendar: Id
    clocks: Annotated[tuple[ClockRule, ...], Field(min_length=1, max_length=50)]
    steps: Annotated[tuple[StepRule, ...], Field(max_length=100)] = ()
    chain: Annotated[tuple[Open[PostRole], ...], Field(min_length=2, max_length=10)]
    """Who reviews, level by level; the last approves (R066)."""
    ladder: Annotated[tuple[RungRule, ...], Field(max_length=20)] = ()
    scheme: Id  # of result classes: letters of two schemes do not compare
    contact_each: bool = True  # everyone who signed is met before approval (R003)
    consult: bool = True  # and consulted face to face (R011)
    verify: bool = True  # measures are verified before the file is closed (R028)
    report: bool = True  # the assigner has the closing report before that (R199)
    publish: bool = False  # it is decided what is made public before that
    thorough: bool = True
    """Every level of the chain reviews, a result shows its proof, co-units are heard, the plan is
    filed, the reply is sealed and has the opinion form; packs of the first kind asked none of it,
    and one review at any level."""


class PackPublished(Event):
    """A rule pack came into force in a version: the deadlines and posts that cases are held to."""

    version: int
    name: Line
    kinds: tuple[Open[ItemKind], ...]
    reply: DeadlineRule
    co_opinion: DeadlineRule
    approver: Open[PostRole]
    timezone: Line
    valid_from: date


class RuleSetPublished(Event):
    """A rule set came into force in a version: all that the cases under it are held to (R021)."""

    version: int
    rules: RuleSet


class CalendarPublished(Event):
    """It was published which days are worked, against the week's rule, in the years named."""

    version: int
    name: Line
    first: date  # of the days it covers
    last: date
    holidays: tuple[date, ...]  # Mondays to Fridays that are off
    workdays: tuple[date, ...]  # Saturdays and Sundays that are worked
    source: Line


class PublishPack(Command):
    """Publish a rule pack in a version."""

    version: Annotated[int, Field(ge=1)]
    name: Line
    kinds: Annotated[tuple[ItemKind, ...], Field(min_length=1)]
    reply: DeadlineRule
    co_opinion: DeadlineRule
    approver: PostRole
    timezone: Line
    valid_from: date


class PublishRuleSet(Command):
    """Publish a rule set in a version (R021)."""

    version: Annotated[int, Field(ge=1)]
    rules: RuleSet


class PublishCalendar(Command):
    """Publish in a version which days are worked."""

    version: Annotated[int, Field(ge=1)]
    name: Line
    first: date
    last: date
    holidays: Annotated[tuple[date, ...], Field(max_length=5_000)] = ()
    workdays: Annotated[tuple[date, ...], Field(max_length=5_000)] = ()
    source: Line
