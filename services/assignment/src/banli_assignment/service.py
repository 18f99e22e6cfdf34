"""Assignment in one value: what it decides, who may ask it, and what it does on what it reads."""

from banli_assignment import meetings, published, systems
from banli_assignment.decide import decide
from banli_assignment.fold import evolve
from banli_assignment.guards import handling
from banli_assignment.proposing import LEADERS
from banli_assignment.reactions import REACTIONS
from banli_assignment.state import State
from banli_engine.decider import INTERNAL, OPERATORS, Aggregate, Service
from banli_events import assignment as said
from banli_events.intake import ItemRegistered
from banli_events.subjects import fork_at
from banli_events.words import PostRole

_OFFICE = frozenset({PostRole.SUPERVISION_OFFICE})
_LEADERS = frozenset(LEADERS)
_UNIT = frozenset({PostRole.HANDLER, PostRole.UNIT_HEAD})

SERVICE = Service(
    name="assignment",
    aggregates={
        "case": Aggregate(
            State(),
            decide,
            evolve,
            units=handling,
            begins=ItemRegistered,
            accused=lambda s: s.accused,
        ),
        "meeting": Aggregate(meetings.Meeting(), meetings.decide, meetings.evolve),
        "unit": Aggregate(published.Unit(), published.decide_unit, published.evolve_unit),
        "post": Aggregate(published.Post(), published.decide_post, published.evolve_post),
        "system": Aggregate(systems.System(), systems.decide, systems.evolve),
        "fork": Aggregate(published.Fork(), published.decide_fork, published.evolve_fork),
    },
    commands={
        said.RouteItem: INTERNAL,
        said.AssignAgain: INTERNAL,
        said.StandByReply: INTERNAL,
        said.ClassifyItem: _OFFICE,
        said.ProposeAssignment: _OFFICE,
        said.ConfirmAssignment: _OFFICE,
        said.UpholdObjection: _OFFICE,
        said.RefuseObjection: _OFFICE,
        said.ApproveReassignment: _LEADERS,
        said.AssignSponsor: _OFFICE,
        said.HoldMeeting: _OFFICE,
        said.AcceptAssignment: _UNIT,
        said.ObjectToAssignment: _UNIT,
        said.FilePlan: _UNIT,
        said.DivideTasks: _UNIT,
        said.FinishTask: _UNIT,
        said.RaiseOuterObjection: _OFFICE,
        said.RecordOuterAnswer: _OFFICE,
        said.ReferOut: _OFFICE | _UNIT,
        said.EscalateToGovernment: _OFFICE | _LEADERS,
        said.RecordExternalResult: _OFFICE | _UNIT,
        said.ExplainOutOfScope: _OFFICE | _UNIT,
        said.OpenUnit: OPERATORS,
        said.PublishDuties: OPERATORS,
        said.CreatePost: OPERATORS,
        said.GiveCharge: OPERATORS,
        said.AppointHolder: OPERATORS,
        said.EndAppointment: OPERATORS,
        said.AdmitSystem: OPERATORS,
        said.RetireSystem: OPERATORS,
        said.SettleFork: OPERATORS,
    },
    reactions=REACTIONS,
    subject_of={said.SettleFork: lambda asked: fork_at(asked.subject, asked.source, asked.version)},
)
