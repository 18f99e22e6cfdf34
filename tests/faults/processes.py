"""The processes of a world: three deciding services and reporting, to start, harm and heal."""

import itertools
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from disks import let_go

from banli_engine.topics import DECIDERS, SERVICES, group
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


@dataclass
class Processes:
    """The processes of the four services on one epoch."""

    servers: Cluster
    epoch: str
    dsns: dict[str, str]
    folder: Path
    mains: dict[str, Child] = field(default_factory=dict)
    extras: dict[str, list[Child]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    _ports: dict[str, int] = field(default_factory=dict)

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
            vault=self.dsns["vault"],
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

    def members(self, service: str) -> int:
        """Count the processes that read partitions of the log, once they have shared them out."""
        name = group(service, "log", self.epoch)
        with self.servers.admin() as admin:
            found = admin.describe_groups([name])[name]
        return len(found["members"]) if found["group_state"] == "Stable" else 0

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
        for service in SERVICES:
            if not self.mains[service].running:
                self.start(service)

    def close(self) -> None:
        """Stop everything."""
        for child in [*itertools.chain(*self.extras.values()), *self.mains.values()]:
            child.stop()

    def log_of(self, service: str) -> str:
        """Read what the main process of a service has logged."""
        return self.mains[service].log.read_text()
