"""What intake must know of a case to decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from banli_events.envelope import Recorded
from banli_events.intake import (
    FeedbackReceived,
    FeedbackRequested,
    ItemCorrected,
    ItemRegistered,
)
from banli_events.supervision import ReplyIssued
from banli_intake import correction


@dataclass(frozen=True, slots=True)
class State:
    """A case as intake sees it; each field is written by one source's events only."""

    item: ItemRegistered | None = None  # from intake, as corrected
    requested: frozenset[tuple[int, str]] = frozenset()  # from intake: round and signer
    grades: Mapping[tuple[int, str], str] = field(default_factory=dict)  # from intake
    issued: Mapping[int, tuple[str, ...]] = field(
        default_factory=dict
    )  # from supervision, by round


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one fact into the state."""
    match recorded.data:
        case ItemRegistered() as item:
            return replace(state, item=item)
        case ItemCorrected() as corrected:
            return replace(state, item=_corrected(state.item, corrected))
        case FeedbackRequested(signer=signer, round=number):
            return replace(state, requested=state.requested | {(number, signer)})
        case FeedbackReceived(signer=signer, grade=grade, round=number):
            return replace(state, grades={**state.grades, (number, signer): grade})
        case ReplyIssued(to=to, round=number):
            return replace(state, issued={**state.issued, number: to})
        case _:
            return state


def _corrected(item: ItemRegistered | None, corrected: ItemCorrected) -> ItemRegistered | None:
    if item is None:
        return None
    try:
        return correction.write(item, corrected.field, corrected.after)
    except ValueError:  # a field that this build does not know
        return item
