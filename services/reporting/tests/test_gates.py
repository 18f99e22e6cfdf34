"""What the six gates and the five records of a case lack, by its rules."""

from typing import Any

from facts import AGAIN, APPROVED, ASSIGNED, IN_HAND, ISSUED, MISSED, TODAY
from telling import Fact, line_of, shown, told

from banli_events.assignment import (
    PlanFiled,
    Reassigned,
)
from banli_events.supervision import (
    CaseSummaryFiled,
    MeasureVerified,
    RuleSetPublished,
)
from banli_reporting.ledgers.gates import GATES_LEDGER
from banli_reporting.ledgers.packs import PACKS
from banli_testing import story

THOROUGH = {
    "thorough": True, "contact_each": True, "consult": True, "verify": True, "reviews": 2,
    "rungs": ["REMIND", "PHONE"],
}  # fmt: skip


def gate(name: str, *facts: Fact, rules: dict[str, Any] | None = None) -> list[str]:
    found = shown(GATES_LEDGER, *facts, rules={"congress@1": rules or THOROUGH})
    missing: list[str] = next(each for each in found["gates"] if each["gate"] == name)["missing"]
    return missing


def test_the_six_gates_say_what_is_missing() -> None:
    """R023, R024, R025, R026, R027, R028"""
    assert gate("R023", *ASSIGNED) == ["acceptance"]
    assert gate("R023", *IN_HAND) == []
    assert gate("R024", *IN_HAND) == ["plan"]
    assert gate("R024", *IN_HAND, PlanFiled(unit="traffic", plan="x")) == []
    reminded = story.CLOCK.model_copy(update={"remind_at": story.DUE})
    assert gate("R025", *IN_HAND, reminded, MISSED) == ["reminder", "urging"]
    assert gate("R025", *IN_HAND) == []
    short = ["opinions", "reviews", "each_contact", "consultation"]
    assert gate("R026", *APPROVED) == short
    other = Reassigned(
        lead=story.LEAD.model_copy(update={"handler": "finn"}),
        co=(story.CO,),
        duty_basis="x",
        reason="x",
    )
    assert gate("R026", *APPROVED, other) == ["author", *short]
    assert gate("R027", *ISSUED) == ["seal", "opinion_form"]
    assert gate("R028", *APPROVED) == ["issue", "verification"]
    assert gate("R028", *ISSUED) == ["verification"]
    verified = MeasureVerified(
        measure=story.REPLY.measures[0], carried_out=True, verified_on=TODAY, how="x"
    )
    assert gate("R028", *ISSUED, verified) == []


def test_a_pack_of_the_first_kind_asks_less_of_the_gates() -> None:
    """R021"""
    old = {"thorough": False}
    names = ("R023", "R024", "R025", "R026", "R027", "R028")
    assert [gate(name, *ISSUED, rules=old) for name in names] == [[]] * 6


def test_the_five_records_are_told_one_by_one() -> None:
    """R029"""
    assert shown(GATES_LEDGER, *ASSIGNED)["records_missing"] == [
        "record", "measures", "result", "summary",
    ]  # fmt: skip
    done = shown(GATES_LEDGER, *ISSUED, CaseSummaryFiled(summary="x"))
    assert done["records_missing"] == []
    assert shown(GATES_LEDGER, *ISSUED, CaseSummaryFiled(summary="x"), AGAIN)[
        "records_missing"
    ] == ["measures", "result", "summary"]


def test_a_rule_set_is_known_by_its_version_and_what_it_asks() -> None:
    """R021"""
    line = line_of(PACKS, told(story.PACK, subject="pack/congress"))
    assert (line.pack, line.versions) == (
        "congress",
        {"1": {"chain": ["UNIT_HEAD", "SUPERVISION_OFFICE", "CHIEF"]}},
    )
    assert RuleSetPublished in PACKS.lines
