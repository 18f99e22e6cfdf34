"""Contact data that slipped into a command is seen; what only looks like it is not."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banli_events import personal
from banli_events.intake import AddAttachment, EnterPerson, ListHandOver, RegisterItem
from banli_events.personal import shows
from banli_events.sealed import public_key_of, seal
from banli_events.words import (
    Ask,
    ItemKind,
    Numbering,
    OuterAssignment,
    OuterRole,
    Signer,
)

NUMBERING = Numbering(body="示例市人大", level="市", term=17, session=3, number="42")


def identity(first: str) -> str:
    """Add the check digit to the first 17 digits of an identity number."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(digit) for weight, digit in zip(weights, first, strict=True))
    return first + "10X98765432"[total % 11]


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "联系电话13812345678。",
        "tel13812345678",
        "138 1234 5678",
        "１３８１２３４５６７８",
        "+86 138-1234-5678",
        "138  1234  5678",
        "138\u00a01234\u00a05678",  # a space that does not break a line
        "138\u20131234\u20135678",  # a dash of Word's
        "\u202d138\u200b1234\u200b5678\u202c",  # what no eye sees, from a chat
        "008613812345678",
        "zhang.san@mail.example.cn",
        "邮箱：张三＠example.com",
        "zhang＠example．cn",
        "11010519491231002X",
        "证件号 110105 19491231 002x，住址从略",
        "110105\u201319491231\u2013002x",
        identity("99000020000101001"),
    ],
)
def test_a_mobile_number_an_address_of_mail_and_an_identity_number_are_seen(text: str) -> None:
    assert shows(text)
    assert shows(f"前文。{text}后文")


@pytest.mark.parametrize(
    "text",
    [
        "办公电话：010-61234567",
        "01061234567",
        "0531-86123456 转 8001，传真 023－61234567",
        "12345、110、95588",
        "2013—2019 年，1390 – 1412 件",
        "2026年11月26日13时，共 138 件，1234 人次，经费 5678 万元",
        "12812345678",  # no mobile network has it
        "138123456789",
        "110105194912310021",  # another check digit
        "渝公办〔2026〕138号",
        "@所有人，请于 2026-11-26 13:45:10.138123 前报送",
        "文件 c0ffee13812345678c0ffee13812345678aac0ffee1381234567800c0ffee13",
        "案件 8f0f8f6e-6f0c-5c0a-9a55-a13812345678",
    ],
)
def test_office_numbers_dates_counts_and_ids_are_not(text: str) -> None:
    assert not shows(text)


@given(st.uuids(), st.binary(min_size=32, max_size=32))
def test_no_id_and_no_hash_is_ever_taken_for_contact_data(some: object, raw: bytes) -> None:
    assert not shows(f"case/{some}@intake:3")
    assert not shows(raw.hex())


@pytest.mark.parametrize("text", ["1" * 100_000, "a@" * 50_000, "x@" + "a." * 50_000])
def test_no_text_takes_long(text: str) -> None:
    assert not shows(text)


def _item(**changes: object) -> RegisterItem:
    said = {
        "kind": ItemKind.SUGGESTION,
        "numbering": NUMBERING,
        "title": "关于示例路口的建议",
        "content": "示例内容。",
        "asks": (Ask(id="a1", text="增设信号灯。"),),
        "signers": (Signer(person=str(uuid4()), name="甲", unit="示例单位"),),
        "outer": OuterAssignment(assigner="示例委", role=OuterRole.LEAD),
        "received_on": date(2026, 3, 1),
        "persons": (str(uuid4()),),
    }
    return RegisterItem.model_validate({**said, **changes})


def test_the_field_is_named_at_any_depth_and_whatever_its_type() -> None:
    phone = "13812345678"
    assert personal.find(_item()) is None
    assert personal.find(_item(content=f"请回电 {phone}")) == "content"
    asks = (Ask(id="a1", text="其一"), Ask(id="a2", text=phone))
    assert personal.find(_item(asks=asks)) == "asks.1.text"
    signer = Signer(person=phone, name="甲", unit="示例单位")
    assert personal.find(_item(signers=(signer,))) == "signers.0.person"
    listed = ListHandOver(
        assigner="示例委",
        kind=ItemKind.PROPOSAL,
        numberings=(NUMBERING,),
        stated_total=int(phone),
        received_on=date(2026, 3, 1),
    )
    assert personal.find(listed) == "stated_total"


def test_what_is_sealed_or_a_hash_is_no_contact_data() -> None:
    public = public_key_of(bytes(range(32)))
    sealed = seal(public, "13812345678", "person/1", "phone")
    mark = "13812345678" + "a" * 53
    assert personal.find(EnterPerson(public_key=public, sealed=(sealed,), mark=mark)) is None
    file = AddAttachment(file=mark, title="示例", media_type="application/pdf", size=138)
    assert personal.find(file) is None
