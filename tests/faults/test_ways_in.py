"""The ways in: a command has the same effect and refusal either way; everything is answered."""

import asyncio
import json
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from bodies import ANNA, CARA, HUGO, RATINGS, feedback
from department import answers_to, as_bytes, receipts, send
from processes import until
from wholelog import events_of, read_log, read_receipts, read_topics
from world import World, written

from banli_client import Client
from banli_engine.answering import PATIENCE_MS
from banli_engine.topics import submissions
from banli_events.assignment import ClassifyItem
from banli_events.intake import CorrectItem


@pytest.fixture(scope="module", autouse=True)
def of_an_unknown_case(one_world: World) -> int:
    """Send something about a case that never comes; its time is over when the others are done."""
    one_world.mend()
    rating = as_bytes(feedback("P-li"), one_world.case().subject, actor=HUGO)
    (offset,) = send(one_world, rating, system=RATINGS)
    return offset


def test_whatever_a_department_sends_gets_one_answer(world: World) -> None:
    case = world.case().registered()
    correct = CorrectItem(field="title", after="Another title", reason="A slip.")
    good = written(correct, case.subject, actor=HUGO)
    nonsense = [
        b"not json at all",
        b"",
        b"[1, 2]",
        b'{"id": "no uuid"}',
        json.dumps({**good, "id": str(uuid4()), "type": "NoSuchCommand"}).encode(),
        json.dumps({"id": str(uuid4()), "data": good["data"]}).encode(),
        json.dumps({**good, "id": str(uuid4()), "data": {"phone": "1"}}).encode(),
        json.dumps({**good, "id": str(uuid4()), "subject": "unit/x"}).encode(),
        b'{"id": "' + b"[" * 100_000,
        b"\xff\xfe\x00",
    ]
    answers = answers_to(world, *nonsense)
    assert [answer["outcome"] for answer in answers] == ["refused"] * len(nonsense)
    assert len({answer["receipt"] for answer in answers}) == len(nonsense)
    assert answers[4]["problem"]["code"] == "unknown-command"
    assert answers[6]["problem"]["field"].startswith("data")
    assert "phone" not in json.dumps(answers)
    assert answers_to(world, json.dumps(good).encode())[0]["outcome"] == "admitted"


def test_a_submission_that_comes_twice_is_admitted_once_and_answered_twice(world: World) -> None:
    case = world.case()
    value = as_bytes(case.registration, actor=HUGO)
    first, second = answers_to(world, value, value)
    assert first == second
    assert first["outcome"] == "admitted"
    mine = [e for e in events_of(read_log(world)) if e.subject == case.subject]
    assert [e.type for e in mine] == ["ItemRegistered"]


def test_a_submission_that_comes_before_its_fact_is_admitted_when_the_fact_arrives(
    world: World,
) -> None:
    case = world.case()
    classify = as_bytes(ClassifyItem(category="Road safety"), case.subject, actor=CARA)
    (offset,) = send(world, classify, service="assignment")
    until(lambda: world.status("assignment")["waiting"], "the command waits")
    case.registered()
    found = until(lambda: receipts(world, [offset], "assignment"), "the command is answered")
    assert json.loads(found[offset])["outcome"] == "admitted"


@pytest.mark.parametrize("breach", ["second registration", "wrong role", "bad field"])
def test_the_same_command_is_refused_in_the_same_words_either_way(
    world: World, breach: str
) -> None:
    case = world.case().registered()
    command, actor = {
        "second registration": (case.registration, HUGO),
        "wrong role": (world.case().registration, ANNA),
        "bad field": (CorrectItem(field="numbering.number", after="9", reason="x"), HUGO),
    }[breach]
    subject = case.subject if breach == "bad field" else None
    over_http = world.ask("intake", command, actor, subject).body
    (over_kafka,) = answers_to(world, as_bytes(command, subject, actor=actor))
    problem = over_kafka["problem"]
    assert problem == {key: over_http[key] for key in problem}


def test_the_same_command_has_the_same_effect_either_way(world: World) -> None:
    http, kafka = world.case(), world.case()
    world.ask("intake", http.registration, HUGO)
    answers_to(world, as_bytes(kafka.registration, actor=HUGO))
    said = {e.subject: e.data for e in events_of(read_log(world))}
    number = said[http.subject].numbering
    assert said[http.subject] == said[kafka.subject].model_copy(update={"numbering": number})


def test_the_client_learns_what_became_of_its_command(world: World) -> None:
    case = world.case()

    async def go():
        async with Client(world.department) as banli:
            first = await banli.submit(case.registration, actor=HUGO)
            again = await banli.submit(case.registration, actor=HUGO)
            return first, again

    first, again = asyncio.run(go())
    assert (first.outcome, again.outcome) == ("admitted", "refused")
    assert again.problem.code == "already-registered"
    assert again.subject == first.subject == case.subject


def test_a_request_without_a_good_token_is_refused(world: World) -> None:
    body = written(world.case().registration)
    url = world.url("intake") + "/v1/commands"
    expired = world.servers.identities.token("hugo", lifetime=-60, post="registry")
    for header in ({}, {"authorization": "Bearer x"}, {"authorization": f"Bearer {expired}"}):
        answer = httpx.post(url, json=body, headers=header)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")


def test_a_person_who_does_not_hold_the_post_is_refused(world: World) -> None:
    claimed = replace_actor(HUGO, unit="traffic")
    answer = world.ask("intake", world.case().registration, claimed)
    assert (answer.status, answer.code) == (403, "not-holder")


def replace_actor(actor, **changes):
    return actor.model_copy(update=changes)


def test_a_batch_is_answered_one_by_one(world: World) -> None:
    one, two = world.case(), world.case()
    body = [written(c) for c in (one.registration, two.registration, one.registration)]
    answers = world.post("intake", body, HUGO).json()["answers"]
    assert [a.get("outcome") for a in answers] == ["admitted", "admitted", "refused"]


def test_a_command_that_names_its_ground_waits_for_it(world: World) -> None:
    case = world.case().registered()
    ahead = replace(case, after=(f"{case.subject}@assignment:1",))
    correct = CorrectItem(field="title", after="x", reason="y")
    body = written(correct, case.subject, after=ahead.after)
    early = world.post("intake", body, HUGO)
    assert (early.status_code, early.json()["code"]) == (409, "too-early")
    assert early.headers["retry-after"]


def test_an_unknown_case_is_refused_only_when_its_time_is_over(
    world: World, of_an_unknown_case: int
) -> None:
    lies_at = of_an_unknown_case
    until(lambda: not world.status("intake")["waiting"], "nothing waits any more")
    found = until(lambda: receipts(world, [lies_at], system=RATINGS), "it is answered")
    assert json.loads(found[lies_at])["problem"]["code"] == "too-early"
    asked = read_topics(world, [submissions("intake", RATINGS, world.epoch)])
    told = [line for line in read_receipts(world, RATINGS) if line.wire.value == found[lies_at]]
    (sent_at,) = (line.at for line in asked if (line.part, line.offset) == (0, lies_at))
    assert told[0].at - sent_at >= PATIENCE_MS
