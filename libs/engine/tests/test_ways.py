"""Who may ask a way, and how many at once."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from toy_service import ANNA

from banli_engine import ways
from banli_engine.tokens import NotAuthenticated
from banli_engine.ways import Way, Who, caller


class Process(SimpleNamespace):
    """A process of which Anna is the operator, when she says so."""

    def verify(self, authorization: str | None) -> Any:
        if authorization not in ("anna", "somebody"):
            raise NotAuthenticated
        return ANNA.model_copy(update={"person": authorization})


async def wait(process: Any, request: Request) -> Response:
    """Answer when it is time."""
    await process.time.wait()
    return JSONResponse({})


async def tell(_: Any, request: Request) -> Response:
    """Tell who asks."""
    return JSONResponse({"person": caller(request).person})


WAYS = (
    Way("/open", "GET", wait, Who.ANYONE),
    Way("/always", "GET", wait, Who.ANYONE, waits=False),
    Way("/own", "GET", tell),
    Way("/operators", "GET", tell, Who.OPERATOR),
)


@pytest.fixture
def process() -> Process:
    process = Process(time=asyncio.Event(), settings=SimpleNamespace(operator_names={"anna"}))
    process.tokens = process
    return process


async def asked(process: Process, *requests: tuple[str, str | None]) -> list[httpx.Response]:
    transport = httpx.ASGITransport(ways.serve(process, WAYS))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:

        async def ask(path: str, who: str | None) -> httpx.Response:
            return await http.get(path, headers={"authorization": who} if who else {})

        asking = [asyncio.create_task(ask(*each)) for each in requests]
        await asyncio.sleep(0.05)
        process.time.set()
        return [await each for each in asking]


async def test_only_who_may_gets_through(process: Process) -> None:
    answers = await asked(
        process,
        *(("/own", None), ("/own", "nobody"), ("/own", "somebody")),
        *(("/operators", None), ("/operators", "somebody"), ("/operators", "anna")),
    )
    assert [each.status_code for each in answers] == [401, 401, 200, 401, 403, 200]
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert answers[2].json() == {"person": "somebody"}


async def test_what_is_answered_to_one_caller_is_kept_nowhere_on_the_way(process: Process) -> None:
    told = await asked(process, ("/own", "somebody"), ("/operators", "somebody"), ("/open", None))
    assert [each.headers.get("cache-control") for each in told] == ["no-store", "no-store", None]


async def test_strangers_take_no_room_from_those_with_a_token(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "ROOM", 2)
    answers = await asked(
        process, *([("/open", None)] * 4), ("/own", "somebody"), ("/always", None)
    )
    assert [each.status_code for each in answers] == [200, 200, 503, 503, 200, 200]
    assert answers[2].json()["code"] == "busy"
    assert answers[2].headers["retry-after"]
    assert [each.status_code for each in await asked(process, ("/open", None))] == [200]
