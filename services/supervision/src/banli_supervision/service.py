"""Supervision in one value: what it decides, who may ask it, and what it does on what it reads."""

from banli_engine.decider import INTERNAL, OPERATORS, Aggregate, Service
from banli_events.supervision import (
    ApproveReply,
    ArchiveCase,
    CheckDeadline,
    DeliverCoOpinion,
    DraftReply,
    FileCaseSummary,
    IssueReply,
    LogResearch,
    PassReply,
    PublishPack,
    RecordContact,
    ReturnReply,
    SetDeadline,
)
from banli_events.words import PostRole
from banli_supervision import packs
from banli_supervision.decide import decide
from banli_supervision.reactions import REACTIONS
from banli_supervision.state import State, due, evolve

_HANDLER = frozenset({PostRole.HANDLER})
_OFFICE = frozenset({PostRole.SUPERVISION_OFFICE})
_REVIEWERS = frozenset({PostRole.UNIT_HEAD, PostRole.SUPERVISION_OFFICE})

SERVICE = Service(
    name="supervision",
    aggregates={
        "case": Aggregate(State(), decide, evolve, due),
        "pack": Aggregate(packs.Pack(), packs.decide, packs.evolve),
    },
    commands={
        SetDeadline: INTERNAL,
        CheckDeadline: INTERNAL,
        RecordContact: _HANDLER,
        LogResearch: _HANDLER,
        DraftReply: _HANDLER,
        PassReply: _REVIEWERS,
        ReturnReply: _REVIEWERS,
        ApproveReply: packs.APPROVERS,
        IssueReply: _OFFICE,
        DeliverCoOpinion: _OFFICE,
        FileCaseSummary: _HANDLER,
        ArchiveCase: INTERNAL,
        PublishPack: OPERATORS,
    },
    reactions=REACTIONS,
    subject_of={},
)
