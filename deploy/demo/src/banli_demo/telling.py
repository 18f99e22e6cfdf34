"""A case as the play goes along with it, and one thing that is asked in it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from banli_demo.people import People
from banli_demo.scenario import Item, Way, Year
from banli_events.base import Command
from banli_events.words import Actor, PostRole


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks which service for what; where the way in is left open, it is the item's own."""

    service: str
    actor: Actor
    command: Command
    way: Way | None = None
    upload: bytes | None = None


@dataclass(slots=True)
class Case:
    """An item on its way: who has it now, in which round, and what the scripts still must know."""

    year: Year
    people: People
    item: Item
    day: date
    unit: str
    co: tuple[str, ...]
    proposed: tuple[str, tuple[str, ...]] | None = None
    handler: Actor | None = None  # where it is not the unit's first
    round: int = 1
    drafts: int = 0
    opinions: list[str] = field(default_factory=list)  # co-units that gave theirs

    def in_days(self, days: int) -> date:
        """Tell a day from the one that is told."""
        return self.day + timedelta(days=days)

    # -- who asks

    @property
    def registrar(self) -> Actor:
        """Who registers what comes in."""
        return self.people.in_post(PostRole.REGISTRAR)

    @property
    def office(self) -> Actor:
        """Who divides, urges and reviews."""
        return self.people.in_post(PostRole.SUPERVISION_OFFICE)

    @property
    def deputy(self) -> Actor:
        """The deputy chief in charge of the lead unit."""
        return self.people.in_charge(self.unit)

    @property
    def chief(self) -> Actor:
        """The chief of the bureau."""
        return self.people.in_post(PostRole.CHIEF)

    @property
    def head(self) -> Actor:
        """The head of the lead unit."""
        return self.people.in_post(PostRole.UNIT_HEAD, self.unit)

    @property
    def writer(self) -> Actor:
        """The handler of the lead unit."""
        return self.handler or self.handler_of(self.unit)

    def handler_of(self, unit: str) -> Actor:
        """The handler of a unit."""
        return self.people.in_post(PostRole.HANDLER, unit)

    def level(self, name: str) -> Actor:
        """Who reviews at a level of the chain."""
        return {"head": self.head, "office": self.office, "deputy": self.deputy,
                "chief": self.chief}[name]  # fmt: skip

    # -- what is asked

    def intake(self, command: Command, upload: bytes | None = None) -> Ask:
        """Ask intake, as its registrar."""
        return Ask("intake", self.registrar, command, None, upload)

    def assignment(self, actor: Actor, command: Command, way: Way | None = None) -> Ask:
        """Ask assignment."""
        return Ask("assignment", actor, command, way)

    def supervision(self, actor: Actor, command: Command) -> Ask:
        """Ask supervision; leaders are people, who ask over HTTP."""
        leaders = actor in (self.deputy, self.chief)
        return Ask("supervision", actor, command, "http" if leaders else None)


Verb = Callable[..., Iterable[Ask]]
"""What a word of a script stands for: given the case and the words behind it."""
