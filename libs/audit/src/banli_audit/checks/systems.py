"""Through which system it was said: one that was admitted for it, by what was published then."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.codes import Code
from banli_events.words import SystemGrant

ASKED_AS: dict[str, set[str]] = {
    "ItemRegistered": {"RegisterItem"},
    "ItemRefused": {"RefuseItem"},
    "ItemCorrected": {"CorrectItem"},
    "ItemWithdrawn": {"WithdrawItem"},
    "FeedbackReceived": {"RecordFeedback"},
    "AttachmentAdded": {"AddAttachment"},
    "HandOverListed": {"ListHandOver"},
    "PersonEntered": {"EnterPerson"},
    "PersonUnsealed": {"UnsealPerson"},
    "PersonForgotten": {"ForgetPerson"},
    "MeetingHeld": {"HoldMeeting"},
    "Classified": {"ClassifyItem"},
    "AssignmentProposed": {"ProposeAssignment"},
    "Assigned": {"ConfirmAssignment"},
    "Reassigned": {"ConfirmAssignment", "ApproveReassignment"},
    "AssignmentAccepted": {"AcceptAssignment"},
    "AssignmentObjected": {"ObjectToAssignment"},
    "ObjectionUpheld": {"UpholdObjection"},
    "ObjectionRefused": {"RefuseObjection"},
    "SponsorAssigned": {"AssignSponsor"},
    "PlanFiled": {"FilePlan"},
    "TasksDivided": {"DivideTasks"},
    "TaskFinished": {"FinishTask"},
    "OuterObjectionRaised": {"RaiseOuterObjection"},
    "OuterObjectionAnswered": {"RecordOuterAnswer"},
    "ReferredOut": {"ReferOut"},
    "EscalatedToGovernment": {"EscalateToGovernment"},
    "ExternalResultReceived": {"RecordExternalResult"},
    "OutOfScopeExplained": {"ExplainOutOfScope"},
    "ExtensionRequested": {"RequestExtension"},
    "DeadlineExtended": {"GrantExtension"},
    "ExtensionRefused": {"RefuseExtension"},
    "DeadlineSuspended": {"SuspendDeadline"},
    "DeadlineResumed": {"ResumeDeadline"},
    "PhoneUrged": {"UrgeByPhone"},
    "SupervisionNoticeIssued": {"IssueSupervisionNotice"},
    "SupervisionNoticeReceived": {"ReceiveSupervisionNotice"},
    "SupervisionNoticeAnswered": {"AnswerSupervisionNotice"},
    "AlarmAcknowledged": {"AcknowledgeAlarm"},
    "AlarmClosed": {"CloseAlarm"},
    "ProposerContacted": {"RecordContact"},
    "ResearchLogged": {"LogResearch"},
    "MeasureTaken": {"RecordMeasure"},
    "ConsultationHeld": {"RecordConsultation"},
    "CoOpinionRequested": {"RequestCoOpinion"},
    "CoOpinionSubmitted": {"SubmitCoOpinion"},
    "ReplyDrafted": {"DraftReply"},
    "ReplyReviewed": {"PassReply"},
    "ReplyReturned": {"ReturnReply"},
    "ReplyApproved": {"ApproveReply"},
    "ReplyIssued": {"IssueReply"},
    "CoOpinionDelivered": {"DeliverCoOpinion"},
    "PublicationDecided": {"DecidePublication"},
    "MeetingDecided": {"DecideByMeeting"},
    "CallbackDone": {"RecordCallback"},
    "MeasureVerified": {"VerifyMeasure"},
    "ClosingReportSent": {"SendClosingReport"},
    "CaseSummaryFiled": {"FileCaseSummary"},
}
"""By which commands people bring it about that something is said."""

GRANTED: dict[str, SystemGrant] = {
    "FeedbackReceived": SystemGrant.FEEDBACK,
    "DeadlineExtended": SystemGrant.EXTEND,
    "ExtensionRefused": SystemGrant.EXTEND,
    "ReplyReviewed": SystemGrant.REVIEW,
    "ReplyReturned": SystemGrant.REVIEW,
    "ReplyApproved": SystemGrant.APPROVE,
}
"""What is said through a system only with a grant, and never for what its own units handle."""


def check_system(known: Known) -> Breaches:
    """Check a system's admission up to the event's `reference`: unit, command, grant.

    What follows from a command besides its first event is said in the same breath, unasked.
    """
    context = known.event.context
    kind, _, name = context.via.partition(":")
    if kind != "system" or known.published.unsure("system", name):
        return
    admitted = known.published.system(name, known.upto)
    if admitted is None or known.unit not in admitted.units:
        yield Code.NOT_ADMITTED
        return
    commands = ASKED_AS.get(known.event.type)
    if context.command.part == 1 and commands and commands.isdisjoint(admitted.commands):
        yield Code.NOT_ADMITTED
    grant = GRANTED.get(known.event.type)
    if grant is None:
        return
    if grant not in admitted.grants:
        yield Code.NOT_GRANTED
    handling = known.assignment.handling
    above = (known.published.with_those_above(unit) for unit in admitted.units)
    if handling and any(not units.isdisjoint(handling.units) for units in above):
        yield Code.HANDLES_ITSELF
