"""What assignment decides about units, posts and forks: what others rest decisions on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from banli_assignment.proposing import LEADERS
from banli_assignment.refusals import (
    AlreadyAppointed,
    AlreadyCreated,
    AlreadyOpened,
    AlreadySettled,
    DutyTwice,
    EndsBeforeStart,
    NotAppointed,
    NotCreated,
    NotLeader,
    NotOpened,
)
from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events.assignment import (
    AppointHolder,
    AppointmentEnded,
    ChargeGiven,
    CreatePost,
    DutiesPublished,
    EndAppointment,
    ForkSettled,
    GiveCharge,
    HolderAppointed,
    OpenUnit,
    PostCreated,
    PublishDuties,
    SettleFork,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_events.words import Duty


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, where it was opened, and what it is there for; all from assignment."""

    opened: UnitOpened | None = None
    duties: tuple[Duty, ...] | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A post and its appointments, each with its end where there is one; all from assignment."""

    created: PostCreated | None = None
    charge: tuple[str, ...] | None = None
    appointments: tuple[HolderAppointed, ...] = ()


@dataclass(frozen=True, slots=True)
class Fork:
    """A place of a stream, with what was settled about it; all from assignment."""

    settled: ForkSettled | None = None


def decide_unit(state: Unit, asked: Asked) -> Sequence[Event]:
    """Answer a command about a unit with what becomes true."""
    match asked.command:
        case OpenUnit() as command:
            return open_unit(state, asked, command)
        case PublishDuties() as command:
            return publish_duties(state, command)
        case _:
            raise UnfitSubject("subject")


def decide_post(state: Post, asked: Asked) -> Sequence[Event]:
    """Answer a command about a post with what becomes true."""
    match asked.command:
        case CreatePost() as command:
            return create(state, asked, command)
        case AppointHolder() as command:
            return appoint(state, command)
        case EndAppointment() as command:
            return end(state, command)
        case GiveCharge() as command:
            return give_charge(state, asked, command)
        case _:
            raise UnfitSubject("subject")


def decide_fork(state: Fork, asked: Asked) -> Sequence[Event]:
    """Which event is kept at a place is settled once, for ever; why may be said otherwise."""
    match asked.command:
        case SettleFork() as command:
            settled = ForkSettled(**command.model_dump())
        case _:
            raise UnfitSubject("subject")
    if state.settled is None:
        return [settled]
    if state.settled.keep != settled.keep:
        raise AlreadySettled("data.keep")
    return []


def open_unit(state: Unit, asked: Asked, command: OpenUnit) -> list[Event]:
    """A unit is opened once, under a parent that exists."""
    opened = UnitOpened(**command.model_dump())
    if state.opened == opened:
        return []
    if state.opened is not None:
        raise AlreadyOpened("subject")
    if command.parent is not None:
        asked.reference.unit(command.parent, "data.parent")
    return [opened]


def publish_duties(state: Unit, command: PublishDuties) -> list[Event]:
    """A unit that exists has its duties, each once, in place of those before (R070, R071)."""
    if state.opened is None:
        raise NotOpened("subject")
    if state.duties == command.duties:
        return []
    if len({(duty.function, duty.territory) for duty in command.duties}) < len(command.duties):
        raise DutyTwice("data.duties")
    return [DutiesPublished(duties=command.duties)]


def give_charge(state: Post, asked: Asked, command: GiveCharge) -> list[Event]:
    """A leader's post has charge of units that exist, in place of those before (R059)."""
    if state.created is None:
        raise NotCreated("subject")
    if state.charge == command.units:
        return []
    if state.created.role not in LEADERS:
        raise NotLeader("subject")
    for index, unit in enumerate(command.units):
        asked.reference.unit(unit, f"data.units.{index}")
    return [ChargeGiven(units=command.units)]


def create(state: Post, asked: Asked, command: CreatePost) -> list[Event]:
    """A post is created once, in a unit that exists."""
    created = PostCreated(
        unit=command.unit,
        title=command.title,
        role=command.role,
        office_number=command.office_number,
    )
    if state.created == created:
        return []
    if state.created is not None:
        raise AlreadyCreated("subject")
    asked.reference.unit(command.unit, "data.unit")
    return [created]


def appoint(state: Post, command: AppointHolder) -> list[Event]:
    """A person holds a post once at a time; others may hold it beside them."""
    if state.created is None:
        raise NotCreated("subject")
    if command.until is not None and command.until <= command.since:
        raise EndsBeforeStart("data.until")
    appointed = HolderAppointed(
        person=command.person,
        name=command.name,
        since=command.since,
        until=command.until,
        acting=command.acting,
    )
    if appointed in state.appointments:
        return []
    if any(_overlap(appointed, each) for each in state.appointments):
        raise AlreadyAppointed("data.person")
    return [appointed]


def end(state: Post, command: EndAppointment) -> list[Event]:
    """A person leaves a post on a day on which they hold it."""
    if state.created is None:
        raise NotCreated("subject")
    own = [each for each in state.appointments if each.person == command.person]
    if any(each.until == command.since for each in own):
        return []
    if not any(_on(each, command.since) for each in own):
        raise NotAppointed("data.person")
    return [AppointmentEnded(person=command.person, since=command.since, reason=command.reason)]


def evolve_unit(state: Unit, recorded: Recorded) -> Unit:
    """Fold one fact into what is known of a unit."""
    match recorded.data:
        case UnitOpened() as opened:
            return replace(state, opened=opened)
        case DutiesPublished(duties=duties):
            return replace(state, duties=duties)
        case _:
            return state


def evolve_post(state: Post, recorded: Recorded) -> Post:
    """Fold one fact into what is known of a post."""
    match recorded.data:
        case PostCreated() as created:
            return replace(state, created=created)
        case ChargeGiven(units=units):
            return replace(state, charge=units)
        case HolderAppointed() as appointed:
            return replace(state, appointments=(*state.appointments, appointed))
        case AppointmentEnded(person=person, since=day):
            ended = tuple(
                each.model_copy(update={"until": day})
                if each.person == person and _on(each, day)
                else each
                for each in state.appointments
            )
            return replace(state, appointments=ended)
        case _:
            return state


def evolve_fork(state: Fork, recorded: Recorded) -> Fork:
    """Fold one fact into what is settled."""
    match recorded.data:
        case ForkSettled() as settled:
            return replace(state, settled=settled)
        case _:
            return state


def _on(held: HolderAppointed, day: date) -> bool:
    return held.since <= day and (held.until is None or day < held.until)


def _overlap(one: HolderAppointed, other: HolderAppointed) -> bool:
    return (
        one.person == other.person
        and (other.until is None or one.since < other.until)
        and (one.until is None or other.since < one.until)
    )
