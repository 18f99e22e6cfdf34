"""Who may say what: every event type and command, with the one service it belongs to."""

import inspect
from dataclasses import dataclass
from types import ModuleType

from banli_events import assignment, intake, reporting, supervision
from banli_events.base import Command, Event

SERVICES: dict[str, ModuleType] = {
    "intake": intake,
    "assignment": assignment,
    "supervision": supervision,
    "reporting": reporting,
}
"""The services by name, each with the module that holds all that it publishes."""


@dataclass(frozen=True, slots=True)
class EventType:
    """An event type: its model and the only service that may say it."""

    name: str
    source: str
    model: type[Event]

    @property
    def schema(self) -> str:
        """The name under which this version's schema and sample are kept: `ItemRegistered-1`."""
        return f"{self.name}-{self.model.schema_version}"


@dataclass(frozen=True, slots=True)
class CommandType:
    """A command: its model and the only service that may be asked."""

    name: str
    service: str
    model: type[Command]


def _declared(module: ModuleType, base: type) -> list[type]:
    return [
        each
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, base)
        and each is not base
        and f"{each.__module__}.".startswith(f"{module.__name__}.")
    ]


EVENTS: dict[str, EventType] = {
    model.__name__: EventType(model.__name__, service, model)
    for service, module in SERVICES.items()
    for model in _declared(module, Event)
}

COMMANDS: dict[str, CommandType] = {
    model.__name__: CommandType(model.__name__, service, model)
    for service, module in SERVICES.items()
    for model in _declared(module, Command)
}
