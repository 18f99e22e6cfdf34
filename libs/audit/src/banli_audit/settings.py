"""How to reach the log: addresses, login and the epoch of the topics."""

from dataclasses import dataclass
from typing import Any

MECHANISMS = ("PLAIN", "SCRAM-SHA-512")


@dataclass(frozen=True, slots=True)
class Settings:
    """A Kafka cluster, the auditor's login, and the prefix of the epoch's topics."""

    kafka: str
    user: str | None = None
    password: str | None = None
    mechanism: str = "PLAIN"
    protocol: str | None = None
    ca: str | None = None
    epoch: str = ""

    def topic(self, name: str) -> str:
        """Give a topic its epoch's prefix."""
        return f"{self.epoch}.{name}" if self.epoch else name

    def client(self) -> dict[str, Any]:
        """Give what every client of this cluster is made with."""
        settings: dict[str, Any] = {
            "bootstrap_servers": self.kafka.split(","),
            "client_id": "banli-audit",
            "security_protocol": self.protocol or self._protocol(),
            "bootstrap_timeout_ms": 10_000,  # a wrong password takes 30 s otherwise
            "request_timeout_ms": 15_000,
            "allow_auto_create_topics": False,
        }
        if self.user:
            settings |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password or "",
            }
        if self.ca:
            settings["ssl_cafile"] = self.ca
        return settings

    def _protocol(self) -> str:
        transport = "SSL" if self.ca else "PLAINTEXT"
        return f"SASL_{transport}" if self.user else transport
