"""What a service knew when it spoke: each source's facts up to the version that it had seen."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from banli_audit.checks.published import Published, civil_day
from banli_audit.checks.streams import Stream
from banli_audit.codes import Code
from banli_audit.facts import FIRST, Assignment, Facts, Intake, Supervision, that_count
from banli_audit.facts.supervision import Clock
from banli_events.envelope import Recorded
from banli_events.supervision import RuleSet
from banli_events.words import OuterRole, PostRole


@dataclass(frozen=True, slots=True)
class Seen:
    """What each source had said of a case, up to the versions that somebody had seen."""

    intake: Intake
    assignment: Assignment
    supervision: Supervision

    @property
    def leads(self) -> bool:
        """Tell whether this body leads, so that the product is a reply."""
        return self.intake.register is not None and self.intake.register.role == OuterRole.LEAD

    @property
    def ended_at(self) -> datetime | None:
        """When the handling ended other than by a reply: withdrawn, explained, or given back."""
        said = self.assignment
        back = said.outer_answered_at if said.outer_upheld else None
        ends = (self.intake.withdrawn_at, said.out_of_scope_at, back)
        return min((at for at in ends if at is not None), default=None)


def facts_of(streams: Mapping[str, Stream], versions: Mapping[str, int]) -> dict[str, Facts] | None:
    """Fetch what each source had said up to a version; None where that is not known for sure."""
    facts: dict[str, Facts] = {}
    for source, first in FIRST.items():
        stream, version = streams.get(source), versions.get(source, 0)
        if version == 0:
            facts[source] = first
        elif stream is None or version > len(stream.facts) or stream.doubtful(version):
            return None
        else:
            facts[source] = stream.facts[version - 1]
    return that_count(facts) if None not in facts.values() else None


@dataclass(frozen=True, slots=True)
class Known(Seen):
    """An event to be judged, beside all that was known when it was said."""

    event: Recorded
    published: Published
    caused_at: datetime | None = None  # when what led to it was recorded, where that was met

    @property
    def upto(self) -> int:
        """The offset of `reference-events` that the event rests on."""
        return self.event.context.reference or 0

    @property
    def day(self) -> date:
        """The civil day on which the event was recorded."""
        return civil_day(self.event.time)

    @property
    def speaker(self) -> str:
        """The person who spoke; empty where nobody is named."""
        actor = self.event.context.actor
        return actor.person if actor else ""

    @property
    def unit(self) -> str:
        """The unit for which the person spoke; empty where nobody is named."""
        actor = self.event.context.actor
        return actor.unit if actor else ""

    @property
    def role(self) -> str | None:
        """What the post of the person who spoke is there for."""
        actor = self.event.context.actor
        return self.published.role(actor.post, self.upto) if actor else None

    @property
    def rules(self) -> RuleSet | None:
        """The rules that the case is held to; None where they are not known for sure."""
        pinned = self.supervision.pinned
        if pinned is None or self.published.unsure("pack", pinned.pack):
            return None
        return self.published.rules(pinned, self.upto)

    def clock(self, name: str) -> Clock | None:
        """Find a clock by its name."""
        return self.supervision.clocks.get(name)

    def serves(self, person: str, roles: tuple[PostRole, ...], unit: str | None = None) -> bool:
        """Tell whether a person held a post of these roles on the day of the event."""
        return self.published.serves(person, roles, self.day, self.upto, unit)


Breaches: TypeAlias = Iterator[Code]
Rule: TypeAlias = Callable[[Known, Any], Breaches]
"""Judges one sentence beside what was known; yields a code for each rule that it breaks."""
