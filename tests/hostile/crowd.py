"""Many callers at once, at as little cost as can be; and what a process takes of the machine."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psutil
from world import World


@dataclass(frozen=True)
class Said:
    """One answer: its status, how long it took, its headers and its body."""

    status: int
    seconds: float
    headers: dict[str, str]
    body: Any

    @property
    def again(self) -> bool:
        """Tell whether it says that the same may be asked again."""
        return self.status == 503 or (self.status == 409 and self.body["code"] == "too-early")


@dataclass
class Caller:
    """One connection, on which one request follows the other."""

    url: str
    token: str
    _reading: asyncio.StreamReader | None = field(default=None, init=False)
    _writing: asyncio.StreamWriter | None = field(default=None, init=False)

    async def ask(self, path: str, body: Any = None) -> Said:
        """Ask, on a new connection where the last one was closed."""
        began = time.monotonic()
        if self._writing is None or self._writing.is_closing():
            host, _, port = self.url.removeprefix("http://").partition(":")
            self._reading, self._writing = await asyncio.open_connection(host, int(port))
        assert self._reading is not None
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nhost: x\r\n"
        head += f"authorization: Bearer {self.token}\r\ncontent-length: {len(content)}\r\n\r\n"
        self._writing.write(head.encode() + content)
        first, *lines = (await self._reading.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        raw = await self._reading.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.close()
        json_kind = "json" in headers.get("content-type", "")
        seconds = time.monotonic() - began
        return Said(int(first.split()[1]), seconds, headers, json.loads(raw) if json_kind else raw)

    def close(self) -> None:
        """Let the connection go."""
        if self._writing is not None:
            self._writing.close()
            self._writing = None


def memory_of(world: World, service: str) -> int:
    """Tell how much memory the main process of a service holds, in bytes."""
    process = psutil.Process(world.mains[service].pid)
    return int(sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]))


def slowest(said: Iterable[Said], part: float = 0.95) -> float:
    """Tell within what time so many of all were answered."""
    times = sorted(each.seconds for each in said)
    return times[int(part * (len(times) - 1))]
