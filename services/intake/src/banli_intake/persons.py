"""Private persons: what may be done with what is sealed about them, and who may be shown it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from banli_engine.authority import OF_A_UNIT, role_of
from banli_engine.decider import Asked
from banli_engine.errors import NotAssignedUnit, NotPermitted, TooEarly, UnfitSubject
from banli_engine.sight import Sight, published_sight
from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_events.intake import (
    EnterPerson,
    ForgetPerson,
    PersonEntered,
    PersonForgotten,
    PersonUnsealed,
    RegisterItem,
    UnsealPerson,
)
from banli_events.sealed import Sealed
from banli_events.subjects import kind_of
from banli_intake.refusals import (
    CaseMissing,
    Forgotten,
    NoSuchPart,
    NoSuchPerson,
    NotOfCase,
)
from banli_intake.state import State

FORGOTTEN = "forgotten"
"""What a forgotten person watches: so that the vault finds whose keys it must not hold."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person as intake knows one: by what is sealed; all from intake."""

    entered: int = 0  # the version of the event that counts; 0: never
    mark: str | None = None
    sealed: Mapping[str, Sealed] = field(default_factory=dict)  # by part
    forgotten: bool = False


def subject_of(person: str) -> str:
    """Name the subject of a person's events."""
    return f"person/{person}"


def decide(state: Person, asked: Asked) -> Sequence[Event]:
    """Answer a command about a person with what becomes true."""
    match asked.command:
        case EnterPerson() as command:
            return enter(state, command)
        case UnsealPerson() as command:
            return unseal(state, asked, command)
        case ForgetPerson() as command:
            return forget(state, command)
        case _:
            raise UnfitSubject("subject")


def evolve(state: Person, recorded: Recorded) -> Person:
    """Fold one fact into what is known of a person."""
    match recorded.data:
        case PersonEntered(sealed=sealed, mark=mark):
            parts = {each.part: each for each in sealed}
            return replace(state, entered=recorded.version, mark=mark, sealed=parts)
        case PersonForgotten():
            return replace(state, forgotten=True, sealed={})
        case _:
            return state


def watches(state: Person) -> Iterable[str]:
    """Let those who are forgotten be found together."""
    return (FORGOTTEN,) if state.forgotten else ()


def named_by(state: State) -> Iterable[str]:
    """Let the cases that concern a person be found by the person."""
    return [subject_of(person) for person in state.item.persons] if state.item else ()


def enter(state: Person, command: EnterPerson) -> list[Event]:
    """What is sealed stands in place of what was; the same again changes nothing."""
    if state.forgotten:
        raise Forgotten("subject")
    if state.mark == command.mark:
        return []
    return [PersonEntered(**command.model_dump())]


def unseal(state: Person, asked: Asked, command: UnsealPerson) -> list[Event]:
    """Who handles a case may be shown persons whom it names, for its sake; the register and the
    office any. Nobody whom the case accuses."""
    must_be_known(state)
    for place, part in enumerate(command.parts):
        if part not in state.sealed:
            raise NoSuchPart(f"data.parts.{place}")
    if command.case is not None:
        case = asked.others.get(command.case)
        if not isinstance(case, State) or asked.subject not in named_by(case):
            raise NotOfCase("data.case")
        must_handle(asked, case)
    elif role_of(asked) in OF_A_UNIT:
        raise CaseMissing("data.case")
    parts = tuple(dict.fromkeys(command.parts))
    return [PersonUnsealed(parts=parts, case=command.case, reason=command.reason)]


def forget(state: Person, command: ForgetPerson) -> list[Event]:
    """A person is forgotten once, and for ever."""
    if not state.entered:
        raise NoSuchPerson("subject")
    return [] if state.forgotten else [PersonForgotten(reason=command.reason)]


def must_be_known(state: Person) -> None:
    """Let pass only who was entered and is not forgotten."""
    if not state.entered:
        raise NoSuchPerson("subject")
    if state.forgotten:
        raise Forgotten("subject")


def looked_at(command: UnsealPerson) -> Iterable[str]:
    """Name the case for whose sake a person is to be shown."""
    return [command.case] if command.case and kind_of(command.case) == "case" else ()


def persons_of(command: RegisterItem) -> Iterable[str]:
    """Name the persons whom an item is to name."""
    return map(subject_of, command.persons)


def must_be_entered(asked: Asked, persons: Iterable[str]) -> None:
    """Let an item name only persons who were entered and are not forgotten.

    They are entered by this service, before their id is known to anybody: what is not known here is
    not on its way.
    """
    for place, person in enumerate(persons):
        known = asked.others.get(subject_of(person))
        if not isinstance(known, Person) or not known.entered:
            raise NoSuchPerson(f"data.persons.{place}")
        if known.forgotten:
            raise Forgotten(f"data.persons.{place}")


def must_handle(asked: Asked, case: State) -> None:
    """Let only those be shown something for the sake of a case whom it does not accuse; who acts
    for a unit, where that unit handles it."""
    sight = published_sight(asked.reference, asked.speaker, asked.today, ())
    if not sight.barred.isdisjoint(case.accused):
        raise NotOfCase("data.case")  # as where there is no such case
    if role_of(asked) not in OF_A_UNIT:
        return
    if not case.units:
        raise TooEarly("data.case")  # whom the item is assigned to may still be on its way
    if asked.speaker.unit not in asked.reference.within(case.units):
        raise NotAssignedUnit("actor.unit")


def must_see(sight: Sight, cases: Sequence[State]) -> None:
    """Let only those see something of a person who see a case that names them; the register, the
    office and the head of the body see all. For whom one of these cases accuses the person is not
    there: nobody learns in this way that, or by whom, they are accused."""
    if sight.post is None:
        raise NotPermitted("actor.post")
    if any(not sight.barred.isdisjoint(case.accused) for case in cases):
        raise NoSuchPerson("subject")
    if not (sight.everything or any(map(sight.sees, cases))):
        raise NotAssignedUnit("actor.unit")
