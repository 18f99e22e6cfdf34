"""A running Banli to measure: two servers, the services, the department systems, the people."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import urlopen

from banli_bench import lifecycle
from banli_cli import publishing
from banli_cli.publishing import Order
from banli_cli.services import Services
from banli_events.assignment import AdmitSystem
from banli_events.words import Actor, SystemGrant
from banli_local import Cluster, Login
from banli_local.child import Child
from banli_local.profile import write_profile
from banli_local.servers import ROOT

OPERATOR = "operator"
FILES = tuple(ROOT / "packs" / name for name in ("suggestion-2022.toml", "units-demo.toml"))
STEPS = lifecycle.lifecycle("sample", 0)


@dataclass
class World:
    """Services on servers that run already, with what a lifecycle needs published."""

    servers: Cluster
    databases: dict[str, str]
    names: tuple[str, ...]
    epoch: str = ""
    systems: tuple[str, ...] = ()
    log: str = "json"
    restart: bool = True
    env: dict[str, dict[str, str]] = field(default_factory=dict)
    services: dict[str, Child] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    _exits: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exits.close()

    def _start(self) -> None:
        for system in (desk for one in self.systems for desk in desks(one)):
            self.logins[system] = self.servers.admit(system, epoch=self.epoch)
        for name in self.names:
            self.start_service(name)
        for child in self.services.values():
            child.wait_ready()
        self._publish()

    def start_service(self, name: str) -> Child:
        """Start one process of a service; it is stopped at the end."""
        child = self.servers.service(
            name,
            self.databases[name],
            vault=self.databases["vault"],
            epoch=self.epoch,
            operators=[OPERATOR],
            log=self.log,
            restart=self.restart,
            env=self.env.get(name),
        )
        child.start()
        self._exits.callback(child.stop)
        self.services[name] = child
        return child

    def url(self, service: str) -> str:
        """Tell where a service answers."""
        return f"http://127.0.0.1:{self.services[service].port}"

    def token(self, actor: Actor) -> str:
        """Sign a token for a holder of a post."""
        identities = self.servers.identities
        return identities.token(actor.person, post=actor.post, unit=actor.unit)

    def operator_token(self) -> str:
        """Sign a token for the operator."""
        return self.servers.identities.token(OPERATOR)

    def profile(self, path: Path) -> Path:
        """Write the profile with which `banli` reaches these services."""
        urls = {name: [self.url(name)] for name in self.names}
        return write_profile(
            path, self.servers, self.databases, urls, epoch=self.epoch, operators=[OPERATOR]
        )

    def wait_read(self, seconds: float = 120) -> None:
        """Wait until every service has read the log to its end and sent what it wrote."""
        until = time.monotonic() + seconds
        while any(self._behind(name) for name in self.names):
            if time.monotonic() > until:
                raise TimeoutError("a service stays behind the log")
            time.sleep(0.05)

    def _behind(self, name: str) -> bool:
        said = self.status(name)
        unknown = said.get("lag", {}) is None  # Kafka did not tell
        return unknown or any(
            said.get(key) for key in ("lag", "unsent", "unsent_receipts", "waiting")
        )

    def status(self, name: str) -> dict[str, Any]:
        """Ask a service how it stands."""
        with urlopen(f"{self.url(name)}/v1/status", timeout=10) as answer:
            said: dict[str, Any] = json.load(answer)
        return said

    def _publish(self) -> None:
        content = publishing.read(FILES)
        content.stages[-1] = [
            order
            for order in content.stages[-1]
            if not isinstance(order.command, AdmitSystem)  # those of the demonstration
        ]
        content.stages[-1] += [order for one in self.systems for order in _admissions(one)]
        urls = {name: (self.url(name),) for name in self.names}
        with Services(urls, self.operator_token()) as services:
            publishing.publish(content, services)


def desks(system: str) -> tuple[str, str]:
    """Name the two systems of a department: that of who handles, that of who reviews."""
    return system, f"{system}-office"


def desk(system: str, actor: Actor) -> str:
    """Name the system by which somebody submits."""
    return desks(system)[actor.unit != lifecycle.HANDLER.unit]


def _admissions(system: str) -> Iterator[Order]:
    units = {actor.unit for actor in lifecycle.PEOPLE}
    theirs = lifecycle.HANDLER.unit
    for one, stands_for, grants in zip(
        desks(system), ({theirs}, units - {theirs}), ((), tuple(SystemGrant)), strict=True
    ):
        admitted = AdmitSystem(
            name=one, units=tuple(sorted(stands_for)), commands=tuple(_types()), grants=grants
        )
        yield Order("assignment", f"system/{one}", admitted)


def _types() -> list[str]:
    return sorted({step.type for step in STEPS} | {"CorrectItem"})
