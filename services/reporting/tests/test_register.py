"""The register against the hand-over lists, and the compendium."""

from typing import Any

from telling import line_of, told

from banli_events.intake import HandOverListed
from banli_events.words import ItemKind, Numbering
from banli_reporting.ledgers.handovers import HANDOVERS
from banli_reporting.registers import compare, entry
from banli_testing import story
from banli_testing.grammar import NOON

OFFICE = "Congress office"


def number(n: int) -> Numbering:
    return story.NUMBERING.model_copy(update={"number": str(n)})


def listed(*numbers: int, stated: int) -> Any:
    said = HandOverListed(
        assigner=OFFICE,
        kind=ItemKind.SUGGESTION,
        numberings=tuple(map(number, numbers)),
        stated_total=stated,
        received_on=NOON.date(),
    )
    return line_of(HANDOVERS, told(said, subject="handover/s-16-3"))


def row(n: int, **other: Any) -> dict[str, Any]:
    (each,) = listed(n, stated=1).listed
    return {
        "subject": each["case"], "assigner": OFFICE, "kind": "SUGGESTION", "number": str(n),
        "body": each["body"], "level": each["level"], "term": each["term"],
        "session": each["session"], "registered_at": NOON, "in_error": False, "refused_at": None,
    } | other  # fmt: skip


def compared(hand_over: Any, *register: dict[str, Any]) -> dict[str, Any]:
    return compare(hand_over.stated_total, hand_over.listed, OFFICE, "SUGGESTION", register)


def test_received_registered_and_handed_over_are_the_same() -> None:
    """R057"""
    found = compared(listed(1, 2, stated=2), row(1), row(2))
    assert found["holds"]
    assert found["list_against_stated"]["gap"] == found["register_against_list"]["gap"] == 0


def test_numbers_missing_and_extra_are_named_and_the_gap_is_printed() -> None:
    """R057"""
    found = compared(listed(1, 2, 3, stated=4), row(1), row(9))
    assert not found["holds"]
    assert (found["missing_numbers"], found["extra_numbers"]) == (["2", "3"], ["9"])
    assert found["list_against_stated"]["proof"] == "2 + 0 + 1 = 3, stated 4, gap 1"
    assert found["register_against_list"]["gap"] == 1


def test_what_was_refused_is_no_gap_and_what_was_entered_in_error_is_not_there() -> None:
    """R057"""
    refused = row(2, registered_at=None, refused_at=NOON, assigner=None)
    found = compared(listed(1, 2, 3, stated=3), row(1), refused, row(3, in_error=True))
    assert (found["registered"], found["refused_numbers"]) == (1, ["2"])
    assert found["missing_numbers"] == ["3"]


def test_other_sessions_and_other_assigners_are_not_compared() -> None:
    other = [row(7, session=9), row(8, assigner="Another"), row(9, kind="PROPOSAL")]
    assert compared(listed(1, stated=1), row(1), *other)["holds"]


def test_a_number_that_is_listed_twice_is_counted_once() -> None:
    found = compared(listed(1, 1, stated=1), row(1))
    assert (found["listed"], found["listed_twice"], found["holds"]) == (1, 1, True)


def test_an_entry_of_the_compendium_shows_who_signed_and_the_main_content() -> None:
    """R055, R056, R057"""
    shown = entry(
        3,
        {
            "kind": "SUGGESTION", "assigner": OFFICE, "body": "市人大", "term": 16, "session": 3,
            "number": "117", "title": "T", "content": "C", "outer_role": "LEAD",
            "deputies": [{"name": "李", "unit": "一中"}, {"name": "王", "unit": "二中"}],
            "asks": [{"text": "Lights"}], "received_on": "2025-03-03", "registered_at": "x",
            "withdrawn_at": None, "withdrawn_for": None,
        },
        "交通处",
    )  # fmt: skip
    assert (shown["序号"], shown["类别"], shown["承办单位"]) == (3, "建议", "交通处")
    assert shown["代表委员及单位"] == "李（一中）；王（二中）"
    assert shown["主要内容"] == "C"
