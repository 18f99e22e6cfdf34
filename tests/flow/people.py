"""A bureau for the walk: units with duties, posts with holders, two rule sets and a calendar."""

from datetime import date, timedelta

from banli_events.assignment import (
    AppointHolder,
    CreatePost,
    GiveCharge,
    OpenUnit,
    PublishDuties,
)
from banli_events.base import Command
from banli_events.deadlines import ClockKind, Rung, Span, Step, TimeUnit
from banli_events.supervision import (
    ClockRule,
    PublishCalendar,
    PublishRuleSet,
    RuleSet,
    RungRule,
    StepRule,
)
from banli_events.words import Actor, Duty, ItemKind, PostRole, Responsible

SINCE = date(2020, 1, 1)
HANDLING = ("traffic", "patrol", "fire")

HUGO = Actor(person="hugo", post="registry", unit="office")
CARA = Actor(person="cara", post="office", unit="office")
DORA = Actor(person="dora", post="deputy", unit="bureau")
EMIL = Actor(person="emil", post="chief", unit="bureau")
HANDLER = {unit: Actor(person=f"{unit}-h", post=f"{unit}-handler", unit=unit) for unit in HANDLING}
HEAD = {unit: Actor(person=f"{unit}-u", post=f"{unit}-head", unit=unit) for unit in HANDLING}
SECTION = Actor(person="east-h", post="east-handler", unit="traffic-east")
EVERYBODY = (HUGO, CARA, DORA, EMIL, *HANDLER.values(), *HEAD.values(), SECTION)
ROLES = {
    HUGO: PostRole.REGISTRAR,
    CARA: PostRole.SUPERVISION_OFFICE,
    DORA: PostRole.DEPUTY_CHIEF,
    EMIL: PostRole.CHIEF,
    **dict.fromkeys(HANDLER.values(), PostRole.HANDLER),
    **dict.fromkeys(HEAD.values(), PostRole.UNIT_HEAD),
    SECTION: PostRole.HANDLER,
}


def responsible(unit: str) -> Responsible:
    """Who handles a case for a unit."""
    return Responsible(unit=unit, leader=DORA.person, handler=HANDLER[unit].person)


def _rule(clock: ClockKind, amount: int, unit: TimeUnit, **more: object) -> ClockRule:
    return ClockRule.model_validate(
        {
            "clock": clock,
            "span": Span(amount=amount, unit=unit),
            "clause": f"article of {clock}",
            "source": "invented",
            **more,
        }
    )


DAYS, WORK, MONTHS = TimeUnit.DAY, TimeUnit.WORKING_DAY, TimeUnit.MONTH

BY_DAYS = RuleSet(
    name="Days and months",
    kinds=(ItemKind.SUGGESTION, ItemKind.PROPOSAL),
    valid_from=SINCE,
    timezone="Asia/Shanghai",
    calendar="cn",
    clocks=(
        _rule(ClockKind.OUTER_OBJECTION, 5, DAYS),
        _rule(ClockKind.REDECISION, 10, DAYS),
        _rule(ClockKind.OBJECTION, 5, DAYS),
        _rule(ClockKind.REPLY, 3, MONTHS, extended=Span(amount=6, unit=MONTHS), consent=True),
        _rule(ClockKind.CO_OPINION, 1, MONTHS),
        _rule(ClockKind.UNIT_OPINION, 10, DAYS),
        _rule(ClockKind.REHANDLING, 1, MONTHS),
        _rule(ClockKind.FEEDBACK, 20, DAYS),
        _rule(ClockKind.REWORK, 5, DAYS),
        _rule(ClockKind.REFERRAL, 30, DAYS),
    ),
    steps=(
        StepRule(step=Step.DRAFT, after=(Step.CONTACT, Step.RESEARCH, Step.COORDINATE)),
        StepRule(step=Step.APPROVE, after=(Step.CONSULT,)),
    ),
    chain=(PostRole.UNIT_HEAD, PostRole.SUPERVISION_OFFICE, PostRole.CHIEF),
    ladder=(
        RungRule(rung=Rung.REMIND, span=Span(amount=10), before=True, source="invented"),
        RungRule(rung=Rung.PHONE, span=Span(amount=1), source="invented"),
        RungRule(rung=Rung.NOTICE, span=Span(amount=5), source="invented"),
    ),
    scheme="ABCD",
)
BY_WORKING_DAYS = BY_DAYS.model_copy(
    update={
        "name": "Working days",
        "bodies": ("mountain congress",),
        "clocks": (
            _rule(ClockKind.OBJECTION, 10, WORK),
            _rule(ClockKind.OUTER_OBJECTION, 10, WORK),
            _rule(ClockKind.REDECISION, 10, WORK),
            _rule(ClockKind.FIRST_CONTACT, 20, WORK),
            _rule(ClockKind.REPLY, 3, MONTHS, extended=Span(amount=6, unit=MONTHS)),
            _rule(ClockKind.CO_OPINION, 30, WORK),
            _rule(ClockKind.UNIT_OPINION, 30, WORK),
            _rule(ClockKind.REHANDLING, 2, MONTHS),
            _rule(ClockKind.FEEDBACK, 20, WORK),
            _rule(ClockKind.PUBLICATION, 20, WORK),
        ),
        "steps": (
            StepRule(step=Step.RESEARCH, after=(Step.CONTACT,)),
            StepRule(step=Step.RECTIFY, after=(Step.RESEARCH,)),
            StepRule(step=Step.DRAFT, after=(Step.RECONTACT,)),
        ),
        "chain": (
            PostRole.UNIT_HEAD,
            PostRole.SUPERVISION_OFFICE,
            PostRole.DEPUTY_CHIEF,
            PostRole.CHIEF,
        ),
        "publish": True,
    }
)


def _weekdays_off() -> tuple[date, ...]:
    first = date(2025, 5, 1)
    return tuple(first + timedelta(days=n) for n in range(5) if (first.weekday() + n) % 7 < 5)


def publications() -> list[tuple[str, str, Command]]:
    """What operators publish before the first case: service, subject, command."""
    said: list[tuple[str, str, Command]] = []
    units = {"bureau": None, "office": "bureau", **dict.fromkeys(HANDLING, "bureau")}
    for unit, parent in {**units, "traffic-east": "traffic"}.items():
        opened = OpenUnit(name=unit, parent=parent, since=SINCE)
        said.append(("assignment", f"unit/{unit}", opened))
    for unit in HANDLING:
        duty = Duty(function=unit, basis="三定方案（示例）")
        said.append(("assignment", f"unit/{unit}", PublishDuties(duties=(duty,))))
    for one, role in ROLES.items():
        post = CreatePost(unit=one.unit, title=one.post, role=role)
        said.append(("assignment", f"post/{one.post}", post))
        held = AppointHolder(person=one.person, name=one.person, since=SINCE)
        said.append(("assignment", f"post/{one.post}", held))
    said.append(("assignment", f"post/{DORA.post}", GiveCharge(units=HANDLING)))
    calendar = PublishCalendar(
        version=1,
        name="示例日历",
        first=date(2024, 1, 1),
        last=date(2027, 12, 31),
        holidays=_weekdays_off(),
        workdays=(date(2025, 4, 27),),
        source="invented",
    )
    said.append(("supervision", "calendar/cn", calendar))
    for name, rules in (("days", BY_DAYS), ("working-days", BY_WORKING_DAYS)):
        said.append(("supervision", f"pack/{name}", PublishRuleSet(version=1, rules=rules)))
    return said
