"""Figures: zeros appear, rates of nothing are null, and the parts sum to the total or show why."""

from typing import Any

from banli_reporting.evaluation import FORMULAS, Tally, by_unit, figures, partition

TRAFFIC = Tally(
    items=11, assigned=7, outer_lead=6, replied=6, due=6, in_time=5, drafts=8, returned=1,
    forms=8, returns=8, satisfied=6, basically=1, outer_co=1, delivered=1,
)  # fmt: skip
FIRE = Tally(items=11, assigned=4, co=1, outer_co=4, delivered=4)
TOTAL = Tally(
    items=11, assigned=11, co=1, outer_lead=6, replied=6, due=6, in_time=5, drafts=8, returned=1,
    forms=8, returns=8, satisfied=6, basically=1, outer_co=5, delivered=5,
)  # fmt: skip
UNITS = {"traffic": "交通处", "fire": "消防处", "idle": "无事处"}
PARTS: dict[str | None, Tally] = {"traffic": TRAFFIC, "fire": FIRE}


def figure(of: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in of if each["figure"] == name)


def test_every_figure_has_its_formula_numerator_and_denominator() -> None:
    reply = figure(figures(TOTAL), "reply_rate")
    assert reply["formula"] == "ReplyIssued / items assigned as outer LEAD"
    assert (reply["numerator"], reply["denominator"], reply["value"]) == (6, 6, 1.0)
    assert figure(figures(TOTAL), "in_time_rate")["value"] == round(5 / 6, 6)
    assert figure(figures(TOTAL), "satisfied_strict")["value"] == 6 / 8
    assert figure(figures(TOTAL), "satisfied_loose")["value"] == 7 / 8
    assert len(figures(TOTAL)) == len(FORMULAS)


def test_a_unit_with_nothing_appears_with_zeros_of_the_total_and_null_rates() -> None:
    rows = by_unit(UNITS, PARTS, TOTAL)["units"]
    assert [each["unit"] for each in rows] == ["fire", "idle", "traffic"]
    idle = rows[1]["figures"]
    assert {each["numerator"] for each in idle} == {0}
    shown = {each["figure"]: (each["denominator"], each["value"]) for each in idle}
    assert shown.pop("assigned") == shown.pop("assigned_co") == (11, 0.0)
    assert set(shown.values()) == {(0, None)}
    assert all(each["holds"] for each in by_unit(UNITS, PARTS, TOTAL)["proof"])


def test_the_parts_sum_to_the_total() -> None:
    proof = by_unit(UNITS, PARTS, TOTAL)["proof"]
    assert all(each["holds"] for each in proof)
    assert figure(proof, "reply_rate")["parts"] == {"numerator": 6, "denominator": 6}


def test_where_they_do_not_the_gap_is_printed() -> None:
    parts: dict[str | None, Tally] = {"traffic": TRAFFIC, "fire": FIRE, "idle": Tally(co=1)}
    proof = figure(by_unit(UNITS, parts, TOTAL)["proof"], "assigned_co")
    assert (proof["gap"], proof["holds"]) == ({"numerator": 1}, False)
    assert "once for each co-unit" in proof["note"]["en"]


def test_what_is_not_assigned_to_any_unit_has_a_row_of_its_own() -> None:
    rows = by_unit(UNITS, {None: Tally(items=11, outer_lead=1)}, TOTAL)["units"]
    assert rows[-1]["unit"] is None
    assert figure(rows[-1]["figures"], "reply_rate")["denominator"] == 1


def test_a_partition_proves_its_sum_or_prints_the_gap() -> None:
    roles = partition("outer_role", {"LEAD": 6, "CO": 5}, 11, "")
    assert (roles["proof"], roles["holds"], roles["gap"]) == ("11 = 5 + 6", True, 0)
    topics = partition("topic", {"roads": 8, "fire": 4, None: 1}, 11, "")
    assert (topics["sum"], topics["gap"], topics["holds"]) == (13, 2, False)
    assert topics["parts"][-1] == {"value": None, "items": 1}
