"""What the year is played on: a stack of its own, in a folder of its own, its clock driven."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx

from banli_client import Settings as ClientSettings
from banli_demo.scenario import ZONE
from banli_engine.topics import SERVICES
from banli_local import settings as local
from banli_local.folder import Folder, free_ports
from banli_local.prepare import prepare
from banli_local.refusal import Refusal
from banli_local.servers import ROOT
from banli_local.settings import Ports
from banli_local.stack import Stack

HOME = Path("var/demo/stack")
BEGIN = datetime(2022, 1, 1, 12, tzinfo=ZONE)
"""The instant at which everything is published that cases rest on."""

PROGRAMS = ("kafka", "controller", "postgres", "intake", "assignment", "supervision", "reporting")


class Stage:
    """The stack of the demonstration, and the logins that the play needs."""

    def __init__(self, report: Callable[[str], None], *, uncompressed: bool) -> None:
        ports = dict(zip(PROGRAMS, free_ports(len(PROGRAMS)), strict=True))
        chosen = local.read(ROOT / "deploy" / "local" / "stack.toml")
        self.settings = chosen.model_copy(
            update={
                "folder": HOME,
                "clock": "driven",
                "compression": "uncompressed" if uncompressed else "producer",
                "ports": Ports(**ports),
            }
        )
        fresh(self.settings.home)
        self.stack = Stack(self.settings, report, prepare=self._prepare)
        self.home = self.settings.home

    def url(self, service: str) -> str:
        """Tell where a service answers."""
        return self.stack.url(service)

    def operator(self) -> str:
        """Sign a token for the operator."""
        return self.stack.token(self.settings.operators[0])

    def client(self, system: str) -> ClientSettings:
        """Tell a department system's client where Kafka is, and who it is there."""
        login = self.stack.servers.system_login(system)
        return ClientSettings(
            kafka=self.stack.servers.bootstrap,
            system=system,
            user=login.user,
            password=login.password,
            mechanism=login.mechanism,
            protocol=login.protocol,
        )

    def _prepare(self, stack: Stack) -> None:
        """Set the driven clock to the year's first day, then publish as `make up` does."""
        headers = {"Authorization": f"Bearer {stack.token(self.settings.operators[0])}"}
        for service in SERVICES:
            body = {"now": BEGIN.isoformat()}
            answer = httpx.put(f"{stack.url(service)}/v1/clock", json=body, headers=headers)
            answer.raise_for_status()
        prepare(stack)


def fresh(home: Path) -> None:
    """Empty the folder, unless a demonstration runs on it."""
    if (holder := Folder(home).holder()) is not None:
        raise Refusal(f"A demonstration runs on {home} already (process {holder}).")
    shutil.rmtree(home, ignore_errors=True)
