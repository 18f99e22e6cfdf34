"""What assignment must know of a case to decide; `fold.py` fills it from events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from banli_events.assignment import (
    Assigned,
    AssignmentObjected,
    AssignmentProposed,
    EscalatedToGovernment,
    ExternalResultReceived,
    ObjectionRefused,
    ObjectionUpheld,
    OuterObjectionAnswered,
    OuterObjectionRaised,
    OutOfScopeExplained,
    Reassigned,
    ReferredOut,
    SponsorAssigned,
)
from banli_events.words import PackRef, Task

Assignment: TypeAlias = Assigned | Reassigned


def units_of(assignment: Assignment) -> frozenset[str]:
    """Name the units that handle the item, lead and co."""
    return frozenset(each.unit for each in (assignment.lead, *assignment.co))


@dataclass(frozen=True, slots=True)
class Item:
    """What the register says of the item."""

    kind: str
    body: str  # the congress or committee that numbered it
    signers: frozenset[str]
    accused: frozenset[str] = frozenset()  # units and people: none of them handles it


@dataclass(frozen=True, slots=True)
class Objection:
    """A unit's objection, with what the office found of it."""

    said: AssignmentObjected
    ruling: ObjectionUpheld | ObjectionRefused | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A task, with the unit that divided it off and the result where it is done."""

    task: Task
    divided_by: str
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """What assignment itself has said of the case."""

    category: str | None = None
    proposed: AssignmentProposed | None = None
    proposal: int = 0  # the version of that proposal
    assignments: tuple[tuple[int, Assignment], ...] = ()  # each with its version
    accepted: frozenset[str] = frozenset()  # units
    objections: Mapping[str, Objection] = field(default_factory=dict)  # by unit
    sponsor: SponsorAssigned | None = None
    plans: Mapping[str, str] = field(default_factory=dict)  # by unit
    parts: Mapping[str, Part] = field(default_factory=dict)  # by task
    outer: OuterObjectionRaised | None = None
    outer_answer: OuterObjectionAnswered | None = None
    referrals: Mapping[str, ReferredOut | EscalatedToGovernment] = field(default_factory=dict)
    results: Mapping[str, ExternalResultReceived] = field(default_factory=dict)  # by referral
    explained: OutOfScopeExplained | None = None

    @property
    def assigned(self) -> Assignment | None:
        """Who handles the item now."""
        return self.assignments[-1][1] if self.assignments else None

    @property
    def open_proposal(self) -> bool:
        """Tell whether the last proposal was neither carried out nor overtaken."""
        assigned_at = self.assignments[-1][0] if self.assignments else 0
        return self.proposal > assigned_at

    @property
    def rightly_objected(self) -> Mapping[str, ObjectionUpheld]:
        """The objections found right for which the item has not yet gone to others, by unit."""
        rulings = ((unit, each.ruling) for unit, each in self.objections.items())
        return {unit: each for unit, each in rulings if isinstance(each, ObjectionUpheld)}

    @property
    def upheld(self) -> ObjectionUpheld | None:
        """The first of these."""
        return next(iter(self.rightly_objected.values()), None)


@dataclass(frozen=True, slots=True)
class Known:
    """What supervision has said of the case."""

    windows: Mapping[str, datetime | None] = field(default_factory=dict)
    """By clock, when it runs out; None while it stands still."""
    rules: PackRef | None = None
    replied: frozenset[int] = frozenset()  # rounds whose reply or co-opinion went out
    archived: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A case as assignment sees it; each field is written by one source's events only."""

    item: Item | None = None  # from intake, as the next
    withdrawn: bool = False
    own: Own = Own()
    known: Known = Known()

    @property
    def accused(self) -> frozenset[str]:
        """Units and people whom the item accuses."""
        return self.item.accused if self.item else frozenset()
