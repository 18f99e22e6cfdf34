"""A command has one digest, an answer one receipt id, a token one reading; all for ever."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from banli_events.base import canonical
from banli_events.subjects import kind_of, numbered_case, topic_of
from banli_events.submission import (
    Answer,
    Outcome,
    Submission,
    parse_token,
    receipt_id,
    token,
)
from banli_events.supervision import Reply
from banli_events.words import Actor, ItemKind, Numbering

ID = UUID("0195f0a0-0000-7000-8000-000000000001")
NUMBERING = Numbering(body="示例市人大", level="市", term=17, session=3, number="42")

TEXT = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(TEXT),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc办"), inner),
    max_leaves=8,
)


def _asked(**changes: Any) -> Submission:
    said = {
        "id": ID,
        "type": "AcceptAssignment",
        "subject": "case/1",
        "actor": Actor(person="p9", post="head", unit="water"),
        "data": {"b": [1, None], "a": "办"},
    }
    return Submission.model_validate({**said, **changes})


def test_the_digest_of_a_command_never_changes() -> None:
    assert _asked().digest() == "f20ac74f2e11df33630c0e6da0078a1dbcdd0dae718498ae5032c9593091bd98"
    assert (
        _asked(subject=None, actor=None, data={}).digest()
        == "6132c3233d64312cb26f0f5fd265d7743c4548b03e3f10c9f7cdcae78c234d0b"
    )


def test_the_digest_covers_what_is_asked_and_nothing_else() -> None:
    same = [
        _asked(after=("case/1@intake:1",)),
        _asked(id=UUID(int=1)),
        _asked(data={"a": "办", "b": [1, None]}),
    ]
    assert {each.digest() for each in same} == {_asked().digest()}
    other = [
        _asked(type="ClassifyItem"),
        _asked(subject="case/2"),
        _asked(actor=None),
        _asked(data={"a": "办", "b": [1]}),
    ]
    assert len({each.digest() for each in [*other, _asked()]}) == 5


@given(data=st.dictionaries(st.text(TEXT), JSON))
def test_the_digest_does_not_depend_on_how_the_json_was_written(data: dict[str, Any]) -> None:
    loose = json.dumps({"id": str(ID), "type": "X", "data": data}, indent=2)
    turned = dict(reversed(list(data.items())))
    assert (
        Submission.model_validate_json(loose).digest()
        == _asked(type="X", subject=None, actor=None, data=turned).digest()
    )


@given(JSON)
def test_canonical_json_reads_back_and_is_written_in_one_way(value: Any) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


def test_canonical_json_never_changes() -> None:
    value = {"b": [1, -2, True, None], "a": {"办": '\n"\u2028'}, "A": 1.5}
    assert canonical(value) == '{"A":1.5,"a":{"办":"\\n\\"\u2028"},"b":[1,-2,true,null]}'.encode()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_what_has_no_digest_is_no_command(number: str) -> None:
    raw = f'{{"id":"{ID}","type":"X","data":{{"secret":{number}}}}}'
    with pytest.raises(ValidationError) as caught:
        Submission.model_validate_json(raw)
    assert "secret" not in str(caught.value)
    with pytest.raises(ValidationError):
        _asked(data={"a": "\ud800"})


@pytest.mark.parametrize("data", [{"a": "x\0"}, {"a\0": 1}, {"a": [{"b": "\0"}]}])
def test_a_text_with_a_nul_is_no_command(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _asked(data=data)
    assert _asked(data={"a": "\\u0000"}).data == {"a": "\\u0000"}


def test_a_receipt_has_the_same_id_for_ever() -> None:
    assert str(receipt_id("dept-x", str(ID))) == "e370790e-e948-5af1-b6f5-f583820486ad"
    assert receipt_id("dept-x", str(ID)) != receipt_id("dept-y", str(ID))


def test_a_numbered_item_has_the_same_case_for_ever() -> None:
    assert (
        numbered_case(ItemKind.SUGGESTION, NUMBERING) == "case/51c44926-c6b3-5850-896e-2281e9fb15a2"
    )
    assert numbered_case("SUGGESTION", NUMBERING) == numbered_case(ItemKind.SUGGESTION, NUMBERING)
    assert (
        numbered_case(ItemKind.PROPOSAL, NUMBERING) == "case/f1a84a09-ea84-52c4-86e2-9298ebef7132"
    )


def test_each_part_of_a_numbering_counts() -> None:
    others = [
        NUMBERING.model_copy(update=change)
        for change in (
            {"body": "示例市政协"},
            {"level": "省"},
            {"term": 3, "session": 17},
            {"term": 173, "session": 0},
            {"number": "43"},
        )
    ]
    cases = {numbered_case(ItemKind.SUGGESTION, each) for each in [NUMBERING, *others]}
    assert len(cases) == 6


def test_a_token_is_read_as_it_was_written() -> None:
    assert parse_token(token("case/1", "intake", 3)) == ("case/1", "intake", 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "case/1",
        "case/1@intake",
        "@intake:1",
        "case/1@:1",
        "case/1@intake:-1",
        "case/1@intake:x",
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="after token"):
        parse_token(text)


def test_reference_data_lies_on_a_topic_of_its_own() -> None:
    assert [topic_of(each) for each in ("case/1", "unit/a", "post/b", "system/c", "pack/d")] == [
        "case-events",
        *["reference-events"] * 4,
    ]
    assert kind_of("campaign/2026") == "campaign"


def test_an_answer_reads_back() -> None:
    answer = Answer(receipt=ID, command=str(ID), outcome=Outcome.UNCHANGED, subject="case/1")
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


def _reply(model: type[Reply] = Reply, **changes: Any) -> Reply:
    said = {
        "product": "REPLY",
        "text": "您提出的建议收悉。",
        "answers": [{"ask": "a1", "text": "已列入计划。"}],
        "outcome": {"result": "B", "proof": "年度计划第3项"},
        "addressees": ["p1"],
    }
    return model.model_validate({**said, **changes})


def test_the_digest_of_a_reply_never_changes() -> None:
    assert _reply().digest() == "50599c9256c45664759888829a53382a9f4af5bde72c70e0343a37668e317cb5"
    assert (
        _reply(measures=["新增站点"]).digest()
        == "193666b63209ae96ee1a5e134c05b18811e829ab1f7b4e305bfaec24865ba1f5"
    )


def test_anything_of_a_reply_changes_its_digest() -> None:
    others = [
        _reply(product="CO_OPINION"),
        _reply(text="您提出的建议收悉！"),
        _reply(answers=[{"ask": "a2", "text": "已列入计划。"}]),
        _reply(outcome={"result": "A", "proof": "年度计划第3项"}),
        _reply(measures=["新增站点"]),
        _reply(addressees=["p1", "p2"]),
    ]
    assert len({each.digest() for each in [_reply(), *others]}) == 7


def test_a_field_added_with_a_default_leaves_the_digest_of_old_replies_alone() -> None:
    class Later(Reply):
        published_on: date | None = None
        attachments: tuple[str, ...] = ()

    assert _reply(Later).digest() == _reply().digest()
    assert _reply(Later, attachments=["图1"]).digest() != _reply().digest()
