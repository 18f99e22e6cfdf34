"""The driver of the clock: time moves on only when everything that could happen has happened."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import httpx

from banli_demo.ways import TokenOf, UrlOf

DECIDERS = ("intake", "assignment", "supervision")
SERVICES = (*DECIDERS, "reporting")

PATIENCE = 60.0
PAUSE = 0.01


_LEFT = (
    "lag",
    "unsent",
    "unsent_receipts",
    "waiting",
    "unknown",  # events to which it reacts later
    "parked",
    "refused_reactions",
)
"""What a service says of itself while something is still to be done."""


class Restless(Exception):
    """The services did not come to rest."""


class Driver:
    """Looks at all services, and sets their clock."""

    def __init__(self, url: UrlOf, token: TokenOf, operator: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token(operator)}"}
        self._http = httpx.AsyncClient(timeout=30)

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def look(self) -> dict[str, dict[str, Any]]:
        """Ask every service how it stands; one that does not answer is not at rest."""
        said = await asyncio.gather(*(self._status(service) for service in SERVICES))
        return dict(zip(SERVICES, said, strict=True))

    async def _status(self, service: str) -> dict[str, Any]:
        try:
            answer = await self._http.get(f"{self._url(service)}/v1/status")
            said: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        except httpx.TransportError:
            said = {}
        return said

    async def rest(self, patience: float = PATIENCE) -> dict[str, dict[str, Any]]:
        """Wait until two looks in a row show the same ends of the log and nothing to do."""
        until, before = time.monotonic() + patience, None
        while time.monotonic() < until:
            looks = await self.look()
            ends = ends_of(looks) if not restless(looks) else None
            if ends is not None and ends == before:
                return looks
            before = ends
            await asyncio.sleep(PAUSE)
        raise Restless("; ".join(restless(looks)) or "the ends of the log keep moving")

    async def advance(self, to: datetime) -> None:
        """Go on to an instant, and stop at every due instant on the way until it was looked at."""
        while True:
            due = next_due(await self.rest())
            if due is None or due >= to:
                break
            await self._set(due + timedelta(seconds=1))
        await self._set(to)

    async def _set(self, now: datetime) -> None:
        body = {"now": now.isoformat()}
        answers = await asyncio.gather(
            *(
                self._http.put(f"{self._url(name)}/v1/clock", json=body, headers=self._headers)
                for name in SERVICES
            )
        )
        for answer in answers:
            answer.raise_for_status()


def restless(looks: dict[str, dict[str, Any]]) -> list[str]:
    """Tell what keeps time from moving on, as `service: what`."""
    return [f"{name}: {what}" for name, look in looks.items() for what in _unrest(look)]


def _unrest(look: dict[str, Any]) -> list[str]:
    if not look.get("ready"):
        return ["not ready"]
    found = [what for what in _LEFT if look.get(what)]
    if look.get("lag", {}) is None:
        found.append("Kafka does not tell the lag")
    if not look.get("idle", True):
        found.append("busy")
    due = look.get("next_due")
    if due and datetime.fromisoformat(due) < datetime.fromisoformat(look["now"]):
        found.append("a due clock unchecked")
    return found


def ends_of(looks: dict[str, dict[str, Any]]) -> dict[tuple[str, str], int]:
    """Tell where the topics end: positions, as nobody is behind."""
    return {
        (topic, part): offset
        for look in looks.values()
        for topic, parts in look.get("positions", {}).items()
        for part, offset in parts.items()
    }


def next_due(looks: dict[str, dict[str, Any]]) -> datetime | None:
    """Tell the next instant at which somebody must look although nobody asks."""
    dues = [datetime.fromisoformat(look["next_due"]) for look in looks.values()
            if look.get("next_due")]  # fmt: skip
    return min(dues, default=None)
