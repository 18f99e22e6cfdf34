"""What is no longer said of a case once its file is closed, or its handling had ended."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.codes import Code

_DECIDED = frozenset(
    {
        "Classified",
        "AssignmentProposed",
        "Assigned",
        "Reassigned",
        "AssignmentAccepted",
        "AssignmentObjected",
        "ObjectionUpheld",
        "ObjectionRefused",
        "OuterObjectionRaised",
        "ReferredOut",
        "EscalatedToGovernment",
        "OutOfScopeExplained",
        "PlanFiled",
        "TasksDivided",
        "TaskFinished",
        "SponsorAssigned",
        "ProposerContacted",
        "ResearchLogged",
        "MeasureTaken",
        "ConsultationHeld",
        "CoOpinionRequested",
        "CoOpinionSubmitted",
        "ReplyDrafted",
        "ReplyReviewed",
        "ReplyReturned",
        "ReplyApproved",
        "ReplyIssued",
        "CoOpinionDelivered",
        "PublicationDecided",
        "FeedbackClosed",
        "RehandlingOrdered",
        "MeetingDecided",
        "CallbackDone",
        "MeasureVerified",
        "ClosingReportSent",
        "CaseSummaryFiled",
        "CaseArchived",
    }
)
"""What is neither decided nor done after an end that was known."""

REPEATED = frozenset(
    {
        Code.ASSIGNED_TWICE,
        Code.ACCEPTED_TWICE,
        Code.CLOCK_TWICE,
        Code.OTHER_RULES,
        Code.CLOCK_MISCOUNTED,
        Code.DRAFTED_AFTER_ISSUE,
        Code.DRAFT_VOID,
        Code.ISSUED_TWICE,
        Code.AFTER_REPLY,
        Code.AFTER_END,
        Code.AFTER_ARCHIVE,
        Code.OBJECTED_AGAIN,
        Code.OBJECTED_LATE,
        Code.OUTER_OBJECTED_AGAIN,
        Code.REFERRED_TWICE,
        Code.TASK_UNFIT,
        Code.FEEDBACK_TWICE,
        Code.ARCHIVE_OPEN_TASKS,
        Code.REASSIGNED_AT_WILL,
    }
)
"""What is not told of an item registered anew under its id: what was said before counts no more."""


def must_go_on(known: Known) -> Breaches:
    """Nothing is handled after an end that was known (R029, R053, R078)."""
    if known.event.type not in _DECIDED:
        return
    if known.supervision.archived:
        yield Code.AFTER_ARCHIVE
    elif known.ended_at is not None:
        yield Code.AFTER_END
