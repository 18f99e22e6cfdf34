"""A world to break: the four services on one log, with people, a department and cases."""

import itertools
import os
import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from bodies import OTHER, RATINGS, SYSTEM, Straight, publications
from processes import OPERATOR, PATIENCE, Processes, until

from banli_client import Settings
from banli_engine.topics import DECIDERS, SERVICES, Compression
from banli_events.base import Command
from banli_events.submission import Submission
from banli_events.words import Actor
from banli_local import Cluster
from banli_local.folder import free_ports


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
class World(Processes):
    """Four services on one epoch, and how to speak with them, harm and heal them."""

    spoiled: set[str] = field(default_factory=set)  # subjects that a test has damaged on the log
    _tokens: dict[str, str] = field(default_factory=dict)
    _http: httpx.Client = field(
        default_factory=lambda: httpx.Client(
            timeout=20, limits=httpx.Limits(max_keepalive_connections=0)
        )
    )
    """One client, for it is dear to make; but no connection outlives the process it leads to."""

    def open(self) -> None:
        """Start the services, admit the department, publish units, posts and the pack."""
        self.begin()
        for service, commands in publications():
            for subject, command in commands:
                assert self.ask(service, command, OPERATOR, subject).status == 200

    def begin(self) -> None:
        """Let the departments in and start the services; nothing is published."""
        self._ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        for system in (SYSTEM, OTHER, RATINGS):
            self.admit(system)
        for service in SERVICES:
            self.start(service, wait=False)
        for service in SERVICES:
            self.mains[service].wait_ready()

    def close(self) -> None:
        """Stop everything."""
        super().close()
        self._http.close()

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
        return self._http.post(self.url(service) + path, json=body, headers=headers)

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
        return dict(self._http.get(self.url(service) + "/v1/status").json())

    def quiet(self) -> bool:
        """Tell whether nothing is on its way any more."""
        for service in SERVICES:
            try:
                now = self.status(service)
            except httpx.TransportError:
                return False
            waits = now["unsent"] or now.get("unsent_receipts") or now["waiting"]
            if not now["ready"] or waits or now["lag"] != {} or not now.get("idle", True):
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
            self._http.put(url, json={"now": now.isoformat()}, headers=headers).raise_for_status()

    def set_clocks_even(self) -> None:
        """Let no service be behind another: some test advanced the clock of one alone."""
        now = {service: self.now(service) for service in DECIDERS}
        latest = max(now.values())
        self.set_clock(latest, [service for service, at in now.items() if at < latest])

    def now(self, service: str = "supervision") -> datetime:
        """Read the driven clock."""
        return datetime.fromisoformat(self.status(service)["now"])

    # -- the department and its cases

    def admit(self, system: str) -> None:
        """Give a department's system its login and topics, which can be read as they lie."""
        self.servers.admit(system, DECIDERS, self.epoch, "uncompressed")

    @property
    def department(self) -> Settings:
        """The settings of the department's client."""
        return self.desk(SYSTEM)

    def desk(self, system: str) -> Settings:
        """The settings of a system's client."""
        login = self.servers.system_login(system)
        return Settings(
            kafka=self.servers.bootstrap,
            system=system,
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


@contextmanager
def opened(
    servers: Cluster, letter: str, folder: Path, compression: Compression = "producer"
) -> Iterator[World]:
    """Open a world on a log and databases of its own, and close it in the end."""
    epoch = f"{letter}{uuid4().hex[:8]}"
    servers.provision(epoch=epoch, compression=compression)
    world = World(servers, epoch, servers.create_databases(f"{epoch}_"), folder)
    try:
        world.open()
        yield world
    finally:
        world.close()


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
