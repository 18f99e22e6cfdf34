"""What assignment must know of a case to decide."""

from dataclasses import dataclass, replace

from banli_events.assignment import Assigned, AssignmentAccepted, AssignmentProposed, Classified
from banli_events.envelope import Recorded
from banli_events.intake import ItemRegistered


@dataclass(frozen=True, slots=True)
class State:
    """A case as assignment sees it; each field is written by one source's events only."""

    registered: bool = False  # from intake
    category: str | None = None  # from assignment
    proposed: AssignmentProposed | None = None  # from assignment
    assigned: Assigned | None = None  # from assignment
    accepted: frozenset[str] = frozenset()  # from assignment: units


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one fact into the state."""
    match recorded.data:
        case ItemRegistered():
            return replace(state, registered=True)
        case Classified(category=category):
            return replace(state, category=category)
        case AssignmentProposed() as proposed:
            return replace(state, proposed=proposed)
        case Assigned() as assigned:
            return replace(state, assigned=assigned)
        case AssignmentAccepted(unit=unit):
            return replace(state, accepted=state.accepted | {unit})
        case _:
            return state
