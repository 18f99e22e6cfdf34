"""The assigner's list of what it handed over, to be compared with the register."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_events.intake import HandOverListed, ListHandOver
from banli_intake.refusals import AlreadyListed, NumberingTwice


@dataclass(frozen=True, slots=True)
class HandOver:
    """A list, where it was entered; all from intake."""

    listed: HandOverListed | None = None


def decide(state: HandOver, asked: Asked) -> Sequence[Event]:
    """A list is entered once, as it came; each item stands in it once (R057).

    A total that its own lines do not sum to is the assigner's, and is kept: the gap is shown.
    """
    match asked.command:
        case ListHandOver() as command:
            listed = HandOverListed(**command.model_dump())
        case _:
            raise UnfitSubject("subject")
    if state.listed == listed:
        return []
    if state.listed is not None:
        raise AlreadyListed("subject")
    if len(set(command.numberings)) < len(command.numberings):
        raise NumberingTwice("data.numberings")
    return [listed]


def evolve(state: HandOver, recorded: Recorded) -> HandOver:
    """Fold one fact into what is known of a list."""
    match recorded.data:
        case HandOverListed() as listed:
            return replace(state, listed=listed)
        case _:
            return state
