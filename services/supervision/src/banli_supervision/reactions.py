"""What supervision does on what it reads."""

from collections.abc import Mapping
from datetime import date

from banli_engine.decider import Reaction
from banli_events.assignment import (
    Assigned,
    EscalatedToGovernment,
    ExternalResultReceived,
    OuterObjectionAnswered,
    OuterObjectionRaised,
    OutOfScopeExplained,
    Reassigned,
    ReferredOut,
    TaskFinished,
)
from banli_events.base import Command, Event
from banli_events.deadlines import ClockKind
from banli_events.envelope import Recorded
from banli_events.intake import FeedbackReceived, ItemRegistered, ItemWithdrawn
from banli_events.supervision import (
    ArchiveCase,
    SetDeadline,
    SetOuterClock,
    SetReferralDeadline,
    WithdrawMiss,
)


def open_the_outer_window(recorded: Recorded) -> tuple[str, Command]:
    """When an item is registered, this body may for some time object to having it (R053)."""
    clock = ClockKind.OUTER_OBJECTION
    return recorded.subject, SetOuterClock(clock=clock, started_at=recorded.time)


def await_the_outer_answer(recorded: Recorded) -> tuple[str, Command]:
    """When this body objects, the assigner has some time to answer (R053)."""
    return recorded.subject, SetOuterClock(clock=ClockKind.REDECISION, started_at=recorded.time)


def start_the_clocks(recorded: Recorded) -> tuple[str, Command]:
    """When an item is assigned, in any round, its clocks start."""
    return recorded.subject, SetDeadline(assigned_at=recorded.time)


def await_the_result(recorded: Recorded) -> tuple[str, Command] | None:
    """When an outside body is asked, the clock of its answer starts (R046, R086)."""
    match recorded.data:
        case ReferredOut() | EscalatedToGovernment() as sent:
            return recorded.subject, SetReferralDeadline(
                referral=sent.referral, sent_at=recorded.time, expected_by=sent.expected_by
            )
        case _:
            return None


def see_what_was_in_time(recorded: Recorded) -> tuple[str, Command]:
    """When something that stops a clock is heard of late, a miss may have been none (R063)."""
    return recorded.subject, WithdrawMiss()


def consider_the_case(recorded: Recorded) -> tuple[str, Command]:
    """When a rating or a task comes in, the case goes on if nothing else is missing."""
    return recorded.subject, ArchiveCase()


REACTIONS: Mapping[type[Event], Reaction] = {
    ItemRegistered: Reaction("open-the-outer-window", date.min, open_the_outer_window),
    OuterObjectionRaised: Reaction("await-the-outer-answer", date.min, await_the_outer_answer),
    Assigned: Reaction("start-the-clock", date.min, start_the_clocks),
    Reassigned: Reaction("start-the-clocks-anew", date.min, start_the_clocks),
    ReferredOut: Reaction("await-the-result", date.min, await_the_result),
    EscalatedToGovernment: Reaction("await-the-government", date.min, await_the_result),
    ExternalResultReceived: Reaction("see-whether-in-time", date.min, see_what_was_in_time),
    OuterObjectionAnswered: Reaction("see-whether-answered", date.min, see_what_was_in_time),
    OutOfScopeExplained: Reaction("see-whether-explained", date.min, see_what_was_in_time),
    ItemWithdrawn: Reaction("see-whether-withdrawn", date.min, see_what_was_in_time),
    FeedbackReceived: Reaction("close-the-case", date.min, consider_the_case),
    TaskFinished: Reaction("close-the-parent", date.min, consider_the_case),
}
