"""What supervision decides about rule packs: all that cases are held to (R021)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from zoneinfo import ZoneInfo

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly, UnfitSubject
from banli_events.base import Event
from banli_events.deadlines import ClockKind, Rung, Step
from banli_events.envelope import Recorded
from banli_events.supervision import (
    ClockRule,
    PackPublished,
    PublishPack,
    PublishRuleSet,
    RuleSet,
    RuleSetPublished,
    RungRule,
    StepRule,
)
from banli_events.words import PostRole
from banli_supervision.alarms import LEADERS
from banli_supervision.clocks import NO_CALENDAR
from banli_supervision.overdue import (
    ClockTwice,
    ReplyClockMissing,
    StepsInCircle,
    UnfitChain,
    UnfitExtension,
    UnfitLadder,
    UnknownWord,
)
from banli_supervision.refusals import (
    AlreadyPublished,
    UnfitApprover,
    UnknownTimezone,
    VersionOutOfOrder,
)

APPROVERS = LEADERS
"""The posts that rules can name as approver: never one of the handling unit (R061, R066)."""

REVIEWERS = APPROVERS | {PostRole.UNIT_HEAD, PostRole.SUPERVISION_OFFICE}
"""The posts that can review a reply (R061)."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack's versions so far, the first at the front; all from supervision."""

    versions: tuple[PackPublished | RuleSetPublished, ...] = ()


def decide(state: Pack, asked: Asked) -> Sequence[Event]:
    """Answer a command about a pack with what becomes true."""
    match asked.command:
        case PublishPack() as command:
            return publish(state, command)
        case PublishRuleSet() as command:
            return publish_rules(state, asked, command)
        case _:
            raise UnfitSubject("subject")


def publish(state: Pack, command: PublishPack) -> list[Event]:
    """The versions of a pack are published one after the other and never change."""
    published = PackPublished(**dict(command))
    if published in state.versions:
        return []
    _must_be_next(state, command.version)
    if command.approver not in APPROVERS:
        raise UnfitApprover("data.approver")
    if not _is_timezone(command.timezone):
        raise UnknownTimezone("data.timezone")
    return [published]


def publish_rules(state: Pack, asked: Asked, command: PublishRuleSet) -> list[Event]:
    """Rules are published version by version, never change, and can be applied (R021, R074)."""
    published = RuleSetPublished(version=command.version, rules=command.rules)
    if published in state.versions:
        return []
    _must_be_next(state, command.version)
    rules = command.rules
    for field, word in _words(rules):
        if not isinstance(word, StrEnum):
            raise UnknownWord(f"data.rules.{field}")
    if not _is_timezone(rules.timezone):
        raise UnknownTimezone("data.rules.timezone")
    if rules.calendar not in {NO_CALENDAR, *asked.reference.calendars}:
        raise TooEarly("data.rules.calendar")
    if rules.chain[-1] not in APPROVERS:
        raise UnfitApprover("data.rules.chain")
    if len(set(rules.chain)) < len(rules.chain) or not REVIEWERS.issuperset(rules.chain):
        raise UnfitChain("data.rules.chain")
    _must_be_clocks(rules.clocks)
    _must_be_a_ladder(rules.ladder)
    _must_be_in_order(rules.steps)
    return [published]


def evolve(state: Pack, recorded: Recorded) -> Pack:
    """Fold one fact into what is known of a pack."""
    match recorded.data:
        case PackPublished() | RuleSetPublished() as published:
            return replace(state, versions=(*state.versions, published))
        case _:
            return state


def _must_be_next(state: Pack, version: int) -> None:
    if version <= len(state.versions):
        raise AlreadyPublished("data.version")
    if version > len(state.versions) + 1:
        raise VersionOutOfOrder("data.version")


def _words(rules: RuleSet) -> Iterable[tuple[str, str]]:
    """Name every word of the rules that decisions act on, with its field."""
    yield from (("kinds", kind) for kind in rules.kinds)
    yield from (("chain", role) for role in rules.chain)
    for at, clock in enumerate(rules.clocks):
        yield f"clocks.{at}.clock", clock.clock
        yield f"clocks.{at}.span", clock.span.unit
        if clock.extended is not None:
            yield f"clocks.{at}.extended", clock.extended.unit
    for at, step in enumerate(rules.steps):
        yield from ((f"steps.{at}", word) for word in (step.step, *step.after))
    for at, rung in enumerate(rules.ladder):
        yield from ((f"ladder.{at}", word) for word in (rung.rung, rung.span.unit))


def _must_be_clocks(clocks: Sequence[ClockRule]) -> None:
    kinds = [rule.clock for rule in clocks]
    if len(set(kinds)) < len(kinds):
        raise ClockTwice("data.rules.clocks")
    if ClockKind.REPLY not in kinds:
        raise ReplyClockMissing("data.rules.clocks")
    for at, rule in enumerate(clocks):
        more = rule.extended
        if more and (more.unit != rule.span.unit or more.amount <= rule.span.amount):
            raise UnfitExtension(f"data.rules.clocks.{at}.extended")


def _must_be_a_ladder(ladder: Sequence[RungRule]) -> None:
    before = {rule.rung: rule.before for rule in ladder}
    once = len(before) == len(ladder)
    if not once or not before.get(Rung.REMIND, True) or before.get(Rung.NOTICE, False):
        raise UnfitLadder("data.rules.ladder")


def _must_be_in_order(steps: Sequence[StepRule]) -> None:
    """A draft comes before its approval anyway; for no unit may the steps wait for each other."""
    for unit in {"", *(unit for rule in steps for unit in rule.units)}:
        after: dict[str, set[str]] = {Step.APPROVE: {Step.DRAFT}}
        for rule in steps:
            if not rule.units or unit in rule.units:
                after.setdefault(rule.step, set()).update(rule.after)
        try:
            TopologicalSorter(after).prepare()
        except CycleError:
            raise StepsInCircle("data.rules.steps") from None


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
