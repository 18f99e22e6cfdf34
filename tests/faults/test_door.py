"""The door amid faults: a crash between vault and event, a vault that is away, many at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from processes import until
from told import Naming, Told
from wholelog import events_of, query, read_log
from world import World

from banli_events.envelope import Recorded
from banli_events.intake import ForgetPerson, PersonEntered, PersonForgotten, PersonUnsealed
from banli_testing.story import ANNA, CARA, DORA, HUGO

WANG = {"name": "王小明", "phone": "13812345678"}


@pytest.fixture
def told(world: World) -> Told:
    return Told(world)


def _reference() -> str:
    return f"letter-{uuid4()}"


def _of(world: World, person: str) -> list[type[Any]]:
    """Tell what was said of a person, once nothing is on its way."""
    world.settle()
    return [type(e.data) for e in events_of(read_log(world)) if e.subject == f"person/{person}"]


def _known(world: World) -> set[str]:
    return {row["person"] for row in query(world.dsns["vault"], "select person from persons")}


def test_a_crash_between_vault_and_event_leaves_what_the_same_request_finishes(
    world: World, told: Told
) -> None:
    path = f"/v1/persons/{_reference()}"
    assert told.ask("PUT", f"/v1/persons/{_reference()}", HUGO, WANG).status_code == 200
    before = _known(world)
    world.mains["intake"].stop()
    world.start("intake", kill_at="before-commit")
    with pytest.raises(httpx.TransportError):
        told.ask("PUT", path, HUGO, WANG)
    world.killed_at("intake", "before-commit")
    (half,) = _known(world) - before
    assert _of_rows(world, half) == []
    world.start("intake")
    answer = told.ask("PUT", path, HUGO, WANG).json()
    assert answer == {"person": half, "after": f"person/{half}@intake:1"}
    assert _of(world, half) == [PersonEntered]


def _of_rows(world: World, person: str) -> list[Any]:
    return query(
        world.dsns["intake"], "select 1 from events where subject = $1", f"person/{person}"
    )


def test_while_the_vault_is_away_callers_come_again_and_all_else_goes_on(
    world: World, told: Told
) -> None:
    reference = _reference()
    person = told.ask("PUT", f"/v1/persons/{reference}", HUGO, WANG).json()["person"]
    world.mains["intake"].stop()
    world.start("intake", env={"BANLI_VAULT": "postgresql://x@127.0.0.1:1/x"})
    shown = {"id": str(uuid4()), "parts": ["phone"], "reason": "Call back."}
    for answer in (
        told.ask("PUT", f"/v1/persons/{_reference()}", HUGO, WANG),
        told.ask("GET", f"/v1/persons/{person}", HUGO),
        told.ask("POST", f"/v1/persons/{person}/unsealings", HUGO, shown),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "vault-away")
        assert answer.headers["retry-after"]
    world.case().registered()
    world.mains["intake"].stop()
    world.start("intake")
    again = told.ask("POST", f"/v1/persons/{person}/unsealings", HUGO, shown)
    assert again.json()["parts"] == {"phone": WANG["phone"]}
    assert _of(world, person) == [PersonEntered, PersonUnsealed]


def test_what_is_forgotten_while_the_vault_is_away_is_destroyed_when_it_is_back(
    world: World, told: Told
) -> None:
    person = told.ask("PUT", f"/v1/persons/{_reference()}", HUGO, WANG).json()["person"]
    world.mains["intake"].stop()
    world.start("intake", env={"BANLI_VAULT": "postgresql://x@127.0.0.1:1/x"})
    gone = ForgetPerson(reason="Asked for it.")
    assert world.ask("intake", gone, CARA, f"person/{person}").status == 200
    assert told.ask("GET", f"/v1/persons/{person}", HUGO).status_code == 410
    assert person in _known(world)
    world.mains["intake"].stop()
    world.start("intake")
    until(lambda: person not in _known(world), "the key is destroyed")


def test_many_at_once_in_two_processes_enter_one_person_once(world: World, told: Told) -> None:
    world.join("intake")
    path = f"/v1/persons/{_reference()}"
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: told.ask("PUT", path, HUGO, WANG), range(48)))
    (text,) = {answer.text for answer in answers}
    person = httpx.Response(200, text=text).json()["person"]
    assert _of(world, person) == [PersonEntered]
    more = told.ask("PUT", path, HUGO, {**WANG, "address": "示例路一号"}).json()
    assert more == {"person": person, "after": f"person/{person}@intake:2"}


def test_one_reference_of_two_callers_is_two_persons_and_after_forgetting_a_new_one(
    world: World, told: Told
) -> None:
    path = f"/v1/persons/{_reference()}"
    first, other = (told.ask("PUT", path, who, WANG).json()["person"] for who in (HUGO, CARA))
    assert first != other
    gone = ForgetPerson(reason="Asked for it.")
    assert world.ask("intake", gone, HUGO, f"person/{first}").status == 200
    anew = told.ask("PUT", path, HUGO, WANG).json()["person"]
    assert anew not in (first, other)
    assert _of(world, first) == [PersonEntered, PersonForgotten]
    assert told.ask("GET", f"/v1/persons/{other}", CARA).json()["parts"]["phone"] == "138****5678"


def test_who_may_be_shown_what(world: World, told: Told) -> None:
    person = told.persons["wang"] = told.ask(
        "PUT", f"/v1/persons/{_reference()}", HUGO, WANG
    ).json()["person"]
    path, case = f"/v1/persons/{person}", Naming(world, str(uuid4()), person=person, title="t")
    assert told.ask("GET", path, ANNA).json()["code"] == "not-assigned-unit"
    assert told.ask("PUT", f"/v1/persons/{_reference()}", DORA, WANG).status_code == 403
    assigned = case.assigned()
    world.settle()
    assert told.ask("GET", path, ANNA).json()["parts"]["name"] == "王**"
    assert told.unseal("wang", ANNA).json()["code"] == "case-missing"
    assert told.unseal("wang", DORA).status_code == 403
    elsewhere = world.case().assigned().subject
    assert told.unseal("wang", ANNA, case=elsewhere).json()["code"] == "not-of-case"
    again = {"id": str(uuid4()), "case": assigned.subject}
    once, twice = (told.unseal("wang", ANNA, **again) for _ in range(2))
    assert once.json()["parts"] == WANG
    assert once.text == twice.text
    assert _of(world, person) == [PersonEntered, PersonUnsealed]
    event = _last(world, person)
    assert event.context.actor == ANNA
    assert (event.data.case, event.data.reason) == (assigned.subject, "回访")


def _last(world: World, person: str) -> Any:
    events: list[Recorded] = events_of(read_log(world))
    return [event for event in events if event.subject == f"person/{person}"][-1]
