"""Whatever comes over HTTP, it gets a clear answer, costs little, and keeps nobody out."""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from bodies import HUGO
from crowd import Caller, memory_of
from processes import OPERATOR
from schemathesis.generation import GenerationMode
from traffic import correct
from world import World, written

from banli_engine.guard import CONNECTIONS
from banli_engine.topics import SERVICES

DOCS = Path(__file__).parents[2] / "docs" / "openapi"
EXAMPLES = 10
"""So many requests of each way that fit its page, and as many that do not."""

MARK = "hostile-mark-7f3a"
"""What is sent in every place, and must be found in no answer and no log."""

MEGABYTE = 1_000_000


# -- requests made from the pages


def operations(service: str) -> Iterator[Any]:
    page = json.loads((DOCS / f"{service}.json").read_text())
    for ways in page["paths"].values():
        for way in ways.values():  # what is not there yet is waited for: two seconds each time
            way["parameters"] = [each for each in way["parameters"] if each["name"] != "after"]
    for found in schemathesis.openapi.from_dict(page).get_all_operations():
        yield found.ok()


def token_for(world: World, operation: Any) -> str:
    """Let operators ask what is theirs, but not move the clock, which all rests on."""
    if operation.path == "/v1/clock" or not any("运维" in tag for tag in operation.tags):
        return world.token(HUGO)
    return world.token(OPERATOR)


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_is_asked_is_answered_as_its_page_says(world: World, service: str) -> None:
    with httpx.Client(base_url=world.url(service), timeout=20) as http:
        for operation in operations(service):
            for mode in GenerationMode:
                with contextlib.suppress(hypothesis.errors.Unsatisfiable):  # nothing can be wrong
                    _ask(http, token_for(world, operation), operation, mode)
    assert world.status(service)["unwell"] is None
    assert "way_failed" not in world.log_of(service)


def _ask(http: httpx.Client, token: str, operation: Any, mode: GenerationMode) -> None:
    @hypothesis.seed(20261126)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=str(http.base_url).rstrip("/"))
        headers = {"authorization": f"Bearer {token}"}
        if kind := sent["headers"].get("Content-Type"):
            headers["content-type"] = kind
        body = {"json": sent["json"]} if "json" in sent else {"content": sent.get("data")}
        answer = http.request(
            sent["method"], sent["url"], headers=headers, params=sent.get("params"), **body
        )
        holds(operation, answer)

    ask()


def holds(operation: Any, answer: httpx.Response) -> None:
    """Insist on an answer of a kind that the page tells, and on no fault of ours."""
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    if answer.status_code in (404, 405) and answer.json()["code"] in (
        "nothing-here",
        "no-such-method",
    ):
        return
    told = operation.definition.raw["responses"]
    assert str(answer.status_code) in told, (operation.label, answer.status_code, answer.text)
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in told[str(answer.status_code)]["content"], (operation.label, kind)
    if kind == "application/problem+json":
        problem = answer.json()
        examples = told[str(answer.status_code)]["content"][kind]["examples"]
        assert problem["code"] in examples, (operation.label, problem)
        assert problem["status"] == answer.status_code
        assert (answer.status_code == 503) <= ("retry-after" in answer.headers)


# -- connections that are no good


async def held(world: World, service: str, many: int, *first: bytes) -> list[asyncio.StreamWriter]:
    """Open connections, send something on each, and hold them."""
    port = world.mains[service].port
    found = []
    for at in range(0, many, 100):
        opened = await asyncio.gather(
            *(asyncio.open_connection("127.0.0.1", port) for _ in range(min(100, many - at))),
            return_exceptions=True,
        )
        found += [pair[1] for pair in opened if not isinstance(pair, BaseException)]
    for writing in found:
        for part in first:
            with contextlib.suppress(ConnectionError):
                writing.write(part)
    return found


def let_go(connections: list[asyncio.StreamWriter]) -> None:
    for writing in connections:
        writing.transport.abort()


def head(world: World, *headers: str, path: str = "/v1/commands") -> bytes:
    token = f"authorization: Bearer {world.token(HUGO)}"
    return "\r\n".join([f"POST {path} HTTP/1.1", "host: x", token, *headers, "", ""]).encode()


def kinds(world: World) -> dict[str, tuple[bytes, ...]]:
    """Name the ways to hold on to a connection, each with what is sent on it."""
    told = head(world, "content-length: 5000000")
    return {
        "silent": (),
        "half a head": (b"POST /v1/commands HTTP/1.1\r\nhost: x\r\n",),
        "half a header": (b"POST /v1/commands HTTP/1.1\r\nx: " + MARK.encode() * 3_000,),
        "no body": (told,),
        "half a body": (told, b'{"' + MARK.encode() * 10_000),
        "chunks": (head(world, "transfer-encoding: chunked"), b"7d000\r\n" + b" " * 500_000),
        "a stranger's body": (told.replace(b"Bearer", b"Nobody"), b"[" * 1_000_000),
        "much ahead": (b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 500,),
    }


@pytest.mark.parametrize("service", ["intake", "reporting"])
async def test_nobody_is_kept_out_by_those_who_only_hold_on(world: World, service: str) -> None:
    caller = Caller(world.url(service), world.token(HUGO))
    before = memory_of(world, service)
    for kind, sent in kinds(world).items():
        holding = await held(world, service, 250, *sent)
        for _ in range(5):
            said = await caller.ask("/healthz")
            assert (said.status, said.seconds < 2) == (200, True), (kind, said)
            await asyncio.sleep(0.05)
        let_go(holding)
    caller.close()
    assert memory_of(world, service) - before < 250 * MEGABYTE
    assert MARK not in world.log_of(service)


async def test_more_connections_than_there_is_room_for_keep_nobody_out(world: World) -> None:
    before = memory_of(world, "assignment")
    holding = await held(world, "assignment", CONNECTIONS + 500)
    for _ in range(20):
        caller = Caller(world.url("assignment"), "none")
        said = await caller.ask("/healthz")
        assert (said.status, said.seconds < 2) == (200, True)
        caller.close()
    assert memory_of(world, "assignment") - before < 200 * MEGABYTE
    let_go(holding)


async def test_many_large_bodies_at_once_are_bounded_in_sum(world: World) -> None:
    """R006: a list of ten thousand goes in at once; forty such are told to come again."""
    before = most = memory_of(world, "intake")
    one = json.dumps(written(correct(MARK), "unit/none")).encode()
    body = b"[" + (one + b",") * (9_000_000 // len(one))  # long, and no JSON in the end
    headers = {"authorization": f"Bearer {world.token(HUGO)}"}
    async with httpx.AsyncClient(timeout=60) as http:
        url = world.url("intake") + "/v1/commands"
        asking = [
            asyncio.create_task(http.post(url, content=body, headers=headers)) for _ in range(40)
        ]
        while not all(task.done() for task in asking):
            most = max(most, memory_of(world, "intake"))
            await asyncio.sleep(0.05)
        answers = [await task for task in asking]
    said = {(each.status_code, each.json()["code"]) for each in answers}
    assert said <= {(400, "malformed"), (503, "busy")}
    assert (503, "busy") in said
    assert most - before < 400 * MEGABYTE, most - before
    assert MARK not in world.log_of("intake")


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_odd_gets_a_clear_answer(world: World, service: str) -> None:
    base, token = world.url(service), world.token(HUGO)
    own = "/v1/ledgers/register" if service == "reporting" else "/v1/commands"
    deep = "[" * 100_000 + "]" * 100_000
    nested = json.dumps(written(correct("x"), "case/x"))[:-2] + ',"x":' + "[" * 900 + "]" * 900
    with httpx.Client(base_url=base, headers={"authorization": f"Bearer {token}"}) as http:
        answers = [
            http.get(f"/{MARK}"),
            http.get(f"/v1/../{MARK}%2e%2e/%00"),
            http.get("/v1/%ff%fe"),
            http.get("/" + MARK * 3_000),
            http.get(f"{own}?{MARK}=1&" + "a=b&" * 5_000),
            http.get("/v1/status", headers={f"x-{n}": MARK for n in range(200)}),
            http.get("/v1/cases/%00", headers={"authorization": "Bearer " + MARK}),
            http.request("PATCH", own),
            http.post("/v1/redrive", content=deep),
            http.post("/v1/redrive", content=b"\xff\xfe" + MARK.encode()),
            http.post(own, content=nested + "}}"),
            http.post(own, content=json.dumps([json.loads("[" * 500 + "]" * 500)] * 3)),
            http.post(own, content=b"x", headers={"content-encoding": "gzip"}),
            http.post(own, content=b"x", headers={"content-type": "application/json;charset=gbk"}),
            http.post(own, content=b'{"id": ' + b"9" * 100_000 + b"}"),
        ]
    for answer in answers:
        assert answer.status_code < 500, answer.text
        if answer.status_code != 200:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"]
        assert MARK not in answer.text
        assert MARK not in str(answer.headers)
    assert MARK not in world.log_of(service)
    assert "way_failed" not in world.log_of(service)
    began = time.monotonic()
    assert httpx.get(f"{base}/healthz").status_code == 200
    assert time.monotonic() - began < 1
