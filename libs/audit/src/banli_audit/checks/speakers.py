"""Who spoke: a person where a person must, in a post that they held on that civil day."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.codes import Code
from banli_events.words import PostRole

_REGISTRAR = frozenset({PostRole.REGISTRAR})
_OFFICE = frozenset({PostRole.SUPERVISION_OFFICE})
_REGISTER = _REGISTRAR | _OFFICE
_HANDLER = frozenset({PostRole.HANDLER})
_UNIT = frozenset({PostRole.HANDLER, PostRole.UNIT_HEAD})
_LEADERS = frozenset({PostRole.DEPUTY_CHIEF, PostRole.CHIEF})
_REVIEWERS = frozenset({PostRole.UNIT_HEAD, PostRole.SUPERVISION_OFFICE, *_LEADERS})

POSTS: dict[str, frozenset[PostRole]] = {
    "ItemRegistered": _REGISTRAR,
    "ItemRefused": _REGISTRAR,
    "ItemCorrected": _REGISTRAR,
    "ItemWithdrawn": _REGISTRAR,
    "FeedbackReceived": _REGISTRAR,
    "AttachmentAdded": _REGISTRAR | _OFFICE | _UNIT,
    "HandOverListed": _REGISTRAR,
    "PersonEntered": _REGISTER | _HANDLER,
    "PersonUnsealed": _REGISTER | _UNIT,
    "PersonForgotten": _REGISTER,
    "MeetingHeld": _OFFICE,
    "Classified": _OFFICE,
    "AssignmentProposed": _OFFICE,
    "Assigned": _OFFICE,
    "Reassigned": _OFFICE | _LEADERS,
    "AssignmentAccepted": _UNIT,
    "AssignmentObjected": _UNIT,
    "ObjectionUpheld": _OFFICE,
    "ObjectionRefused": _OFFICE,
    "SponsorAssigned": _OFFICE,
    "PlanFiled": _UNIT,
    "TasksDivided": _UNIT,
    "TaskFinished": _UNIT,
    "OuterObjectionRaised": _OFFICE,
    "OuterObjectionAnswered": _OFFICE,
    "ReferredOut": _OFFICE | _UNIT,
    "EscalatedToGovernment": _OFFICE | _LEADERS,
    "ExternalResultReceived": _OFFICE | _UNIT,
    "OutOfScopeExplained": _OFFICE | _UNIT,
    "ExtensionRequested": _HANDLER,
    "DeadlineExtended": _LEADERS,
    "ExtensionRefused": _LEADERS,
    "DeadlineSuspended": _OFFICE,
    "DeadlineResumed": _OFFICE,
    "PhoneUrged": _OFFICE,
    "SupervisionNoticeIssued": _OFFICE,
    "SupervisionNoticeReceived": _UNIT,
    "SupervisionNoticeAnswered": _UNIT,
    "AlarmAcknowledged": _OFFICE,
    "AlarmClosed": _OFFICE,
    "ProposerContacted": _HANDLER,
    "ResearchLogged": _HANDLER,
    "MeasureTaken": _HANDLER,
    "ConsultationHeld": _HANDLER,
    "CoOpinionRequested": _HANDLER,
    "CoOpinionSubmitted": _HANDLER,
    "ReplyDrafted": _HANDLER,
    "ReplyReviewed": _REVIEWERS,
    "ReplyReturned": _REVIEWERS,
    "ReplyApproved": _LEADERS,
    "ReplyIssued": _OFFICE,
    "CoOpinionDelivered": _OFFICE,
    "PublicationDecided": _OFFICE,
    "MeetingDecided": _OFFICE,
    "CallbackDone": _HANDLER | _OFFICE,
    "MeasureVerified": _OFFICE,
    "ClosingReportSent": _OFFICE,
    "CaseSummaryFiled": _HANDLER,
}
"""Which posts may say what; who approves, of the leaders, the rules of the case say."""


def check_speaker(known: Known) -> Breaches:
    """Check who spoke, by what was published up to the event's `reference`."""
    context = known.event.context
    actor = context.actor
    if context.via == "clock" or context.via.startswith("reaction:"):
        if actor is not None:
            yield Code.ACTOR_UNEXPECTED
        return
    if actor is None:
        yield Code.ACTOR_MISSING
        return
    if not known.published.holds(actor, known.day, known.upto):
        yield Code.NOT_HOLDER
        return
    posts = POSTS.get(known.event.type)
    if known.published.unsure("post", actor.post):
        return
    if posts is not None and known.published.role(actor.post, known.upto) not in posts:
        yield Code.WRONG_POST
