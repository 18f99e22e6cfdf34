"""Supervision in one value: what it decides, who may ask it, and what it does on what it reads."""

from banli_engine.decider import INTERNAL, OPERATORS, Aggregate, Service
from banli_events import supervision as said
from banli_events.intake import ItemRegistered
from banli_events.words import PostRole, SystemGrant
from banli_supervision import calendars, packs
from banli_supervision.alarms import LEADERS
from banli_supervision.checking import due
from banli_supervision.decide import decide
from banli_supervision.fold import evolve
from banli_supervision.guards import handling
from banli_supervision.reactions import REACTIONS
from banli_supervision.state import State
from banli_supervision.watching import SPREAD, watches

_HANDLER = frozenset({PostRole.HANDLER})
_UNIT = frozenset({PostRole.HANDLER, PostRole.UNIT_HEAD})
_OFFICE = frozenset({PostRole.SUPERVISION_OFFICE})

SERVICE = Service(
    name="supervision",
    aggregates={
        "case": Aggregate(
            *(State(), decide, evolve, due, watches, handling, ItemRegistered),
            lambda state: state.accused,
        ),
        "pack": Aggregate(packs.Pack(), packs.decide, packs.evolve),
        "calendar": Aggregate(calendars.Calendar(), calendars.decide, calendars.evolve),
    },
    commands={
        said.SetDeadline: INTERNAL,
        said.SetReferralDeadline: INTERNAL,
        said.SetOuterClock: INTERNAL,
        said.CheckDeadline: INTERNAL,
        said.WithdrawMiss: INTERNAL,
        said.RequestExtension: _HANDLER,
        said.GrantExtension: LEADERS,
        said.RefuseExtension: LEADERS,
        said.SuspendDeadline: _OFFICE,
        said.ResumeDeadline: _OFFICE,
        said.UrgeByPhone: _OFFICE,
        said.IssueSupervisionNotice: _OFFICE,
        said.ReceiveSupervisionNotice: _UNIT,
        said.AnswerSupervisionNotice: _UNIT,
        said.CheckStaffing: INTERNAL,
        said.AcknowledgeAlarm: _OFFICE,
        said.CloseAlarm: _OFFICE,
        said.RecordContact: _HANDLER,
        said.LogResearch: _HANDLER,
        said.RecordMeasure: _HANDLER,
        said.RecordConsultation: _HANDLER,
        said.RequestCoOpinion: _HANDLER,
        said.SubmitCoOpinion: _HANDLER,
        said.DraftReply: _HANDLER,
        said.PassReply: packs.REVIEWERS,
        said.ReturnReply: packs.REVIEWERS,
        said.ApproveReply: packs.APPROVERS,
        said.IssueReply: _OFFICE,
        said.DeliverCoOpinion: _OFFICE,
        said.DecidePublication: _OFFICE,
        said.DecideByMeeting: _OFFICE,
        said.RecordCallback: _HANDLER | _OFFICE,
        said.VerifyMeasure: _OFFICE,
        said.SendClosingReport: _OFFICE,
        said.FileCaseSummary: _HANDLER,
        said.ArchiveCase: INTERNAL,
        said.PublishPack: OPERATORS,
        said.PublishRuleSet: OPERATORS,
        said.PublishCalendar: OPERATORS,
    },
    reactions=REACTIONS,
    subject_of={},
    grants={
        said.ApproveReply: SystemGrant.APPROVE,
        said.PassReply: SystemGrant.REVIEW,
        said.ReturnReply: SystemGrant.REVIEW,
        said.GrantExtension: SystemGrant.EXTEND,
        said.RefuseExtension: SystemGrant.EXTEND,
    },
    spread=SPREAD,
    due_version=4,
)
