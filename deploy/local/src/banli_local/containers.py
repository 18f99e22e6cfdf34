"""What the containers of deploy/compose.yaml are told: a file of variables for each; repeatable.

    python -m banli_local.containers deploy/secrets

A password is made once and kept. The files can be read by who wrote them, and by nobody else.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from banli_engine.topics import SERVICES
from banli_local.folder import Folder, write_private
from banli_local.kafka import Listener, cluster_id, properties
from banli_local.profile import write_profile
from banli_local.servers import VAULT, GivenServers
from banli_local.settings import Ports

CONTROLLER = 9093
PORTS = Ports()
"""Where they are published, on 127.0.0.1: where `make up` has its own."""


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Write a node's settings as Kafka's official image is told them."""
    return {f"KAFKA_{_variable(key)}": value for key, value in settings.items()}


def _variable(key: str) -> str:
    return key.replace("_", "__").replace("-", "___").replace(".", "_").upper()


def write_secrets(path: Path, operators: Sequence[str] = ("operator",)) -> None:
    """Write a file for each container, and the profile with which `banli` reaches them."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = Folder(path).secret
    inside = Listener("INSIDE", ":9092", "kafka:9092")
    outside = Listener("OUTSIDE", ":19092", f"127.0.0.1:{PORTS.kafka}")
    node = properties(secret, "/var/lib/kafka/data", CONTROLLER, [inside, outside])
    cluster = {"CLUSTER_ID": cluster_id(path / "cluster-id")}
    _write(path / "kafka.env", environment(node) | cluster)
    _write(path / "postgres.env", {"POSTGRES_PASSWORD": secret("postgres")})
    databases = {
        name: f"postgresql://{name}:{secret(f'postgres.{name}')}@postgres:5432/{name}"
        for name in (*SERVICES, VAULT)
    }
    superuser = f"postgresql://postgres:{secret('postgres')}@postgres:5432/postgres"
    everything = {"BANLI_SUPERUSER": superuser, "BANLI_DATABASES": " ".join(databases.values())}
    _write(path / "provision.env", _login(secret("kafka.admin"), "admin") | everything)
    for service in SERVICES:
        own = {"BANLI_DATABASE": databases[service], "BANLI_OPERATORS": ",".join(operators)}
        vault = {"BANLI_VAULT": databases[VAULT], "BANLI_VAULT_KEY": secret("vault.key")}
        own |= vault if service == "intake" else {}
        _write(path / f"{service}.env", _login(secret(f"kafka.{service}"), service) | own)
    _write_profile(path, secret("kafka.admin"), superuser, databases, operators)


def _login(password: str, user: str) -> dict[str, str]:
    return {"BANLI_KAFKA_USER": user, "BANLI_KAFKA_PASSWORD": password}


def _write(path: Path, variables: Mapping[str, str]) -> None:
    write_private(path, "".join(f"{name}={value}\n" for name, value in variables.items()))


def _write_profile(
    path: Path,
    password: str,
    superuser: str,
    databases: Mapping[str, str],
    operators: Sequence[str],
) -> None:
    """Say where the containers are for whoever looks from outside."""

    def outside(address: str) -> str:
        return address.replace("@postgres:5432/", f"@127.0.0.1:{PORTS.postgres}/")

    kafka = f"SASL_PLAINTEXT://admin:{password}@127.0.0.1:{PORTS.kafka}?mechanism=PLAIN"
    write_profile(
        path / "banli.toml",
        GivenServers(kafka, outside(superuser), path),
        {name: outside(address) for name, address in databases.items()},
        {name: [f"http://127.0.0.1:{PORTS.of(name)[name]}"] for name in SERVICES},
        operators=operators,
    )


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    write_secrets(words.parse_args().folder)
