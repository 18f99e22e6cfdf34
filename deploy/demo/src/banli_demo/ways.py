"""Both ways in: department systems over Kafka, people over HTTP; each command gets one answer."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx

from banli_client import Client, NoAnswer
from banli_client import Settings as ClientSettings
from banli_demo.scenario import Step
from banli_events.base import Command
from banli_events.submission import Submission
from banli_events.words import Actor

OFFICES = ("office", "supervision-office")
"""The units for which the proposal desk submits; the division desk does for the others."""

PATIENCE = 45.0
AGAIN = ("too-early", "not-ready", "busy", "not-written")

UrlOf = Callable[[str], str]
TokenOf = Callable[[str], str]
ClientOf = Callable[[str], ClientSettings]


class Unanswered(Exception):
    """A command got no answer in time."""


@dataclass(frozen=True, slots=True)
class Said:
    """The answer to a command, however it came."""

    outcome: str
    receipt: str
    code: str | None
    events: tuple[dict[str, Any], ...]
    after: str | None


class Ways:
    """Both ways in, open: `async with Ways(…) as ways`."""

    def __init__(self, url: UrlOf, token: TokenOf, client: ClientOf) -> None:
        self._url, self._token, self._client = url, token, client
        self._tokens: dict[str, str] = {}
        self._open = AsyncExitStack()
        self._desks: dict[str, Client] = {}
        self._http: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        self._http = await self._open.enter_async_context(httpx.AsyncClient(timeout=30))
        for desk in ("proposal-desk", "division-desk"):
            client = Client(self._client(desk))
            self._desks[desk] = await self._open.enter_async_context(client)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def ask(self, step: Step, reply_hash: str = "") -> Said:
        """Ask what a step asks, by its way; asked once more, it is the same command."""
        command = step.command(reply_hash)
        actor = Actor(person=step.person, post=step.post, unit=step.unit)
        if step.way == "kafka":
            return await self.submit(command, actor, step.subject, step.id)
        return await self.post(step.service, command, step.person, step.subject, step.id)

    async def submit(self, command: Command, actor: Actor, subject: str, id_: UUID) -> Said:
        """Submit a command over Kafka as the department system that stands for the unit."""
        desk = self._desks["proposal-desk" if actor.unit in OFFICES else "division-desk"]
        try:
            answer = await desk.submit(command, actor=actor, subject=subject, id=id_)
        except NoAnswer:  # a broker that was away: the same command once more
            answer = await desk.submit(command, actor=actor, subject=subject, id=id_)
        return _said(answer.model_dump(mode="json"))

    async def post(
        self, service: str, command: Command, person: str, subject: str, id_: UUID
    ) -> Said:
        """Ask a command over HTTP; one that came too early is asked again with the same id."""
        body = Submission(
            id=id_,
            type=type(command).__name__,
            subject=subject,
            data=command.model_dump(mode="json", exclude_defaults=True),
        ).model_dump(mode="json", exclude_defaults=True)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = await self._post(service, person, body)
            if answer is not None:
                return _said(answer)
            await asyncio.sleep(0.2)
        raise Unanswered(f"{service} gave {body['type']} on {subject} no answer")

    async def _post(self, service: str, person: str, body: Any) -> dict[str, Any] | None:
        token = self._tokens.setdefault(person, self._token(person))
        headers = {"Authorization": f"Bearer {token}"}
        try:
            got = await self._http.post(
                f"{self._url(service)}/v1/commands", json=body, headers=headers
            )
        except httpx.TransportError:
            return None
        answer: dict[str, Any] = got.json()
        return None if answer.get("code") in AGAIN else answer


def _said(answer: dict[str, Any]) -> Said:
    problem = answer.get("problem") or answer
    return Said(
        outcome=answer.get("outcome", "none"),
        receipt=str(answer.get("receipt")),
        code=problem.get("code"),
        events=tuple(answer.get("events") or ()),
        after=answer.get("after"),
    )
