"""What co-units are asked and say before the draft."""

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.deadlines import ClockKind, Step
from banli_events.supervision import (
    CoOpinionRequested,
    CoOpinionSubmitted,
    RequestCoOpinion,
    SubmitCoOpinion,
)
from banli_supervision import clocks, gates
from banli_supervision.guards import (
    must_be_co_handler,
    must_be_handler,
    must_be_open,
    rules_of,
)
from banli_supervision.refusals import (
    AlreadyAnswered,
    AlreadyApproved,
    AlreadyAsked,
    AlreadySent,
    NotAsked,
    NotCoUnit,
)
from banli_supervision.state import State


def request(state: State, asked: Asked, command: RequestCoOpinion) -> list[Event]:
    """The handler of the lead unit asks a co-unit once; its own clock starts (R032, R036, R038).

    Decided again when only the request reached the log, it yields the clock.
    """
    must_be_open(state)
    must_be_handler(state, asked)
    unit, kind = command.unit, ClockKind.UNIT_OPINION
    if unit in state.asked:
        if state.asked[unit] != command.question:
            raise AlreadyAsked("data.question")
        return [*clocks.start(state, asked, kind, state.asked_at[unit], about=unit)]
    if unit not in gates.co_units(state):
        raise NotCoUnit("data.unit")
    if state.ordered in state.sent:
        raise AlreadySent("subject")
    lead = asked.speaker.unit
    gates.must_pass(gates.order(state, rules_of(state, asked), Step.COORDINATE, lead))
    requested = CoOpinionRequested(unit=unit, question=command.question)
    return [requested, *clocks.start(state, asked, kind, asked.at, about=unit)]


def submit(state: State, asked: Asked, command: SubmitCoOpinion) -> list[Event]:
    """The handler of a co-unit gives its opinion once; late too, until the approval (R038)."""
    unit = asked.speaker.unit
    submitted = CoOpinionSubmitted(
        unit=unit, opinion=command.opinion, attachments=command.attachments
    )
    must_be_co_handler(state, asked)
    if unit in state.opinions:
        if state.opinions[unit] != submitted:
            raise AlreadyAnswered("data.opinion")
        return []
    must_be_open(state)
    if unit not in state.asked:
        raise NotAsked("actor.unit")
    if state.ordered in state.sent:
        raise AlreadySent("subject")
    if state.draft is not None and state.draft.approved:
        raise AlreadyApproved("subject")
    if not state.heard.files.issuperset(command.attachments):
        raise TooEarly("data.attachments")
    return [submitted]
