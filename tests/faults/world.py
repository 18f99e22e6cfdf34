"""A world to break: three deciding services on one log, with people, a department and cases."""

import itertools
import os
import random
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from bodies import SYSTEM, Straight, publications
from disks import let_go

from banli_client import Settings
from banli_engine.topics import DECIDERS
from banli_events.base import Command
from banli_events.submission import Submission
from banli_events.words import Actor
from banli_local import Cluster
from banli_local.child import Child
from banli_local.folder import free_ports

OPERATOR = "operator"
PATIENCE = 90.0
"""How long anything may take to come right after a fault, in seconds."""


def until(true: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait until something holds, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        if found := true():
            return found
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Reply:
    """What came back over HTTP."""

    status: int
    body: dict[str, Any]
    raw: bytes
    times: int  # how often it was asked

    @property
    def code(self) -> str | None:
        """The code of a refusal."""
        return self.body.get("code")


@dataclass(frozen=True)
class Cases:
    """The cases on which the traffic runs."""

    open: tuple[str, ...]
    assigned: tuple[str, ...]


@dataclass
class World:
    """Three deciding services on one epoch, and how to speak with them, harm and heal them."""

    servers: Cluster
    epoch: str
    dsns: dict[str, str]
    folder: Path
    mains: dict[str, Child] = field(default_factory=dict)
    extras: dict[str, list[Child]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    spoiled: set[str] = field(default_factory=set)  # subjects that a test has damaged on the log
    _tokens: dict[str, str] = field(default_factory=dict)
    _ports: dict[str, int] = field(default_factory=dict)

    # -- processes

    def open(self) -> None:
        """Start the services, admit the department, publish units, posts and the pack."""
        self._ports = dict(zip(DECIDERS, free_ports(len(DECIDERS)), strict=True))
        self.servers.admit(SYSTEM, DECIDERS, self.epoch)
        for service in DECIDERS:
            self.start(service, wait=False)
        for service in DECIDERS:
            self.mains[service].wait_ready()
        for service, commands in publications():
            for subject, command in commands:
                assert self.ask(service, command, OPERATOR, subject).status == 200

    def child(
        self,
        service: str,
        *,
        kill_at: str | None = None,
        dsn: str | None = None,
        port: int | None = None,
        command: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Child:
        """Make a process of a service, not yet started."""
        killing = {"BANLI_KILL_AT": kill_at, "BANLI_KILL_MARK": str(self.mark(service))}
        return self.servers.service(
            service,
            dsn or self.dsns[service],
            port=port or free_ports(1)[0],
            epoch=self.epoch,
            clock="driven",
            operators=[OPERATOR],
            env={**(killing if kill_at else {}), **(env or {})},
            command=command,
            label=f"{self.epoch}-{service}-{next(self.numbers)}",
        )

    def start(self, service: str, *, wait: bool = True, **how: Any) -> Child:
        """Start a service's main process, always on the same port."""
        child = self.mains[service] = self.child(service, port=self._ports[service], **how)
        child.start()
        if wait:
            child.wait_ready()
        return child

    def join(self, service: str, **how: Any) -> Child:
        """Let another process of a service join."""
        child = self.child(service, **how)
        child.start()
        child.wait_ready()
        self.extras.setdefault(service, []).append(child)
        return child

    def kill(self, service: str) -> None:
        """kill -9 the main process of a service."""
        self.mains[service].kill()

    def mark(self, service: str) -> Path:
        """Name the file in which a process says at which point it was killed."""
        return self.folder / f"{self.epoch}-{service}.mark"

    def killed_at(self, service: str, point: str) -> None:
        """Hold that the process reached the point, and that its end was by signal."""
        process = self.mains[service].process
        assert process is not None
        until(lambda: process.poll() is not None, f"{service} ends at {point}")
        assert process.returncode == -signal.SIGKILL
        assert self.mark(service).read_text() == point
        self.mark(service).unlink()

    def mend(self) -> None:
        """Stop every process that joined; start those main processes that are gone; all send."""
        for child in itertools.chain(*self.extras.values()):
            child.stop()
        self.extras.clear()
        for service in DECIDERS:
            let_go(self.dsns[service])
            if not self.mains[service].running:
                self.start(service)

    def close(self) -> None:
        """Stop everything."""
        for child in [*itertools.chain(*self.extras.values()), *self.mains.values()]:
            child.stop()

    def log_of(self, service: str) -> str:
        """Read what the main process of a service has logged."""
        return self.mains[service].log.read_text()

    # -- speaking

    def token(self, actor: Actor | str) -> str:
        """Sign a token for a person in a post, or for an operator."""
        if isinstance(actor, str):
            return self._sign(actor)
        return self._sign(actor.person, post=actor.post, unit=actor.unit)

    def _sign(self, person: str, **claims: str) -> str:
        key = "/".join([person, *claims.values()])
        if key not in self._tokens:
            self._tokens[key] = self.servers.identities.token(person, **claims)
        return self._tokens[key]

    def url(self, service: str) -> str:
        """Give the address of one of the service's running processes."""
        alive = [c for c in (self.mains[service], *self.extras.get(service, [])) if c.running]
        return f"http://127.0.0.1:{(random.choice(alive) if alive else self.mains[service]).port}"

    def post(
        self, service: str, body: Any, actor: Actor | str, path: str = "/v1/commands"
    ) -> httpx.Response:
        """Send one request."""
        headers = {"authorization": f"Bearer {self.token(actor)}"}
        return httpx.post(self.url(service) + path, json=body, headers=headers, timeout=20)

    def ask(
        self,
        service: str,
        command: Command,
        actor: Actor | str,
        subject: str | None = None,
        *,
        id: UUID | None = None,
        after: Iterable[str] = (),
    ) -> Reply:
        """Ask over HTTP, again with the same id until there is an answer."""
        body, deadline = written(command, subject, id=id, after=after), time.monotonic() + PATIENCE
        for times in itertools.count(1):
            try:
                answer = self.post(service, body, actor)
            except httpx.TransportError:
                answer = None
            if answer is not None and not again(answer.status_code, answer.content):
                return Reply(answer.status_code, answer.json(), answer.content, times)
            assert time.monotonic() < deadline, answer and answer.text
            time.sleep(0.05)
        raise AssertionError

    def status(self, service: str) -> dict[str, Any]:
        """Ask a service how it stands."""
        return dict(httpx.get(self.url(service) + "/v1/status", timeout=20).json())

    def quiet(self) -> bool:
        """Tell whether nothing is on its way any more."""
        for service in DECIDERS:
            try:
                now = self.status(service)
            except httpx.TransportError:
                return False
            waits = now["unsent"] or now["unsent_receipts"] or now["waiting"]
            if not now["ready"] or waits or now["lag"] or not now["idle"]:
                return False
        return True

    def settle(self) -> None:
        """Wait until nothing is on its way any more."""
        until(self.quiet, "the services have settled")

    def set_clock(self, now: datetime, services: Iterable[str] = DECIDERS) -> None:
        """Advance the driven clock."""
        headers = {"authorization": f"Bearer {self.token(OPERATOR)}"}
        for service in services:
            url = self.url(service) + "/v1/clock"
            httpx.put(url, json={"now": now.isoformat()}, headers=headers).raise_for_status()

    def now(self, service: str = "supervision") -> datetime:
        """Read the driven clock."""
        return datetime.fromisoformat(self.status(service)["now"])

    # -- the department and its cases

    @property
    def department(self) -> Settings:
        """The settings of the department's client."""
        login = self.servers.system_login(SYSTEM)
        return Settings(
            kafka=self.servers.bootstrap,
            system=SYSTEM,
            user=login.user,
            password=login.password,
            mechanism=login.mechanism,
            protocol="SASL_PLAINTEXT",
            epoch=self.epoch,
            timeout=PATIENCE,
        )

    def case(self) -> Straight:
        """Begin a case of which nothing is on the log yet."""
        return Straight(self, f"{os.getpid()}-{next(self.numbers)}")


def written(
    command: Command,
    subject: str | None = None,
    *,
    id: UUID | None = None,
    after: Iterable[str] = (),
    actor: Actor | None = None,
) -> dict[str, Any]:
    """Write a command as it goes over HTTP, or with its actor over Kafka."""
    return Submission(
        id=id or uuid4(),
        type=type(command).__name__,
        subject=subject,
        actor=actor,
        after=tuple(after),
        data=command.model_dump(mode="json", exclude_defaults=True),
    ).model_dump(mode="json", exclude_none=True)


def again(status: int, body: bytes) -> bool:
    """Tell whether this is no answer yet, and the command is to be asked again."""
    return status == 503 or (status == 409 and b'"too-early"' in body)
