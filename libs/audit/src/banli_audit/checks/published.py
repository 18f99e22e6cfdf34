"""What is published in `reference-events`, asked as of an offset of that log."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from banli_audit.checks.days import Calendar
from banli_events.assignment import (
    AppointmentEnded,
    HolderAppointed,
    PostCreated,
    SystemAdmitted,
    SystemRetired,
    UnitOpened,
)
from banli_events.deadlines import CalendarRef, ClockKind, Span, Step
from banli_events.envelope import Recorded
from banli_events.supervision import (
    CalendarPublished,
    ClockRule,
    DeadlineRule,
    PackPublished,
    RuleSet,
    RuleSetPublished,
    StepRule,
)
from banli_events.words import Actor, PackRef, PostRole

_Version = TypeVar("_Version")

CIVIL = ZoneInfo("Asia/Shanghai")
"""The time zone in which a day of a post begins and ends."""


def civil_day(moment: datetime) -> date:
    """Tell on which civil day a moment lies."""
    return moment.astimezone(CIVIL).date()


@dataclass(slots=True)
class _Post:
    made: list[tuple[int, PostCreated]]
    terms: list[tuple[int, HolderAppointed | AppointmentEnded]]


class Published:
    """Units, posts with holders, systems, rule sets, calendars; each asked as of an offset."""

    def __init__(self) -> None:
        self._unsure: set[str] = set()
        self._units: dict[str, tuple[int, date]] = {}
        self._parents: dict[str, str | None] = {}
        self._posts: dict[str, _Post] = defaultdict(lambda: _Post([], []))
        self._rules: dict[PackRef, tuple[int, RuleSet]] = {}
        self._calendars: dict[str, list[tuple[int, Calendar]]] = defaultdict(list)
        self._systems: dict[str, list[tuple[int, SystemAdmitted | None]]] = defaultdict(list)
        self._held: dict[str, set[str]] = defaultdict(set)  # person -> posts ever held

    def fold(self, offset: int, event: Recorded) -> None:
        """Fold one reference event."""
        name = event.subject.partition("/")[2]
        match event.data:
            case UnitOpened(since=since, parent=parent):
                self._units.setdefault(name, (offset, since))
                self._parents.setdefault(name, parent)
            case PostCreated() as made:
                self._posts[name].made.append((offset, made))
            case HolderAppointed() | AppointmentEnded() as term:
                self._posts[name].terms.append((offset, term))
                self._held[term.person].add(name)
            case SystemAdmitted() as admitted:
                self._systems[name].append((offset, admitted))
            case SystemRetired():
                self._systems[name].append((offset, None))
            case PackPublished() as pack:
                ref = PackRef(pack=name, version=pack.version)
                self._rules.setdefault(ref, (offset, rules_of(pack)))
            case RuleSetPublished(version=version, rules=rules):
                self._rules.setdefault(PackRef(pack=name, version=version), (offset, rules))
            case CalendarPublished() as made:
                self._calendars[name].append((offset, _calendar(name, made)))

    def doubt(self, subject: str) -> None:
        """Note that what is published of a subject is not known for sure: nothing is held to it."""
        self._unsure.add(subject)

    def unsure(self, kind: str, name: str) -> bool:
        """Tell whether what is published of a subject is not known for sure."""
        return f"{kind}/{name}" in self._unsure

    def unit_open(self, unit: str, day: date, upto: int) -> bool:
        """Tell whether a unit is published and exists on a day."""
        offset, since = self._units.get(unit, (upto, day))
        return self.unsure("unit", unit) or (offset < upto and since <= day)

    def with_those_above(self, unit: str | None) -> set[str]:
        """Name a unit and all those of which it is a part."""
        units = set[str]()
        while unit is not None and unit not in units:
            units.add(unit)
            unit = self._parents.get(unit)
        return units

    def rules(self, ref: PackRef, upto: int) -> RuleSet | None:
        """Find a rule set, or the pack that stands for one, in its version."""
        offset, rules = self._rules.get(ref, (upto, None))
        return rules if offset < upto else None

    def in_force(self, kind: str, body: str, day: date, upto: int) -> PackRef | None:
        """Find the rules in force for the items of a body on a day.

        Of those that name the body, else of those for all: the latest valid-from, then version.
        """
        fit = [
            (body in rules.bodies, rules.valid_from, ref.version, ref.pack, ref)
            for ref, (offset, rules) in self._rules.items()
            if offset < upto
            and kind in rules.kinds
            and rules.valid_from <= day
            and (not rules.bodies or body in rules.bodies)
        ]
        return max(fit, key=lambda each: each[:4])[4] if fit else None

    def any_unsure(self, kind: str) -> bool:
        """Tell whether what is published of some subject of a kind is not known for sure."""
        return any(subject.startswith(f"{kind}/") for subject in self._unsure)

    def calendar(self, name: str, upto: int) -> Calendar | None:
        """Find a calendar in the version that was the last by then."""
        return _last(self._calendars.get(name, []), upto)

    def system(self, name: str, upto: int) -> SystemAdmitted | None:
        """Find what a department's system was admitted for by then; None where for nothing."""
        return _last(self._systems.get(name, []), upto)

    def role(self, post: str, upto: int) -> str | None:
        """Tell what a post is there for."""
        made = self._made(post, upto)
        return None if made is None else str(made.role)

    def holds(self, actor: Actor, day: date, upto: int) -> bool:
        """Tell whether a person holds the post named, in the unit named, on a day."""
        made = self._made(actor.post, upto)
        return self.unsure("post", actor.post) or (
            made is not None
            and made.unit == actor.unit
            and self.in_post(actor.person, actor.post, day, upto)
        )

    def serves(
        self, person: str, roles: tuple[PostRole, ...], day: date, upto: int, unit: str | None
    ) -> bool:
        """Tell whether a person holds any post of these roles (in the unit, if named) on a day."""
        if self.any_unsure("post"):
            return True  # the post may be the one that cannot be read
        for post in self._held.get(person, ()):
            made = self._made(post, upto)
            if made is None or made.role not in roles or (unit and made.unit != unit):
                continue
            if self.in_post(person, post, day, upto):
                return True
        return False

    def _made(self, post: str, upto: int) -> PostCreated | None:
        made = self._posts[post].made if post in self._posts else []
        return next((each for offset, each in reversed(made) if offset < upto), None)

    def in_post(self, person: str, post: str, day: date, upto: int) -> bool:
        """Tell whether a person holds a post on a day."""
        return any(
            since <= day and (until is None or day < until)
            for since, until in self._terms(person, post, upto)
        )

    def _terms(self, person: str, post: str, upto: int) -> Iterator[tuple[date, date | None]]:
        """Go through a person's terms in a post, each with the end that it was given later."""
        terms: list[tuple[date, date | None]] = []
        for offset, said in self._posts[post].terms:
            if offset >= upto or said.person != person:
                continue
            if isinstance(said, HolderAppointed):
                terms.append((said.since, said.until))
                continue
            terms = [
                (since, said.since) if _runs(since, until, said.since) else (since, until)
                for since, until in terms
            ]
        yield from terms


def _last(versions: list[tuple[int, _Version]], upto: int) -> _Version | None:
    at = bisect_left(versions, upto, key=lambda each: each[0])
    return versions[at - 1][1] if at else None


def _runs(since: date, until: date | None, day: date) -> bool:
    return since <= day and (until is None or day < until)


def rules_of(pack: PackPublished) -> RuleSet:
    """Read a pack of the first kind as rules: calendar days, and one review before the approver."""
    return RuleSet(
        name=pack.name,
        kinds=pack.kinds,
        valid_from=pack.valid_from,
        timezone=pack.timezone,
        calendar="none",
        clocks=(
            _clock(ClockKind.REPLY, pack.reply),
            _clock(ClockKind.CO_OPINION, pack.co_opinion),
        ),
        steps=(StepRule(step=Step.DRAFT, after=(Step.CONTACT, Step.RESEARCH)),),
        chain=(PostRole.SUPERVISION_OFFICE, pack.approver),
        scheme="ABCD",
        contact_each=False,
        consult=False,
        verify=False,
        report=False,
        thorough=False,
    )


def _clock(kind: ClockKind, rule: DeadlineRule) -> ClockRule:
    span = Span(amount=rule.days)
    return ClockRule(clock=kind, span=span, rolls=False, clause=rule.clause, source=rule.clause)


def _calendar(name: str, made: CalendarPublished) -> Calendar:
    ref = CalendarRef(calendar=name, version=made.version)
    return Calendar(ref, made.first, made.last, frozenset(made.holidays), frozenset(made.workdays))
