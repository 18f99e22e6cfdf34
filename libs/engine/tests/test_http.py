"""The way in over HTTP: lists, bodies and what is said when nothing could be written."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from toy_service import ANNA, SERVICE

from banli_engine import answers, asking, bodies, http
from banli_engine.answering import Answered
from banli_engine.errors import IdReused, Rejection, TooEarly
from banli_engine.inbox import QUEUE, TooMuch
from banli_engine.pending import Pending
from banli_engine.store import StoredAnswer


@dataclass
class Loop:
    """A loop that takes what waits at once, and no more than the real one at a time."""

    early: dict[str, int] = field(default_factory=dict)  # how often a category is too early
    broken: bool = False
    refusal: Rejection | None = None  # stored as the answer to whatever is asked
    waiting: int = 0
    most: int = 0
    decided: list[str] = field(default_factory=list)
    redriven: list[str] = field(default_factory=list)

    async def call(self, asked: Pending) -> Answered:
        if self.waiting >= QUEUE:
            raise TooMuch
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await asyncio.sleep(0.001)
        self.waiting -= 1
        if self.broken:
            raise OSError
        category = asked.command.category  # type: ignore[union-attr]
        if self.early.get(category, 0):
            self.early[category] -= 1
            return Answered(asked, None, why=TooEarly())
        if self.refusal is not None:
            return Answered(asked, answers.refused(asked, self.refusal), why=self.refusal)
        self.decided.append(category)
        return Answered(asked, StoredAnswer("h", "admitted", b'{"outcome": "admitted"}'))

    async def news(self, _: str, seconds: float) -> None:
        await asyncio.sleep(seconds / 10)

    def touch(self, subjects: list[str], *, redrive: bool) -> None:
        self.redriven += subjects


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
async def caller(loop: Loop) -> AsyncIterator[httpx.AsyncClient]:
    process: Any = SimpleNamespace(
        service=SERVICE,
        loop=loop,
        open=True,
        room=asyncio.Semaphore(asking.AT_ONCE),
        tokens=SimpleNamespace(verify=lambda _: ANNA),
        settings=SimpleNamespace(operator_names=frozenset({ANNA.person})),
    )
    transport = httpx.ASGITransport(http.app(process))
    async with httpx.AsyncClient(transport=transport, base_url="http://x", timeout=60) as caller:
        yield caller


def ask(number: int, subject: str = "case/1") -> dict[str, Any]:
    data = {"category": str(number)}
    return {"id": str(UUID(int=number)), "type": "ClassifyItem", "subject": subject, "data": data}


async def posted(caller: httpx.AsyncClient, body: Any, path: str = "/v1/commands") -> Any:
    return (await caller.post(path, json=body)).json()


async def test_what_is_about_one_subject_is_answered_in_turn(
    caller: httpx.AsyncClient, loop: Loop
) -> None:
    loop.early = {"1": 3}
    said = await posted(caller, [ask(1), ask(2), ask(3, "case/2"), ask(4)])
    assert [each["outcome"] for each in said["answers"]] == ["admitted"] * 4
    assert [each for each in loop.decided if each != "3"] == ["1", "2", "4"]
    assert loop.decided[0] == "3"  # another subject waits for none of them


async def test_a_subject_that_stays_too_early_is_waited_for_once(
    caller: httpx.AsyncClient, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.3)
    loop.early = {str(n): 1_000 for n in range(20)}
    async with asyncio.timeout(3):
        said = await posted(caller, [ask(n) for n in range(20)])
    assert {each["code"] for each in said["answers"]} == {"too-early"}


async def test_of_ten_thousand_each_is_answered_by_itself_and_the_early_ones_wait_together(
    caller: httpx.AsyncClient, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R006"""
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.5)
    late, soon = range(0, 10_000, 4), range(1, 10_000, 400)
    loop.early = {str(n): 1_000 for n in late} | {str(n): 1 for n in soon}
    began = asyncio.get_running_loop().time()
    said = await posted(caller, [ask(n, f"case/{n}") for n in range(10_000)])
    took = asyncio.get_running_loop().time() - began
    outcomes = [each.get("code") or each["outcome"] for each in said["answers"]]
    assert outcomes == ["too-early" if n % 4 == 0 else "admitted" for n in range(10_000)]
    asked = 10_000 + sum(1_000 - loop.early[str(n)] for n in late)
    assert asked < 10_000 + 8 * len(late), "they are not asked over and over"
    assert took < 20
    assert loop.most <= asking.AT_ONCE


async def test_the_more_come_too_early_the_more_seldom_each_is_asked_again(
    caller: httpx.AsyncClient, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 1.0)

    async def asked(many: int) -> float:
        loop.early = {str(n): 1_000 for n in range(many)}
        said = await asyncio.gather(*(posted(caller, ask(n, f"case/{n}")) for n in range(many)))
        assert {each["code"] for each in said} == {"too-early"}
        return sum(1_000 - left for left in loop.early.values()) / many

    assert await asked(2) > 4 * await asked(400)


class AlreadyDone(Rejection):
    """It has been done."""

    status = 409


@pytest.mark.parametrize("refusal", [AlreadyDone(), IdReused(), TooEarly()])
async def test_nobody_is_told_to_come_again_for_an_answer_that_is_stored(
    caller: httpx.AsyncClient, loop: Loop, refusal: Rejection
) -> None:
    loop.refusal = refusal
    answer = await caller.post("/v1/commands", json=ask(1))
    assert (answer.status_code, answer.json()["code"]) == (409, refusal.code)
    assert "retry-after" not in answer.headers


async def test_who_comes_too_early_is_told_to_come_again(
    caller: httpx.AsyncClient, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.0)
    loop.early = {"1": 1_000}
    answer = await caller.post("/v1/commands", json=ask(1))
    assert (answer.status_code, answer.json()["code"]) == (409, "too-early")
    assert answer.headers["retry-after"]


async def test_the_longest_list_is_answered_in_full_and_others_come_through(
    caller: httpx.AsyncClient, loop: Loop
) -> None:
    whole = asyncio.create_task(
        posted(caller, [ask(n, f"case/{n}") for n in range(http.MAX_BATCH)])
    )
    while not loop.most:
        await asyncio.sleep(0.001)
    alone = await posted(caller, ask(http.MAX_BATCH, "case/x"))
    assert alone["outcome"] == "admitted"
    assert not whole.done()
    said = await whole
    assert {each.get("outcome") for each in said["answers"]} == {"admitted"}
    assert loop.most < QUEUE


async def test_members_of_a_list_that_are_no_commands_are_answered_in_their_place(
    caller: httpx.AsyncClient,
) -> None:
    said = await posted(caller, [7, ask(1), {}])
    assert [each.get("code") for each in said["answers"]] == ["malformed", None, "malformed"]


async def test_what_could_not_be_written_is_not_said_to_be_not_ready(
    caller: httpx.AsyncClient, loop: Loop
) -> None:
    loop.broken = True
    answer = await caller.post("/v1/commands", json=ask(1))
    assert (answer.status_code, answer.json()["code"]) == (503, "not-written")
    assert answer.headers["retry-after"]
    said = await posted(caller, [ask(1)])
    assert said["answers"][0]["code"] == "not-written"


@pytest.mark.parametrize("told", [True, False])
async def test_a_body_that_is_too_large_is_not_read_to_its_end(
    caller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY", 1_000)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 100
            yield b" " * 100

    headers = {"content-length": "10000"} if told else {}
    answer = await caller.post("/v1/commands", content=body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert read <= (0 if told else 1_200)


@pytest.mark.parametrize("subject", [7, "", "case", "case/", "case/1\0", "case/\ud800", "a/" * 99])
async def test_what_is_no_subject_is_not_tried_again(
    caller: httpx.AsyncClient, loop: Loop, subject: Any
) -> None:
    body = json.dumps({"subject": subject}).encode()
    answer = await caller.post("/v1/redrive", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert loop.redriven == []


async def test_what_lay_under_no_subject_is_tried_again(
    caller: httpx.AsyncClient, loop: Loop
) -> None:
    for subject in ("case/1", "unreadable/f1.case-events-3-17"):
        assert (await caller.post("/v1/redrive", json={"subject": subject})).status_code == 202
    assert loop.redriven == ["case/1", "unreadable/f1.case-events-3-17"]
