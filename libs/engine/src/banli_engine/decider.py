"""How a service states what it decides: pure functions, gathered in one value that the loop runs.

decide(state, asked) -> events      refuse, or do nothing, or say facts
evolve(state, recorded) -> state    never refuses; an unknown event leaves the state alone
due(state) -> clocks                when somebody must look although nobody asks
watches(state) -> keys              what it must hear of although it is said of something else
reactions                           events in -> commands: readable aloud
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from banli_engine.reference import Reference
from banli_events.base import Command, Event
from banli_events.envelope import Recorded
from banli_events.words import Actor, PostRole, SystemGrant

State = TypeVar("State")

LOCAL = ZoneInfo("Asia/Shanghai")
"""The one civil time zone of the bodies that Banli serves: in it a day begins and ends."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it reaches a decision: clock, speaker and lookups arrive with it."""

    command: Command
    subject: str
    at: datetime  # business time, UTC
    actor: Actor | None  # None where a clock or a reaction asks
    via: str  # http, system:<name>, reaction:<name>, clock
    reference: Reference
    others: Mapping[str, Any] = field(default_factory=dict)  # states of what `looks_at` names

    @property
    def today(self) -> date:
        """The civil day on which this is asked."""
        return self.at.astimezone(LOCAL).date()

    @property
    def speaker(self) -> Actor:
        """The person who asks; a command that only people may give always has one."""
        if self.actor is None:
            raise AssertionError("a clock or reaction asked what only a person may")
        return self.actor


@dataclass(frozen=True, slots=True)
class Due:
    """A clock of a subject: from `at` on, somebody must look; `cause` is the event that set it."""

    clock: str
    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[State]):
    """How the subjects of one kind are decided and folded."""

    initial: State
    decide: Callable[[State, Asked], Sequence[Event]]
    evolve: Callable[[State, Recorded], State]
    due: Callable[[State], Iterable[Due]] = lambda _: ()
    watches: Callable[[State], Iterable[str]] = lambda _: ()  # keys, as in `person:anna`
    units: Callable[[State, Asked], frozenset[str]] | None = None
    """Which units handle a subject, as far as something is asked; raises a refusal where nobody
    does, TooEarly where that may still be on its way. None: subjects of this kind are no unit's."""
    begins: type[Event] | None = None
    """The event with which a subject begins, and begins anew: what was said without it in view no
    longer counts."""
    accused: Callable[[State], Collection[str]] = lambda _: ()
    """Which units and people a subject accuses: they neither read it nor say anything about it."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a service does on an event it reads: a command to this subject or another, or nothing.

    It holds for events recorded on or after a day, and running it late changes nothing.
    """

    name: str
    holds_from: date
    react: Callable[[Recorded], tuple[str, Command] | None]  # the target's subject and the command

    def on(self, event: Recorded) -> tuple[str, Command] | None:
        """Say what is asked of whom on an event; None where nothing is."""
        return None if event.time.date() < self.holds_from else self.react(event)


OPERATORS = "operators"
"""Who may publish reference data: the operators that the service's settings name, over HTTP."""

INTERNAL = "internal"
"""A command that only this service's own reactions and clocks give."""


@dataclass(frozen=True, slots=True)
class OverHttp:
    """A command that people in these posts give over HTTP, and no system; behind a door of the
    service (a way in of its own, which does more than the command says) they give it only there."""

    roles: frozenset[PostRole]
    door: bool = False


Allowed = frozenset[PostRole] | OverHttp | str


@dataclass(frozen=True, slots=True)
class Service:
    """A deciding service: all that the loop needs to know of it."""

    name: str
    aggregates: Mapping[str, Aggregate[Any]]  # by kind of subject: case, unit, post, …
    commands: Mapping[type[Command], Allowed]  # what it can be asked, and which posts may ask it
    reactions: Mapping[type[Event], Reaction]
    subject_of: Mapping[
        type[Command], Callable[[Any], str]
    ]  # where a command tells its own subject
    grants: Mapping[type[Command], SystemGrant] = field(
        default_factory=dict
    )  # what a system gives only with a grant of its own
    looks_at: Mapping[type[Command], Callable[[Any], Iterable[str]]] = field(
        default_factory=dict
    )  # the other subjects on whose state, as it is known here, an answer rests
    spread: Mapping[type[Event], Reaction] = field(
        default_factory=dict
    )  # each names a key in place of a target: every subject that watches it is asked
    due_version: int = 1  # raised when `due` or `watches` changes, so that the tables are refilled
