"""What supervision decides about a case: the table of contents."""

from collections.abc import Sequence

from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.supervision import (
    ApproveReply,
    ArchiveCase,
    CheckDeadline,
    DeliverCoOpinion,
    DraftReply,
    FileCaseSummary,
    IssueReply,
    LogResearch,
    PassReply,
    RecordContact,
    ReturnReply,
    SetDeadline,
)
from banli_supervision import clocks, closing, drafting, groundwork, review
from banli_supervision.state import State


def decide(state: State, asked: Asked) -> Sequence[Event]:
    """Answer a command about a case with what becomes true."""
    match asked.command:
        case SetDeadline() as command:
            return clocks.set_deadline(state, asked, command)
        case CheckDeadline() as command:
            return clocks.check_deadline(state, asked, command)
        case RecordContact() as command:
            return groundwork.record_contact(state, asked, command)
        case LogResearch() as command:
            return groundwork.log_research(state, asked, command)
        case DraftReply() as command:
            return drafting.draft(state, asked, command)
        case PassReply() as command:
            return review.pass_on(state, asked, command)
        case ReturnReply() as command:
            return review.send_back(state, asked, command)
        case ApproveReply() as command:
            return review.approve(state, asked, command)
        case IssueReply() as command:
            return closing.issue(state, command)
        case DeliverCoOpinion() as command:
            return closing.deliver(state, command)
        case FileCaseSummary() as command:
            return closing.file_summary(state, asked, command)
        case ArchiveCase():
            return closing.archive(state)
        case _:
            raise UnfitSubject("subject")
