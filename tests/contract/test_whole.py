"""What is in the catalogue is wired: a command is taken and decided, an event has its names."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banli_assignment.service import SERVICE as ASSIGNMENT
from banli_engine.decider import Aggregate, Asked
from banli_engine.errors import UnfitSubject
from banli_engine.reference import Reference
from banli_events.base import Command
from banli_events.catalogue import COMMANDS, EVENTS
from banli_events.words import Actor
from banli_intake.service import SERVICE as INTAKE
from banli_reporting.labels import LABELS
from banli_supervision.service import SERVICE as SUPERVISION

SERVICES = {service.name: service for service in (INTAKE, ASSIGNMENT, SUPERVISION)}
SAID = json.loads((Path(__file__).parent / "examples.json").read_text())["commands"]
CLERK = Actor(person="p-clerk", post="registrar", unit="office")


def decides(aggregate: Aggregate[object], command: Command) -> bool:
    """Tell whether subjects of this kind have an answer, whatever it is."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    try:
        aggregate.decide(aggregate.initial, Asked(command, "x/1", at, CLERK, "http", Reference()))
    except UnfitSubject:
        return False
    except Exception:  # nothing is known here: every answer but that one is a decision
        return True
    return True


@pytest.mark.parametrize("name", [n for n, each in COMMANDS.items() if each.service in SERVICES])
def test_a_command_is_taken_by_its_service_and_decided_by_one_kind_of_subject(name: str) -> None:
    service, model = SERVICES[COMMANDS[name].service], COMMANDS[name].model
    assert model in service.commands
    command = model.model_validate(SAID[name])
    assert sum(decides(each, command) for each in service.aggregates.values()) == 1


def test_an_event_has_a_name_in_chinese_and_in_english() -> None:
    assert LABELS.keys() == EVENTS.keys()
