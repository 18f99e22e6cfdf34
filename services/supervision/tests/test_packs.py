"""Rule packs: published in versions, and such that they can be applied."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from banli_engine.errors import NotPermitted, Rejection, UnfitSubject
from banli_engine.reference import Reference, fold
from banli_events.deadlines import ClockKind, Rung, Span, Step
from banli_events.supervision import (
    PackPublished,
    PublishPack,
    PublishRuleSet,
    RuleSet,
    RuleSetPublished,
    SetDeadline,
    StepRule,
)
from banli_events.words import PackRef, PostRole
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
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, OPERATOR, Case, publish, published
from banli_testing.ruled import CALENDAR, COUNTED, DAYS, MONTHS, RULE_SET, rule, rung
from banli_testing.story import BODY, CARA, CASE, PACK, PUBLISHED

PACKS = Path(__file__).parents[3] / "packs"

pack = Case(SERVICE, "pack/congress", PUBLISHED)
rules = Case(SERVICE, "pack/city", publish(*BODY, ("calendar/cn", CALENDAR)))
SECOND = PACK.model_copy(update={"version": 2, "valid_from": date(2026, 1, 1)})


def publishing(of: PackPublished, **changed: Any) -> PublishPack:
    return PublishPack(**{**of.model_dump(), **changed})


def with_rules(version: int = 1, **changed: Any) -> PublishRuleSet:
    return PublishRuleSet(version=version, rules=RULE_SET.model_copy(update=changed))


def test_packs_are_published_version_after_version() -> None:
    """R021"""
    pack.when(publishing(PACK), by=OPERATOR).then(PACK)
    pack.given(PACK).when(publishing(SECOND), by=OPERATOR).then(SECOND)
    pack.when(publishing(SECOND), by=OPERATOR).then_rejected(VersionOutOfOrder, "data.version")


def test_a_version_never_changes() -> None:
    """R021"""
    both = pack.given(PACK, SECOND)
    both.when(publishing(PACK), by=OPERATOR).then_nothing()
    both.when(publishing(PACK, name="Other"), by=OPERATOR).then_rejected(AlreadyPublished)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"timezone": "Mars/Olympus"}, UnknownTimezone),
        ({"timezone": "../etc"}, UnknownTimezone),
        ({"timezone": "Asia"}, UnknownTimezone),
        ({"approver": PostRole.HANDLER}, UnfitApprover),
        ({"approver": PostRole.UNIT_HEAD}, UnfitApprover),
    ],
)
def test_a_pack_that_could_not_be_applied(
    changed: dict[str, Any], refusal: type[Rejection]
) -> None:
    """R021, R066"""
    pack.when(publishing(PACK, **changed), by=OPERATOR).then_rejected(refusal)


def test_a_pack_is_published_by_operators_on_a_pack() -> None:
    """R021"""
    case = Case(SERVICE, CASE, PUBLISHED)
    for command in (publishing(PACK), with_rules()):
        pack.when(command, by=CARA).then_rejected(NotPermitted)
        case.when(command, by=OPERATOR).then_rejected(UnfitSubject)
    pack.when(SetDeadline(assigned_at=NOON)).then_rejected(UnfitSubject)


def test_rules_are_published_version_after_version_and_never_change() -> None:
    """R021: also on top of a pack of the first kind."""
    first = RuleSetPublished(version=1, rules=RULE_SET)
    rules.when(with_rules(), by=OPERATOR).then(first)
    rules.given(first).when(with_rules(), by=OPERATOR).then_nothing()
    rules.given(first).when(with_rules(name="Other"), by=OPERATOR).then_rejected(AlreadyPublished)
    rules.when(with_rules(2), by=OPERATOR).then_rejected(VersionOutOfOrder)
    second = RuleSetPublished(version=2, rules=RULE_SET)
    rules.given(PACK).when(with_rules(2), by=OPERATOR).then(second)
    rules.given(PACK).when(with_rules(1), by=OPERATOR).then_rejected(AlreadyPublished)


REPLY = rule(ClockKind.REPLY, 3, MONTHS)
LEVELS = RULE_SET.chain


@pytest.mark.parametrize(
    ("changed", "refusal", "field"),
    [
        ({"timezone": "Mars/Olympus"}, UnknownTimezone, "timezone"),
        ({"chain": LEVELS[:-1]}, UnfitApprover, "chain"),  # it ends with the office
        ({"chain": (PostRole.HANDLER, *LEVELS)}, UnfitChain, "chain"),
        ({"chain": (PostRole.REGISTRAR, *LEVELS)}, UnfitChain, "chain"),
        ({"chain": (LEVELS[0], *LEVELS)}, UnfitChain, "chain"),
        ({"clocks": (REPLY, REPLY)}, ClockTwice, "clocks"),
        ({"clocks": (rule(ClockKind.FEEDBACK, 3, DAYS),)}, ReplyClockMissing, "clocks"),
        (
            {"clocks": (rule(ClockKind.REPLY, 3, MONTHS, extended=Span(amount=180)),)},
            UnfitExtension,  # nobody can tell whether that is longer
            "clocks.0.extended",
        ),
        (
            {"clocks": (rule(ClockKind.REPLY, 90, DAYS, extended=Span(amount=90)),)},
            UnfitExtension,
            "clocks.0.extended",
        ),
        ({"ladder": (rung(Rung.REMIND, 3),)}, UnfitLadder, "ladder"),  # after the last day
        ({"ladder": (rung(Rung.NOTICE, 3, before=True),)}, UnfitLadder, "ladder"),
        ({"ladder": (rung(Rung.PHONE, 1), rung(Rung.PHONE, 2))}, UnfitLadder, "ladder"),
        ({"kinds": ("PETITION",)}, UnknownWord, "kinds"),
        ({"chain": ("MAYOR", *LEVELS)}, UnknownWord, "chain"),
        ({"clocks": (REPLY, rule("lunch", 1, DAYS))}, UnknownWord, "clocks.1.clock"),  # type: ignore[arg-type]
        ({"clocks": (rule(ClockKind.REPLY, 3, "WEEK"),)}, UnknownWord, "clocks.0.span"),  # type: ignore[arg-type]
        ({"ladder": (rung("SHOUT", 1),)}, UnknownWord, "ladder.0"),  # type: ignore[arg-type]
        ({"steps": (StepRule(step=Step.DRAFT, after=("DANCE",)),)}, UnknownWord, "steps.0"),
    ],
)
def test_rules_that_could_not_be_applied(
    changed: dict[str, Any], refusal: type[Rejection], field: str
) -> None:
    """R021, R061, R063, R065, R066: each with the field at fault."""
    rules.when(with_rules(**changed), by=OPERATOR).then_rejected(refusal, f"data.rules.{field}")


@pytest.mark.parametrize(
    ("steps", "in_circle"),
    [
        (((Step.DRAFT, Step.RESEARCH, ()), (Step.RESEARCH, Step.CONTACT, ())), False),
        (((Step.RESEARCH, Step.CONTACT, ()), (Step.CONTACT, Step.RESEARCH, ())), True),
        (((Step.DRAFT, Step.APPROVE, ()),), True),  # which a draft comes before anyway
        (((Step.CONTACT, Step.RESEARCH, ("a",)), (Step.RESEARCH, Step.CONTACT, ("b",))), False),
        (((Step.CONTACT, Step.RESEARCH, ("a",)), (Step.RESEARCH, Step.CONTACT, ())), True),
    ],
)
def test_the_steps_are_in_an_order_that_can_be_kept(
    steps: tuple[tuple[Step, Step, tuple[str, ...]], ...], in_circle: bool
) -> None:
    """R080: by every unit."""
    said = tuple(StepRule(step=step, after=(after,), units=units) for step, after, units in steps)
    answer = rules.when(with_rules(steps=said), by=OPERATOR)
    assert bool(answer.events) is not in_circle
    if in_circle:
        answer.then_rejected(StepsInCircle, "data.rules.steps")


def test_rules_wait_for_their_calendar_where_they_count_by_one() -> None:
    """R021"""
    before = Case(SERVICE, "pack/city", Reference())
    before.when(with_rules(), by=OPERATOR).then_too_early()
    alone = with_rules(calendar="none")
    before.when(alone, by=OPERATOR).then(RuleSetPublished(version=1, rules=alone.rules))


def shipped() -> dict[tuple[str, int], RuleSet]:
    """Publish every rule set that is shipped, as `make up` does."""
    found: dict[tuple[str, int], RuleSet] = {}
    for file in sorted(PACKS.glob("*.toml")):
        told: dict[str, Case] = {}
        for said in tomllib.loads(file.read_text()).get("packs", ()):
            subject = f"pack/{said.pop('id')}"
            command = (PublishRuleSet if "rules" in said else PublishPack).model_validate(said)
            case = told.get(subject, Case(SERVICE, subject, COUNTED))
            [event] = case.when(command, by=OPERATOR).events
            told[subject] = case.given(event)
            if isinstance(event, RuleSetPublished):
                found[subject, event.version] = event.rules
    return found


def test_the_shipped_rules_have_the_figures_of_their_places() -> None:
    """R021, R074: as the texts have them; what is our own reading is not repeated here."""
    figures = {
        (subject.removeprefix("pack/"), str(clock.clock)): (clock.span.amount, str(clock.span.unit))
        for (subject, _), said in shipped().items()
        for clock in said.clocks
    }
    shandong, chongqing = "suggestion-shandong-2017", "suggestion-chongqing-2018"
    expected = {
        (shandong, "outer-objection"): (5, "DAY"),
        (shandong, "reply"): (3, "MONTH"),
        (shandong, "co-opinion"): (1, "MONTH"),
        (shandong, "rehandling"): (1, "MONTH"),
        (chongqing, "outer-objection"): (10, "WORKING_DAY"),
        (chongqing, "redecision"): (10, "WORKING_DAY"),
        (chongqing, "first-contact"): (20, "WORKING_DAY"),
        (chongqing, "reply"): (3, "MONTH"),
        (chongqing, "co-opinion"): (30, "WORKING_DAY"),
        (chongqing, "feedback"): (20, "WORKING_DAY"),
        (chongqing, "rehandling"): (2, "MONTH"),
        ("proposal-2022", "reply"): (3, "MONTH"),
    }
    assert {key: figures.get(key) for key in expected} == expected
    for said in shipped().values():
        [reply] = [clock for clock in said.clocks if clock.clock == ClockKind.REPLY]
        assert reply.extended == Span(amount=6, unit=MONTHS)


def test_the_shipped_rules_are_chosen_by_the_body_that_numbered_the_item() -> None:
    """R021"""
    said = [
        (subject, RuleSetPublished(version=1, rules=each))
        for (subject, _), each in shipped().items()
    ]
    reference = Reference()
    for event in published(*said):
        reference = fold(reference, event)
    day = date(2022, 3, 1)
    assert reference.rules_for("SUGGESTION", "山东省人民代表大会", day) == PackRef(
        pack="suggestion-shandong-2017", version=1
    )
    assert reference.rules_for("SUGGESTION", "重庆市人民代表大会", day) == PackRef(
        pack="suggestion-chongqing-2018", version=1
    )
    assert reference.rules_for("PROPOSAL", "任何政协", day).pack == "proposal-2022"
