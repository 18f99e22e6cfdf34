"""Both ways in: department systems over Kafka, people over HTTP; each command gets one answer."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx

from banli_client import Client, NoAnswer, Request
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

    async def ask(self, asked: Sequence[tuple[Step, Command]]) -> list[Said]:
        """Ask what steps ask, each by its way; asked once more, it is the same command.

        Over HTTP all that a person asks of a service is one list; over Kafka all is sent at once.
        """
        await asyncio.gather(*(self._keep(step) for step, _ in asked if step.upload is not None))
        groups: dict[tuple[str, str, str], list[tuple[Step, Command]]] = {}
        for step, command in asked:
            who = step.actor.person if step.way == "http" else _desk(step.actor)
            service = step.service if step.way == "http" else ""
            groups.setdefault((step.way, service, who), []).append((step, command))
        answers = await asyncio.gather(
            *(
                self._list(service, who, group) if way == "http" else self._submit_all(who, group)
                for (way, service, who), group in groups.items()
            )
        )
        said = {name: each for group in answers for name, each in group.items()}
        return [said[step.name] for step, _ in asked]

    async def _list(
        self, service: str, person: str, group: list[tuple[Step, Command]]
    ) -> dict[str, Said]:
        """Ask a list over HTTP; what came too early is asked again with the same id."""
        left = {step.name: _body(step, command) for step, command in group}
        said: dict[str, Said] = {}
        until = time.monotonic() + PATIENCE
        while left and time.monotonic() < until:
            answers = await self._post(service, person, list(left.values()))
            for name, answer in zip(list(left), answers, strict=False):
                if answer.get("code") not in AGAIN:
                    said[name] = _said(answer)
                    del left[name]
            if left:
                await asyncio.sleep(0.1)
        if left:
            raise Unanswered(f"{service} gave no answer to {', '.join(left)}")
        return said

    async def _submit_all(self, desk: str, group: list[tuple[Step, Command]]) -> dict[str, Said]:
        requests = [
            Request(command, step.actor, step.subject, id=step.id) for step, command in group
        ]
        try:
            answers = await self._desks[desk].submit_many(requests)
        except NoAnswer:  # a broker that was away: the same commands once more
            answers = await self._desks[desk].submit_many(requests)
        return {
            step.name: _said(answer.model_dump(mode="json"))
            for (step, _), answer in zip(group, answers, strict=True)
        }

    async def submit(self, command: Command, actor: Actor, subject: str, id_: UUID) -> Said:
        """Submit a command over Kafka as the department system that stands for the unit."""
        desk = self._desks[_desk(actor)]
        try:
            answer = await desk.submit(command, actor=actor, subject=subject, id=id_)
        except NoAnswer:
            answer = await desk.submit(command, actor=actor, subject=subject, id=id_)
        return _said(answer.model_dump(mode="json"))

    async def _post(self, service: str, person: str, bodies: list[Any]) -> list[dict[str, Any]]:
        """Post a list; nothing where it was not taken at all."""
        try:
            got = await self._http.post(
                f"{self._url(service)}/v1/commands", json=bodies, headers=self._headers(person)
            )
        except httpx.TransportError:
            return []
        answers: list[dict[str, Any]] = got.json().get("answers", [])
        return answers

    async def _keep(self, step: Step) -> None:
        """Hand a file's bytes to intake, before it is added to the case; again where it is busy."""
        content = step.upload or b""
        name = hashlib.sha256(content).hexdigest()
        headers = {**self._headers(step.actor.person), "Content-Type": "image/png"}
        url, until = f"{self._url('intake')}/v1/files/{name}", time.monotonic() + PATIENCE
        kept = await self._http.put(url, content=content, headers=headers)
        while kept.status_code == 503 and time.monotonic() < until:
            await asyncio.sleep(0.1)
            kept = await self._http.put(url, content=content, headers=headers)
        kept.raise_for_status()

    def _headers(self, person: str) -> dict[str, str]:
        token = self._tokens.setdefault(person, self._token(person))
        return {"Authorization": f"Bearer {token}"}


def _desk(actor: Actor) -> str:
    return "proposal-desk" if actor.unit in OFFICES else "division-desk"


def _body(step: Step, command: Command) -> dict[str, Any]:
    return Submission(
        id=step.id,
        type=type(command).__name__,
        subject=step.subject,
        data=command.model_dump(mode="json", exclude_defaults=True),
    ).model_dump(mode="json", exclude_defaults=True)


def _said(answer: dict[str, Any]) -> Said:
    problem = answer.get("problem") or answer
    return Said(
        outcome=answer.get("outcome", "none"),
        receipt=str(answer.get("receipt")),
        code=problem.get("code"),
        events=tuple(answer.get("events") or ()),
        after=answer.get("after"),
    )
