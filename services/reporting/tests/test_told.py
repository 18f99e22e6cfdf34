"""What is told to whom: why a case concerns somebody, what a signer reads, whose figures show."""

from collections import Counter
from typing import Any

from banli_engine.sight import Sight
from banli_events.words import PostRole
from banli_reporting.concerning import why
from banli_reporting.evaluation import OTHERS, Tally, by_unit, together
from banli_reporting.ledgers.handling import Line
from banli_reporting.signers import replies
from banli_reporting.works import KINDS, Work

LINE = Line(
    lead_unit="traffic",
    co=[{"unit": "patrol", "leader": "dora", "handler": "finn"}],
    parts=["traffic", "patrol", "fire"],
    leader="dora",
    sponsor="emil",
    tasks={"t1": {"unit": "signals", "handler": "june", "until": None, "parent": None}},
)


def test_the_nearest_reason_comes_first_and_a_former_part_counts_last() -> None:
    dora = Sight("dora", leads="dora", units=frozenset({"traffic"}))
    assert why(LINE, "traffic", Sight("x")) == ["lead"]
    assert why(LINE, "patrol", Sight("x")) == ["co"]
    assert why(LINE, "signals", Sight("x")) == ["task"]
    assert why(LINE, "fire", Sight("x")) == ["former"]
    assert why(LINE, None, dora) == ["leader", "portfolio"]
    assert why(LINE, None, Sight("emil", leads="emil")) == ["sponsor"]
    assert why(LINE, None, Sight("li", signs="li")) == ["signer"]
    assert why(LINE, "office", Sight("x", everything=True)) == ["house"]


def _event(type_: str, **data: Any) -> dict[str, Any]:
    return {"type": type_, "data": data, "time": "t"}


def test_a_signer_reads_the_replies_that_went_to_them_and_no_other_draft() -> None:
    story = [
        _event("ReplyDrafted", reply_hash="1", reply={"text": "Never sent.", "answers": []}),
        _event("ReplyReturned", reply_hash="1", remark="x"),
        _event("ReplyDrafted", reply_hash="2", reply={"text": "Sent.", "opinions": ["inner"]}),
        _event("ReplyIssued", reply_hash="2", to=["li"], document_number="7", issued_on="d"),
    ]
    (found,) = replies(story, "li")
    assert (found["text"], found["round"], found["document_number"]) == ("Sent.", 1, "7")
    assert "opinions" not in found
    assert replies(story, "wang") == []


def test_other_units_stand_together_and_the_parts_still_make_the_total() -> None:
    counts = {"fire": 2, "patrol": 3, None: 1, "traffic": 4}
    parts = {unit: Tally(Counter(items=n, assigned=n)) for unit, n in counts.items()}
    found = together(parts, ["traffic"])
    assert {unit: part.counts["items"] for unit, part in found.items()} == {
        OTHERS: 5, None: 1, "traffic": 4,
    }  # fmt: skip
    shown = by_unit({"traffic": "T", OTHERS: "O"}, found, Tally(Counter(items=10, assigned=10)))
    assert [row["unit"] for row in shown["units"]] == [OTHERS, "traffic", None]
    assert next(p for p in shown["proof"] if p["figure"] == "assigned")["holds"]


def test_work_waits_for_the_post_the_unit_and_where_it_is_named_the_person() -> None:
    draft = Work("draft", unit="traffic", person="anna")
    assert draft.waits_for(PostRole.HANDLER, "traffic", ["anna"])
    assert not draft.waits_for(PostRole.HANDLER, "traffic", ["june"])
    assert not draft.waits_for(PostRole.HANDLER, "patrol", ["anna"])
    assert not draft.waits_for(PostRole.UNIT_HEAD, "traffic", ["anna"])
    review = Work("review", unit="traffic", roles=(PostRole.CHIEF,))
    assert review.waits_for(PostRole.CHIEF, "bureau", ["emil"])


def test_every_kind_of_work_has_its_words() -> None:
    for name, kind in KINDS.items():
        assert kind.zh.format(about="x"), name
        assert kind.en.format(about="x"), name
