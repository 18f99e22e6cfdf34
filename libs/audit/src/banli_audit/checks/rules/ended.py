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


def must_go_on(known: Known) -> Breaches:
    """Nothing is handled after an end that was known (R029, R053, R078)."""
    if known.event.type not in _DECIDED:
        return
    if known.supervision.archived:
        yield Code.AFTER_ARCHIVE
    elif known.ended_at is not None:
        yield Code.AFTER_END
