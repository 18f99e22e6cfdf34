"""Kafka and PostgreSQL in containers of their official images, for tests: the third source."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from banli_local.containers import CONTROLLER, environment
from banli_local.folder import free_ports
from banli_local.kafka import STATIC, Listener, Login, cluster_id, properties
from banli_local.postgres import INITIALISE, OPTIONS
from banli_local.refusal import Refusal
from banli_local.servers import Cluster

KAFKA = "apache/kafka:4.3.1"
POSTGRES = "postgres:18"
PATIENCE_SECONDS = 60


def check_engine() -> None:
    """Refuse where no container engine answers: whoever asked for containers must learn it."""
    from testcontainers.core.docker_client import DockerClient

    try:
        DockerClient().client.ping()
    except Exception as error:  # it has many ways to say so
        raise Refusal(
            "Servers in containers were asked for, and no container engine answers here "
            f"({type(error).__name__}): start one, or name it with DOCKER_HOST."
        ) from error


class ContainerServers(Cluster):
    """The same logins and rights as with servers of our own, on what others build.

    Nobody can kill these or look at their disk: such tests say that they need servers of our own.
    """

    elsewhere = True  # the engine may be

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running = ExitStack()

    def login(self, user: str = "admin") -> Login:
        if user not in STATIC:
            raise KeyError(user)
        return Login(user, self.secret(f"kafka.{user}"))

    def __enter__(self) -> Self:
        try:
            self._start_kafka()
            self._start_postgres()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.close()

    def _start_kafka(self) -> None:
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import LogMessageWaitStrategy

        container = DockerContainer(KAFKA)
        (port,) = free_ports(1)
        self.bootstrap = f"{container.get_container_host_ip()}:{port}"
        door = Listener("INSIDE", ":9092", self.bootstrap)
        told = environment(properties(self.secret, "/var/lib/kafka/data", CONTROLLER, [door]))
        container.with_envs(**told, CLUSTER_ID=cluster_id(self.folder / "cluster-id"))
        container.with_bind_ports(9092, port)
        started = LogMessageWaitStrategy("Kafka Server started")
        container.waiting_for(started.with_startup_timeout(PATIENCE_SECONDS))
        self._running.enter_context(container)

    def _start_postgres(self) -> None:
        from testcontainers.community.postgres import PostgresContainer

        container = PostgresContainer(
            POSTGRES, username="postgres", password=self.secret("postgres"), dbname="postgres"
        )
        container.with_env("POSTGRES_INITDB_ARGS", " ".join(INITIALISE))
        container.with_command(["postgres", *(w for each in OPTIONS for w in ("-c", each))])
        self._running.enter_context(container)
        place = f"{container.get_container_host_ip()}:{container.get_exposed_port(5432)}"
        password = quote(self.secret("postgres"))
        self.superuser = f"postgresql://postgres:{password}@{place}/postgres"
