"""The body of the story under a rule set with every clock, a ladder and a calendar, for tests."""

from datetime import date
from typing import Any

from banli_events.deadlines import ClockKind, Rung, Span, TimeUnit
from banli_events.supervision import (
    CalendarPublished,
    ClockRule,
    RuleSet,
    RuleSetPublished,
    RungRule,
)
from banli_events.words import ItemKind, PackRef, PostRole
from banli_testing.grammar import publish
from banli_testing.story import BODY, YEAR

DAYS, WORKING_DAYS, MONTHS = TimeUnit.DAY, TimeUnit.WORKING_DAY, TimeUnit.MONTH


def rule(clock: ClockKind, amount: int, unit: TimeUnit, **more: Any) -> ClockRule:
    """Say how long something may take."""
    return ClockRule(
        clock=clock,
        span=Span(amount=amount, unit=unit),
        clause=f"article on {clock}",
        source="city rules, 2025",
        **more,
    )


def rung(name: Rung, amount: int, unit: TimeUnit = DAYS, *, before: bool = False) -> RungRule:
    """Say when a step of urging is due."""
    return RungRule(rung=name, span=Span(amount=amount, unit=unit), before=before, source="custom")


CALENDAR = CalendarPublished(
    version=1,
    name="The days of 2025, as announced",
    first=date(2025, 1, 1),
    last=date(2025, 12, 31),
    holidays=(
        *(date(2025, 1, 1), date(2025, 4, 4), date(2025, 5, 1), date(2025, 5, 2)),
        *(date(2025, 5, 5), date(2025, 6, 2)),
        *(date(2025, 10, day) for day in (1, 2, 3, 6, 7, 8)),
    ),
    workdays=(date(2025, 4, 27), date(2025, 9, 28), date(2025, 10, 11)),
    source="a notice",
)
RULE_SET = RuleSet(
    name="Every clock",
    kinds=(ItemKind.SUGGESTION, ItemKind.PROPOSAL),
    valid_from=YEAR,
    timezone="Asia/Shanghai",
    calendar="cn",
    clocks=(
        rule(ClockKind.OUTER_OBJECTION, 5, DAYS, rolls=False),
        rule(ClockKind.REDECISION, 10, WORKING_DAYS),
        rule(ClockKind.OBJECTION, 3, WORKING_DAYS),
        rule(ClockKind.FIRST_CONTACT, 20, WORKING_DAYS),
        rule(ClockKind.REPLY, 3, MONTHS, extended=Span(amount=6, unit=MONTHS)),
        rule(
            ClockKind.CO_OPINION,
            1,
            MONTHS,
            extended=Span(amount=2, unit=MONTHS),
            consent=True,
        ),
        rule(ClockKind.UNIT_OPINION, 15, WORKING_DAYS),
        rule(ClockKind.REWORK, 5, WORKING_DAYS),
        rule(ClockKind.FEEDBACK, 20, WORKING_DAYS),
        rule(ClockKind.REHANDLING, 1, MONTHS),
        rule(ClockKind.PUBLICATION, 20, WORKING_DAYS),
        rule(ClockKind.REFERRAL, 30, DAYS),
    ),
    chain=(PostRole.UNIT_HEAD, PostRole.SUPERVISION_OFFICE, PostRole.CHIEF),
    ladder=(
        rung(Rung.REMIND, 10, before=True),
        rung(Rung.PHONE, 1, WORKING_DAYS),
        rung(Rung.NOTICE, 3, WORKING_DAYS),
    ),
    scheme="ABCD",
)
RULED = PackRef(pack="city", version=1)
COUNTED = publish(
    *BODY, ("calendar/cn", CALENDAR), ("pack/city", RuleSetPublished(version=1, rules=RULE_SET))
)
"""The body with these rules alone."""
