"""The profile: where the services, their databases and Kafka are, and who one is there."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from banli_cli.refusal import Misused

DEFAULT = Path("var/stack/banli.toml")

_Found = TypeVar("_Found")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class KafkaLogin(_Table):
    """An administrator's login."""

    bootstrap: str
    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "SASL_SSL"
    mechanism: str = "SCRAM-SHA-512"
    user: str = ""
    password: str = Field(default="", repr=False)
    ca: Path | None = None

    def client(self) -> dict[str, Any]:
        """Give the settings of kafka-python."""
        words: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.protocol,
        }
        if self.ca is not None:
            words["ssl_cafile"] = str(self.ca)
        if self.protocol.startswith("SASL"):
            words |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return words


class Service(_Table):
    """Where the processes of a service answer over HTTP, and its database."""

    http: Annotated[tuple[str, ...], Field(min_length=1)]
    database: str = Field(repr=False)

    @field_validator("http")
    @classmethod
    def _without_slash(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(url.rstrip("/") for url in urls)


class Development(_Table):
    """The key with which tokens of invented people are signed; never in production."""

    signing_key: Path
    token_keys: Path
    operators: tuple[str, ...] = ()


class Vault(_Table):
    """The database of the keys under which personal data is sealed; its backups expire."""

    database: str = Field(repr=False)


class Profile(_Table):
    """The whole file."""

    kafka: KafkaLogin
    services: Mapping[str, Service]
    epoch: str = ""
    development: Development | None = None
    vault: Vault | None = None

    def service(self, name: str) -> Service:
        """Find a service, or say which there are."""
        return find(self.services, name)


def read(path: Path) -> Profile:
    """Read a profile, or say what is wrong with it."""
    try:
        if path.stat().st_mode & 0o077 and os.name == "posix":
            raise Misused(f"Others can read the passwords in {path}; make it private: chmod 600.")
        return Profile.model_validate(tomllib.loads(path.read_text()))
    except FileNotFoundError:
        raise Misused(
            f"There is no profile {path}; `banli up` writes one, --profile names another."
        ) from None
    except OSError as fault:
        raise Misused(f"The profile {path} cannot be read: {fault.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise Misused(f"The profile {path} is not TOML.") from None
    except ValidationError as fault:
        first = fault.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Misused(f"In the profile {path}, {where}: {first['msg']}.") from None


def find(services: Mapping[str, _Found], name: str) -> _Found:
    """Find what there is of a service, or say which there are."""
    if name not in services:
        raise Misused(f"There is no service of this name; there are {', '.join(sorted(services))}.")
    return services[name]
