"""How lists are asked over HTTP: each command until it has its answer, always as the same one."""

import json
from collections.abc import Callable
from datetime import datetime

import httpx

from banli_client import Settings
from banli_demo.scenario import ZONE, Step
from banli_demo.ways import Ways
from banli_events.assignment import AcceptAssignment
from banli_events.words import Actor

CHEN = Actor(person="chen", post="traffic-handler", unit="traffic")


def step(name: str, upload: bytes | None = None) -> Step:
    at = datetime(2022, 3, 1, tzinfo=ZONE)
    return Step(name, at, "assignment", "http", CHEN, f"case/{name}", AcceptAssignment(),
                upload=upload)  # fmt: skip


def answered(asked: dict[str, str]) -> dict[str, object]:
    return {"outcome": "admitted", "receipt": asked["id"], "events": []}


def over_http(answer: Callable[[httpx.Request], httpx.Response]) -> Ways:
    def no_kafka(system: str) -> Settings:
        raise NotImplementedError

    ways = Ways(lambda service: "http://there", lambda person: "token", no_kafka)
    ways._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return ways


async def test_what_came_too_early_is_asked_again_as_the_same_command() -> None:
    came: list[list[dict[str, str]]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        came.append(asked)
        early = {"code": "too-early", "status": 409}
        each = [early if len(came) == 1 and n == 1 else answered(a) for n, a in enumerate(asked)]
        return httpx.Response(200, json={"answers": each})

    ways = Ways(
        lambda service: "http://there", lambda person: "token", lambda system: NotImplemented
    )
    ways._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    first, second = step("a"), step("b")
    said = await ways.ask([(first, first.command), (second, second.command)])
    assert [each.receipt for each in said] == [str(first.id), str(second.id)]
    assert [[each["id"] for each in asked] for asked in came] == [
        [str(first.id), str(second.id)],
        [str(second.id)],
    ]


async def test_a_file_is_handed_over_before_it_is_named() -> None:
    came: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        came.append(request.method)
        if request.method == "PUT":
            return httpx.Response(201, json={})
        return httpx.Response(200, json={"answers": [answered(json.loads(request.content)[0])]})

    ways = Ways(
        lambda service: "http://there", lambda person: "token", lambda system: NotImplemented
    )
    ways._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    one = step("a", upload=b"photo")
    await ways.ask([(one, one.command)])
    assert came == ["PUT", "POST"]
