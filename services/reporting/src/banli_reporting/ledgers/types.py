"""All event types, in groups: a ledger says of each group, or of single types, what it ignores."""

from typing import TypeAlias

from banli_events import assignment, intake, supervision
from banli_events.base import Event

Types: TypeAlias = frozenset[type[Event]]

PUBLISHED: Types = frozenset(
    {
        assignment.AppointmentEnded,
        assignment.ChargeGiven,
        assignment.DutiesPublished,
        assignment.ForkSettled,
        assignment.HolderAppointed,
        assignment.PostCreated,
        assignment.SystemAdmitted,
        assignment.SystemRetired,
        assignment.UnitOpened,
        supervision.CalendarPublished,
        supervision.PackPublished,
        supervision.RuleSetPublished,
    }
)
"""What is published for all cases to rest on."""

TOGETHER: Types = frozenset(
    {
        assignment.MeetingHeld,
        intake.HandOverListed,
        intake.PersonEntered,
        intake.PersonForgotten,
        intake.PersonUnsealed,
    }
)
"""What is about no single case: about many at once, or about a private person."""

COMING_IN: Types = frozenset(
    {
        intake.AttachmentAdded,
        intake.ItemCorrected,
        intake.ItemRefused,
        intake.ItemRegistered,
        intake.ItemWithdrawn,
    }
)
RATING: Types = frozenset({intake.FeedbackReceived, intake.FeedbackRequested})

ASSIGNING: Types = frozenset(
    {
        assignment.Assigned,
        assignment.AssignmentAccepted,
        assignment.AssignmentObjected,
        assignment.AssignmentProposed,
        assignment.Classified,
        assignment.ObjectionRefused,
        assignment.ObjectionUpheld,
        assignment.Reassigned,
    }
)
OUTSIDE: Types = frozenset(
    {
        assignment.EscalatedToGovernment,
        assignment.ExternalResultReceived,
        assignment.OuterObjectionAnswered,
        assignment.OuterObjectionRaised,
        assignment.OutOfScopeExplained,
        assignment.ReferredOut,
    }
)
TASKS: Types = frozenset(
    {
        assignment.PlanFiled,
        assignment.SponsorAssigned,
        assignment.TaskFinished,
        assignment.TasksDivided,
    }
)

CLOCKS: Types = frozenset(
    {
        supervision.DeadlineExtended,
        supervision.DeadlineMissed,
        supervision.DeadlineMissWithdrawn,
        supervision.DeadlineResumed,
        supervision.DeadlineSet,
        supervision.DeadlineSuspended,
        supervision.ExtensionRefused,
        supervision.ExtensionRequested,
    }
)
GROUNDWORK: Types = frozenset(
    {
        supervision.ConsultationHeld,
        supervision.CoOpinionRequested,
        supervision.CoOpinionSubmitted,
        supervision.MeasureTaken,
        supervision.ProposerContacted,
        supervision.ResearchLogged,
    }
)
REPLY: Types = frozenset(
    {
        supervision.CoOpinionDelivered,
        supervision.PublicationDecided,
        supervision.ReplyApproved,
        supervision.ReplyDrafted,
        supervision.ReplyIssued,
        supervision.ReplyReturned,
        supervision.ReplyReviewed,
    }
)
AFTER: Types = frozenset(
    {
        supervision.CallbackDone,
        supervision.CaseArchived,
        supervision.CaseSummaryFiled,
        supervision.ClosingReportSent,
        supervision.FeedbackClosed,
        supervision.MeasureVerified,
        supervision.MeetingDecided,
        supervision.RehandlingOrdered,
    }
)
LADDER: Types = frozenset(
    {
        supervision.AlarmAcknowledged,
        supervision.AlarmClosed,
        supervision.AlarmRaised,
        supervision.PhoneUrged,
        supervision.Reminded,
        supervision.SupervisionNoticeAnswered,
        supervision.SupervisionNoticeIssued,
        supervision.SupervisionNoticeReceived,
    }
)

OF_CASES: Types = (
    COMING_IN | RATING | ASSIGNING | OUTSIDE | TASKS | CLOCKS | GROUNDWORK | REPLY | AFTER | LADDER
)
