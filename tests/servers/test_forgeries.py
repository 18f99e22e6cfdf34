"""What must all fail: each forgery tried on the real broker and the real services."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from aiokafka.structs import TopicPartition
from doors import (
    CHIEF,
    FOREIGN,
    HANDLER,
    OPERATOR,
    OWN,
    REGISTRAR,
    SECTION,
    SINCE,
    Doors,
    case_of,
    code_of,
    in_post,
    registration,
    written,
)
from joserfc import jwt
from joserfc.jwk import ECKey

from banli_engine import topics
from banli_engine.provision import dismiss_system
from banli_engine.topics import DECIDERS
from banli_events.assignment import ClassifyItem, RetireSystem
from banli_events.envelope import CommandRef, Recorded, Wire, decode, encode
from banli_events.intake import ItemWithdrawn
from banli_events.supervision import ApproveReply, LogResearch
from banli_events.words import Actor, PostRole, SystemGrant
from banli_local import Login
from banli_local.testing import audit

DESK, SIGNER, SECTIONS, PLAIN, LEAVING, NOBODY = (
    *("desk", "signer", "sections", "plain", "leaving"),
    "nobody",  # a login, topics and rights, but no admission
)
COMMANDS = ("LogResearch", "RecordContact", "ApproveReply", "RecordFeedback", "AddAttachment")
FOREIGN_HANDLER, FOREIGN_CHIEF = (
    in_post(role, FOREIGN) for role in (PostRole.HANDLER, PostRole.CHIEF)
)
SUPERVISION = "supervision"
APPROVE = ApproveReply(reply_hash="a" * 64)


def research(text: str) -> LogResearch:
    return LogResearch(researched_on=SINCE, summary=text)


@pytest.fixture(scope="module")
def early(doors: Doors) -> tuple[str, float]:
    """What a system without an admission submitted, and when: it waits its time."""
    doors.servers.admit(NOBODY, epoch=doors.epoch)
    asked = written(research("Nobody looked."), case_of("forged"), HANDLER)
    asyncio.run(_send(doors, NOBODY, "supervision", asked))
    return str(asked["id"]), time.monotonic()


@pytest.fixture(scope="module")
def case(doors: Doors, early: tuple[str, float]) -> str:
    """A case that the own unit handles, and the systems that try it."""
    doors.admit(DESK, (OWN,), COMMANDS)
    doors.admit(SIGNER, (OWN, FOREIGN), COMMANDS, SystemGrant)
    doors.admit(SECTIONS, (SECTION, FOREIGN), COMMANDS, SystemGrant)
    doors.admit(PLAIN, (FOREIGN,), COMMANDS)
    doors.admit(LEAVING, (OWN,), COMMANDS)
    return doors.assigned("forged")


async def _send(
    doors: Doors, system: str, service: str, body: Any, login: Login | None = None
) -> None:
    """Put a message on a system's topic, as that system or with another login."""
    settings = (login or doors.servers.system_login(system)).client(doors.servers.bootstrap)
    producer = AIOKafkaProducer(**settings, enable_idempotence=False)
    try:
        await producer.start()
        topic = topics.submissions(service, system, doors.epoch)
        await producer.send_and_wait(topic, json.dumps(body).encode())
    finally:
        await producer.stop()


async def _log(doors: Doors, subject: str) -> list[Recorded]:
    """Read all that stands on the log of a subject."""
    topic = topics.case_events(doors.epoch)
    settings = doors.servers.login("auditor").client(doors.servers.bootstrap)
    found: list[Recorded] = []
    async with AIOKafkaConsumer(**settings, fetch_max_wait_ms=20) as consumer:
        places = [TopicPartition(topic, part) for part in range(12)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            await consumer.seek_to_beginning(place)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                wires = (Wire(r.key, tuple(r.headers), r.value) for r in records)
                found += [decode(w) for w in wires if w.key == subject.encode()]
    return found


# -- tokens


def _unsigned(doors: Doors) -> str:
    kid = json.loads(doors.servers.identities.public.read_text())["keys"][0]["kid"]
    claims = {"aud": "banli", "sub": OPERATOR, "exp": int(time.time()) + 60}
    parts = ({"alg": "none", "kid": kid}, claims)
    return ".".join(urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts) + "."


def _by_another_key(doors: Doors) -> str:
    kid = json.loads(doors.servers.identities.public.read_text())["keys"][0]["kid"]
    claims = {"aud": "banli", "sub": OPERATOR, "exp": int(time.time()) + 60}
    key = ECKey.generate_key("P-256", private=True)
    return jwt.encode({"alg": "ES256", "kid": kid}, claims, key)


TOKENS: dict[str, Callable[[Doors], str]] = {
    "another key": _by_another_key,
    "alg none": _unsigned,
    "another audience": lambda doors: doors.servers.identities.token(OPERATOR, aud="payroll"),
    "expired": lambda doors: doors.servers.identities.token(OPERATOR, lifetime=-60),
    "not yet": lambda doors: doors.servers.identities.token(OPERATOR, nbf=time.time() + 3600),
    "no token": lambda doors: "x",
}


@pytest.mark.parametrize("forged", TOKENS)
def test_a_forged_token_opens_no_service(doors: Doors, forged: str) -> None:
    headers = {"authorization": f"Bearer {TOKENS[forged](doors)}"}
    body = written(RetireSystem(reason="x"), f"system/{DESK}")
    for service in DECIDERS:
        answer = httpx.post(doors.url(service) + "/v1/commands", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")


def test_nobody_names_somebody_else_than_the_token(doors: Doors, case: str) -> None:
    asked = written(research("As somebody else."), case, HANDLER)
    (answer,) = doors.ask("supervision", [asked], FOREIGN_HANDLER)
    assert (answer["code"], answer["field"]) == ("malformed", "actor")


# -- submissions


def test_a_header_that_claims_an_origin_changes_nothing(doors: Doors, case: str) -> None:
    claims = [
        *(("ce_source", b"supervision"), ("ce_type", b"ReplyApproved"), ("ce_version", b"1")),
        *(("via", b"http"), ("ce_subject", b"case/other")),
    ]
    asked = written(research("Went there."), case, HANDLER)
    (answer,) = asyncio.run(doors.submit(DESK, [("supervision", asked)], claims))
    assert answer["outcome"] == "admitted"
    said = asyncio.run(_log(doors, case))[-1]
    assert (said.source, said.type, said.context.via) == (
        *("supervision", "ResearchLogged"),
        f"system:{DESK}",
    )


def test_an_event_is_no_command(doors: Doors, case: str) -> None:
    event = next(e for e in asyncio.run(_log(doors, case)) if e.type == "ItemRegistered")
    copied = json.loads(encode(event).value or b"") | written("ItemRegistered", case, REGISTRAR)
    named = written("ItemRegistered", case, REGISTRAR, {"title": "x"})
    theirs = written(registration("elsewhere"), None, REGISTRAR)
    forged = [("intake", copied), ("intake", named), ("supervision", theirs)]
    answers = asyncio.run(doors.submit(DESK, forged))
    assert [code_of(answer) for answer in answers] == ["malformed", *["unknown-command"] * 2]
    now = asyncio.run(_log(doors, case))
    assert sum(e.type == "ItemRegistered" for e in now) == 1


def test_another_unit_s_case_is_closed_to_who_acts_for_a_unit(doors: Doors, case: str) -> None:
    (answer,) = doors.ask("supervision", [written(research("x"), case)], FOREIGN_HANDLER)
    assert answer["code"] == "not-assigned-unit"
    asked = written(research("x"), case, FOREIGN_HANDLER)
    (answer,) = asyncio.run(doors.submit(PLAIN, [("supervision", asked)]))
    assert code_of(answer) == "not-assigned-unit"
    borrowed = written(research("x"), case, HANDLER)
    (answer,) = asyncio.run(doors.submit(PLAIN, [("supervision", borrowed)]))
    assert code_of(answer) == "not-admitted"


@pytest.mark.parametrize(
    ("system", "chief", "code"),
    [
        (DESK, CHIEF, "not-granted"),
        (PLAIN, FOREIGN_CHIEF, "not-granted"),
        (SIGNER, CHIEF, "handles-itself"),
        (SIGNER, FOREIGN_CHIEF, "handles-itself"),
        (SECTIONS, FOREIGN_CHIEF, "handles-itself"),
        (DESK, FOREIGN_CHIEF, "not-admitted"),
    ],
)
def test_a_department_does_not_sign_with_the_chief_s_name(
    doors: Doors, case: str, system: str, chief: Actor, code: str
) -> None:
    asked = written(APPROVE, case, chief)
    (answer,) = asyncio.run(doors.submit(system, [("supervision", asked)]))
    assert code_of(answer) == code


def test_a_command_s_id_is_its_sender_s_own(doors: Doors, case: str) -> None:
    asked = written(research("The first."), case, HANDLER)
    (first,) = asyncio.run(doors.submit(DESK, [("supervision", asked)]))
    assert first["outcome"] == "admitted"
    same = written(research("Another."), case, FOREIGN_HANDLER, id_=asked["id"])
    (answer,) = asyncio.run(doors.submit(PLAIN, [("supervision", same)]))
    assert code_of(answer) == "not-assigned-unit"  # neither the first answer nor `id-reused`
    (answer,) = doors.ask("supervision", [written(research("x"), case, id_=asked["id"])], HANDLER)
    assert answer["outcome"] == "admitted"
    (again,) = asyncio.run(doors.submit(DESK, [("supervision", asked)]))
    assert again == first


# -- the broker


@pytest.mark.parametrize("whose", ["desk", "plain", "auditor", "reporting", "intake"])
async def test_a_topic_of_submissions_is_written_by_its_system_alone(
    doors: Doors, case: str, whose: str
) -> None:
    known = whose in (DESK, PLAIN)
    login = doors.servers.system_login(whose) if known else doors.servers.login(whose)
    with pytest.raises(TopicAuthorizationFailedError):
        await _send(doors, SIGNER, "supervision", written(APPROVE, case, CHIEF), login)


@pytest.mark.parametrize("whose", ["desk", "auditor", "reporting"])
async def test_the_log_is_not_written_by_who_says_nothing(
    doors: Doors, case: str, whose: str
) -> None:
    servers = doors.servers
    login = servers.system_login(whose) if whose == DESK else servers.login(whose)
    async with AIOKafkaProducer(**login.client(servers.bootstrap), enable_idempotence=False) as to:
        for log in (topics.case_events(doors.epoch), topics.reference_events(doors.epoch)):
            with pytest.raises(TopicAuthorizationFailedError):
                await to.send_and_wait(log, b"{}", key=case.encode())


# -- who is let in no more


def test_a_retired_system_is_shut_out_at_once_and_with_what_lay_there(
    doors: Doors, case: str
) -> None:
    asked = written(research("In time."), case, HANDLER)
    (answer,) = asyncio.run(doors.submit(LEAVING, [("supervision", asked)]))
    assert answer["outcome"] == "admitted"
    doors.children["supervision"].stop()
    late = [written(research(f"Late {n}."), case, HANDLER) for n in range(3)]
    for each in late:
        asyncio.run(_send(doors, LEAVING, "supervision", each))
    with doors.servers.admin() as admin:
        login = doors.servers.system_login(LEAVING)
        doors.publish([(f"system/{LEAVING}", RetireSystem(reason="Replaced."))])
        doors.children["supervision"].start()
        doors.children["supervision"].wait_ready()
        found = asyncio.run(_receipts(doors, LEAVING, {each["id"] for each in late}))
        assert {code_of(each) for each in found} == {"not-admitted"}
        dismiss_system(admin, LEAVING)
    with pytest.raises((TopicAuthorizationFailedError, KafkaConnectionError)):
        asyncio.run(_send(doors, LEAVING, "supervision", late[0], login))


async def _receipts(doors: Doors, system: str, ids: set[str]) -> list[dict[str, Any]]:
    """Wait for the receipts of commands, as the administrator."""
    settings = doors.servers.login().client(doors.servers.bootstrap)
    place = TopicPartition(topics.receipts(system, doors.epoch), 0)
    found: dict[str, dict[str, Any]] = {}
    async with AIOKafkaConsumer(**settings) as consumer:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        async with asyncio.timeout(60):
            while ids - found.keys():
                said = json.loads((await consumer.getone()).value or b"")
                found[said["command"]] = said
    return [found[each] for each in ids]


# -- a service that says what is another's to say


@pytest.fixture(scope="module")
def intruded(doors: Doors, case: str) -> str:
    """A case on which supervision's own login wrote that intake takes it back."""
    subject = doors.assigned("intruded")
    until = time.monotonic() + 30
    while not (theirs := [e for e in asyncio.run(_log(doors, subject)) if e.source == SUPERVISION]):
        assert time.monotonic() < until
    said, id_ = theirs[-1], str(uuid4())
    command = CommandRef(id=id_, hash="a" * 64, part=1, of=1)
    changed = {"previous": said.hash.hex(), "via": "http", "actor": HANDLER, "command": command}
    context = said.context.model_copy(update={**changed, "correlationid": id_})
    forged = replace(
        said,
        version=said.version + 1,
        id="0195f0a0-0000-7000-8251-377ed0356399",
        type="ItemWithdrawn",
        schema=1,
        causation=id_,
        context=context,
        data=ItemWithdrawn(reason="Taken back.", withdrawn_on=SINCE),
    )
    asyncio.run(_write(doors, encode(forged)))
    return subject


async def _write(doors: Doors, wire: Wire) -> None:
    settings = doors.servers.login("supervision").client(doors.servers.bootstrap)
    async with AIOKafkaProducer(**settings) as producer:
        topic = topics.case_events(doors.epoch)
        await producer.send_and_wait(topic, wire.value, key=wire.key, headers=list(wire.headers))


def test_no_reader_believes_a_service_what_is_another_s_to_say(doors: Doors, intruded: str) -> None:
    asked = {
        "intake": (registration("intruded"), REGISTRAR),
        "assignment": (ClassifyItem(category="x"), in_post(PostRole.SUPERVISION_OFFICE, OWN)),
        "supervision": (APPROVE, CHIEF),
    }
    for service, (command, by) in asked.items():
        until = time.monotonic() + 20
        while True:
            (answer,) = doors.ask(service, [written(command, intruded)], by)
            if code_of(answer) == "case-parked":
                break
            before = (None, "already-registered", "already-assigned", "no-draft")
            assert code_of(answer) in before, answer
            assert answer.get("outcome") != "admitted"
            assert time.monotonic() < until


def test_the_audit_names_it(doors: Doors, intruded: str) -> None:
    ran = audit(doors.servers, doors.epoch, "--json")
    of_cases = [each for each in json.loads(ran.stdout)["findings"] if "case/" in each["subject"]]
    assert {(each["code"], each["subject"]) for each in of_cases} == {("wrong-source", intruded)}


# -- last, for it takes its time


def test_a_system_that_was_never_admitted_waits_in_vain(
    doors: Doors, case: str, early: tuple[str, float]
) -> None:
    id_, since = early
    (answer,) = asyncio.run(_receipts(doors, NOBODY, {id_}))
    assert code_of(answer) == "too-early"
    assert time.monotonic() - since >= 30
