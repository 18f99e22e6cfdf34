"""A body with sections, duties and rules that know windows; and what supervision says in time."""

from datetime import UTC, date, datetime

from banli_assignment.service import SERVICE
from banli_events.assignment import (
    AppointmentEnded,
    AssignmentObjected,
    ChargeGiven,
    DutiesPublished,
    HolderAppointed,
    ObjectionRefused,
    ObjectionUpheld,
    PostCreated,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.deadlines import ClockKind, Span
from banli_events.supervision import ClockRule, DeadlineSet, RuleSet, RuleSetPublished
from banli_events.words import Actor, Duty, ItemKind, PackRef, PostRole
from banli_testing.grammar import Case, publish
from banli_testing.story import ANNA, BEN, CARA, CASE, DORA, EMIL, FINN, GRACE, HUGO, IRIS, YEAR

JUNE = Actor(person="june", post="signals-handler", unit="signals")
KATE = Actor(person="kate", post="deputy-of-patrol", unit="bureau")

UNITS = {
    "bureau": None,
    "supervision": "bureau",
    "traffic": "bureau",
    "signals": "traffic",
    "patrol": "bureau",
    "fire": "bureau",
}
POSTS = (
    (ANNA, PostRole.HANDLER),
    (BEN, PostRole.UNIT_HEAD),
    (CARA, PostRole.SUPERVISION_OFFICE),
    (DORA, PostRole.DEPUTY_CHIEF),
    (EMIL, PostRole.CHIEF),
    (FINN, PostRole.HANDLER),
    (GRACE, PostRole.UNIT_HEAD),
    (HUGO, PostRole.REGISTRAR),
    (IRIS, PostRole.HANDLER),
    (JUNE, PostRole.HANDLER),
    (KATE, PostRole.DEPUTY_CHIEF),
)
WITH_WINDOWS = PackRef(pack="with-windows", version=1)
WITHOUT = PackRef(pack="without", version=1)


def rules(*clocks: ClockKind, body: str) -> RuleSet:
    return RuleSet(
        name="Rules",
        kinds=(ItemKind.SUGGESTION,),
        bodies=(body,),
        valid_from=YEAR,
        timezone="Asia/Shanghai",
        calendar="cn",
        clocks=tuple(
            ClockRule(clock=clock, span=Span(amount=5), clause="5 days", source="Rules, art. 1")
            for clock in clocks
        ),
        chain=(PostRole.UNIT_HEAD, PostRole.CHIEF),
        scheme="ABCD",
    )


def handles(function: str, territory: str | None = None) -> Duty:
    return Duty(function=function, territory=territory, basis=f"三定方案：{function}")


FACTS: tuple[tuple[str, Event], ...] = (
    *((f"unit/{unit}", UnitOpened(name=unit, parent=up, since=YEAR)) for unit, up in UNITS.items()),
    *(
        (f"post/{one.post}", PostCreated(unit=one.unit, title=one.post, role=role))
        for one, role in POSTS
    ),
    *(
        (f"post/{one.post}", HolderAppointed(person=one.person, name=one.person, since=YEAR))
        for one, _ in POSTS
    ),
    ("post/deputy-of-patrol", ChargeGiven(units=("patrol",))),
    ("post/deputy-chief", ChargeGiven(units=("traffic",))),
    (
        "pack/with-windows",
        RuleSetPublished(
            version=1,
            rules=rules(
                *(ClockKind.REPLY, ClockKind.OBJECTION, ClockKind.OUTER_OBJECTION), body="congress"
            ),
        ),
    ),
    (
        "pack/without",
        RuleSetPublished(version=1, rules=rules(ClockKind.REPLY, body="committee")),
    ),
)


def bureau(*more: tuple[str, Event], subject: str = CASE) -> Case:
    """The body with what more was published, and one case of which nothing is known."""
    return Case(SERVICE, subject, publish(*FACTS, *more))


def left(post: str, person: str) -> tuple[str, Event]:
    return f"post/{post}", AppointmentEnded(person=person, since=date(2025, 2, 1), reason="Moved.")


def duties(unit: str, *handled: Duty) -> tuple[str, Event]:
    return f"unit/{unit}", DutiesPublished(duties=handled)


LAST = datetime(2025, 3, 16, 16, tzinfo=UTC)
"""Midnight in Shanghai at the end of the last day on which an objection is in time."""


def window(clock: str, pack: PackRef = WITH_WINDOWS) -> DeadlineSet:
    return DeadlineSet(
        clock=clock, due=LAST, counted_from=date(2025, 3, 10), rules=pack, clause="5 days"
    )


OBJECTED = AssignmentObjected(unit="patrol", reason="Crossings are not ours.", belongs_to="fire")
UPHELD = ObjectionUpheld(unit="patrol", reason="Patrol is right.")
REFUSED = ObjectionRefused(unit="patrol", reason="Patrol is wrong.")
