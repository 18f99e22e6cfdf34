"""After the reply: called back, verified, reported, summed up; and what follows from it all."""

from dataclasses import replace
from typing import Any

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.supervision import (
    AlarmRaised,
    ArchiveCase,
    CallbackDone,
    CaseArchived,
    CaseSummaryFiled,
    ClosingReportSent,
    FileCaseSummary,
    MeasureVerified,
    RecordCallback,
    RehandlingOrdered,
    SendClosingReport,
    VerifyMeasure,
)
from banli_events.words import AlarmKind, Ruling
from banli_supervision import gates, ratings
from banli_supervision.guards import (
    assignment_of,
    item_of,
    must_be_handler,
    must_be_open,
    sent_of,
)
from banli_supervision.refusals import (
    AlreadyFiled,
    AlreadyReported,
    NotAddressee,
    UnknownMeasure,
)
from banli_supervision.state import State

NOT_CONTENT = "有代表或委员对答复不满意。"
BY_MEETING = "经会议研究，决定重新办理。"
"""Why an item is handled again."""


def record_callback(state: State, asked: Asked, command: RecordCallback) -> list[Event]:
    """After the reply the office, or a handler of its units, calls back who signed (R076, R201)."""
    done = CallbackDone(signer=command.signer, called_on=command.called_on, summary=command.summary)
    if done in state.callbacks:
        return []
    must_be_open(state)
    if command.signer not in sent_of(state).draft.addressees:
        raise NotAddressee("data.signer")
    return [done]


def verify_measure(state: State, asked: Asked, command: VerifyMeasure) -> list[Event]:
    """The office looks whether a measure of the reply that went out was carried out (R028)."""
    verified = MeasureVerified(
        measure=command.measure,
        carried_out=command.carried_out,
        verified_on=command.verified_on,
        how=command.how,
    )
    if state.verified.get(command.measure) == verified:
        return with_what_follows(state, asked)
    must_be_open(state)
    if command.measure not in sent_of(state).draft.measures:
        raise UnknownMeasure("data.measure")
    return with_what_follows(
        state, asked, verified, verified={**state.verified, command.measure: verified}
    )


def send_report(state: State, asked: Asked, command: SendClosingReport) -> list[Event]:
    """Once all are content, or a meeting closed it, the assigner has the closing report (R199)."""
    reported = ClosingReportSent(
        to=item_of(state).outer.assigner,
        document_number=command.document_number,
        sent_on=command.sent_on,
        receipt=command.receipt,
    )
    if state.reported == reported:
        return with_what_follows(state, asked)
    must_be_open(state)
    if state.reported is not None:
        raise AlreadyReported("subject")
    sent_of(state)
    if not _at_rest(state):
        raise TooEarly("subject")
    return with_what_follows(state, asked, reported, reported=reported)


def file_summary(state: State, asked: Asked, command: FileCaseSummary) -> list[Event]:
    """The handler sums the case up once the product is out, often the last record (R029).

    A re-handling is a part of the case: the summary, like the report, is one of the last round,
    so that of an earlier round does not count any more.
    """
    if state.summary == command.summary:
        return with_what_follows(state, asked)
    must_be_open(state)
    if state.summary is not None:
        raise AlreadyFiled("data.summary")
    must_be_handler(state, asked)
    sent_of(state)
    filed = CaseSummaryFiled(summary=command.summary)
    return with_what_follows(state, asked, filed, summary=command.summary)


def consider(state: State, asked: Asked, command: ArchiveCase) -> list[Event]:
    """Whatever is heard of the case, what follows from it follows (R029, R077)."""
    return with_what_follows(state, asked)


def with_what_follows(state: State, asked: Asked, *said: Event, **change: Any) -> list[Event]:
    """Say facts, and what follows from them where they change the state so.

    One place says what follows after the reply, from the state alone and once; so a command of
    which only the first facts reached the log yields the others when it is decided again.
    """
    return [*said, *_follows(replace(state, **change), asked)]


def _follows(state: State, asked: Asked) -> list[Event]:
    """Wait for all who signed; handle again, or let a meeting decide; close the file (R029, R077).

    One who is not content opens the second round; from the second on a meeting decides.
    """
    number = state.ordered
    if state.archived or state.ended_at is not None or number not in state.sent:
        return []
    if _at_rest(state):
        return _archive(state, asked)
    if not asks_for_more(state):
        return []
    if number == 1:
        return [_again(state, NOT_CONTENT)]
    if number in state.rulings:
        return [_again(state, BY_MEETING)]
    kind, who = AlarmKind.SECOND_DISSATISFACTION, ", ".join(ratings.unsatisfied(state, number))
    return [AlarmRaised(alarm=alarm_of(number), kind=kind, about=who[:500])]


def asks_for_more(state: State) -> bool:
    """Tell whether the ratings ask for a round or a meeting that nobody has spoken of (R077)."""
    number = state.ordered
    if number not in state.sent or ratings.awaited(state, number) or _at_rest(state):
        return False
    return number == 1 or number in state.rulings or alarm_of(number) not in state.alarms


def _at_rest(state: State) -> bool:
    """Tell whether nobody's rating is waited for, and none asks for more (R077)."""
    number = state.ordered
    if ratings.awaited(state, number):
        return False
    ruling = state.rulings.get(number)
    closed = ruling is not None and ruling.ruling == Ruling.CLOSE
    return closed or not ratings.unsatisfied(state, number)


def undecided(state: State) -> bool:
    """Tell whether no meeting has decided on this round of an open case (R077)."""
    return not state.archived and state.ended_at is None and state.ordered not in state.rulings


def _again(state: State, reason: str) -> RehandlingOrdered:
    """The same handler handles the item once more."""
    return RehandlingOrdered(
        round=state.ordered + 1,
        unsatisfied=ratings.unsatisfied(state, state.ordered),
        lead=assignment_of(state).lead,
        reason=reason,
    )


def _archive(state: State, asked: Asked) -> list[Event]:
    """A case is closed once, with all its records and whatever its rules ask for (R014, R029)."""
    if state.rules is None or gates.closing(state, asked.reference.rules(state.rules)):
        return []
    return [CaseArchived(rules=state.rules)]


def alarm_of(number: int) -> str:
    """Name the alarm that asks for a meeting about a round."""
    return f"second-dissatisfaction-{number}"
