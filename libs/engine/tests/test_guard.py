"""Who sends heads without an end, bodies drop by drop, or reads nothing, is told so and left."""

import asyncio
import contextlib
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from toy_service import ANNA
from uvicorn.server import ServerState

from banli_engine import bodies, guard, ways
from banli_engine.bodies import read_json
from banli_engine.tokens import NotAuthenticated
from banli_engine.ways import Told, Way, Who

Say = Callable[..., Awaitable[bytes]]


async def take(_: Any, request: Request) -> Response:
    """Take a body."""
    async with read_json(request) as body:
        return JSONResponse({"took": len(body)})


async def much(_: Any, request: Request) -> Response:
    """Answer at length."""
    return Response(b"x" * 20_000_000)


async def stream(_: Any, request: Request) -> Response:
    """Answer at length, piece by piece."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b"x" * 100_000

    return StreamingResponse(pieces())


async def wait(process: Any, request: Request) -> Response:
    """Answer when it is time."""
    await process.time.wait()
    return Response(b"waited")


async def fail(_: Any, request: Request) -> Response:
    """Fail."""
    raise ZeroDivisionError(request.query_params["with"])


WAYS = (
    Way("/take", "POST", take),
    Way("/much", "GET", much, Who.ANYONE),
    Way("/stream", "GET", stream, Who.ANYONE),
    Way("/wait", "GET", wait, Who.ANYONE),
    Way("/fail", "GET", fail, Who.ANYONE, asks={"with": Told("What with.")}),
)


class Process(SimpleNamespace):
    """A process that knows one token."""

    def verify(self, authorization: str | None) -> Any:
        if authorization == "another's":
            return ANNA.model_copy(update={"person": "ben"})
        if authorization != "good":
            raise NotAuthenticated
        return ANNA


@pytest.fixture
def process() -> Process:
    process = Process(time=asyncio.Event())
    process.tokens = process
    return process


@pytest.fixture
async def port(process: Process) -> AsyncIterator[int]:
    app = ways.serve(process, WAYS)
    config = uvicorn.Config(app, http=guard.protocol(), ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    make = functools.partial(config.http_protocol_class, config, state, {})
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for connection in list(state.connections):
        connection.transport.abort()
    await asyncio.sleep(0)


@pytest.fixture
def say(port: int) -> Say:
    """Send bytes on a connection of its own, and read until the other side has closed it."""

    async def said(*sent: bytes, pause: float = 0.0) -> bytes:
        reading, writing = await asyncio.open_connection("127.0.0.1", port)
        try:
            with contextlib.suppress(ConnectionError):
                for part in sent:
                    writing.write(part)
                    await writing.drain()
                    await asyncio.sleep(pause)
            return await asyncio.wait_for(reading.read(), 10)
        finally:
            writing.close()
            with contextlib.suppress(ConnectionError):
                await writing.wait_closed()

    return said


def head(path: str = "/take", *headers: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *headers, "", ""]).encode()


def of(answer: bytes) -> tuple[int, str]:
    """Read the status and the code off the one answer that came."""
    first, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\nHTTP/1.1 " not in body
    return int(first.split()[1]), json.loads(body)["code"]


ENDLESS = b"a" * 100_000


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + ENDLESS,
        b"GET / HTTP/1.1\r\n" + ENDLESS,
        b"GET / HTTP/1.1\r\nhost: " + ENDLESS,
        b"GET / HTTP/1.1\r\nhost: " + ENDLESS + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 12_000,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n",
        b"\r\n" * 40_000,
        head("/take", "authorization: good", "transfer-encoding: chunked") + b"1;" + ENDLESS * 5,
    ],
)
async def test_a_line_without_an_end_is_told_so(say: Say, sent: bytes) -> None:
    assert of(await say(sent, pause=0.1)) == (431, "head-too-long")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00",
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /take HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST /take HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /take HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /take HTTP/1.1\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        b"GET / HTTP/1.1\r\nho st: x\r\n\r\n",
        b"GET / HTTP/1.1\r\na: b\0c\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n",
        head("/take", "authorization: good", "transfer-encoding: chunked") + b"zz\r\n",
    ],
)
async def test_what_is_no_request_is_told_so(say: Say, sent: bytes) -> None:
    assert of(await say(sent)) == (400, "malformed")


async def test_a_head_that_does_not_come_is_waited_for_so_long(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "HEAD_SECONDS", 0.2)
    drops = [b"GET / HTTP/1.1\r\n", *([b"a: b\r\n"] * 20)]
    for sent in ([], [b"GET"], drops, [b"\r\n"] * 20):
        assert of(await say(*sent, pause=0.02)) == (408, "too-slow")


async def test_a_body_that_does_not_come_is_waited_for_at_a_pace(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.3)
    monkeypatch.setattr(guard, "BYTES_A_SECOND", 1_000)
    told = head("/take", "authorization: good", "content-length: 900", "connection: close")
    assert of(await say(told)) == (408, "too-slow")
    assert of(await say(told, *([b" "] * 40), pause=0.02)) == (408, "too-slow")
    steady = [b" " * 100] * 8 + [b'"' + b"a" * 98 + b'"']
    assert b'{"took":98}' in await say(told, *steady, pause=0.08), "at this pace it may"


async def test_who_sends_what_is_not_wanted_gets_the_answer_all_the_same(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LINGER_SECONDS", 0.5)
    some = b"a" * 90_000
    for told, piece in (
        ("content-length: 9900000", some),
        ("transfer-encoding: chunked", b"%x\r\n%b\r\n" % (len(some), some)),
    ):
        pieces = [piece] * 100
        began = asyncio.get_running_loop().time()
        assert of(await say(head("/take", told), *pieces)) == (401, "not-authenticated")
        assert asyncio.get_running_loop().time() - began < 2 * guard.LINGER_SECONDS + 1


async def test_who_sends_the_rest_of_what_is_not_wanted_may_ask_again(say: Say) -> None:
    unwanted = head("/take", "content-length: 90000") + b"a" * 90_000
    last = head("/nowhere", "connection: close", method="GET")
    answer = await say(unwanted[:500], unwanted[500:] + last, pause=0.2)
    assert answer.count(b"HTTP/1.1 401") == answer.count(b"HTTP/1.1 404") == 1


async def test_a_connection_whose_request_was_answered_early_does_not_go_on_for_ever(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LINGER_SECONDS", 0.5)
    drops = [b"1\r\na\r\n"] * 18
    began = asyncio.get_running_loop().time()
    answer = await say(head("/take", "transfer-encoding: chunked"), *drops, pause=0.05)
    assert of(answer) == (401, "not-authenticated")
    assert asyncio.get_running_loop().time() - began < 2


async def test_requests_sent_ahead_are_answered_in_turn_up_to_so_many(
    say: Say, process: Process
) -> None:
    process.time.set()
    one = head("/wait", method="GET")
    few = await say(one * 3 + head("/wait", "connection: close", method="GET"))
    assert few.count(b"waited") == 4
    many = await say(one * 1_000)
    assert 1 <= many.count(b"waited") <= guard.AHEAD + 1
    assert many.count(b"HTTP/1.1 ") == many.count(b"waited"), "no answer to another one's request"


async def test_what_came_whole_is_answered_before_nonsense_closes_the_connection(
    say: Say, process: Process
) -> None:
    asking = asyncio.create_task(say(head("/wait", method="GET") + b"nonsense\r\n\r\n"))
    await asyncio.sleep(0.1)
    process.time.set()
    answer = await asking
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_a_newcomer_takes_the_place_of_who_is_idle_longest_and_of_nobody_who_is_served(
    say: Say, port: int, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard.Guarded, "most", 3)
    served = asyncio.create_task(say(head("/wait", "connection: close", method="GET")))
    await asyncio.sleep(0.05)
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    await asyncio.sleep(0.05)
    answer = await say(head("/nowhere", "connection: close", method="GET"))
    assert of(answer) == (404, "nothing-here")
    assert await asyncio.wait_for(idle[0][0].read(), 1) == b"", "the first to be idle has left"
    also = [
        asyncio.create_task(say(head("/wait", "connection: close", method="GET"))) for _ in range(2)
    ]
    await asyncio.sleep(0.1)
    assert of(await say()) == (503, "busy"), "all are served: there is no room"
    process.time.set()
    assert all(b"waited" in each for each in await asyncio.gather(served, *also))
    for _, writing in idle:
        writing.close()


@pytest.mark.parametrize("path", ["/much", "/stream"])
async def test_who_does_not_read_the_answer_is_left_and_who_reads_slowly_is_not(
    port: int, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(guard, "WRITE_SECONDS", 0.2)
    whole = {"/much": 20_000_000, "/stream": 40_000_000}[path]
    reading, writing = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
    writing.write(head(path, "connection: close", method="GET"))
    await asyncio.sleep(0.7)
    with contextlib.suppress(ConnectionError):
        assert len(await asyncio.wait_for(reading.read(), 2)) < whole
    writing.close()
    reading, writing = await asyncio.open_connection("127.0.0.1", port, limit=100_000)
    writing.write(head(path, "connection: close", method="GET"))
    size = 0
    while piece := await reading.read(1_000_000):
        size += len(piece)
        await asyncio.sleep(0.01)
    assert size > whole
    writing.close()


async def test_of_all_bodies_together_only_so_much_is_held(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "ALL_BODIES", 1_000)
    told = head("/take", "authorization: good", "content-length: 900", "connection: close")
    half = asyncio.create_task(say(told, b" " * 600, b'"' + b"a" * 298 + b'"', pause=0.3))
    await asyncio.sleep(0.45)
    refused = await say(told, b" " * 600)
    assert of(refused) == (503, "busy")
    assert b"retry-after" in refused
    assert b'{"took":298}' in await half
    assert bodies.Held.bytes == 0


async def test_one_caller_leaves_room_for_the_bodies_of_others(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "ALL_BODIES_OF_ONE", 1_000)

    def told(by: str) -> bytes:
        return head("/take", f"authorization: {by}", "content-length: 900", "connection: close")

    rest = b" " * 600, b'"' + b"a" * 298 + b'"'
    half = asyncio.create_task(say(told("good"), *rest, pause=0.3))
    await asyncio.sleep(0.45)
    assert of(await say(told("good"), b" " * 600)) == (503, "busy")
    assert b'{"took":298}' in await say(told("another's"), *rest)
    assert b'{"took":298}' in await half
    assert not bodies.Held.of


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (["content-encoding: gzip"], "unfit-encoding"),
        (["content-type: application/json; charset=gbk"], "unfit-encoding"),
        (["content-type: application/json; charset=UTF-8"], None),
        (["content-type: text/plain"], None),
    ],
)
async def test_a_body_is_json_in_utf_8(say: Say, headers: list[str], code: str | None) -> None:
    told = ["authorization: good", "content-length: 4", "connection: close", *headers]
    answer = await say(head("/take", *told) + b'"ab"')
    assert (b'{"took":2}' in answer) if code is None else (of(answer) == (415, code))


@pytest.mark.parametrize(
    "body",
    [
        '"a"'.encode("utf-16"),
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"1" * 5_000,
        b"",
    ],
)
async def test_what_is_no_json_in_utf_8_is_malformed(say: Say, body: bytes) -> None:
    told = "authorization: good", f"content-length: {len(body)}", "connection: close"
    assert of(await say(head("/take", *told) + body)) == (400, "malformed")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("GET /nowhere HTTP/1.1", (404, "nothing-here")),
        ("GET /wait/ HTTP/1.1", (404, "nothing-here")),
        ("GET /%2e%2e/%00 HTTP/1.1", (404, "nothing-here")),
        ("PUT /wait HTTP/1.1", (405, "no-such-method")),
        ("GET /wait?secret=1 HTTP/1.1", (400, "malformed")),
        ("GET /fail?with=%00 HTTP/1.1", (400, "malformed")),
        ("GET /fail?with=secret HTTP/1.1", (500, "internal-fault")),
        ("GET /fail?with=secret HTTP/1.0", (500, "internal-fault")),
        ("GET http://secret/fail HTTP/1.1", (500, "internal-fault")),
    ],
)
async def test_a_refusal_is_a_problem_document_and_repeats_nothing(
    say: Say, capsys: pytest.CaptureFixture[str], asked: str, answer: tuple[int, str]
) -> None:
    got = await say(f"{asked}\r\nhost: secret\r\nconnection: close\r\n\r\n".encode())
    assert of(got) == answer
    assert b"secret" not in got
    assert "secret" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("to", ["websocket", "h2c"])
async def test_another_protocol_is_not_gone_over_to(say: Say, to: str) -> None:
    other = head("/nowhere", "connection: upgrade, close", f"upgrade: {to}", method="GET")
    assert of(await say(other)) == (404, "nothing-here")
