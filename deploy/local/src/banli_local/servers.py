"""Kafka and PostgreSQL, started here or given by address, and the services on top of them."""

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

from kafka.admin import KafkaAdminClient

from banli_engine.provision import admit_system, provision
from banli_engine.topics import DECIDERS, SERVICES, Compression
from banli_local.child import Child
from banli_local.folder import Folder, check_ports, free_ports
from banli_local.identities import Identities
from banli_local.kafka import Kafka, Login
from banli_local.postgres import Postgres, provision_database
from banli_local.rights import hand_over, stepped_down

VAULT = "vault"
"""The database beside those of the services: no rebuild empties it."""

ROOT = Path(__file__).resolve().parents[4]


class Cluster(ABC):
    """What tests, the demonstration and the launcher need of the two servers."""

    bootstrap: str
    superuser: str
    folder: Path
    elsewhere = False  # whether Kafka may be on another machine, though people are invented

    @abstractmethod
    def login(self, user: str = "admin") -> Login:
        """Return the Kafka login of a service, of `auditor` or of `admin`."""

    def create_database(self, name: str) -> str:
        """Make a database with a role of its own, and return its address; repeatable."""
        password = self.secret(f"postgres.{name}")
        provision_database(self.superuser, name, password)
        place = urlsplit(self.superuser).netloc.rsplit("@", 1)[-1]
        return f"postgresql://{name}:{quote(password)}@{place}/{name}"

    @cached_property
    def identities(self) -> Identities:
        """The signing key of this folder, and tokens made with it."""
        return Identities(self.folder / "keys")

    @contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        """Open an administrator's client of kafka-python."""
        client = KafkaAdminClient(**self.login().client(self.bootstrap))
        try:
            yield client
        finally:
            client.close()

    def provision(self, epoch: str = "", compression: Compression = "producer") -> None:
        """Make the common topics and the rights of services and auditor."""
        with self.admin() as admin:
            provision(admin, epoch=epoch, compression=compression)

    def system_login(self, system: str) -> Login:
        """Return the login that `admit` gives a department system."""
        return Login(system, self.secret(f"kafka.system.{system}"), "SCRAM-SHA-512")

    def admit(
        self,
        system: str,
        services: Iterable[str] = DECIDERS,
        epoch: str = "",
        compression: Compression = "producer",
    ) -> Login:
        """Give a department system its login, topics and rights, and return the login."""
        login = self.system_login(system)
        with self.admin() as admin:
            admit_system(
                admin,
                system,
                login.password,
                services=services,
                epoch=epoch,
                compression=compression,
            )
        return login

    def create_databases(self, prefix: str = "") -> dict[str, str]:
        """Make the four services' databases and the vault; return the address of each by name."""
        return {name: self.create_database(prefix + name) for name in (*SERVICES, VAULT)}

    def secret(self, name: str) -> str:
        """Return the password of this name, made at first use."""
        return Folder(self.folder).secret(name)

    def service(
        self,
        name: str,
        database: str,
        *,
        vault: str = "",
        port: int | None = None,
        epoch: str = "",
        clock: str = "wall",
        operators: Iterable[str] = (),
        log: str = "readable",
        env: Mapping[str, str] | None = None,
        command: Sequence[str | Path] | None = None,
        label: str | None = None,
        restart: bool = False,
        echo: bool = False,
        keep: Sequence[int] = (),
    ) -> Child:
        """Return one process of a service, not yet started; several may share a database.

        Intake has a vault beside it.
        """
        port = port or free_ports(1)[0]
        address = f"127.0.0.1:{port}"
        login = self.login(name)
        settings = {
            "BANLI_KAFKA": self.bootstrap,
            "BANLI_KAFKA_USER": login.user,
            "BANLI_KAFKA_PASSWORD": login.password,
            "BANLI_KAFKA_MECHANISM": login.mechanism,
            "BANLI_KAFKA_PROTOCOL": login.protocol,
            "BANLI_DATABASE": database,
            "BANLI_HTTP": address,
            "BANLI_TOKEN_KEYS": str(self.identities.public),
            "BANLI_DEVELOPMENT": str(self.elsewhere).lower(),
            "BANLI_OPERATORS": ",".join(operators),
            "BANLI_CLOCK": clock,
            "BANLI_LOG": log,
            "BANLI_EPOCH": epoch,
            "BANLI_FILES": str(self.folder / "files"),
            "PYTHONUNBUFFERED": "1",
        }
        if name == "intake":
            settings |= {"BANLI_VAULT": vault, "BANLI_VAULT_KEY": self.secret("vault.key")}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BANLI_")}
        label = label or name
        words = stepped_down(self.folder, Path(sys.executable), Path(__file__))
        hand_over(words, self.folder / "files")
        logs = self.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        child = Child(
            label,
            command or [sys.executable, "-m", f"banli_{name}"],
            logs / f"{label}.log",
            ready=lambda: answers(address, "/readyz"),
            env={**inherited, **settings, **(env or {})},
            prefix=words or (),
            restart=restart,
            echo=echo,
            keep=keep,
        )
        child.port = port
        return child


class Servers(Cluster):
    """Our own Kafka and PostgreSQL on a data folder; the calls block, and none needs a loop.

    with Servers(tmp_path) as servers:
        dsns = servers.create_databases("t7_")       # {"intake": "postgresql://t7_intake:…", …}
        servers.provision(epoch="t7")                # t7.case-events, …, with access rights
        login = servers.admit("letters", epoch="t7") # SCRAM login of a department system
        login.client(servers.bootstrap)              # settings for aiokafka and kafka-python
        intake = servers.service("intake", dsns["intake"], vault=dsns["vault"], epoch="t7")
        intake.start(); intake.wait_ready(); intake.kill(); intake.start(); intake.stop()
        servers.kafka.kill()                         # comes back by itself, as does postgres
        servers.kafka.wait_ready()
    """

    def __init__(
        self,
        folder: Path,
        *,
        kafka: int | None = None,
        controller: int | None = None,
        postgres: int | None = None,
        jars: Path | None = None,
        report: Callable[[str], None] = print,
        echo: bool = False,
    ) -> None:
        spare = iter(free_ports(3))
        self.held = Folder(folder)
        self.folder = self.held.path
        cache = jars or Path(os.environ.get("BANLI_JARS") or ROOT / "var" / "kafka-jars")
        self.broker = Kafka(
            self.held, kafka or next(spare), controller or next(spare), cache, report
        )
        self.database = Postgres(self.held, postgres or next(spare))
        self.bootstrap = self.broker.bootstrap
        self.echo = echo
        self.kafka: Child
        self.postgres: Child

    @property
    def superuser(self) -> str:  # type: ignore[override]
        """The address under which PostgreSQL's superuser logs in."""
        return self.database.superuser

    def login(self, user: str = "admin") -> Login:
        return self.broker.login(user)

    def start(self, more_ports: Mapping[str, int] | None = None) -> Self:
        """Start both and return when both answer; on a refusal nothing is left running."""
        self.held.acquire()
        started: list[Child] = []
        try:
            check_ports(
                {
                    "Kafka": self.broker.port,
                    "Kafka's controller": self.broker.controller,
                    "PostgreSQL": self.database.port,
                    **(more_ports or {}),
                }
            )
            self.postgres = self.database.child(self.echo)
            self.postgres.start()
            started.append(self.postgres)
            self.kafka = self.broker.child(self.echo)
            self.kafka.start()
            started.append(self.kafka)
            for child in started:
                child.wait_ready()
        except BaseException:
            for child in reversed(started):
                child.stop()
            self.held.release()
            raise
        return self

    def stop(self) -> None:
        """Stop both, data kept."""
        self.kafka.stop()
        self.postgres.stop()
        self.held.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class GivenServers(Cluster):
    """Servers that somebody else runs, by address; everyone logs in as the administrator.

    Kafka as `SASL_PLAINTEXT://user:password@host:port?mechanism=PLAIN` or `PLAINTEXT://host:port`.
    """

    elsewhere = True

    def __init__(self, kafka: str, postgres: str, folder: Path) -> None:
        protocol, _, address = kafka.partition("://")
        parts = urlsplit(f"//{address}")  # an underscore is no part of a scheme's name
        mechanism = parse_qs(parts.query).get("mechanism", ["PLAIN"])[0]
        self.bootstrap = parts.netloc.rsplit("@", 1)[-1]
        self.superuser = postgres
        self.folder = folder
        self._login = Login(
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            mechanism,
            protocol.upper(),
        )

    def login(self, user: str = "admin") -> Login:
        return self._login


def answers(address: str, path: str) -> bool:
    """Say whether a GET there is answered with 200."""
    connection = HTTPConnection(address, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
