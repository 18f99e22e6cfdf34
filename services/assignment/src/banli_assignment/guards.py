"""What several decisions ask of a case before anything else."""

from datetime import date

from banli_assignment.refusals import (
    AlreadyArchived,
    AlreadyReplied,
    ExplainedOutOfScope,
    GoneElsewhere,
    ItemTakenBack,
    NotAccepted,
    NotAssigned,
    NoWindow,
)
from banli_assignment.state import Assignment, Item, State, units_of
from banli_engine.decider import Asked
from banli_engine.errors import Rejection, TooEarly
from banli_engine.reference import Reference
from banli_events.assignment import FinishTask
from banli_events.deadlines import ClockKind


def item_of(state: State) -> Item:
    """Find what intake registered; it may still be on its way."""
    if state.item is None:
        raise TooEarly("subject")
    return state.item


def ended(state: State) -> Rejection | None:
    """Say why nothing more is decided in a case, where it has ended.

    It ends when it is taken back, when the assigner takes it elsewhere (R053), or when those who
    signed were told that it is not this body's duty (R078).
    """
    answer = state.own.outer_answer
    if state.withdrawn:
        return ItemTakenBack("subject")
    if answer is not None and answer.upheld:
        return GoneElsewhere("subject")
    return None if state.own.explained is None else ExplainedOutOfScope("subject")


def must_go_on(state: State) -> None:
    """After a case has ended, nothing more is decided in it (R053, R078)."""
    item_of(state)
    if why := ended(state):
        raise why


def must_be_in_hand(state: State) -> None:
    """Who handles a case, and how, is decided only until its file is closed (R029)."""
    must_go_on(state)
    if state.known.archived:
        raise AlreadyArchived("subject")


def must_not_be_replied(state: State) -> None:
    """What went out stands: after the reply of a round nobody else handles that round (R009)."""
    assigned = state.own.assigned
    if (assigned.round if assigned else 1) in state.known.replied:
        raise AlreadyReplied("subject")


def assignment_of(state: State) -> Assignment:
    """Find who handles the item."""
    item_of(state)
    if state.own.assigned is None:
        raise NotAssigned("subject")
    return state.own.assigned


def handling(state: State, asked: Asked) -> frozenset[str]:
    """The units that the item is assigned to, lead or co, speak in it (R009).

    Of a task also its own unit and the one that divided it off, whoever handles the item since.
    """
    units = units_of(assignment_of(state))
    if isinstance(asked.command, FinishTask) and (part := state.own.parts.get(asked.command.task)):
        return units | {part.task.unit, part.divided_by}
    return units


def accepting_unit(state: State, asked: Asked) -> str:
    """A unit works on an item once it has taken it on (R009)."""
    unit = asked.speaker.unit
    if unit not in state.own.accepted:
        raise NotAccepted("actor.unit")
    return unit


def must_be_in_window(
    state: State, asked: Asked, kind: ClockKind, clock: str, late: Rejection
) -> None:
    """An objection comes before its clock runs out, where the rules give it one (R053).

    The clock is supervision's, and may still be on its way.
    """
    item, reference = item_of(state), asked.reference
    ref = state.known.rules or reference.rules_for(item.kind, item.body, asked.today)
    if all(rule.clock != kind for rule in reference.rules(ref).clocks):
        raise NoWindow("subject")
    if clock not in state.known.windows:
        raise TooEarly("subject")
    due = state.known.windows[clock]
    if due is not None and asked.at >= due:
        raise late


def accuses(state: State, reference: Reference, day: date, who: str) -> bool:
    """Tell whether an item accuses a unit or one above it, a person, or a unit where they hold a
    post that day."""
    item = item_of(state)
    if not item.accused:
        return False
    units = reference.within(item.accused)
    return who in units | item.accused or any(
        in_office(reference, who, unit, day) for unit in units
    )


def in_office(reference: Reference, person: str, unit: str, day: date) -> bool:
    """Tell whether a person holds some post of a unit on a day."""
    return any(
        post.unit == unit and any(each.person == person and each.on(day) for each in post.holders)
        for post in reference.posts.values()
    )


def unfit(reference: Reference, person: str, refusal: Rejection) -> Rejection:
    """A person who never held any post may have an appointment on its way: too early, not wrong."""
    posts = reference.posts.values()
    known = any(holder.person == person for post in posts for holder in post.holders)
    return refusal if known else TooEarly(refusal.field)
