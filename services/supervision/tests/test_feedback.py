"""What the ratings ask for: wait, close, handle again, or let a meeting decide."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from banli_engine.decider import Asked
from banli_engine.errors import NotPermitted
from banli_events.base import Event
from banli_events.intake import FeedbackReceived, ItemWithdrawn
from banli_events.supervision import (
    AlarmClosed,
    AlarmRaised,
    ArchiveCase,
    CaseArchived,
    CaseSummaryFiled,
    CheckDeadline,
    CloseAlarm,
    DecideByMeeting,
    FeedbackClosed,
    MeetingDecided,
    RehandlingOrdered,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
)
from banli_events.words import AlarmKind, Grade, PostRole, Responsible, Ruling
from banli_supervision import feedback
from banli_supervision.closing import BY_MEETING, NOT_CONTENT
from banli_supervision.overdue import StillUndecided
from banli_supervision.reactions import REACTIONS
from banli_supervision.refusals import (
    AlreadyDecided,
    HandlingEnded,
    NothingToDecide,
    NotSent,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, Case, said
from banli_testing.story import (
    ANNA,
    ASSIGNED,
    BEN,
    CARA,
    CASE,
    EMIL,
    HUGO,
    LEAD,
    LI,
    WANG,
)
from banli_testing.whole import (
    MADE_PUBLIC,
    PREPARED,
    RELEASED,
    REPORTED,
    VERIFIED,
    WHOLE,
    WHOLE_CLOCK,
    WHOLE_ISSUED,
    WHOLE_REPLY,
    WHOLE_RULES,
)

DAY = date(2025, 4, 1)
LATER = NOON + timedelta(days=40)
ARCHIVE = ArchiveCase()
ARCHIVED = CaseArchived(rules=WHOLE_RULES)
FILED = CaseSummaryFiled(summary="Lights stand, patrols go.")
WITHDRAWN = ItemWithdrawn(reason="Settled.", withdrawn_on=DAY)

whole = Case(SERVICE, CASE, WHOLE)
out = whole.given(*PREPARED, *RELEASED, WHOLE_ISSUED)
complete = out.given(VERIFIED, MADE_PUBLIC, REPORTED, FILED)


def rated(signer: str, grade: Grade | str, number: int = 1) -> FeedbackReceived:
    return FeedbackReceived(signer=signer, grade=grade, round=number, received_on=DAY)


content, unsatisfied = (
    partial(rated, grade=Grade.BASICALLY),
    partial(rated, grade=Grade.NOT_SATISFIED),
)


TIME = WHOLE_CLOCK.model_copy(
    update={"clock": "feedback:1", "due": datetime(2025, 3, 30, 16, tzinfo=UTC)}
)


def when_time_is_over(told: Case, number: int = 1) -> tuple[Event, ...]:
    """What is said when the clock of the ratings has run out."""
    asked = Asked(ARCHIVE, CASE, LATER, None, "clock", told.reference)
    return tuple(feedback.when_time_is_over(told.state, asked, number))


def again(number: int, *people: str, reason: str = NOT_CONTENT) -> RehandlingOrdered:
    return RehandlingOrdered(round=number, unsatisfied=people, lead=LEAD, reason=reason)


def test_all_who_signed_are_waited_for() -> None:
    """R077, R081."""
    complete.when(ARCHIVE).then_nothing()
    complete.given(content(LI)).when(ARCHIVE).then_nothing()
    complete.given(unsatisfied(LI)).when(ARCHIVE).then_nothing()
    complete.given(content(LI), content(WANG)).when(ARCHIVE).then(ARCHIVED)


def test_one_who_is_not_satisfied_has_the_item_handled_again_by_the_same_handler() -> None:
    """R077."""
    told = complete.given(content(LI), unsatisfied(WANG))
    assert REACTIONS[FeedbackReceived].react(told.history[-1]) == (CASE, ARCHIVE)
    told.when(ARCHIVE).then(again(2, WANG))
    told.given(again(2, WANG)).when(ARCHIVE).then_nothing()
    both = complete.given(unsatisfied(LI), unsatisfied(WANG))
    both.when(ARCHIVE).then(again(2, LI, WANG))


def test_when_the_time_is_over_whoever_was_silent_is_named_and_left_out() -> None:
    """R077: silence is neither content nor dissatisfaction."""
    silent = FeedbackClosed(round=1, silent=(WANG,))
    assert when_time_is_over(complete.given(content(LI))) == (silent, ARCHIVED)
    assert when_time_is_over(complete.given(unsatisfied(LI))) == (silent, again(2, LI))


def test_where_all_are_silent_nobody_is_dissatisfied() -> None:
    """R077."""
    closed = FeedbackClosed(round=1, silent=(LI, WANG))
    assert when_time_is_over(complete) == (closed, ARCHIVED)
    assert when_time_is_over(out) == (closed,)


def test_where_all_have_rated_there_is_nothing_to_close() -> None:
    """R077."""
    assert when_time_is_over(complete.given(content(LI), content(WANG))) == (ARCHIVED,)
    assert when_time_is_over(out.given(content(LI), content(WANG))) == ()


def test_a_closing_of_which_only_the_first_fact_reached_the_log_yields_the_other() -> None:
    """R077."""
    told = complete.given(unsatisfied(LI), FeedbackClosed(round=1, silent=(WANG,)))
    assert when_time_is_over(told) == (again(2, LI),)
    assert when_time_is_over(told.given(again(2, LI))) == ()


def test_the_clock_is_looked_at_until_what_follows_from_it_is_on_the_log() -> None:
    """R077: of its facts the first may have reached the log alone, and nobody asks again."""
    due = SERVICE.aggregates["case"].due
    check = CheckDeadline(clock="feedback:1", due=TIME.due)
    closed = complete.given(TIME, unsatisfied(LI), FeedbackClosed(round=1, silent=(WANG,)))
    assert [one.clock for one in due(closed.state)] == ["feedback:1"]
    closed.when(check, at=LATER).then(again(2, LI))
    assert list(due(closed.given(again(2, LI)).state)) == []
    calm = out.given(TIME, content(LI), FeedbackClosed(round=1, silent=(WANG,)))
    assert list(due(calm.state)) == []
    ended = closed.given(WITHDRAWN)
    assert list(due(ended.state)) == []
    ended.when(check, at=LATER).then_nothing()
    second_time = TIME.model_copy(update={"clock": "feedback:2"})
    silent = second.given(
        second_time, unsatisfied(LI, number=2), FeedbackClosed(round=2, silent=(WANG,))
    )
    assert [one.clock for one in due(silent.state)] == ["feedback:2"]
    silent.when(CheckDeadline(clock="feedback:2", due=TIME.due), at=LATER).then(ALARM)
    assert list(due(silent.given(ALARM).state)) == []


def test_a_rating_after_the_time_is_over_decides_nothing() -> None:
    """R077."""
    closed = complete.given(TIME, content(LI), FeedbackClosed(round=1, silent=(WANG,)))
    late = TIME.due + timedelta(microseconds=1)
    closed.given(said(unsatisfied(WANG), at=late)).when(ARCHIVE).then(ARCHIVED)
    clockless = complete.given(content(LI), FeedbackClosed(round=1, silent=(WANG,)))
    clockless.given(unsatisfied(WANG)).when(ARCHIVE).then(ARCHIVED)


def test_a_rating_that_was_recorded_in_time_counts_even_if_it_is_heard_of_late() -> None:
    """R077."""
    closed = complete.given(TIME, content(LI), FeedbackClosed(round=1, silent=(WANG,)))
    closed.given(said(unsatisfied(WANG), at=TIME.due)).when(ARCHIVE).then(again(2, WANG))


def test_a_grade_of_a_later_build_decides_nothing_and_is_no_silence() -> None:
    told = complete.given(content(LI), rated(WANG, "GRADE_OF_A_LATER_BUILD"))
    told.when(ARCHIVE).then_nothing()
    assert when_time_is_over(told) == (FeedbackClosed(round=1, silent=()),)
    closed = told.given(FeedbackClosed(round=1, silent=()))
    closed.when(ARCHIVE).then_nothing()
    assert when_time_is_over(closed) == ()


def replied(told: Case, number: int) -> Case:
    """The reply of a later round, issued, with all that the file needs beside the ratings."""
    reply = WHOLE_REPLY.model_copy(update={"text": f"Better, {number}."})
    digest = reply.digest()
    drafted = ReplyDrafted(reply=reply, reply_hash=digest, round=number)
    issued = WHOLE_ISSUED.event.model_copy(
        update={"reply_hash": digest, "round": number, "document_number": f"2025-{number}"}
    )
    assert isinstance(issued, ReplyIssued)
    return told.given(
        ASSIGNED.model_copy(update={"round": number}),
        said(drafted, by=ANNA),
        said(ReplyApproved(reply_hash=digest, role=PostRole.CHIEF), by=EMIL),
        issued,
        MADE_PUBLIC.model_copy(update={"round": number}),
        *(REPORTED, FILED),
    )


second = replied(complete.given(unsatisfied(LI), content(WANG), again(2, LI)), 2)


def test_a_late_rating_of_the_first_round_never_closes_the_second() -> None:
    """R077."""
    early = complete.given(unsatisfied(LI), FeedbackClosed(round=1, silent=(WANG,)), again(2, LI))
    told = replied(early, 2).given(content(LI, number=2))
    told.given(content(WANG)).when(ARCHIVE).then_nothing()
    told.given(content(WANG, number=2)).when(ARCHIVE).then(ARCHIVED)


def test_the_end_of_the_first_rounds_time_says_nothing_of_the_second() -> None:
    """R077."""
    assert when_time_is_over(second, 1) == ()
    assert when_time_is_over(second, 2) == (FeedbackClosed(round=2, silent=(LI, WANG)), ARCHIVED)


ALARM = AlarmRaised(
    alarm="second-dissatisfaction-2", kind=AlarmKind.SECOND_DISSATISFACTION, about=LI
)
SETTLED = AlarmClosed(alarm="second-dissatisfaction-2", how=feedback.DECIDED)
twice = second.given(unsatisfied(LI, number=2), content(WANG, number=2))
alarmed = twice.given(ALARM)
CLOSE = DecideByMeeting(
    ruling=Ruling.CLOSE, reason="All was done.", held_on=DAY, people=("Dora", "Li")
)
REHANDLE = CLOSE.model_copy(update={"ruling": Ruling.REHANDLE})
THIRD = again(3, LI, reason=BY_MEETING)


def ruled(command: DecideByMeeting, number: int = 2) -> MeetingDecided:
    return MeetingDecided(round=number, **command.model_dump())


def test_a_second_dissatisfaction_waits_for_a_meeting() -> None:
    """R077: it raises one alarm, and no third round by itself."""
    twice.when(ARCHIVE).then(ALARM)
    alarmed.when(ARCHIVE).then_nothing()


def test_the_alarm_is_settled_by_the_meeting_and_not_before() -> None:
    """R077: closed by hand, nothing would ask for the meeting any more."""
    close = CloseAlarm(alarm=ALARM.alarm, how="Seen.")
    alarmed.when(close, by=CARA).then_rejected(StillUndecided, "data.alarm")
    alarmed.given(SETTLED).when(close, by=CARA).then_nothing()
    closed = AlarmClosed(alarm=ALARM.alarm, how="Seen.")
    alarmed.given(ruled(CLOSE)).when(close, by=CARA).then(closed)
    alarmed.given(ruled(REHANDLE), THIRD).when(close, by=CARA).then(closed)
    alarmed.given(WITHDRAWN).when(close, by=CARA).then(closed)


def test_a_meeting_closes_the_case_or_has_it_handled_once_more() -> None:
    """R077."""
    alarmed.when(CLOSE, by=CARA).then(ruled(CLOSE), SETTLED, ARCHIVED)
    alarmed.when(REHANDLE, by=CARA).then(ruled(REHANDLE), SETTLED, THIRD)
    twice.when(CLOSE, by=CARA).then(ruled(CLOSE), ARCHIVED)
    for speaker in (ANNA, BEN, EMIL, HUGO):
        alarmed.when(CLOSE, by=speaker).then_rejected(NotPermitted)


def test_what_a_meeting_closes_still_needs_its_records() -> None:
    """R029."""
    told = replied(out.given(unsatisfied(LI), content(WANG), again(2, LI)), 2)
    told = told.given(unsatisfied(LI, number=2), content(WANG, number=2), ALARM)
    told.when(CLOSE, by=CARA).then(ruled(CLOSE), SETTLED)
    told.given(ruled(CLOSE), SETTLED, VERIFIED).when(ARCHIVE).then(ARCHIVED)


@pytest.mark.parametrize(("command", "last"), [(CLOSE, ARCHIVED), (REHANDLE, THIRD)])
def test_a_decision_of_which_some_facts_reached_the_log_yields_the_others(
    command: DecideByMeeting, last: Event
) -> None:
    """R077."""
    half = alarmed.given(ruled(command))
    half.when(command, by=CARA).then(SETTLED, last)
    half.given(SETTLED).when(command, by=CARA).then(last)
    half.given(SETTLED).when(ARCHIVE).then(last)
    half.given(SETTLED, last).when(command, by=CARA).then_nothing()


def test_a_meeting_decides_once_a_round() -> None:
    """R077."""
    told = alarmed.given(ruled(CLOSE), SETTLED)
    told.when(REHANDLE, by=CARA).then_rejected(AlreadyDecided)


def test_a_third_dissatisfaction_waits_for_a_meeting_again() -> None:
    """R077."""
    third = replied(alarmed.given(ruled(REHANDLE), SETTLED, THIRD), 3)
    third = third.given(unsatisfied(LI, number=3), content(WANG, number=3))
    alarm = ALARM.model_copy(update={"alarm": "second-dissatisfaction-3"})
    third.when(ARCHIVE).then(alarm)
    later = CLOSE.model_copy(update={"held_on": date(2025, 9, 1)})
    third.when(later, by=CARA).then(ruled(later, 3), ARCHIVED)


def test_there_is_nothing_to_decide_before_a_second_dissatisfaction() -> None:
    """R077."""
    complete.given(unsatisfied(LI), content(WANG)).when(CLOSE, by=CARA).then_rejected(
        NothingToDecide
    )
    happy = second.given(content(LI, number=2), content(WANG, number=2))
    happy.when(CLOSE, by=CARA).then_rejected(NothingToDecide)
    second.given(unsatisfied(LI, number=2)).when(CLOSE, by=CARA).then_too_early()
    whole.given(*PREPARED, *RELEASED).when(CLOSE, by=CARA).then_rejected(NotSent)


def test_the_handler_who_is_given_it_again_is_the_one_who_handles_it_now() -> None:
    """R009: in hand-over of office the case is still answered for by whom assignment names."""
    zoe = Responsible(unit="traffic", leader="dora", handler="zoe")
    told = complete.given(ASSIGNED.model_copy(update={"lead": zoe}), unsatisfied(LI), content(WANG))
    told.when(ARCHIVE).then(again(2, LI).model_copy(update={"lead": zoe}))


@pytest.mark.parametrize("end", [WITHDRAWN, ARCHIVED])
def test_after_the_end_ratings_ask_for_nothing(end: Any) -> None:
    """R078."""
    told = complete.given(unsatisfied(LI), content(WANG), end)
    told.when(ARCHIVE).then_nothing()
    assert when_time_is_over(complete.given(unsatisfied(LI), end)) == ()
    alarmed.given(WITHDRAWN).when(CLOSE, by=CARA).then_rejected(HandlingEnded)
