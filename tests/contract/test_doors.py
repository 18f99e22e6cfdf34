"""Which commands systems may give is said in each service's table; who admits them knows it too."""

from banli_assignment.service import SERVICE as ASSIGNMENT
from banli_assignment.systems import NOT_FOR_SYSTEMS
from banli_events.catalogue import COMMANDS
from banli_intake.service import SERVICE as INTAKE
from banli_supervision.service import SERVICE as SUPERVISION

SERVICES = {service.name: service for service in (INTAKE, ASSIGNMENT, SUPERVISION)}


def test_no_system_is_admitted_for_what_no_service_takes_from_one() -> None:
    tables = {name: service.commands for name, service in SERVICES.items()}
    never = {
        known.model
        for known in COMMANDS.values()
        if known.service in SERVICES
        and not isinstance(tables[known.service].get(known.model), frozenset)
    }
    assert never == NOT_FOR_SYSTEMS


def test_what_takes_a_grant_is_a_command_that_systems_give() -> None:
    for service in SERVICES.values():
        assert service.grants.keys() <= service.commands.keys() - NOT_FOR_SYSTEMS
