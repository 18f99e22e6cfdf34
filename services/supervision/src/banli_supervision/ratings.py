"""What those to whom a reply went said of it: whether they are waited for, and who is content.

Whoever was silent when a round was closed is left out of it, whatever comes later (R077); only a
rating that was recorded in time, and merely heard of late, still counts.
"""

from banli_events.deadlines import ClockKind
from banli_events.supervision import ReplyIssued
from banli_events.words import Grade
from banli_supervision.state import State

_CONTENT = frozenset({Grade.SATISFIED, Grade.BASICALLY})
_KNOWN = frozenset(Grade)


def silent(state: State, number: int) -> tuple[str, ...]:
    """Name those to whom the reply of a round went and who have not rated it."""
    return tuple(one for one in _asked(state, number) if (number, one) not in state.heard.grades)


def awaited(state: State, number: int) -> bool:
    """Tell whether somebody's rating is waited for; a grade of a later build is none yet."""
    return any(state.heard.grades.get((number, one)) not in _KNOWN for one in _heard(state, number))


def unsatisfied(state: State, number: int) -> tuple[str, ...]:
    """Name those who are not content, of those who are heard."""
    grades = state.heard.grades
    return tuple(one for one in _heard(state, number) if grades.get((number, one)) not in _CONTENT)


def _asked(state: State, number: int) -> tuple[str, ...]:
    """A co-opinion is rated by nobody; a reply by everyone to whom it went (R077)."""
    sent = state.sent.get(number)
    return sent.what.to if sent is not None and isinstance(sent.what, ReplyIssued) else ()


def _heard(state: State, number: int) -> tuple[str, ...]:
    closed = state.feedback_closed.get(number, ())
    return tuple(
        one for one in _asked(state, number) if one not in closed or _in_time(state, number, one)
    )


def _in_time(state: State, number: int, person: str) -> bool:
    at = state.heard.rated_at.get((number, person))
    clock = state.clocks.get(f"{ClockKind.FEEDBACK}:{number}")
    return at is not None and clock is not None and at <= clock.due
