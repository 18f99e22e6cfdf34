"""deploy/compose.yaml, run: everything healthy, nobody root, nothing writable, and it answers."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from kafka.admin import KafkaAdminClient
from kafka.errors import ClusterAuthorizationFailedError, TopicAuthorizationFailedError

from banli_engine.topics import SERVICES
from banli_local.containers import write_secrets
from banli_local.folder import Folder
from banli_local.identities import Identities
from banli_local.kafka import Login
from banli_local.servers import ROOT
from banli_local.settings import Ports

pytestmark = pytest.mark.skipif(
    os.environ.get("BANLI_TEST_SERVERS") != "containers",
    reason="takes minutes: run it with BANLI_TEST_SERVERS=containers",
)

SECRETS = ROOT / "deploy" / "secrets"
LASTING = (*SERVICES, "kafka", "postgres")
PATIENCE = 90.0
FIND = "find / -xdev \\( -name secrets.json -o -name '*.env' \\) 2>/dev/null || true"


class Engine:
    """The compose file as a project of its own."""

    def __init__(self) -> None:
        compose = ["docker", "compose"]
        if subprocess.run([*compose, "version"], capture_output=True, check=False).returncode:
            compose = [shutil.which("docker-compose") or "docker-compose"]
        file = str(ROOT / "deploy" / "compose.yaml")
        self.compose = [*compose, "-p", "banli-test", "-f", file]

    def __call__(self, *words: str) -> str:
        return _run("docker", *words)

    def up(self) -> None:
        _run(*self.compose, "up", "-d", "--no-build")
        self.wait_healthy()

    def down(self) -> None:
        _run(*self.compose, "down", "-v")

    def container(self, service: str) -> str:
        return _run(*self.compose, "ps", "-q", service).strip()

    def inspect(self, service: str) -> dict[str, Any]:
        said: list[dict[str, Any]] = json.loads(self("inspect", self.container(service)))
        return said[0]

    def inside(self, service: str, script: str) -> str:
        return self("exec", self.container(service), "sh", "-c", script)

    def wait_healthy(self) -> None:
        until = time.monotonic() + PATIENCE
        while sick := [s for s in LASTING if self._health(s) != "healthy"]:
            assert time.monotonic() < until, f"not healthy: {sick}"
            time.sleep(0.5)

    def _health(self, service: str) -> str:
        return str(self.inspect(service)["State"]["Health"]["Status"])


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, (
        f"{words[0]} {words[1]}: {done.stdout[-1000:]}{done.stderr[-1000:]}"
    )
    return done.stdout


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Build the images, start all of it, and leave nothing behind."""
    one = Engine()
    for service in SERVICES:
        named = ["--build-arg", f"SERVICE={service}", "-t", f"banli-{service}:dev"]
        file = str(ROOT / "deploy" / "service.Dockerfile")
        one("build", "-q", "--network", "host", "-f", file, *named, str(ROOT))
    write_secrets(SECRETS)
    try:
        one.up()
        yield one
    finally:
        one.down()


@pytest.fixture
def ask(engine: Engine) -> Callable[[dict[str, Any]], httpx.Response]:
    """Ask assignment as the operator."""
    token = Identities(SECRETS / "keys").token("operator")
    url = f"http://127.0.0.1:{Ports().assignment}/v1/commands"
    headers = {"Authorization": f"Bearer {token}"}
    return lambda body: httpx.post(url, json=body, headers=headers, timeout=30)


def opening(unit: str) -> dict[str, Any]:
    data = {"name": unit, "since": "2026-01-01"}
    return {"id": str(uuid4()), "type": "OpenUnit", "subject": f"unit/{unit}", "data": data}


@pytest.mark.parametrize("service", LASTING)
def test_no_process_is_root_or_has_any_power_or_may_get_more(engine: Engine, service: str) -> None:
    said = engine.inside(service, "cat /proc/[0-9]*/status")
    rows = [line.split() for line in said.splitlines()]
    users = {word for row in rows if row[0] in ("Uid:", "Gid:") for word in row[1:]}
    assert users
    assert "0" not in users
    assert {row[1] for row in rows if row[0] in ("CapEff:", "CapPrm:", "CapBnd:")} == {"0" * 16}
    assert {row[1] for row in rows if row[0] == "NoNewPrivs:"} == {"1"}


@pytest.mark.parametrize("service", LASTING)
def test_the_root_file_system_is_read_only_and_memory_is_bounded(
    engine: Engine, service: str
) -> None:
    said = engine.inside(service, "touch /banli-was-here /usr/banli-was-here 2>&1 || true")
    assert said.count("Read-only file system") == 2
    limit = engine.inspect(service)["HostConfig"]["Memory"]
    assert 0 < limit <= 1 << 30


@pytest.mark.parametrize("service", LASTING)
def test_only_this_machine_reaches_it(engine: Engine, service: str) -> None:
    ports = engine.inspect(service)["NetworkSettings"]["Ports"]
    assert {door["HostIp"] for doors in ports.values() for door in doors or ()} == {"127.0.0.1"}


def test_a_command_is_answered_and_again_after_the_container_began_again(
    engine: Engine, ask: Callable[[dict[str, Any]], httpx.Response]
) -> None:
    body = opening(f"u-{uuid4().hex[:8]}")
    first = ask(body)
    assert first.status_code == 200, first.text
    assert first.json()["outcome"] == "admitted"
    engine("restart", engine.container("assignment"))
    engine.wait_healthy()
    again = ask(body)
    assert (again.status_code, again.json()) == (200, first.json())


def test_servers_that_are_killed_come_back_with_all_that_they_had(
    engine: Engine, ask: Callable[[dict[str, Any]], httpx.Response]
) -> None:
    body = opening(f"u-{uuid4().hex[:8]}")
    assert ask(body).json()["outcome"] == "admitted"
    for server in ("kafka", "postgres"):
        engine("kill", engine.container(server))
        engine("start", engine.container(server))
    engine.wait_healthy()
    assert ask(body).json()["outcome"] == "admitted"


def test_kafka_holds_a_service_to_its_rights_from_outside_too(engine: Engine) -> None:
    login = Login("intake", Folder(SECRETS).secret("kafka.intake"))
    admin = KafkaAdminClient(**login.client(f"127.0.0.1:{Ports().kafka}"))
    try:
        with pytest.raises((ClusterAuthorizationFailedError, TopicAuthorizationFailedError)):
            admin.create_topics({"more": {"num_partitions": 1, "replication_factor": 1}})
        assert "case-events" in admin.list_topics()
    finally:
        admin.close()


def test_what_is_provided_once_may_be_provided_again(engine: Engine) -> None:
    assert _run(*engine.compose, "run", "--rm", "provision").strip().endswith("are there.")


def test_no_image_holds_a_secret(engine: Engine) -> None:
    kept = json.loads((SECRETS / "secrets.json").read_text())
    for service in SERVICES:
        told = engine("history", "--no-trunc", f"banli-{service}:dev")
        told += engine("image", "inspect", f"banli-{service}:dev")
        assert not any(password in told for password in kept.values())
        assert engine.inside(service, FIND) == ""
