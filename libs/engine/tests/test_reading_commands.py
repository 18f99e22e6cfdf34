"""What is read of a command: nothing that is not named, no contact data, and never a word of it."""

import json
from typing import Any
from uuid import UUID

import pytest
from toy_service import ANNA, CASE, SERVICE

from banli_engine.answers import refused
from banli_engine.errors import Malformed, PersonalData, Rejection
from banli_engine.pending import Pending, from_http, from_message
from banli_engine.store import Message
from banli_events.envelope import Wire

PHONE = "13812345678"


def _read(over_kafka: bool, **changes: Any) -> Pending:
    body = {
        "id": str(UUID(int=1)),
        "type": "ClassifyItem",
        "subject": CASE,
        "data": {"category": "Road safety"},
        **changes,
    }
    if not over_kafka:
        return from_http(SERVICE, body, ANNA, frozenset())
    wire = Wire(None, (), json.dumps({"actor": ANNA.model_dump(), **body}).encode())
    return from_message(SERVICE, Message("submissions.assignment.x", 0, 1, wire))


def _refused(asked: Pending, why: type[Rejection], field: str | None) -> None:
    assert asked.refusal is not None
    assert (type(asked.refusal), asked.refusal.field) == (why, field)
    answer = refused(asked, asked.refusal).answer.decode()
    assert PHONE not in answer
    assert PHONE not in repr(asked.refusal)


@pytest.mark.parametrize("over_kafka", [False, True])
def test_contact_data_in_a_text_is_refused_and_only_its_field_is_named(over_kafka: bool) -> None:
    _refused(_read(over_kafka, data={"category": f"ring {PHONE}"}), PersonalData, "data.category")
    _refused(_read(over_kafka, subject=f"case/{PHONE}"), PersonalData, "subject")
    _refused(_read(over_kafka, after=[f"case/{PHONE}@intake:1"]), PersonalData, "subject")
    assert _read(over_kafka, data={"category": "ring 010-61234567"}).refusal is None


@pytest.mark.parametrize("over_kafka", [False, True])
def test_a_member_that_is_not_named_is_refused_wherever_it_stands(over_kafka: bool) -> None:
    _refused(_read(over_kafka, phone=PHONE), Malformed, None)
    _refused(_read(over_kafka, **{PHONE: 1}), Malformed, None)
    _refused(_read(over_kafka, data={"category": "a", PHONE: PHONE}), Malformed, "data")


def test_who_speaks_over_kafka_is_named_by_an_id_that_is_no_number_of_a_telephone() -> None:
    actor = {**ANNA.model_dump(), "person": PHONE}
    _refused(_read(True, actor=actor), PersonalData, "actor.person")
