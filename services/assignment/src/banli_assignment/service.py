"""Assignment in one value: what it decides, who may ask it, and what it does on what it reads."""

from banli_assignment import published
from banli_assignment.decide import decide
from banli_assignment.state import State, evolve
from banli_engine.decider import OPERATORS, Aggregate, Service
from banli_events.assignment import (
    AcceptAssignment,
    AdmitSystem,
    AppointHolder,
    ClassifyItem,
    ConfirmAssignment,
    CreatePost,
    EndAppointment,
    OpenUnit,
    ProposeAssignment,
    SettleFork,
)
from banli_events.subjects import fork_at
from banli_events.words import PostRole

_OFFICE = frozenset({PostRole.SUPERVISION_OFFICE})

SERVICE = Service(
    name="assignment",
    aggregates={
        "case": Aggregate(State(), decide, evolve),
        "unit": Aggregate(published.Unit(), published.decide_unit, published.evolve_unit),
        "post": Aggregate(published.Post(), published.decide_post, published.evolve_post),
        "system": Aggregate(published.System(), published.decide_system, published.evolve_system),
        "fork": Aggregate(published.Fork(), published.decide_fork, published.evolve_fork),
    },
    commands={
        ClassifyItem: _OFFICE,
        ProposeAssignment: _OFFICE,
        ConfirmAssignment: _OFFICE,
        AcceptAssignment: frozenset({PostRole.HANDLER, PostRole.UNIT_HEAD}),
        OpenUnit: OPERATORS,
        CreatePost: OPERATORS,
        AppointHolder: OPERATORS,
        EndAppointment: OPERATORS,
        AdmitSystem: OPERATORS,
        SettleFork: OPERATORS,
    },
    reactions={},
    subject_of={SettleFork: lambda asked: fork_at(asked.subject, asked.source, asked.version)},
)
