"""Alarms: raised where a post of the case falls vacant, taken on, settled."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid5

from banli_engine.decider import LOCAL, Asked
from banli_engine.reference import Holder, Reference
from banli_events.base import Event
from banli_events.subjects import NAMESPACE
from banli_events.supervision import (
    AcknowledgeAlarm,
    AlarmAcknowledged,
    AlarmClosed,
    AlarmRaised,
    CheckStaffing,
    CloseAlarm,
)
from banli_events.words import AlarmKind, PostRole
from banli_supervision import closing
from banli_supervision.guards import assignment_of
from banli_supervision.overdue import StillUndecided, StillVacant, UnknownAlarm
from banli_supervision.state import Alarm, State

LEADERS = frozenset({PostRole.DEPUTY_CHIEF, PostRole.CHIEF})
"""The posts in which a leader answers for a case (R018)."""

HANDLERS = frozenset({PostRole.HANDLER})
"""The post in which somebody handles a case, in the unit that has it (R019)."""


def check_staffing(state: State, asked: Asked, command: CheckStaffing) -> list[Event]:
    """An alarm is raised once when a leader or handler of a case leaves the post (R020, R062)."""
    assignment_of(state)
    last = max((clock.due for clock in state.clocks.values()), default=asked.at)
    return [*vacancies(state, asked, last)]


def vacancies(state: State, asked: Asked, last: datetime) -> list[AlarmRaised]:
    """Raise what is vacant today, or will be by what is published before the last clock runs out.

    An alarm that is open is not raised again.
    """
    return [
        raised
        for raised in _vacant(state, asked, last)
        if raised.alarm not in state.alarms or state.alarms[raised.alarm].closed
    ]


def acknowledge(state: State, asked: Asked, command: AcknowledgeAlarm) -> list[Event]:
    """The office takes an alarm on."""
    alarm = _alarm(state, command.alarm)
    return [] if alarm.acknowledged or alarm.closed else [AlarmAcknowledged(alarm=command.alarm)]


def close(state: State, asked: Asked, command: CloseAlarm) -> list[Event]:
    """The office settles an alarm; that of a vacancy when the case is in fit hands (R020).

    That of a second dissatisfaction is settled with the decision of the meeting (R077).
    """
    alarm = _alarm(state, command.alarm)
    if alarm.closed:
        return []
    if any(raised.alarm == command.alarm for raised in _vacant(state, asked, asked.at)):
        raise StillVacant("data.alarm")
    if command.alarm == closing.alarm_of(state.ordered) and closing.undecided(state):
        raise StillUndecided("data.alarm")
    return [AlarmClosed(alarm=command.alarm, how=command.how)]


def _alarm(state: State, name: str) -> Alarm:
    if name not in state.alarms:
        raise UnknownAlarm("data.alarm")
    return state.alarms[name]


def _vacant(state: State, asked: Asked, last: datetime) -> Iterator[AlarmRaised]:
    """Say of each leader and handler who is not in post to the end that the post is vacant.

    Of somebody who is not known to have been in it, the appointment may still be on its way.
    """
    if state.archived or state.ended_at is not None:
        return
    assigned = assignment_of(state)
    last_day = (last - timedelta(microseconds=1)).astimezone(LOCAL).date()
    days = (asked.today, max(asked.today, last_day))
    for each in (assigned.lead, *assigned.co):
        for person, duty, roles, unit in (
            (each.leader, "leader", LEADERS, None),
            (each.handler, "handler", HANDLERS, each.unit),
        ):
            terms = _terms(asked.reference, person, roles, unit)
            if terms and not all(any(term.on(day) for term in terms) for day in days):
                post = f"{each.unit}/{duty}/{person}"
                alarm = str(uuid5(NAMESPACE, f"{AlarmKind.VACANT_POST}/{post}"))
                yield AlarmRaised(alarm=alarm, kind=AlarmKind.VACANT_POST, about=post)


def _terms(
    reference: Reference, person: str, roles: frozenset[PostRole], unit: str | None
) -> list[Holder]:
    """Find when a person was or is in a post of such a role, in a unit where one is named."""
    return [
        holder
        for post in reference.posts.values()
        if post.role in roles and unit in (None, post.unit)
        for holder in post.holders
        if holder.person == person
    ]
