"""What supervision decides about a case: the table of contents."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events import supervision as said
from banli_events.base import Command, Event
from banli_supervision import (
    alarms,
    checking,
    clocks,
    closing,
    drafting,
    extension,
    feedback,
    groundwork,
    ladder,
    opinions,
    pausing,
    review,
    sending,
)
from banli_supervision.state import State

DECISIONS: Mapping[type[Command], Callable[[State, Asked, Any], Sequence[Event]]] = {
    said.SetDeadline: clocks.set_deadlines,
    said.SetReferralDeadline: clocks.set_referral,
    said.SetOuterClock: clocks.set_outer,
    said.CheckDeadline: checking.check,
    said.WithdrawMiss: checking.withdraw_misses,
    said.RequestExtension: extension.request,
    said.GrantExtension: extension.grant,
    said.RefuseExtension: extension.refuse,
    said.SuspendDeadline: pausing.suspend,
    said.ResumeDeadline: pausing.resume,
    said.UrgeByPhone: ladder.urge_by_phone,
    said.IssueSupervisionNotice: ladder.issue_notice,
    said.ReceiveSupervisionNotice: ladder.receive_notice,
    said.AnswerSupervisionNotice: ladder.answer_notice,
    said.CheckStaffing: alarms.check_staffing,
    said.AcknowledgeAlarm: alarms.acknowledge,
    said.CloseAlarm: alarms.close,
    said.RecordContact: groundwork.record_contact,
    said.LogResearch: groundwork.log_research,
    said.RecordMeasure: groundwork.record_measure,
    said.RecordConsultation: groundwork.record_consultation,
    said.RequestCoOpinion: opinions.request,
    said.SubmitCoOpinion: opinions.submit,
    said.DraftReply: drafting.draft,
    said.PassReply: review.pass_on,
    said.ReturnReply: review.send_back,
    said.ApproveReply: review.approve,
    said.IssueReply: sending.issue,
    said.DeliverCoOpinion: sending.deliver,
    said.DecidePublication: sending.decide_publication,
    said.DecideByMeeting: feedback.decide_by_meeting,
    said.RecordCallback: closing.record_callback,
    said.VerifyMeasure: closing.verify_measure,
    said.SendClosingReport: closing.send_report,
    said.FileCaseSummary: closing.file_summary,
    said.ArchiveCase: closing.consider,
}
"""Which function answers which command about a case."""


def decide(state: State, asked: Asked) -> Sequence[Event]:
    """Answer a command about a case with what becomes true."""
    decision = DECISIONS.get(type(asked.command))
    if decision is None:
        raise UnfitSubject("subject")
    return decision(state, asked, asked.command)
