"""What assignment decides about a case."""

from collections.abc import Sequence

from banli_assignment.refusals import (
    AlreadyAssigned,
    NotAnalysed,
    NotAssigned,
    NotAssignedUnit,
    NotClassified,
    NotProposed,
    UnfitHandler,
    UnfitLeader,
    UnitNotOpen,
    UnitTwice,
)
from banli_assignment.state import State
from banli_engine.decider import Asked
from banli_engine.errors import Rejection, TooEarly, UnfitSubject
from banli_events.assignment import (
    AcceptAssignment,
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
    ClassifyItem,
    ConfirmAssignment,
    ProposeAssignment,
)
from banli_events.base import Event
from banli_events.words import PostRole, Responsible

LEADERS = (PostRole.DEPUTY_CHIEF, PostRole.CHIEF)
"""The posts whose holders can be the responsible leader of an assignment (R018)."""


def decide(state: State, asked: Asked) -> Sequence[Event]:
    """Answer a command about a case with what becomes true."""
    match asked.command:
        case ClassifyItem() as command:
            return classify(state, command)
        case ProposeAssignment() as command:
            return propose(state, asked, command)
        case ConfirmAssignment():
            return confirm(state, asked)
        case AcceptAssignment():
            return accept(state, asked)
        case _:
            raise UnfitSubject("subject")


def classify(state: State, command: ClassifyItem) -> list[Event]:
    """An item has one category, which may change until it is assigned (R008)."""
    _must_be_registered(state)
    if state.category == command.category:
        return []
    if state.assigned is not None:
        raise AlreadyAssigned("data.category")
    return [Classified(category=command.category)]


def propose(state: State, asked: Asked, command: ProposeAssignment) -> list[Event]:
    """Who handles a classified item is proposed with its ground and the analysis made (R072).

    A new proposal replaces the one before it.
    """
    _must_be_registered(state)
    if state.category is None:
        raise NotClassified("subject")
    proposed = AssignmentProposed(
        lead=command.lead, co=command.co, duty_basis=command.duty_basis, note=command.note
    )
    if state.proposed == proposed:
        return []
    if state.assigned is not None:
        raise AlreadyAssigned("subject")
    if command.note is None:
        raise NotAnalysed("data.note")
    _must_be_fit(asked, command.lead, command.co)
    return [proposed]


def confirm(state: State, asked: Asked) -> list[Event]:
    """A proposal takes effect where leader, unit and handler are all in office that day (R008)."""
    _must_be_registered(state)
    if state.assigned is not None:
        return []
    if state.category is None:
        raise NotClassified("subject")
    if state.proposed is None:
        raise NotProposed("subject")
    proposed = state.proposed
    _must_be_fit(asked, proposed.lead, proposed.co)
    return [Assigned(lead=proposed.lead, co=proposed.co, duty_basis=proposed.duty_basis)]


def accept(state: State, asked: Asked) -> list[Event]:
    """Each unit that the item was assigned to takes it on once (R009)."""
    unit = asked.speaker.unit
    _must_be_registered(state)
    if state.assigned is None:
        raise NotAssigned("subject")
    if unit not in {each.unit for each in (state.assigned.lead, *state.assigned.co)}:
        raise NotAssignedUnit("actor.unit")
    if unit in state.accepted:
        return []
    return [AssignmentAccepted(unit=unit)]


def _must_be_registered(state: State) -> None:
    if not state.registered:
        raise TooEarly("subject")


def _must_be_fit(asked: Asked, lead: Responsible, co: tuple[Responsible, ...]) -> None:
    if len({each.unit for each in (lead, *co)}) <= len(co):
        raise UnitTwice("data.co")
    _must_be_three_in_one(asked, lead, "data.lead")
    for index, each in enumerate(co):
        _must_be_three_in_one(asked, each, f"data.co.{index}")


def _must_be_three_in_one(asked: Asked, named: Responsible, field: str) -> None:
    """Leader, unit and handler are all there, each in a fitting post today (R018, R019, R020)."""
    reference, today = asked.reference, asked.today
    if reference.unit(named.unit, f"{field}.unit").since > today:
        raise UnitNotOpen(f"{field}.unit")
    if not any(reference.holds(named.leader, role, today) for role in LEADERS):
        raise _unfit(asked, named.leader, UnfitLeader(f"{field}.leader"))
    if not reference.holds(named.handler, PostRole.HANDLER, today, named.unit):
        raise _unfit(asked, named.handler, UnfitHandler(f"{field}.handler"))


def _unfit(asked: Asked, person: str, refusal: Rejection) -> Rejection:
    """A person who never held any post may have an appointment on its way: too early, not wrong."""
    posts = asked.reference.posts.values()
    known = any(holder.person == person for post in posts for holder in post.holders)
    return refusal if known else TooEarly(refusal.field)
