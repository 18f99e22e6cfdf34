"""Where Kafka is, who one is there, and for how long one waits."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import Any

from aiokafka.helpers import create_ssl_context

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


class BadSetting(ValueError):
    """A setting is missing or is none of the values it may have."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a client; `from_env` reads them from the environment."""

    kafka: str  # host:port, several with commas
    system: str  # the name under which this department system is admitted
    user: str = ""  # the system's name where left out
    password: str = field(default="", repr=False)
    mechanism: str = "SCRAM-SHA-512"
    protocol: str = "SASL_SSL"
    ca: Path | None = None  # the certificates to trust, PEM; the machine's own where left out
    epoch: str = ""  # the prefix of the topics
    timeout: float = 45.0  # s; a submission that is too early is answered after 30
    connect_timeout: float = 5.0  # s

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise BadSetting(f"The protocol is one of {', '.join(PROTOCOLS)}.")
        if self.mechanism not in MECHANISMS:
            raise BadSetting(f"The mechanism is one of {', '.join(MECHANISMS)}.")
        if not self.kafka or not self.system:
            raise BadSetting("Kafka's address and the system's name are needed.")
        if self.protocol.startswith("SASL") and not self.password:
            raise BadSetting("This protocol needs a password.")

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read BANLI_KAFKA, BANLI_SYSTEM, BANLI_KAFKA_PASSWORD and, where needed, the others."""
        given = {
            name: env[key]
            for name, key in {
                "user": "BANLI_KAFKA_USER",
                "password": "BANLI_KAFKA_PASSWORD",
                "mechanism": "BANLI_KAFKA_MECHANISM",
                "protocol": "BANLI_KAFKA_PROTOCOL",
                "epoch": "BANLI_EPOCH",
            }.items()
            if env.get(key)
        }
        ca = env.get("BANLI_KAFKA_CA")
        return cls(
            kafka=env.get("BANLI_KAFKA", ""),
            system=env.get("BANLI_SYSTEM", ""),
            ca=Path(ca) if ca else None,
            **given,  # type: ignore[arg-type]
        )

    @property
    def receipts(self) -> str:
        """The topic on which the answers come."""
        return self._named(f"receipts.{self.system}")

    @property
    def notices(self) -> str:
        """The topic on which one learns of one's cases."""
        return self._named(f"notices.{self.system}")

    def group(self, name: str) -> str:
        """Name a consumer group of this system's own."""
        return self._named(f"{self.system}.{name}")

    def submissions(self, service: str) -> str:
        """Name the topic on which a service takes this system's commands."""
        return self._named(f"submissions.{service}.{self.system}")

    def _named(self, topic: str) -> str:
        return f"{self.epoch}.{topic}" if self.epoch else topic

    def login(self) -> dict[str, Any]:
        """Say who one is, as aiokafka's connections are told."""
        said: dict[str, Any] = {"security_protocol": self.protocol}
        if self.protocol.endswith("SSL"):
            context: SSLContext = create_ssl_context(cafile=self.ca and str(self.ca))
            said["ssl_context"] = context
        if self.protocol.startswith("SASL"):
            said["sasl_mechanism"] = self.mechanism
            said["sasl_plain_username"] = self.user or self.system
            said["sasl_plain_password"] = self.password
        return said
