"""A command is written once and for ever: the same id and words are the same bytes."""

from datetime import date
from uuid import UUID

import pytest

from banli_client import BadSetting, PersonalData, Request, Settings
from banli_client.kafka import addresses
from banli_events.assignment import AcceptAssignment, ClassifyItem
from banli_events.base import Command
from banli_events.intake import RegisterItem
from banli_events.subjects import numbered_case
from banli_events.submission import Submission
from banli_events.words import Actor, Ask, ItemKind, Numbering, OuterAssignment, OuterRole, Signer

ID = UUID("0195f0a0-0000-7000-8000-000000000001")
CLERK = Actor(person="p1", post="registrar", unit="office")
ITEM = RegisterItem(
    kind=ItemKind.SUGGESTION,
    numbering=Numbering(body="示例市人大", level="市", term=17, session=3, number="42"),
    title="示例建议",
    content="示例内容",
    asks=(Ask(id="a1", text="示例请求"),),
    signers=(Signer(person="s1", name="示例甲", unit="示例代表团", lead=True),),
    outer=OuterAssignment(assigner="示例市政府办公室", role=OuterRole.LEAD),
    received_on=date(2026, 3, 2),
)


def test_a_request_reads_back_as_the_submission_it_is() -> None:
    body = Request(ClassifyItem(category="交通"), CLERK, "case/1", ("case/1@intake:1",), ID).body()
    read = Submission.model_validate_json(body)
    assert read.id == ID
    assert (read.type, read.subject, read.actor) == ("ClassifyItem", "case/1", CLERK)
    assert read.after == ("case/1@intake:1",)
    assert read.data == {"category": "交通"}


def test_a_command_keeps_its_meaning_without_its_defaults() -> None:
    read = Submission.model_validate_json(Request(ITEM, CLERK, id=ID).body())
    assert RegisterItem.model_validate(read.data) == ITEM
    assert "topics" not in read.data


def test_a_command_asked_again_by_a_later_build_is_the_same_command() -> None:
    class Later(ClassifyItem):
        urgent: bool = False

    Later.__name__ = "ClassifyItem"
    old = Request(ClassifyItem(category="交通"), CLERK, "case/1", id=ID)
    new = Request(Later(category="交通"), CLERK, "case/1", id=ID)
    assert new.body() == old.body()


PHONE = "13812345678"
CALLED = ITEM.model_copy(update={"content": f"请致电 {PHONE}"})


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Request(CALLED, CLERK), "data.content"),
        (Request(ITEM, CLERK.model_copy(update={"person": PHONE})), "actor.person"),
        (Request(AcceptAssignment(), CLERK, f"case/{PHONE}"), "subject"),
        (Request(ITEM, CLERK, after=(f"case/{PHONE}@intake:1",)), "subject"),
    ],
)
def test_contact_data_is_not_even_written(asked: Request, field: str) -> None:
    with pytest.raises(PersonalData) as caught:
        asked.body()
    assert caught.value.field == field
    assert "138" not in str(caught.value)


def test_what_is_said_of_one_case_has_one_key() -> None:
    subject = numbered_case(ITEM.kind, ITEM.numbering)
    assert Request(ITEM).key == subject.encode()
    assert Request(AcceptAssignment(), subject=subject).key == subject.encode()
    assert Request(AcceptAssignment(), id=ID).key == str(ID).encode()  # refused, but answered


def test_the_catalogue_tells_the_service() -> None:
    assert Request(ITEM).service == "intake"
    assert Request(AcceptAssignment()).service == "assignment"


def test_what_the_catalogue_does_not_know_is_not_sent() -> None:
    class Unheard(Command):
        """Nobody knows this."""

    with pytest.raises(TypeError, match="catalogue"):
        _ = Request(Unheard()).service


def test_settings_come_from_the_environment() -> None:
    env = {
        "BANLI_KAFKA": "127.0.0.1:9092",
        "BANLI_SYSTEM": "dept-x",
        "BANLI_KAFKA_PASSWORD": "secret",
        "BANLI_KAFKA_PROTOCOL": "SASL_PLAINTEXT",
        "BANLI_EPOCH": "e2",
    }
    settings = Settings.from_env(env)
    assert settings.receipts == "e2.receipts.dept-x"
    assert settings.submissions("intake") == "e2.submissions.intake.dept-x"
    assert settings.login() == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "dept-x",
        "sasl_plain_password": "secret",
    }
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"BANLI_KAFKA": "127.0.0.1:9092", "BANLI_SYSTEM": "dept-x"},
        {"BANLI_KAFKA_PROTOCOL": "HTTP"},
        {"BANLI_KAFKA_MECHANISM": "MD5"},
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_once(env: dict[str, str]) -> None:
    with pytest.raises(BadSetting):
        Settings.from_env(env)


def test_addresses_may_be_several() -> None:
    assert addresses("a:1, b:2") == [("a", 1), ("b", 2)]
    assert addresses("[::1]:9093,kafka") == [("::1", 9093), ("kafka", 9092)]


def test_a_trace_goes_beside_a_command_which_stays_the_same() -> None:
    span = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    plain = Request(ClassifyItem(category="交通"), CLERK, "case/1", id=ID)
    traced = Request(ClassifyItem(category="交通"), CLERK, "case/1", id=ID, traceparent=span)
    assert traced.body() == plain.body()
    assert (plain.headers, traced.headers) == ([], [("traceparent", span.encode())])
