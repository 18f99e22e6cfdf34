"""The auditor's own rules: when each sentence about a case may be said, given what was known."""

from banli_audit.checks.known import Breaches, Known, Rule
from banli_audit.checks.rules import clocks, closing, handling, register, reply
from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
)
from banli_events.base import Event
from banli_events.intake import (
    FeedbackReceived,
    FeedbackRequested,
    ItemCorrected,
    ItemRegistered,
)
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DeadlineMissed,
    DeadlineSet,
    ProposerContacted,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
    ResearchLogged,
)

RULES: dict[type[Event], Rule] = {
    ItemRegistered: register.registered,
    ItemCorrected: register.corrected,
    FeedbackRequested: register.feedback_requested,
    FeedbackReceived: register.feedback_received,
    Classified: handling.classified,
    AssignmentProposed: handling.proposed,
    Assigned: handling.assigned,
    AssignmentAccepted: handling.accepted,
    DeadlineSet: clocks.deadline_set,
    DeadlineMissed: clocks.deadline_missed,
    ProposerContacted: handling.contacted,
    ResearchLogged: handling.researched,
    ReplyDrafted: reply.drafted,
    ReplyReviewed: reply.judged,
    ReplyReturned: reply.judged,
    ReplyApproved: reply.approved,
    ReplyIssued: reply.issued,
    CoOpinionDelivered: reply.delivered,
    CaseSummaryFiled: closing.summed_up,
    CaseArchived: closing.archived,
}
"""One rule for every sentence that can be said of a case."""


def judge(known: Known) -> Breaches:
    """Judge an event of a case beside what was known when it was said."""
    rule = RULES.get(type(known.event.data))  # type: ignore[arg-type]  # None has no rule
    if rule is not None:
        yield from rule(known, known.event.data)
