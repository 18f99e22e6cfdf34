"""What has to do with other bodies: objecting to the assigner, referring out, what is not ours."""

from banli_assignment.guards import (
    accuses,
    item_of,
    must_be_in_hand,
    must_be_in_window,
    must_go_on,
    must_not_be_replied,
)
from banli_assignment.refusals import (
    Accused,
    AlreadyAnswered,
    AlreadyObjected,
    AlreadyReceived,
    NoSuchReferral,
    NotObjected,
    NotSigner,
    ObjectionBinding,
    ObjectionLate,
    ReferralTwice,
    SignerMissing,
)
from banli_assignment.state import State
from banli_engine.decider import Asked
from banli_events.assignment import (
    EscalatedToGovernment,
    EscalateToGovernment,
    ExplainOutOfScope,
    ExternalResultReceived,
    OuterObjectionAnswered,
    OuterObjectionRaised,
    OutOfScopeExplained,
    RaiseOuterObjection,
    RecordExternalResult,
    RecordOuterAnswer,
    ReferOut,
    ReferredOut,
)
from banli_events.base import Event
from banli_events.deadlines import ClockKind


def raise_objection(state: State, asked: Asked, command: RaiseOuterObjection) -> list[Event]:
    """This body objects to the assigner inside its window, before it replies, and once (R053)."""
    item_of(state)
    raised = OuterObjectionRaised(**command.model_dump())
    own = state.own
    if own.outer == raised:
        return []
    must_be_in_hand(state)
    must_not_be_replied(state)
    if own.outer_answer is not None:
        raise ObjectionBinding("subject")
    if own.outer is not None:
        raise AlreadyObjected("subject")
    kind = ClockKind.OUTER_OBJECTION
    must_be_in_window(state, asked, kind, kind, ObjectionLate("subject"))
    return [raised]


def record_answer(state: State, asked: Asked, command: RecordOuterAnswer) -> list[Event]:
    """The assigner answers once: upheld, the case is no longer ours; refused, it goes on (R053)."""
    item_of(state)
    answered = OuterObjectionAnswered(**command.model_dump())
    if state.own.outer_answer == answered:
        return []
    must_go_on(state)
    if state.own.outer is None:
        raise NotObjected("subject")
    if state.own.outer_answer is not None:
        raise AlreadyAnswered("subject")
    return [answered]


def refer_out(state: State, asked: Asked, command: ReferOut) -> list[Event]:
    """What only an outside body can do is asked of it, for the office or by a unit (R044, R046)."""
    return _ask_outside(state, asked, ReferredOut(**command.model_dump()))


def escalate(state: State, asked: Asked, command: EscalateToGovernment) -> list[Event]:
    """The government is asked by a document to bring several bodies together (R086)."""
    return _ask_outside(state, asked, EscalatedToGovernment(**command.model_dump()))


def _ask_outside(
    state: State, asked: Asked, sent: ReferredOut | EscalatedToGovernment
) -> list[Event]:
    item_of(state)
    before = state.own.referrals.get(sent.referral)
    if before == sent:
        return []
    must_be_in_hand(state)
    if before is not None:
        raise ReferralTwice("data.referral")
    _must_not_be_accused(state, asked, sent.to)
    return [sent]


def _must_not_be_accused(state: State, asked: Asked, to: str) -> None:
    """What accuses somebody is not handed to them, by their id or by their unit's name."""
    named = [to, *(unit for unit, each in asked.reference.units.items() if each.name == to)]
    if any(accuses(state, asked.reference, asked.today, each) for each in named):
        raise Accused("data.to")


def record_result(state: State, asked: Asked, command: RecordExternalResult) -> list[Event]:
    """What came of a referral is recorded once, also after the file is closed (R046, R086)."""
    item_of(state)
    result = ExternalResultReceived(**command.model_dump())
    before = state.own.results.get(command.referral)
    if before == result:
        return []
    must_go_on(state)
    if command.referral not in state.own.referrals:
        raise NoSuchReferral("data.referral")
    if before is not None:
        raise AlreadyReceived("data.referral")
    return [result]


def explain(state: State, asked: Asked, command: ExplainOutOfScope) -> list[Event]:
    """Everyone who signed is told why the item is not this body's duty; it stays counted (R078)."""
    item = item_of(state)
    explained = OutOfScopeExplained(**command.model_dump())
    if state.own.explained == explained:
        return []
    must_be_in_hand(state)
    must_not_be_replied(state)
    told = set(command.explained_to)
    if not told <= item.signers:
        raise NotSigner("data.explained_to")
    if told != item.signers:
        raise SignerMissing("data.explained_to")
    return [explained]
