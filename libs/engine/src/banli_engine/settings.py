"""What a service process is told by its environment."""

from ipaddress import ip_address
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaSettings(BaseSettings):
    """How to reach the brokers."""

    model_config = SettingsConfigDict(
        env_prefix="BANLI_", hide_input_in_errors=True, extra="ignore"
    )

    kafka: str
    kafka_user: str
    kafka_password: str = Field(repr=False)
    kafka_mechanism: str = "PLAIN"
    kafka_protocol: Literal["SASL_PLAINTEXT", "SASL_SSL"] = "SASL_PLAINTEXT"
    kafka_ca: str | None = None
    epoch: str = ""


class Settings(KafkaSettings):
    """What every service process is told: environment variables with the prefix BANLI_."""

    database: str = Field(repr=False)  # postgresql://…
    http: str = "127.0.0.1:8000"
    token_keys: str = "keys.jwks"  # file of public keys (JWKS), or issuer=file, …
    token_audience: str = "banli"
    development: bool = False  # take development keys, though HTTP or Kafka is on no loopback
    operators: str = ""  # token subjects, separated by commas
    clock: Literal["wall", "driven"] = "wall"
    log: Literal["json", "readable"] = "json"

    @property
    def takes_development_keys(self) -> bool:
        """Tell whether only this machine reaches the service and its Kafka, or is said to."""
        places = [self.http, *self.kafka.split(",")]
        return self.development or all(_on_loopback(place) for place in places)

    @property
    def operator_names(self) -> frozenset[str]:
        """Who the operators are, by the names in their tokens."""
        return frozenset(name for name in self.operators.split(",") if name)


def _on_loopback(place: str) -> bool:
    """Tell whether `host:port` is reached from this machine alone."""
    host = place.strip().rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
