"""The whole platform on one machine, started in order and stopped in reverse."""

import json
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncpg
from kafka.errors import KafkaError

from banli_cli import publishing, systems
from banli_cli.profile import KafkaLogin
from banli_cli.publishing import Holder
from banli_engine.provision import NotProvisioned
from banli_engine.topics import SERVICES, BadSystemName
from banli_local.child import Child
from banli_local.folder import write_private
from banli_local.prepare import prepare
from banli_local.profile import write_profile
from banli_local.refusal import Refusal, by_sign, from_os_error
from banli_local.servers import VAULT, Servers
from banli_local.settings import Settings, System

Report = Callable[[str], None]


class Stack:
    """Kafka, PostgreSQL and the four services, as the settings say."""

    def __init__(
        self,
        settings: Settings,
        report: Report = print,
        *,
        echo: bool = False,
        command: Callable[[str], Sequence[str | Path]] | None = None,
        prepare: Callable[["Stack"], None] = prepare,
    ) -> None:
        self.settings = settings
        self.report = report
        self.echo = echo
        self.command = command
        self.prepare = prepare
        self.services: dict[str, Child] = {}
        self.content = publishing.read(settings.files)
        ports = settings.ports
        self.servers = Servers(
            settings.home,
            kafka=ports.kafka,
            controller=ports.controller,
            postgres=ports.postgres,
            report=report,
            echo=echo,
        )
        self.folder = self.servers.folder

    def url(self, service: str) -> str:
        """Return where a service answers over HTTP."""
        return f"http://127.0.0.1:{self.settings.ports.of(service)[service]}"

    def token(self, subject: str) -> str:
        """Sign a token for one of the invented people, with the post they hold."""
        held: dict[str, Any] = {
            each.person: {"post": each.post, "unit": each.unit} for each in self._people()
        }
        return self.servers.identities.token(subject, **held.get(subject, {}))

    def _people(self) -> list[Holder]:
        named = self.settings.people
        told = [Holder(p.subject, p.post, p.unit) for p in named if p.post and p.unit]
        return [*self.content.holders, *told]

    def start(self, *, servers_only: bool = False) -> None:
        """Start everything; on a refusal nothing is left running."""
        ports = {} if servers_only else self.settings.ports.of(*SERVICES)
        self.report("starting Kafka and PostgreSQL")
        self.servers.start(ports)
        try:
            self._provision()
            if not servers_only:
                self._start_services()
                self.report("publishing reference data")
                self.prepare(self)
                self._write_profile()
            self.write_state()
        except BaseException as error:
            self.stop()
            if isinstance(error, Exception):
                raise self._in_words(error) from error
            raise

    def stop(self) -> None:
        """Stop the services, which know nothing of each other, then the servers; the data stays."""
        for child in self.services.values():
            child.ask_to_stop()
        for child in self.services.values():
            child.stop()
        self.services.clear()
        self.servers.stop()

    def children(self) -> Iterator[Child]:
        """Name every process, in the order of the start."""
        yield from (self.servers.kafka, self.servers.postgres, *self.services.values())

    def write_state(self) -> None:
        """Note for `status` what runs."""
        processes = [
            {"name": c.name, "pid": c.pid, "port": c.port, "restarts": c.restarts}
            for c in self.children()
        ]
        text = json.dumps({"processes": processes}, indent=1)
        file = self.folder / "state.json"
        if not file.exists() or file.read_text() != text:
            write_private(file, text)

    def watch(self, seconds: float = 1.0) -> None:
        """Keep the note of what runs fresh, for ever."""
        while True:
            time.sleep(seconds)
            try:
                self.write_state()
            except Refusal as refusal:  # a full disk; the note is not worth stopping for
                self.report(str(refusal))
                time.sleep(30)

    def _in_words(self, error: Exception) -> Exception:
        if not isinstance(error, Refusal) and (known := by_sign([str(error)], self.folder)):
            return known
        match error:
            case NotProvisioned() | BadSystemName():
                return Refusal(str(error))
            case asyncpg.PostgresError() | KafkaError():
                return Refusal(f"A server refused its settings: {error}.")
            case OSError():
                return from_os_error(error, self.folder)
            case _:
                return error

    def _provision(self) -> None:
        self.report("making databases, topics, logins and access rights")
        self.databases = self.servers.create_databases()
        self.servers.provision(compression=self.settings.compression)
        known = systems.published(self._kafka(), epoch="")
        for system in self.settings.systems:
            if system.name not in known or known[system.name].retired is None:
                self._admit(system)
        people = {each.subject for each in self.settings.people}
        for name in sorted(people | {each.person for each in self.content.holders}):
            write_private(self.folder / "tokens" / name, self.token(name))

    def _admit(self, system: System) -> None:
        login = self.servers.admit(
            system.name, system.services, compression=self.settings.compression
        )
        note = systems.note(self._kafka(), system.name, login.password, system.services)
        write_private(self.folder / "systems" / f"{system.name}.json", json.dumps(note, indent=1))

    def _kafka(self) -> KafkaLogin:
        login = self.servers.login()
        return KafkaLogin(bootstrap=self.servers.bootstrap, **asdict(login))

    def _start_services(self) -> None:
        self.report(f"starting {', '.join(SERVICES)}")
        for name in SERVICES:
            child = self.servers.service(
                name,
                self.databases[name],
                vault=self.databases[VAULT],
                port=self.settings.ports.of(name)[name],
                clock=self.settings.clock,
                operators=self.settings.operators,
                log=self.settings.log,
                command=self.command(name) if self.command else None,
                restart=True,
                echo=self.echo,
                keep=self.servers.held.descriptors,
            )
            child.start()
            self.services[name] = child
        for child in self.services.values():
            child.wait_ready()

    def _write_profile(self) -> None:
        write_profile(
            self.folder / "banli.toml",
            self.servers,
            self.databases,
            {name: [self.url(name)] for name in SERVICES},
            operators=self.settings.operators,
        )

    def summary(self) -> str:
        """Say where everything is, and how to make a first call."""
        token = shlex.quote(str(self.folder / "tokens" / "operator"))
        rows = [f"  {name:<12} {self.url(name)}" for name in self.services]
        rows.append(f"  {'kafka':<12} {self.servers.bootstrap}")
        rows.append(f"  {'postgres':<12} 127.0.0.1:{self.settings.ports.postgres}")
        rows.append(f"  {'files':<12} {self.folder}: logs, tokens of people, logins of systems")
        if self.services:
            url = f"{self.url('reporting')}/v1/ledgers/units"
            call = f'  curl -H "Authorization: Bearer $(cat {token})" {url}'
            profile = shlex.quote(str(self.folder / "banli.toml"))
            look = f"  .venv/bin/banli status --profile {profile}"
            rows += ["Try:", call, look, "Stop it with: make down"]
        return "\n".join(["Banli runs.", *rows])
