"""What a service knew when it spoke: each source's facts up to the version that it had seen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from banli_audit.checks.published import Published, civil_day
from banli_audit.facts import Assignment, Intake, Supervision
from banli_audit.findings import Code
from banli_events.envelope import Recorded
from banli_events.words import PostRole


@dataclass(frozen=True, slots=True)
class Known:
    """An event to be judged, beside all that was known when it was said."""

    event: Recorded
    intake: Intake
    assignment: Assignment
    supervision: Supervision
    published: Published

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

    def serves(self, person: str, roles: tuple[PostRole, ...], unit: str | None = None) -> bool:
        """Tell whether a person held a post of these roles on the day of the event."""
        return self.published.serves(person, roles, self.day, self.upto, unit)


Breaches: TypeAlias = Iterator[Code]
Rule: TypeAlias = Callable[[Known, Any], Breaches]
"""Judges one sentence beside what was known; yields a code for each rule that it breaks."""
