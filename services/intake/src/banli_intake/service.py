"""Intake in one value: what it decides, who may ask it, and what it does on what it reads."""

from collections.abc import Iterator

from banli_engine.decider import INTERNAL, Aggregate, OverHttp, Service
from banli_events import intake as said
from banli_events.subjects import numbered_case
from banli_events.words import PostRole, SystemGrant
from banli_intake import handover, persons
from banli_intake.attaching import file_key, handling
from banli_intake.decide import decide
from banli_intake.fold import evolve
from banli_intake.reactions import REACTIONS
from banli_intake.state import State

_REGISTRAR = frozenset({PostRole.REGISTRAR})
_OFFICE = _REGISTRAR | {PostRole.SUPERVISION_OFFICE}
_ON_THE_CASE = frozenset({PostRole.SUPERVISION_OFFICE, PostRole.HANDLER, PostRole.UNIT_HEAD})


def _case_of(command: said.RegisterItem | said.RefuseItem) -> str:
    return numbered_case(command.kind, command.numbering)


def _watches(state: State) -> Iterator[str]:
    """Let a case be found by the persons whom it concerns, and by its files."""
    yield from persons.named_by(state)
    yield from map(file_key, state.attached)


SERVICE = Service(
    name="intake",
    aggregates={
        "case": Aggregate(
            State(),
            decide,
            evolve,
            watches=_watches,
            units=handling,
            begins=said.ItemRegistered,
            accused=lambda state: state.accused,
        ),
        "person": Aggregate(
            persons.Person(), persons.decide, persons.evolve, watches=persons.watches
        ),
        "handover": Aggregate(handover.HandOver(), handover.decide, handover.evolve),
    },
    commands={
        said.RegisterItem: _REGISTRAR,
        said.RefuseItem: _REGISTRAR,
        said.WithdrawItem: _REGISTRAR,
        said.CorrectItem: _REGISTRAR,
        said.AddAttachment: _REGISTRAR | _ON_THE_CASE,
        said.ListHandOver: _REGISTRAR,
        said.RequestFeedback: INTERNAL,
        said.RecordFeedback: _REGISTRAR,
        said.EnterPerson: OverHttp(_OFFICE | {PostRole.HANDLER}, door=True),
        said.UnsealPerson: OverHttp(_REGISTRAR | _ON_THE_CASE, door=True),
        said.ForgetPerson: OverHttp(_OFFICE),
    },
    reactions=REACTIONS,
    subject_of={said.RegisterItem: _case_of, said.RefuseItem: _case_of},
    looks_at={said.RegisterItem: persons.persons_of, said.UnsealPerson: persons.looked_at},
    due_version=3,
    grants={said.RecordFeedback: SystemGrant.FEEDBACK},
)
