"""What an operator is shown of a fork, what may be chosen, and what comes of it."""

import json
from typing import Any

import httpx
import pytest

from banli_cli import redrive, services
from banli_cli.redrive import again, settle
from banli_cli.refusal import Refusal
from banli_cli.services import Services
from banli_engine.asking import Busy, NotWritten
from banli_engine.errors import Rejection, TooEarly
from banli_engine.http import NotReady

CASE = "case/1"
NAMES = ("intake", "assignment", "reporting")
STORED = {
    "hash": "a" * 64, "stored": True, "where": None, "why_parked": None, "readable": True,
    "continues": True, "type": "Classified", "time": "2026-01-01", "id": "1", "by": "anna",
}  # fmt: skip
PARKED = {
    **STORED, "hash": "b" * 64, "stored": False, "where": "case-events/1@7",
    "why_parked": "fork: another event has this version", "by": "system:x",
}  # fmt: skip


class World:
    """Services that have parked a case, until what is kept is settled."""

    def __init__(self, *candidates: Any, later: int = 0) -> None:
        self.candidates, self.later = candidates or (STORED, PARKED), later
        self.settled: list[Any] = []
        self.redriven: list[str] = []
        self.refusal: tuple[int, str, str] | None = None
        self.refusals = 1_000_000  # how often
        self.stuck = False
        self.down: set[str] = set()

    def answer(self, request: httpx.Request) -> httpx.Response:
        service, holds = request.url.host, self.stuck or not self.settled
        if service in self.down:
            raise httpx.ConnectError("refused")
        match request.url.path:
            case "/v1/forks":
                place = {
                    "source": "intake",
                    "version": 2,
                    "later": self.later,
                    "candidates": list(self.candidates),
                }
                told: dict[str, Any] = {
                    "parked": [PARKED["why_parked"]] if holds else [],
                    "settled": self.settled,
                    "places": [place] if holds else [],
                }
                return httpx.Response(200, json={"service": service, "subject": CASE, **told})
            case "/v1/status":
                others = [{"subject": f"case/0{n}", "reason": "fork"} for n in range(100)]
                parked = [{"subject": CASE, "reason": "fork"}] if holds else []
                asked = request.url.params.get("subject")
                return httpx.Response(200, json={"parked": parked if asked == CASE else others})
            case "/v1/redrive":
                self.redriven.append(service)
                return httpx.Response(202, json={})
            case _:
                return self.command(service, json.loads(request.content))

    def command(self, service: str, asked: Any) -> httpx.Response:
        if self.refusal is not None and self.refusals:
            self.refusals -= 1
            status, code, detail = self.refusal
            return httpx.Response(status, json={"code": code, "detail": detail})
        assert (service, asked["type"]) == ("assignment", "SettleFork")
        kept = ("source", "version", "keep")
        self.settled = [{name: asked["data"][name] for name in kept}]
        return httpx.Response(200, json={})


@pytest.fixture
def said() -> list[str]:
    return []


def stack_of(world: World, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setattr(redrive, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(services, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(redrive, "READBACK_SECONDS", 0.01)
    urls = {name: (f"http://{name}",) for name in NAMES}
    return Services(urls, "token", httpx.Client(transport=httpx.MockTransport(world.answer)))


def test_without_a_choice_the_events_are_shown_each_with_its_hash(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    world = World(later=3)
    again(stack_of(world, monkeypatch), NAMES, CASE, said.append)
    text = "\n".join(said)
    assert world.redriven == list(NAMES)
    assert "a" * 16 in text
    assert "b" * 16 in text
    assert "3 later events fall" in text
    assert f"banli redrive {CASE} --keep" in text
    assert text.count("A fork:") == 1, "once, though several services tell it"


def test_a_subject_of_which_nothing_is_parked_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    world = World()
    world.settled = [{}]
    again(stack_of(world, monkeypatch), NAMES, CASE, said.append)
    assert world.redriven == []
    assert said == [f"Nothing of {CASE} is parked in {', '.join(NAMES)}."]


def test_a_choice_is_sent_to_assignment_and_followed_by_every_service(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    world = World()
    settle(stack_of(world, monkeypatch), CASE, "aaaaaaaa", "Twice.", None, said.append)
    assert world.settled == [{"source": "intake", "version": 2, "keep": "a" * 64}]
    assert [line.split()[0] for line in said[1:]] == sorted(NAMES)


@pytest.mark.parametrize(
    ("keep", "candidates", "sentence"),
    [
        ("c" * 64, (STORED, PARKED), "No one event with that hash"),
        ("aaaa", (STORED, PARKED), "No one event with that hash"),
        ("b" * 64, (STORED, {**PARKED, "readable": False}), "cannot be read"),
        ("b" * 64, (STORED, {**PARKED, "continues": False}), "settle that place first"),
        ("b" * 64, ({**PARKED, "why_parked": "gap"},), "there is no fork"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, said: list[str], keep: str, candidates: Any, sentence: str
) -> None:
    world = World(*candidates)
    with pytest.raises(Refusal, match=sentence):
        settle(stack_of(world, monkeypatch), CASE, keep, "Twice.", None, said.append)
    assert world.settled == []


def test_how_many_later_events_fall_must_be_said(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    world = World(later=3)
    stack = stack_of(world, monkeypatch)
    for falls in (None, 2):
        with pytest.raises(Refusal, match="--falls 3"):
            settle(stack, CASE, "b" * 64, "Twice.", falls, said.append)
    assert world.settled == []
    settle(stack, CASE, "b" * 64, "Twice.", 3, said.append)
    assert world.settled[0]["keep"] == "b" * 64


def test_what_assignment_refuses_is_said(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    world = World()
    world.refusal = 409, "settled-otherwise", "A choice is for ever; do not ask again."
    with pytest.raises(Refusal, match=r"^assignment refuses: A choice is for ever; do not ask ag"):
        settle(stack_of(world, monkeypatch), CASE, "a" * 64, "Twice.", None, said.append)
    assert world.refusals == 999_999, "asked once"


@pytest.mark.parametrize("why", [TooEarly(), NotReady(), Busy(), NotWritten()])
def test_what_may_be_asked_again_is_whatever_the_sentence(
    monkeypatch: pytest.MonkeyPatch, said: list[str], why: Rejection
) -> None:
    world = World()
    world.refusal, world.refusals = (why.status, why.code, "Later."), 2
    stack = stack_of(world, monkeypatch)
    monkeypatch.setattr(redrive, "READBACK_SECONDS", 5.0)
    settle(stack, CASE, "a" * 64, "Twice.", None, said.append)
    assert world.settled


def test_what_is_parked_still_is_said(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    world = World()
    world.stuck = True
    settle(stack_of(world, monkeypatch), CASE, "a" * 64, "Twice.", None, said.append)
    assert [line for line in said if "parked still: fork" in line] == said[1:]


def test_a_service_that_is_down_holds_no_choice_up(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    world = World()
    world.down = {"intake"}
    stack = stack_of(world, monkeypatch)
    again(stack, NAMES, CASE, said.append)
    assert world.redriven == ["assignment", "reporting"]
    settle(stack, CASE, "a" * 64, "Twice.", None, said.append)
    assert world.settled
    assert (
        "intake does not answer at http://intake. It follows when it has read the choice." in said
    )
    world.down = set(NAMES)
    with pytest.raises(Refusal, match="intake does not answer"):
        settle(stack, CASE, "a" * 64, "Twice.", None, said.append)
