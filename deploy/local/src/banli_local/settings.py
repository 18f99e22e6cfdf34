"""What the local stack is told in its settings file."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from banli_engine.topics import DECIDERS, SERVICES, Compression
from banli_local.refusal import Refusal
from banli_local.servers import ROOT

Port = Annotated[int, Field(ge=1, le=65535)]


class Strict(BaseModel):
    """A table in which a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Ports(Strict):
    """Where each program listens, on 127.0.0.1."""

    kafka: Port = 19092
    controller: Port = 19093
    postgres: Port = 15432
    intake: Port = 18081
    assignment: Port = 18082
    supervision: Port = 18083
    reporting: Port = 18084

    def of(self, *names: str) -> dict[str, int]:
        """Return the ports of these programs by name."""
        return {name: getattr(self, name) for name in names}


class Person(Strict):
    """An invented person who gets a token."""

    subject: str
    name: str
    unit: str | None = None
    post: str | None = None


class System(Strict):
    """A department system that gets a login, topics and access rights."""

    name: str
    services: tuple[str, ...] = DECIDERS


class Settings(Strict):
    """The whole file."""

    folder: Path = Path("var/stack")
    compression: Compression = "producer"
    clock: Literal["wall", "driven"] = "wall"
    log: Literal["readable", "json"] = "readable"
    operators: tuple[str, ...] = ()
    published: tuple[Path, ...] = ()  # files of units, posts, systems and packs
    ports: Ports = Ports()
    people: tuple[Person, ...] = ()
    systems: tuple[System, ...] = ()

    @property
    def home(self) -> Path:
        """The data folder, as an absolute path."""
        return ROOT / (os.environ.get("BANLI_FOLDER") or self.folder)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files to publish, as absolute paths."""
        return tuple(ROOT / file for file in self.published)


def read(file: Path | None = None) -> Settings:
    """Read the settings file, or say what is wrong with it."""
    named = file or os.environ.get("BANLI_SETTINGS")
    path = Path(named) if named else ROOT / "deploy" / "local" / "stack.toml"
    try:
        settings = Settings.model_validate(tomllib.loads(path.read_text()))
    except OSError as error:
        raise Refusal(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise Refusal(f"The settings file {path} is not TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise Refusal(f"In the settings file {path}, {place}: {first['msg']}.") from error
    ports = settings.ports.of("kafka", "controller", "postgres", *SERVICES)
    if len(set(ports.values())) < len(ports):
        raise Refusal(f"In the settings file {path}, two programs have the same port.")
    return settings
