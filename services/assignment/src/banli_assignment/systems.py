"""Which departments' systems are let in, for what, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass

from banli_assignment.refusals import (
    AlreadyAdmitted,
    NeverAdmitted,
    NoSuchCommand,
    NotForSystems,
)
from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events import assignment, intake, supervision
from banli_events.assignment import AdmitSystem, RetireSystem, SystemAdmitted, SystemRetired
from banli_events.base import Command, Event
from banli_events.catalogue import COMMANDS
from banli_events.envelope import Recorded

NOT_FOR_SYSTEMS: frozenset[type[Command]] = frozenset(
    {
        intake.EnterPerson,
        intake.ForgetPerson,
        intake.RequestFeedback,
        intake.UnsealPerson,
        assignment.AdmitSystem,
        assignment.AppointHolder,
        assignment.AssignAgain,
        assignment.CreatePost,
        assignment.EndAppointment,
        assignment.GiveCharge,
        assignment.OpenUnit,
        assignment.PublishDuties,
        assignment.RetireSystem,
        assignment.RouteItem,
        assignment.SettleFork,
        assignment.StandByReply,
        supervision.ArchiveCase,
        supervision.CheckDeadline,
        supervision.CheckStaffing,
        supervision.PublishCalendar,
        supervision.PublishPack,
        supervision.PublishRuleSet,
        supervision.SetDeadline,
        supervision.SetOuterClock,
        supervision.SetReferralDeadline,
        supervision.WithdrawMiss,
    }
)
"""What no system ever gives: the services' own commands, the operators', those behind a door."""


@dataclass(frozen=True, slots=True)
class System:
    """A department's system, as it was admitted last; all from assignment."""

    admitted: SystemAdmitted | None = None
    retired: bool = False


def decide(state: System, asked: Asked) -> Sequence[Event]:
    """Answer a command about a system with what becomes true."""
    match asked.command:
        case AdmitSystem() as command:
            return admit(state, asked, command)
        case RetireSystem() as command:
            return retire(state, command)
        case _:
            raise UnfitSubject("subject")


def admit(state: System, asked: Asked, command: AdmitSystem) -> list[Event]:
    """A system is admitted for units that exist and commands that systems give.

    Once retired it may be admitted again, also for others.
    """
    admitted = SystemAdmitted(**dict(command))
    if not state.retired and state.admitted == admitted:
        return []
    if not state.retired and state.admitted is not None:
        raise AlreadyAdmitted("subject")
    for index, unit in enumerate(command.units):
        asked.reference.unit(unit, f"data.units.{index}")
    if not COMMANDS.keys() >= set(command.commands):
        raise NoSuchCommand("data.commands")
    if any(COMMANDS[name].model in NOT_FOR_SYSTEMS for name in command.commands):
        raise NotForSystems("data.commands")
    return [admitted]


def retire(state: System, command: RetireSystem) -> list[Event]:
    """A system that was admitted is retired once; why may be said otherwise."""
    if state.admitted is None:
        raise NeverAdmitted("subject")
    return [] if state.retired else [SystemRetired(reason=command.reason)]


def evolve(state: System, recorded: Recorded) -> System:
    """Fold one fact into what is known of a system."""
    match recorded.data:
        case SystemAdmitted() as admitted:
            return System(admitted)
        case SystemRetired():
            return System(state.admitted, retired=True)
        case _:
            return state
