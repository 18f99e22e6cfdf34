"""What comes before a draft: contact with those who signed, and research."""

from banli_engine.decider import Asked
from banli_events.base import Event
from banli_events.supervision import (
    LogResearch,
    ProposerContacted,
    RecordContact,
    ResearchLogged,
)
from banli_supervision.guards import item_of, must_be_of_its_units, must_be_open
from banli_supervision.refusals import NotSigner
from banli_supervision.state import State


def record_contact(state: State, asked: Asked, command: RecordContact) -> list[Event]:
    """A handler of the units in charge met or spoke with someone who signed (R031)."""
    contact = ProposerContacted(
        signer=command.signer,
        mode=command.mode,
        contacted_on=command.contacted_on,
        summary=command.summary,
    )
    if contact in state.contacts:
        return []
    must_be_open(state)
    must_be_of_its_units(state, asked)
    if command.signer not in item_of(state).signers:
        raise NotSigner("data.signer")
    return [contact]


def log_research(state: State, asked: Asked, command: LogResearch) -> list[Event]:
    """A handler of the units in charge looked into the matter (R030)."""
    research = ResearchLogged(researched_on=command.researched_on, summary=command.summary)
    if research in state.research:
        return []
    must_be_open(state)
    must_be_of_its_units(state, asked)
    return [research]
