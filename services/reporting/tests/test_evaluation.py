"""Figures: zeros appear, rates of nothing are null, and the parts sum to the total or show why."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lives import folded, lives
from slow import SLOW, that_counts

from banli_events.envelope import Recorded
from banli_reporting.counts import COUNTS
from banli_reporting.evaluation import FORMULAS, WORDS, Tally, by_unit, figures, percentile, tally
from banli_reporting.ledgers.counted import COUNTED
from banli_reporting.reconcile import partition, reconcile

TRAFFIC = Tally(
    Counter(assigned=7, handled=7, lead=6, replied=6, due=6, in_time=5, drafts=8, returns=1,
            forms=8, returned_forms=8, satisfied=6, content=7, outer_co=1, delivered=1, items=7)
)  # fmt: skip
FIRE = Tally(
    Counter(assigned=4, assigned_co=1, handled=5, outer_co=4, delivered=4, items=4, upheld=1,
            opinions_given=2, opinions_asked=3),
    {"opinions_given": [4.0, 1.0]},
)  # fmt: skip
TOTAL = Tally(
    TRAFFIC.counts + FIRE.counts - Counter(handled=1),
    {"opinions_given": [4.0, 1.0]},
    Counter(handled=1),
)
UNITS = {"traffic": "交通处", "fire": "消防处", "idle": "无事处"}
PARTS: dict[str | None, Tally] = {"traffic": TRAFFIC, "fire": FIRE}


def figure(of: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in of if each["figure"] == name)


def test_every_figure_has_its_formula_numerator_and_denominator() -> None:
    shown = figures(TOTAL, TOTAL)
    reply = figure(shown, "reply_rate")
    assert reply["formula"].partition(" / ")[2] == WORDS["lead"]["en"]
    assert reply["formula_zh"].partition(" / ")[0] == WORDS["replied"]["zh"]
    assert (reply["numerator"], reply["denominator"], reply["value"]) == (6, 6, 1.0)
    assert figure(shown, "in_time_rate")["value"] == round(5 / 6, 6)
    assert figure(shown, "satisfied_strict")["value"] == 6 / 8
    assert figure(shown, "satisfied_loose")["value"] == 7 / 8
    assert [each["figure"] for each in shown] == list(FORMULAS)


def test_satisfaction_is_shown_beside_the_return_rate_of_forms() -> None:
    for name in ("satisfied_strict", "satisfied_loose"):
        assert FORMULAS[name].beside == "form_return_rate"


def test_every_count_has_its_words_and_every_formula_its_counts() -> None:
    assert WORDS.keys() == COUNTS.keys()
    assert all({"zh", "en"} == words.keys() for words in WORDS.values())
    used = {name for each in FORMULAS.values() for name in (each.numerator, each.denominator)}
    assert used == COUNTS.keys()
    assert {each.beside for each in FORMULAS.values()} <= {None, *FORMULAS}


def test_a_unit_with_nothing_appears_with_zeros_of_the_total_and_null_rates() -> None:
    rows = by_unit(UNITS, PARTS, TOTAL)["units"]
    assert [each["unit"] for each in rows] == ["fire", "idle", "traffic"]
    idle = rows[1]["figures"]
    assert {each["numerator"] for each in idle} == {0}
    shown = {each["figure"]: (each["denominator"], each["value"]) for each in idle}
    of_all = [shown.pop(name) for name in ("assigned", "handled", "assigned_co")]
    assert of_all == [(11, 0.0)] * 3
    assert set(shown.values()) == {(0, None)}


def test_the_parts_sum_to_the_total() -> None:
    proof = by_unit(UNITS, PARTS, TOTAL)["proof"]
    assert all(each["holds"] for each in proof)
    reply = figure(proof, "reply_rate")
    assert reply["numerator"]["proof"] == reply["denominator"]["proof"] == "0 + 6 = 6"


def test_a_joint_item_counts_once_in_total_and_the_gap_is_printed() -> None:
    proof = figure(by_unit(UNITS, PARTS, TOTAL)["proof"], "handled")
    assert proof["numerator"]["proof"] == "5 + 7 = 12, stated 11, gap -1"
    assert (proof["numerator"]["joint"], proof["holds"]) == (1, True)
    assert "once for each unit" in proof["note"]["en"]


def test_a_gap_that_joint_items_do_not_explain_does_not_hold() -> None:
    parts: dict[str | None, Tally] = {**PARTS, "idle": Tally(Counter(handled=1))}
    proof = figure(by_unit(UNITS, parts, TOTAL)["proof"], "handled")
    assert (proof["numerator"]["gap"], proof["holds"]) == (-2, False)


def test_what_is_not_assigned_to_any_unit_has_a_row_of_its_own() -> None:
    rows = by_unit(UNITS, {None: Tally(Counter(lead=1))}, TOTAL)["units"]
    assert rows[-1]["unit"] is None
    assert figure(rows[-1]["figures"], "reply_rate")["denominator"] == 1


def test_the_latency_of_co_opinions_is_told_by_median_and_ninth_decile() -> None:
    """R038"""
    shown = figure(figures(FIRE, TOTAL), "co_opinion_latency")
    assert (shown["p50"], shown["p90"]) == (1.0, 4.0)
    assert percentile([float(n) for n in range(1, 11)], 90) == 9
    assert percentile([], 50) is None


def test_a_partition_proves_its_sum_or_prints_the_gap() -> None:
    """R058"""
    roles = partition("outer_role", {}, {"LEAD": 6, "CO": 5}, 11, "")
    assert (roles["proof"], roles["holds"], roles["gap"]) == ("5 + 6 = 11", True, 0)
    topics = partition("topic", {}, {"roads": 8, "fire": 4, None: 1}, 11, "")
    assert (topics["sum"], topics["gap"], topics["holds"]) == (13, -2, False)
    assert topics["parts"][-1] == {"value": None, "items": 1}


@pytest.mark.parametrize(
    ("parts", "stated", "gap"),
    [
        ({"a": 76, "b": 31, "c": 28, "d": 81, "e": 46, "out of scope": 3}, 268, 3),
        ({"solved": 39, "out of scope": 3}, 42, 0),
        ({"lead": 6, "co": 5}, 11, 0),
        ({}, 0, 0),
    ],
)
def test_published_sums_are_checked_and_a_gap_is_never_hidden(
    parts: dict[str, int], stated: int, gap: int
) -> None:
    """R057, R058"""
    found = reconcile(parts, stated)
    assert (found["gap"], found["holds"]) == (gap, gap == 0)
    assert ("gap 3" in found["proof"]) == (gap == 3)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(lives(), max_size=4, unique_by=lambda life: life[0].subject))
def test_evaluations_equal_a_slow_computation_from_the_events(told: list[list[Recorded]]) -> None:
    lines = [folded(COUNTED, life) for life in told]
    known = [line for line in lines if line.registered_at]
    parts, total = tally(known)
    found = by_unit(dict.fromkeys(("fire", "patrol", "traffic"), ""), parts, total)
    assert SLOW.keys() == FORMULAS.keys()
    counting = [that_counts(life) for life in told]
    for name, slow in SLOW.items():
        expected = slow(counting)
        shown = figure(found["totals"], name)
        assert (shown["numerator"], shown["denominator"]) == expected, name


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(lives(), max_size=3, unique_by=lambda life: life[0].subject))
def test_units_sum_to_the_total_but_for_what_is_joint(told: list[list[Recorded]]) -> None:
    parts, total = tally(folded(COUNTED, life) for life in told)
    for each in by_unit({}, parts, total)["proof"]:
        assert each["holds"], each
        assert each["numerator"]["gap"] == 0 or FORMULAS[each["figure"]].joint, each


@given(life=lives(most=20))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_counts_names_events_of_the_case(life: list[Recorded]) -> None:
    names = {f"{each.source}:{each.version}" for each in life}
    line = folded(COUNTED, life)
    for count in COUNTS.values():
        for thing in count(line):
            assert set(thing.events) <= names


def test_a_late_rating_of_one_who_was_silent_does_not_count() -> None:
    """R077"""
    line = COUNTED.line()
    line.issued, line.silent = {"1": {"event": "x", "at": "", "result": "A"}}, {"1": ["li"]}
    line.grades = {"1": {"li": ["SATISFIED", "y", "5"], "wang": ["BASICALLY", "z", "5"]}}
    assert [thing.events for thing in COUNTS["returned_forms"](line)] == [("z",)]
    line.clocks["feedback:1"] = {"due": "6", "missed": False, "event": "x"}  # heard of late only
    assert len(list(COUNTS["returned_forms"](line))) == 2
