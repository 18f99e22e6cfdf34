"""What comes before a draft: contact with those who signed, research, measures, consultation."""

from banli_engine.decider import Asked
from banli_events.base import Event
from banli_events.deadlines import Step
from banli_events.supervision import (
    ConsultationHeld,
    LogResearch,
    MeasureTaken,
    ProposerContacted,
    RecordConsultation,
    RecordContact,
    RecordMeasure,
    ResearchLogged,
)
from banli_supervision import gates
from banli_supervision.guards import item_of, must_be_open, rules_of
from banli_supervision.refusals import NotSigner
from banli_supervision.state import State


def record_contact(state: State, asked: Asked, command: RecordContact) -> list[Event]:
    """A handler of the units in charge met or spoke with someone who signed (R031, R034, R201)."""
    contact = ProposerContacted(
        signer=command.signer,
        mode=command.mode,
        contacted_on=command.contacted_on,
        summary=command.summary,
    )
    if contact in state.contacts:
        return []
    _must_be_its_turn(state, asked, Step.CONTACT)
    if command.signer not in item_of(state).signers:
        raise NotSigner("data.signer")
    return [contact]


def log_research(state: State, asked: Asked, command: LogResearch) -> list[Event]:
    """A handler of the units in charge looked into the matter (R030)."""
    research = ResearchLogged(researched_on=command.researched_on, summary=command.summary)
    if research in state.research:
        return []
    _must_be_its_turn(state, asked, Step.RESEARCH)
    return [research]


def record_measure(state: State, asked: Asked, command: RecordMeasure) -> list[Event]:
    """A handler of the units in charge put something right before the reply (R080)."""
    taken = MeasureTaken(taken_on=command.taken_on, what=command.what)
    if taken in state.measures_taken:
        return []
    _must_be_its_turn(state, asked, Step.RECTIFY)
    return [taken]


def record_consultation(state: State, asked: Asked, command: RecordConsultation) -> list[Event]:
    """Those who signed were consulted face to face: day, place, people, result (R011)."""
    held = ConsultationHeld(
        held_on=command.held_on, place=command.place, people=command.people, result=command.result
    )
    if held in state.consulted:
        return []
    _must_be_its_turn(state, asked, Step.CONSULT)
    signers = item_of(state).signers
    for index, person in enumerate(command.people):
        if person not in signers:
            raise NotSigner(f"data.people.{index}")
    return [held]


def _must_be_its_turn(state: State, asked: Asked, step: Step) -> None:
    """The units in charge work while the case is open, in the order of its rules (R009, R080)."""
    must_be_open(state)
    rules = rules_of(state, asked)
    gates.must_pass(gates.order(state, rules, step, asked.speaker.unit))
