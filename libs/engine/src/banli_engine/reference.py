"""What is published: units, duties, posts and holders, rules, calendars; how forks are settled."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from banli_engine.errors import TooEarly
from banli_events.assignment import (
    AppointmentEnded,
    ChargeGiven,
    DutiesPublished,
    ForkSettled,
    HolderAppointed,
    PostCreated,
    SystemAdmitted,
    SystemRetired,
    UnitOpened,
)
from banli_events.deadlines import ClockKind, Span, Step
from banli_events.envelope import Recorded
from banli_events.subjects import fork_at
from banli_events.supervision import (
    CalendarPublished,
    ClockRule,
    PackPublished,
    RuleSet,
    RuleSetPublished,
    StepRule,
)
from banli_events.words import Duty, ItemKind, PackRef, PostRole

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Holder:
    """A person in a post from a day on, until another (excluded) where there is one."""

    person: str
    name: str
    since: date
    until: date | None

    def on(self, day: date) -> bool:
        """Tell whether the post is held on that day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Post:
    """A post of a unit, with all who held it."""

    unit: str
    title: str
    role: str
    holders: tuple[Holder, ...] = ()
    charge: tuple[str, ...] = ()  # units that its holder is in charge of

    def holder(self, day: date) -> str | None:
        """Who holds it on a day: of several, the one appointed last."""
        return next((one.person for one in reversed(self.holders) if one.on(day)), None)


@dataclass(frozen=True, slots=True)
class Reference:
    """All that is published, folded up to an offset of `reference-events`."""

    offset: int = 0
    units: Mapping[str, UnitOpened] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)
    systems: Mapping[str, SystemAdmitted] = field(default_factory=dict)
    duties: Mapping[str, tuple[Duty, ...]] = field(default_factory=dict)  # by unit
    rule_sets: Mapping[PackRef, RuleSet] = field(default_factory=dict)
    calendars: Mapping[str, CalendarPublished] = field(default_factory=dict)  # the last version
    settled: Mapping[str, Mapping[tuple[str, int], str]] = field(default_factory=dict)
    """By subject: the hash of the event that is kept, by source and version."""

    def unit(self, unit: str, field: str | None = None) -> UnitOpened:
        """Find a unit; TooEarly where it is not known, for it may still be on its way."""
        return _known(self.units, unit, field)

    def post(self, post: str, field: str | None = None) -> Post:
        """Find a post; TooEarly where it is not known."""
        return _known(self.posts, post, field)

    def system(self, system: str) -> SystemAdmitted:
        """Find a department system; TooEarly where it is not known. One retired may do nothing."""
        return _known(self.systems, system, None)

    def within(self, units: frozenset[str]) -> frozenset[str]:
        """Name these units and all that lie below them."""
        return units | {one for one in self.units if not units.isdisjoint(self._upwards(one))}

    def _upwards(self, unit: str | None) -> Iterator[str]:
        """Name a unit and those above it, one by one."""
        while unit is not None:
            yield unit
            opened = self.units.get(unit)
            unit = opened.parent if opened else None

    def accuses(self, accused: frozenset[str], person: str, day: date) -> bool:
        """Tell whether a person is among the accused: by name, or by a post that is held that day
        in a unit that is accused, or in one below it."""
        units = self.within(accused)
        return person in accused or any(
            post.unit in units and any(one.person == person and one.on(day) for one in post.holders)
            for post in self.posts.values()
        )

    def rules(self, ref: PackRef) -> RuleSet:
        """Find a rule set in its version; TooEarly where it is not known."""
        return _known(self.rule_sets, ref, None)

    def rules_for(self, kind: ItemKind | str, body: str, day: date) -> PackRef:
        """Choose the rules in force for the items of a body: of those that name the body, else of
        those for all, the latest valid-from, then version.

        TooEarly where none is known.
        """
        fit = [
            (body in rules.bodies, rules.valid_from, ref.version, ref.pack, ref)
            for ref, rules in self.rule_sets.items()
            if kind in rules.kinds
            and rules.valid_from <= day
            and (not rules.bodies or body in rules.bodies)
        ]
        if not fit:
            raise TooEarly("pack")
        return max(fit, key=lambda each: each[:4])[4]

    def calendar(self, calendar: str) -> CalendarPublished:
        """Find the calendar that days are counted by; TooEarly where it is not known."""
        return _known(self.calendars, calendar, None)

    def holder(
        self, role: PostRole, day: date, unit: str | None = None, charge: str | None = None
    ) -> str | None:
        """Find who holds a post of a role that day: in a unit, or in charge of one (R059)."""
        for name in sorted(self.posts):
            post = self.posts[name]
            if post.role != role or (unit is not None and post.unit != unit):
                continue
            if charge is not None and charge not in post.charge:
                continue
            if person := post.holder(day):
                return person
        return None

    def holds(self, person: str, role: str, day: date, unit: str | None = None) -> bool:
        """Tell whether a person holds a post of a role (in a unit, where one is named) on a day."""
        return any(
            post.role == role
            and (unit is None or post.unit == unit)
            and any(holder.person == person and holder.on(day) for holder in post.holders)
            for post in self.posts.values()
        )


def fold(reference: Reference, event: Recorded) -> Reference:
    """Fold one reference event into what is published; unknown events leave it alone."""
    name = event.subject.partition("/")[2]
    match event.data:
        case UnitOpened() as unit:
            return replace(reference, units={**reference.units, name: unit})
        case PostCreated() as made:
            held = reference.posts[name].holders if name in reference.posts else ()
            post = Post(made.unit, made.title, str(made.role), held)
            return replace(reference, posts={**reference.posts, name: post})
        case HolderAppointed() as one:
            holder = Holder(one.person, one.name, one.since, one.until)
            return _with_holders(reference, name, lambda held: (*held, holder))
        case AppointmentEnded(person=person, since=day):
            return _with_holders(reference, name, lambda held: _ended(held, person, day))
        case SystemAdmitted() as system:
            return replace(reference, systems={**reference.systems, name: system})
        case SystemRetired() if name in reference.systems:
            nothing = {"units": (), "commands": (), "grants": ()}
            retired = reference.systems[name].model_copy(update=nothing)
            return replace(reference, systems={**reference.systems, name: retired})
        case DutiesPublished(duties=duties):
            return replace(reference, duties={**reference.duties, name: duties})
        case ChargeGiven(units=units) if name in reference.posts:
            charged = replace(reference.posts[name], charge=units)
            return replace(reference, posts={**reference.posts, name: charged})
        case PackPublished(version=version) as pack:
            return _with_rules(reference, name, version, rules_of(pack))
        case RuleSetPublished(version=version, rules=rules):
            return _with_rules(reference, name, version, rules)
        case CalendarPublished() as calendar:
            return replace(reference, calendars={**reference.calendars, name: calendar})
        case ForkSettled() as choice:
            return _settle(reference, event.subject, choice)
        case _:
            return reference


def rules_of(pack: PackPublished) -> RuleSet:
    """Read a pack of the first kind as the rules that it stood for."""
    clocks = (
        ClockRule(
            clock=clock,
            span=Span(amount=rule.days),
            rolls=False,
            clause=rule.clause,
            source=rule.clause,
        )
        for clock, rule in (
            (ClockKind.REPLY, pack.reply),
            (ClockKind.CO_OPINION, pack.co_opinion),
        )
    )
    return RuleSet(
        name=pack.name,
        kinds=pack.kinds,
        valid_from=pack.valid_from,
        timezone=pack.timezone,
        calendar="none",
        clocks=tuple(clocks),
        steps=(StepRule(step=Step.DRAFT, after=(Step.CONTACT, Step.RESEARCH)),),
        chain=(PostRole.UNIT_HEAD, PostRole.SUPERVISION_OFFICE, pack.approver),
        scheme="ABCD",
        contact_each=False,
        consult=False,
        verify=False,
        report=False,
        thorough=False,
    )


def _with_rules(reference: Reference, name: str, version: int, rules: RuleSet) -> Reference:
    ref = PackRef(pack=name, version=version)
    return replace(reference, rule_sets={**reference.rule_sets, ref: rules})


def _settle(reference: Reference, subject: str, choice: ForkSettled) -> Reference:
    """Note a choice where it stands under its own subject, which allows one for each place."""
    if subject != fork_at(choice.subject, choice.source, choice.version):
        return reference
    place = choice.source, choice.version
    kept = {place: choice.keep, **reference.settled.get(choice.subject, {})}
    return replace(reference, settled={**reference.settled, choice.subject: kept})


def _with_holders(
    reference: Reference, name: str, change: Callable[[tuple[Holder, ...]], tuple[Holder, ...]]
) -> Reference:
    post = reference.posts.get(name)
    if post is None:
        return reference
    changed = replace(post, holders=change(post.holders))
    return replace(reference, posts={**reference.posts, name: changed})


def _ended(held: tuple[Holder, ...], person: str, day: date) -> tuple[Holder, ...]:
    return tuple(
        replace(one, until=day) if one.person == person and one.on(day) else one for one in held
    )


def _known(published: Mapping[_Key, _Value], key: _Key, field: str | None) -> _Value:
    found = published.get(key)
    if found is None:
        raise TooEarly(field)
    return found
