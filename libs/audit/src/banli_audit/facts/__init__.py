"""The auditor's own fold of a case: what follows from each source's events, kept apart by source.

Because no field is written by two sources, what a service knew is put together from the state of
each source at the version that it had seen, and no event has to be read twice.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from banli_audit.facts import assignment, clocks, intake, ladder, reply, supervision
from banli_audit.facts.assignment import Assignment
from banli_audit.facts.intake import Intake
from banli_audit.facts.steps import Steps
from banli_audit.facts.supervision import Supervision
from banli_events.envelope import Recorded

__all__ = ["FIRST", "Assignment", "Facts", "Intake", "Supervision", "fold", "that_count"]

Facts: TypeAlias = Any  # Intake, Assignment or Supervision: one per source
FIRST: Mapping[str, Facts] = {
    "intake": Intake(),
    "assignment": Assignment(),
    "supervision": Supervision(),
}

STEPS: Steps = {
    **intake.STEPS,
    **assignment.STEPS,
    **supervision.STEPS,
    **clocks.STEPS,
    **reply.STEPS,
    **ladder.STEPS,
}
"""How each event changes what its source has said; what changes nothing stands in none."""


def fold(facts: Facts, event: Recorded, begun: int = 0) -> Facts:
    """Fold one event into what its source has said; other events leave it alone.

    Where the event knew that the case had begun anew, what was said before counts no more.
    """
    if facts is not None and begun > facts.begun:
        facts = replace(FIRST[event.source], begun=begun)
    step = STEPS.get(type(event.data))
    return facts if step is None else step(facts, event.data, event)


def that_count(facts: Mapping[str, Facts]) -> dict[str, Facts]:
    """Leave out what was said before the case began anew, as far as that is known."""
    begun = facts["intake"].begun
    return {name: each if each.begun >= begun else FIRST[name] for name, each in facts.items()}
