"""Give new servers what the services need: topics, rights, databases. Repeatable.

Run once before the services, as Kafka's administrator and PostgreSQL's superuser.
"""

import asyncio
import logging
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import asyncpg
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from pydantic import Field

from banli_engine.databases import make_database
from banli_engine.provision import NotProvisioned, provision
from banli_engine.settings import KafkaSettings

PATIENCE_SECONDS = 60.0
"""For how long servers that have just been started may not answer yet."""


class Servers(KafkaSettings):
    """Where the servers are, and who may do everything there."""

    superuser: str = Field(repr=False)  # postgresql://…
    databases: str = Field(repr=False)  # the services' own addresses, with blanks between them
    replicas: int = 1


def main() -> None:
    """Do all of it, or say why not and end non-zero."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    servers = Servers()  # type: ignore[call-arg]
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            _make(servers)
        except NotProvisioned as refusal:
            sys.exit(str(refusal))
        except (OSError, KafkaError, asyncpg.PostgresError) as error:
            if time.monotonic() > until:
                sys.exit(f"The servers do not answer as they should: {type(error).__name__}.")
            time.sleep(1)
        else:
            print("Topics, rights and databases are there.")
            return


def _make(servers: Servers) -> None:
    for address in servers.databases.split():
        parts = urlsplit(address)
        name, password = unquote(parts.username or ""), unquote(parts.password or "")
        asyncio.run(make_database(servers.superuser, name, password))
    with _admin(servers) as admin:
        provision(admin, epoch=servers.epoch, replicas=servers.replicas)


@contextmanager
def _admin(servers: Servers) -> Iterator[KafkaAdminClient]:
    secure = servers.kafka_protocol == "SASL_SSL"
    admin = KafkaAdminClient(
        bootstrap_servers=servers.kafka,
        security_protocol=servers.kafka_protocol,
        ssl_context=ssl.create_default_context(cafile=servers.kafka_ca) if secure else None,
        sasl_mechanism=servers.kafka_mechanism,
        sasl_plain_username=servers.kafka_user,
        sasl_plain_password=servers.kafka_password,
    )
    try:
        yield admin
    finally:
        admin.close()


if __name__ == "__main__":
    main()
