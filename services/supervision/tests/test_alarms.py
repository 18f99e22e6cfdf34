"""Alarms: leader, unit and handler, and what happens when one of the three leaves."""

from datetime import date, timedelta
from typing import Any

import pytest

from banli_engine.errors import NotPermitted
from banli_engine.reference import Reference
from banli_events.assignment import (
    AppointmentEnded,
    HolderAppointed,
    PostCreated,
    Reassigned,
)
from banli_events.base import Event
from banli_events.supervision import (
    AcknowledgeAlarm,
    AlarmAcknowledged,
    AlarmClosed,
    AlarmRaised,
    CaseArchived,
    CheckStaffing,
    CloseAlarm,
    SetDeadline,
)
from banli_events.words import AlarmKind, PostRole
from banli_supervision.overdue import StillVacant, UnknownAlarm
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, Case, publish
from banli_testing.story import (
    ASSIGNED,
    BEN,
    BODY,
    CARA,
    CASE,
    CLOCK,
    LEAD,
    PACK,
    PUBLISHED,
    REGISTERED,
    RULES,
    YEAR,
)

TODAY = NOON.date()
LOOK = CheckStaffing()


def after(*facts: tuple[str, Event]) -> Reference:
    return publish(*BODY, ("pack/congress", PACK), *facts)


def ended(post: str, person: str, since: date = TODAY) -> tuple[str, Event]:
    return f"post/{post}", AppointmentEnded(person=person, since=since, reason="Moved.")


def told(reference: Reference, *facts: Event) -> Case:
    return Case(SERVICE, CASE, reference).given(REGISTERED, ASSIGNED, CLOCK, *facts)


def raised(case: Case) -> AlarmRaised:
    [event] = case.when(LOOK).events
    assert isinstance(event, AlarmRaised)
    return event


left = told(after(ended("traffic-handler", "anna")))
ALARM = raised(left)
ACKNOWLEDGE = AcknowledgeAlarm(alarm=ALARM.alarm)
CLOSE = CloseAlarm(alarm=ALARM.alarm, how="Finn handles it now.")


@pytest.mark.parametrize(
    ("post", "person", "about"),
    [
        ("traffic-handler", "anna", ["traffic/handler/anna"]),
        ("patrol-handler", "finn", ["patrol/handler/finn"]),
        ("deputy-chief", "dora", ["traffic/leader/dora", "patrol/leader/dora"]),
        ("chief", "emil", []),  # no part of the three
    ],
)
def test_an_alarm_is_raised_when_leader_or_handler_leaves(
    post: str, person: str, about: list[str]
) -> None:
    """R020, R062: of lead and co-units, each once."""
    case = told(after(ended(post, person)))
    events = case.when(LOOK).events
    assert [event.about for event in events if isinstance(event, AlarmRaised)] == about
    assert {event.kind for event in events if isinstance(event, AlarmRaised)} <= {
        AlarmKind.VACANT_POST
    }
    case.given(*events).when(LOOK).then_nothing()
    case.given(*events[:1]).when(LOOK).then(*events[1:])


def test_while_all_three_are_in_post_there_is_nothing_to_say() -> None:
    """R020"""
    told(PUBLISHED).when(LOOK).then_nothing()
    Case(SERVICE, CASE, PUBLISHED).when(LOOK).then_too_early()
    back = HolderAppointed(person="anna", name="anna", since=TODAY)
    again = after(ended("traffic-handler", "anna"), ("post/traffic-handler", back))
    told(again).when(LOOK).then_nothing()


def test_it_is_raised_when_it_is_known_and_not_only_on_the_day() -> None:
    """R020: where somebody is to leave before the last clock runs out."""
    last = date(2025, 6, 8)
    soon = told(after(ended("traffic-handler", "anna", last)))
    soon.when(LOOK).then(ALARM)
    told(after(ended("traffic-handler", "anna", last + timedelta(days=1)))).when(
        LOOK
    ).then_nothing()


def test_a_handler_who_moved_to_another_unit_has_left() -> None:
    """R020, R062"""
    moved = after(
        ended("traffic-handler", "anna"),
        ("post/fire-handler", HolderAppointed(person="anna", name="anna", since=TODAY)),
    )
    assert raised(told(moved)) == ALARM


def test_of_somebody_whose_appointment_may_be_on_its_way_no_alarm_is_raised() -> None:
    """R020"""
    strange = Reassigned(
        lead=LEAD.model_copy(update={"handler": "nobody"}), duty_basis="Traffic.", reason="New."
    )
    told(PUBLISHED, strange).when(LOOK).then_nothing()


def test_an_assignment_to_somebody_who_has_just_left_raises_it_too() -> None:
    """R020, R062: together with the clocks."""
    case = Case(SERVICE, CASE, after(ended("traffic-handler", "anna")))
    events = case.given(REGISTERED, ASSIGNED).when(SetDeadline(assigned_at=NOON)).events
    assert events[-1] == ALARM
    case.given(REGISTERED, ASSIGNED, *events).when(SetDeadline(assigned_at=NOON)).then_nothing()


def test_a_closed_case_needs_nobody() -> None:
    """R020, R029"""
    reference = after(ended("traffic-handler", "anna"))
    told(reference, CaseArchived(rules=RULES)).when(LOOK).then_nothing()


def test_the_office_takes_an_alarm_on_and_settles_it_when_the_case_is_in_fit_hands() -> None:
    """R020"""
    open_ = left.given(ALARM)
    open_.when(ACKNOWLEDGE, by=CARA).then(AlarmAcknowledged(alarm=ALARM.alarm))
    open_.given(AlarmAcknowledged(alarm=ALARM.alarm)).when(ACKNOWLEDGE, by=CARA).then_nothing()
    open_.when(CLOSE, by=CARA).then_rejected(StillVacant, "data.alarm")
    moved = Reassigned(
        lead=LEAD.model_copy(update={"unit": "fire", "handler": "iris"}),
        duty_basis="Fire.",
        reason="Anna left.",
    )
    closed = AlarmClosed(alarm=ALARM.alarm, how=CLOSE.how)
    settled = open_.given(moved)
    settled.when(CLOSE, by=CARA).then(closed)
    settled.given(closed).when(CLOSE, by=CARA).then_nothing()
    settled.given(closed).when(ACKNOWLEDGE, by=CARA).then_nothing()


def test_a_post_that_falls_vacant_once_more_is_an_alarm_once_more() -> None:
    """R020"""
    case = left.given(ALARM, AlarmClosed(alarm=ALARM.alarm, how="She came back."))
    case.when(LOOK).then(ALARM)
    assert not case.given(ALARM).state.alarms[ALARM.alarm].closed


@pytest.mark.parametrize("command", [ACKNOWLEDGE, CLOSE])
def test_only_the_office_settles_alarms_that_there_are(command: Any) -> None:
    """R060"""
    left.given(ALARM).when(command, by=BEN).then_rejected(NotPermitted)
    left.when(command, by=CARA).then_rejected(UnknownAlarm, "data.alarm")


def test_a_leader_can_hold_any_post_of_a_leader() -> None:
    """R018, R020"""
    promoted = after(
        ended("deputy-chief", "dora"),
        ("post/second", PostCreated(unit="bureau", title="Chief", role=PostRole.CHIEF)),
        ("post/second", HolderAppointed(person="dora", name="dora", since=YEAR)),
    )
    told(promoted).when(LOOK).then_nothing()
