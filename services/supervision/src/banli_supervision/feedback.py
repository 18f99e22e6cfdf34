"""What the ratings ask for: wait, close, handle again, or let a meeting decide."""

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.supervision import AlarmClosed, DecideByMeeting, FeedbackClosed, MeetingDecided
from banli_supervision import ratings
from banli_supervision.closing import alarm_of, with_what_follows
from banli_supervision.guards import must_be_open, sent_of
from banli_supervision.refusals import AlreadyDecided, NothingToDecide
from banli_supervision.state import State

DECIDED = "经会议研究，已作决定。"
"""How the alarm that asked for a meeting was settled."""


def when_time_is_over(state: State, asked: Asked, number: int) -> list[Event]:
    """No more ratings of the round are waited for; who is silent is named and left out (R077).

    Where all have rated there is nothing to close. Then whatever follows from the ratings.
    """
    if state.archived or state.ended_at is not None:
        return []
    if number in state.feedback_closed or not ratings.awaited(state, number):
        return with_what_follows(state, asked)
    silent = ratings.silent(state, number)
    closed = FeedbackClosed(round=number, silent=silent)
    return with_what_follows(
        state, asked, closed, feedback_closed={**state.feedback_closed, number: silent}
    )


def decide_by_meeting(state: State, asked: Asked, command: DecideByMeeting) -> list[Event]:
    """After a second dissatisfaction a meeting decides: close, or handle once more (R077).

    Decided again when only the first of its facts reached the log, it yields the others.
    """
    for ruling in state.rulings.values():
        if ruling == _ruling(command, ruling.round):
            return with_what_follows(state, asked, *_settled(state, ruling.round))
    must_be_open(state)
    number = state.ordered
    sent_of(state)
    if number in state.rulings:
        raise AlreadyDecided("subject")
    if ratings.awaited(state, number):
        raise TooEarly("subject")
    if number == 1 or not ratings.unsatisfied(state, number):
        raise NothingToDecide("subject")
    ruling = _ruling(command, number)
    rulings = {**state.rulings, number: ruling}
    return with_what_follows(state, asked, ruling, *_settled(state, number), rulings=rulings)


def _ruling(command: DecideByMeeting, number: int) -> MeetingDecided:
    return MeetingDecided(
        round=number,
        ruling=command.ruling,
        reason=command.reason,
        held_on=command.held_on,
        people=command.people,
    )


def _settled(state: State, number: int) -> list[Event]:
    """With the decision of the meeting the alarm that asked for it is settled."""
    name = alarm_of(number)
    alarm = state.alarms.get(name)
    if alarm is None or alarm.closed:
        return []
    return [AlarmClosed(alarm=name, how=DECIDED)]
