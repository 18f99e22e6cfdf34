"""What deploy/compose.yaml says: closed containers, on this machine only, and no secret."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from banli_engine.__main__ import Servers as ProvisionSettings
from banli_engine.settings import Settings
from banli_engine.topics import SERVICES
from banli_local import containers
from banli_local.kafka import STATIC
from banli_local.postgres import INITIALISE, OPTIONS
from banli_local.servers import ROOT
from banli_local.settings import Ports

FILE = ROOT / "deploy" / "compose.yaml"
TEXT = FILE.read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
CONTAINERS: dict[str, Any] = COMPOSE["services"]
LASTING = (*SERVICES, "kafka", "postgres")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    containers.write_secrets(tmp_path / "secrets")
    return tmp_path / "secrets"


def told(secrets: Path, container: str) -> dict[str, str]:
    """Everything a container has in its environment."""
    lines = (secrets / f"{container}.env").read_text().splitlines()
    return CONTAINERS[container]["environment"] | dict(line.split("=", 1) for line in lines)


def passwords(secrets: Path) -> Iterator[str]:
    for each in secrets.glob("*.env"):
        for line in each.read_text().splitlines():
            name, value = line.split("=", 1)
            if name.endswith("PASSWORD"):
                yield value


def test_it_has_no_name_of_its_own_which_old_engines_refuse() -> None:
    assert "name" not in COMPOSE
    assert "version" not in COMPOSE


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_is_closed(container: str) -> None:
    said = CONTAINERS[container]
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert said["mem_limit"]
    assert "privileged" not in said
    assert said.get("cap_add", []) == (["CHOWN"] if container == "postgres-volume" else [])


@pytest.mark.parametrize("container", LASTING)
def test_what_lasts_begins_again_and_is_reached_from_this_machine_only(container: str) -> None:
    said = CONTAINERS[container]
    assert said["restart"] == "unless-stopped"
    (published,) = said["ports"]
    port = Ports().of(container)[container]
    assert published.startswith(f"127.0.0.1:{port}:")


def test_a_service_is_told_what_it_must_know(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in SERVICES:
        for name, value in told(secrets, service).items():
            monkeypatch.setenv(name, value)
        known = Settings()  # type: ignore[call-arg]
        assert known.kafka_user == service
        assert known.database.startswith(f"postgresql://{service}:")
        assert known.token_keys == "/etc/banli/keys.jwks"
    assert [name for name in SERVICES if "BANLI_VAULT" in told(secrets, name)] == ["intake"]


def test_who_provisions_makes_every_database_that_a_service_is_sent_to(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told(secrets, "provision").items():
        monkeypatch.setenv(name, value)
    made = set(ProvisionSettings().databases.split())  # type: ignore[call-arg]
    told_of = {told(secrets, service)["BANLI_DATABASE"] for service in SERVICES}
    assert told_of | {told(secrets, "intake")["BANLI_VAULT"]} == made


def test_kafka_lets_in_whom_the_services_say_they_are(secrets: Path) -> None:
    node = told(secrets, "kafka")
    assert node["KAFKA_AUTHORIZER_CLASS_NAME"].endswith("StandardAuthorizer")
    assert node["KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND"] == "false"
    inside = node["KAFKA_LISTENER_NAME_INSIDE_PLAIN_SASL_JAAS_CONFIG"]
    assert all(f'user_{user}="' in inside for user in STATIC)
    for service in SERVICES:
        assert f'user_{service}="{told(secrets, service)["BANLI_KAFKA_PASSWORD"]}"' in inside
    assert "KAFKA_LISTENER_NAME_OUTSIDE_SCRAM___SHA___512_SASL_JAAS_CONFIG" in node


def test_no_listener_is_named_so_that_the_official_image_asks_for_a_file_of_logins(
    secrets: Path,
) -> None:
    assert "SASL_" not in told(secrets, "kafka")["KAFKA_ADVERTISED_LISTENERS"]


def test_postgresql_is_started_as_it_is_here() -> None:
    said = CONTAINERS["postgres"]
    assert said["command"] == ["postgres", *(w for each in OPTIONS for w in ("-c", each))]
    assert " ".join(INITIALISE) in said["environment"]["POSTGRES_INITDB_ARGS"]


def test_secrets_are_made_once_and_closed_to_others_and_stand_in_no_file_of_ours(
    secrets: Path,
) -> None:
    before = {file.name: file.read_text() for file in secrets.glob("*.env")}
    containers.write_secrets(secrets)
    assert {file.name: file.read_text() for file in secrets.glob("*.env")} == before
    assert secrets.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in secrets.iterdir() if file.is_file())
    assert "PASSWORD" not in TEXT
    assert len(set(passwords(secrets))) == len(SERVICES) + 2  # each its own; admin, superuser
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_images_are_built_with_the_uv_of_everyone_else() -> None:
    version = re.search(r"^UV_VERSION := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert version
    assert f" uv=={version[1]} " in (ROOT / "deploy" / "service.Dockerfile").read_text()


def test_operators_reach_the_containers_by_the_profile(secrets: Path) -> None:
    profile = (secrets / "banli.toml").read_text()
    assert f'bootstrap = "127.0.0.1:{Ports().kafka}"' in profile
    assert f"@127.0.0.1:{Ports().postgres}/intake" in profile
    assert f"http://127.0.0.1:{Ports().intake}" in profile
