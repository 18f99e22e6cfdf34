"""Who must be in post while a case is open: whoever leaves, the case is asked to look."""

from datetime import date

from banli_engine.store import Message
from banli_events.assignment import AppointmentEnded, Reassigned
from banli_events.base import Event
from banli_events.envelope import decode, encode
from banli_events.intake import ItemWithdrawn
from banli_events.subjects import CASE_EVENTS, topic_of
from banli_events.supervision import AlarmRaised, CaseArchived, CheckStaffing
from banli_events.words import Responsible
from banli_supervision.service import SERVICE
from banli_testing.grammar import Case, Said, record
from banli_testing.office import Office
from banli_testing.story import ASSIGNED, BODY, CASE, PACK, REGISTERED, RULES

case = Case(SERVICE, CASE).given(REGISTERED)
assigned = case.given(ASSIGNED)


def watched(case: Case) -> set[str]:
    return {*SERVICE.aggregates["case"].watches(case.state)}


def test_a_case_hears_of_its_leaders_and_handlers_leaving() -> None:
    """R020"""
    assert watched(case) == set()
    assert watched(assigned) == {"person:dora", "person:anna", "person:finn"}


def test_a_case_in_other_hands_hears_of_those() -> None:
    """R009, R020"""
    other = Responsible(unit="fire", leader="emil", handler="iris")
    handed_on = Reassigned(lead=other, duty_basis="Fire keeps exits.", reason="Moved.")
    assert watched(assigned.given(handed_on)) == {"person:emil", "person:iris"}


def test_a_case_that_is_over_hears_of_nobody() -> None:
    """R020"""
    withdrawn = ItemWithdrawn(reason="Settled.", withdrawn_on=date(2025, 3, 10))
    assert watched(assigned.given(withdrawn)) == set()
    assert watched(assigned.given(CaseArchived(rules=RULES))) == set()


def test_when_somebody_leaves_a_post_who_watches_them_is_asked() -> None:
    """R020"""
    end = AppointmentEnded(person="anna", since=date(2025, 3, 10), reason="Retired.")
    event = record([], "post/traffic-handler", Said(end))
    assert SERVICE.spread[AppointmentEnded].on(event) == ("person:anna", CheckStaffing())


def test_the_case_of_a_handler_who_leaves_is_alarmed_once() -> None:
    """R020: told through the engine's own turns, whichever way the two facts come."""
    office = Office([SERVICE])
    say(office, ("pack/congress", PACK), *BODY)
    say(office, (CASE, REGISTERED), (CASE, ASSIGNED))
    office.settle()
    assert raised(office) == []
    end = AppointmentEnded(person="anna", since=date(2025, 3, 1), reason="Retired.")
    say(office, ("post/traffic-handler", end))
    office.settle()
    assert raised(office) == ["traffic/handler/anna"]
    say(office, ("post/chief", end))
    office.settle()
    assert raised(office) == ["traffic/handler/anna"]


def say(office: Office, *facts: tuple[str, Event]) -> None:
    """Put facts on the log, each behind what its stream holds."""
    for subject, fact in facts:
        topic = office.log[topic_of(subject)]
        before = [decode(each.wire) for each in topic if each.wire.key == subject.encode()]
        event = record(before, subject, Said(fact))
        topic.append(Message(topic_of(subject), 0, len(topic), encode(event)))


def raised(office: Office) -> list[str]:
    """Say what there is an alarm about."""
    events = [decode(each.wire).data for each in office.log[CASE_EVENTS]]
    return [data.about for data in events if isinstance(data, AlarmRaised)]
