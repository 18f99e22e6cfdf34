"""Intake in one value: what it decides, who may ask it, and what it does on what it reads."""

from banli_engine.decider import INTERNAL, Aggregate, Service
from banli_events.intake import CorrectItem, RecordFeedback, RegisterItem, RequestFeedback
from banli_events.subjects import numbered_case
from banli_events.words import PostRole
from banli_intake.decide import decide
from banli_intake.reactions import REACTIONS
from banli_intake.state import State, evolve

_REGISTRAR = frozenset({PostRole.REGISTRAR})


def _case_of(command: RegisterItem) -> str:
    return numbered_case(command.kind, command.numbering)


SERVICE = Service(
    name="intake",
    aggregates={"case": Aggregate(initial=State(), decide=decide, evolve=evolve)},
    commands={
        RegisterItem: _REGISTRAR,
        CorrectItem: _REGISTRAR,
        RequestFeedback: INTERNAL,
        RecordFeedback: _REGISTRAR,
    },
    reactions=REACTIONS,
    subject_of={RegisterItem: _case_of},
)
