"""All commands over HTTP: each client plays one lifecycle after another, command by command."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from banli_bench import log, usage
from banli_bench.bulk import Measured
from banli_bench.lifecycle import EVENTS, PEOPLE, Step, lifecycle
from banli_bench.world import World

AGAIN = (409, 503)  # too early, or too much at once: the same command again


class Line:
    """A connection to one service that is kept open; lean, as it shares the two cores."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, token: str, body: bytes) -> tuple[int, bytes]:
        """Post a command and read the answer."""
        if self._streams is None:
            name, _, port = self.host.partition(":")
            self._streams = await asyncio.open_connection(name, int(port))
        reader, writer = self._streams
        head = (
            f"POST /v1/commands HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(answer[9:12]), await reader.readexactly(length)

    def close(self) -> None:
        """Let the connection go; the next command opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass
class Crowd:
    """The clients, and how long each answer took them."""

    world: World
    run: str
    left: list[int]
    tokens: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    async def client(self) -> None:
        """Play lifecycles until none is left."""
        lines = {name: Line(self.world.url(name)) for name in self.world.services}
        try:
            while self.left:
                for step in lifecycle(self.run, self.left.pop()):
                    await self._give(lines[step.service], step)
        finally:
            for line in lines.values():
                line.close()

    async def _give(self, line: Line, step: Step) -> None:
        body = json.dumps(step.body(over_http=True), ensure_ascii=False).encode()
        began = time.monotonic()
        while True:
            try:
                status, answer = await line.post(self.tokens[step.actor.person], body)
            except (asyncio.IncompleteReadError, ConnectionError):
                line.close()  # it was idle for too long: the same command on a new connection
                continue
            if status not in AGAIN:
                break
            await asyncio.sleep(0.05)
        self.seconds.append(time.monotonic() - began)
        if status != 200:
            raise AssertionError(f"{step.type} was answered {status}: {answer.decode()}")


def measure(world: World, run: str, lifecycles: int, clients: int) -> tuple[Measured, list[float]]:
    """Play so many lifecycles; give also how long the answers took, sorted."""
    tokens = {actor.person: world.token(actor) for actor in PEOPLE}
    crowd = Crowd(world, run, list(range(lifecycles)), tokens)
    whole = log.case_events(world.servers, world.epoch)
    wanted = whole.end() + lifecycles * EVENTS
    before, began = usage.cpu_seconds(world), time.monotonic()

    async def play() -> None:
        await asyncio.gather(*(crowd.client() for _ in range(clients)))

    asyncio.run(play())
    while whole.end() < wanted:
        time.sleep(0.02)
    whole.close()
    world.wait_read()
    measured = Measured(lifecycles, time.monotonic() - began, usage.since(before, world))
    return measured, sorted(crowd.seconds)
