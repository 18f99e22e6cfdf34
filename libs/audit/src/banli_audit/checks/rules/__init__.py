"""The auditor's own rules: when each sentence may be said, given what was known."""

from banli_audit.checks.known import Breaches, Known, Rule
from banli_audit.checks.rules import (
    clocks,
    closing,
    extending,
    handling,
    objecting,
    persons,
    register,
    reply,
    review,
    rounds,
    urging,
    working,
)
from banli_audit.checks.rules.ended import must_go_on
from banli_events import assignment as a
from banli_events import intake as i
from banli_events import supervision as s
from banli_events.base import Event

RULES: dict[type[Event], Rule] = {
    i.ItemRegistered: register.registered,
    i.ItemRefused: register.refused,
    i.ItemCorrected: register.corrected,
    i.ItemWithdrawn: register.withdrawn,
    i.AttachmentAdded: register.attached,
    i.FeedbackRequested: register.feedback_requested,
    i.FeedbackReceived: register.feedback_received,
    i.PersonEntered: persons.entered,
    i.PersonUnsealed: persons.unsealed,
    i.PersonForgotten: persons.forgotten,
    a.Classified: handling.classified,
    a.AssignmentProposed: handling.proposed,
    a.Assigned: handling.assigned,
    a.Reassigned: handling.reassigned,
    a.AssignmentAccepted: handling.accepted,
    a.SponsorAssigned: handling.sponsored,
    a.AssignmentObjected: objecting.objected,
    a.ObjectionUpheld: objecting.ruled,
    a.ObjectionRefused: objecting.ruled,
    a.OuterObjectionRaised: objecting.outer_objected,
    a.OuterObjectionAnswered: objecting.outer_answered,
    a.ReferredOut: objecting.referred,
    a.EscalatedToGovernment: objecting.referred,
    a.ExternalResultReceived: objecting.result_received,
    a.OutOfScopeExplained: objecting.explained,
    a.PlanFiled: working.planned,
    a.TasksDivided: working.divided,
    a.TaskFinished: working.finished,
    s.ProposerContacted: working.contacted,
    s.ResearchLogged: working.researched,
    s.MeasureTaken: working.measured,
    s.ConsultationHeld: working.consulted,
    s.CoOpinionRequested: working.asked,
    s.CoOpinionSubmitted: working.opined,
    s.DeadlineSet: clocks.deadline_set,
    s.DeadlineMissed: clocks.deadline_missed,
    s.DeadlineMissWithdrawn: clocks.miss_withdrawn,
    s.ExtensionRequested: extending.requested,
    s.ExtensionRefused: extending.refused,
    s.DeadlineExtended: extending.extended,
    s.DeadlineSuspended: extending.suspended,
    s.DeadlineResumed: extending.resumed,
    s.Reminded: urging.reminded,
    s.PhoneUrged: urging.phoned,
    s.SupervisionNoticeIssued: urging.noticed,
    s.SupervisionNoticeReceived: urging.notice_taken,
    s.SupervisionNoticeAnswered: urging.notice_answered,
    s.AlarmAcknowledged: urging.alarm_handled,
    s.AlarmClosed: urging.alarm_handled,
    s.ReplyDrafted: reply.drafted,
    s.ReplyReviewed: review.passed,
    s.ReplyReturned: review.sent_back,
    s.ReplyApproved: review.approved,
    s.ReplyIssued: reply.issued,
    s.CoOpinionDelivered: reply.delivered,
    s.PublicationDecided: reply.published,
    s.FeedbackClosed: rounds.feedback_closed,
    s.RehandlingOrdered: rounds.rehandling_ordered,
    s.MeetingDecided: rounds.meeting_decided,
    s.CallbackDone: rounds.called_back,
    s.MeasureVerified: rounds.verified,
    s.ClosingReportSent: rounds.reported,
    s.CaseSummaryFiled: closing.summed_up,
    s.CaseArchived: closing.archived,
}
"""One rule for every sentence that can be said of a case or a person; an alarm may be raised at any
time."""


def judge(known: Known) -> Breaches:
    """Judge an event beside what was known when it was said."""
    rule = RULES.get(type(known.event.data))  # type: ignore[arg-type]  # None has no rule
    if rule is None:
        return
    yield from must_go_on(known)
    yield from rule(known, known.event.data)
