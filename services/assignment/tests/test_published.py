"""Units, posts, holders and systems."""

from datetime import date
from typing import Any

import pytest

from banli_assignment.refusals import (
    AlreadyAppointed,
    AlreadyCreated,
    AlreadyOpened,
    AlreadySettled,
    DutyTwice,
    EndsBeforeStart,
    NotAppointed,
    NotCreated,
    NotLeader,
    NotOpened,
)
from banli_assignment.service import SERVICE
from banli_engine.errors import NotPermitted, UnfitSubject
from banli_engine.reference import Reference, fold
from banli_events.assignment import (
    AppointHolder,
    AppointmentEnded,
    ChargeGiven,
    ClassifyItem,
    CreatePost,
    DutiesPublished,
    EndAppointment,
    ForkSettled,
    GiveCharge,
    HolderAppointed,
    OpenUnit,
    PostCreated,
    PublishDuties,
    SettleFork,
    UnitOpened,
)
from banli_events.subjects import fork_at
from banli_events.words import Duty, PostRole
from banli_testing.grammar import OPERATOR, Case
from banli_testing.story import CARA, PUBLISHED, YEAR

unit = Case(SERVICE, "unit/parking", PUBLISHED)
post = Case(SERVICE, "post/parking-head", PUBLISHED)
system = Case(SERVICE, "system/traffic", PUBLISHED)
fork = Case(SERVICE, fork_at("case/1", "supervision", 4), PUBLISHED)

OPENED = UnitOpened(name="Parking", parent="traffic", since=YEAR)
CREATED = PostCreated(unit="traffic", title="Head", role=PostRole.UNIT_HEAD)
MAY, JUNE, JULY = date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1)


def appointed(since: date, until: date | None = None, person: str = "joe") -> HolderAppointed:
    return HolderAppointed(person=person, name="Joe", since=since, until=until)


def appoint(since: date, until: date | None = None, person: str = "joe") -> AppointHolder:
    return AppointHolder(person=person, name="Joe", since=since, until=until)


def end(day: date, person: str = "joe") -> EndAppointment:
    return EndAppointment(person=person, since=day, reason="Retired.")


def ended(day: date) -> AppointmentEnded:
    return AppointmentEnded(person="joe", since=day, reason="Retired.")


def test_a_unit_is_opened_once() -> None:
    opening = OpenUnit(name="Parking", parent="traffic", since=YEAR)
    unit.when(opening, by=OPERATOR).then(OPENED)
    unit.given(OPENED).when(opening, by=OPERATOR).then_nothing()
    other = OpenUnit(name="Parks", parent="traffic", since=YEAR)
    unit.given(OPENED).when(other, by=OPERATOR).then_rejected(AlreadyOpened)


def test_a_parent_that_is_not_known_may_be_on_its_way() -> None:
    unit.when(OpenUnit(name="P", parent="moon", since=YEAR), by=OPERATOR).then_too_early()


def test_only_operators_publish() -> None:
    unit.when(OpenUnit(name="P", since=YEAR), by=CARA).then_rejected(NotPermitted)


def test_a_post_is_created_once_in_a_unit_that_exists() -> None:
    creating = CreatePost(unit="traffic", title="Head", role=PostRole.UNIT_HEAD)
    post.when(creating, by=OPERATOR).then(CREATED)
    post.given(CREATED).when(creating, by=OPERATOR).then_nothing()
    other = CreatePost(unit="patrol", title="Head", role=PostRole.UNIT_HEAD)
    post.given(CREATED).when(other, by=OPERATOR).then_rejected(AlreadyCreated)
    nowhere = CreatePost(unit="moon", title="Head", role=PostRole.UNIT_HEAD)
    post.when(nowhere, by=OPERATOR).then_too_early()


def test_a_person_is_appointed_to_a_post_that_exists() -> None:
    post.given(CREATED).when(appoint(MAY), by=OPERATOR).then(appointed(MAY))
    post.when(appoint(MAY), by=OPERATOR).then_rejected(NotCreated)
    post.given(CREATED).when(appoint(MAY, MAY), by=OPERATOR).then_rejected(EndsBeforeStart)


def test_the_same_appointment_again_changes_nothing() -> None:
    post.given(CREATED, appointed(MAY)).when(appoint(MAY), by=OPERATOR).then_nothing()


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        (appointed(MAY), appoint(JUNE)),
        (appointed(MAY, JULY), appoint(JUNE)),
        (appointed(JUNE), appoint(MAY)),
        (appointed(JUNE, JULY), appoint(MAY, date(2025, 6, 2))),
    ],
)
def test_a_person_holds_a_post_once_at_a_time(held: HolderAppointed, asked: AppointHolder) -> None:
    post.given(CREATED, held).when(asked, by=OPERATOR).then_rejected(AlreadyAppointed)


def test_a_person_may_come_back_and_others_may_stand_beside_them() -> None:
    held = post.given(CREATED, appointed(MAY, JUNE))
    held.when(appoint(JUNE), by=OPERATOR).then(appointed(JUNE))
    held.when(appoint(date(2025, 4, 1), MAY), by=OPERATOR).then(appointed(date(2025, 4, 1), MAY))
    held.when(appoint(MAY, person="eva"), by=OPERATOR).then(appointed(MAY, person="eva"))


def test_a_person_leaves_a_post_they_hold() -> None:
    held = post.given(CREATED, appointed(MAY))
    held.when(end(JUNE), by=OPERATOR).then(ended(JUNE))
    held.given(ended(JUNE)).when(end(JUNE), by=OPERATOR).then_nothing()
    held.given(ended(JUNE)).when(end(JULY), by=OPERATOR).then_rejected(NotAppointed)
    held.when(end(YEAR), by=OPERATOR).then_rejected(NotAppointed)
    held.when(end(JUNE, "eva"), by=OPERATOR).then_rejected(NotAppointed)
    post.when(end(JUNE), by=OPERATOR).then_rejected(NotCreated)


def test_after_leaving_a_person_can_be_appointed_again() -> None:
    left = post.given(CREATED, appointed(MAY), ended(JUNE))
    left.when(appoint(JUNE), by=OPERATOR).then(appointed(JUNE))


def test_the_post_and_what_is_published_tell_the_same_holders() -> None:
    told = post.given(CREATED, appointed(MAY), ended(JUNE), appointed(JULY))
    published = Reference()
    for event in told.history:
        published = fold(published, event)
    held = [(h.person, h.since, h.until) for h in published.posts["parking-head"].holders]
    assert held == [(h.person, h.since, h.until) for h in told.state.appointments]


@pytest.mark.parametrize("about", [unit, post, system])
def test_a_command_for_another_kind_of_subject_is_refused(about: Any) -> None:
    about.when(ClassifyItem(category="x"), by=CARA).then_rejected(UnfitSubject)


PLACE = {"subject": "case/1", "source": "supervision", "version": 4}


def test_which_event_is_kept_is_settled_once_and_for_ever() -> None:
    settle = SettleFork(**PLACE, keep="ab" * 32, reason="Written twice.")
    settled = ForkSettled(**PLACE, keep="ab" * 32, reason="Written twice.")
    fork.when(settle, by=OPERATOR).then(settled)
    fork.given(settled).when(settle, by=OPERATOR).then_nothing()
    retold = settle.model_copy(update={"reason": "Restored twice."})
    fork.given(settled).when(retold, by=OPERATOR).then_nothing()
    other = settle.model_copy(update={"keep": "cd" * 32})
    fork.given(settled).when(other, by=OPERATOR).then_rejected(AlreadySettled, "data.keep")


def test_only_operators_settle_a_fork() -> None:
    settle = SettleFork(**PLACE, keep="ab" * 32, reason="Written twice.")
    fork.when(settle, by=CARA).then_rejected(NotPermitted)


def test_what_is_settled_is_found_under_the_place_that_it_is_about() -> None:
    settle = SettleFork(**PLACE, keep="ab" * 32, reason="Written twice.")
    assert SERVICE.subject_of[SettleFork](settle) == fork.subject
    assert fork.subject != fork_at("case/1", "supervision", 5)


DUTY = Duty(function="Parking", basis="三定方案")


def test_a_unit_s_duties_are_published_in_place_of_those_before() -> None:
    """R070, R071"""
    opened = unit.given(OPENED)
    publish, published = PublishDuties(duties=(DUTY,)), DutiesPublished(duties=(DUTY,))
    opened.when(publish, by=OPERATOR).then(published)
    opened.given(published).when(publish, by=OPERATOR).then_nothing()
    none = PublishDuties(duties=())
    opened.given(published).when(none, by=OPERATOR).then(DutiesPublished(duties=()))
    unit.when(publish, by=OPERATOR).then_rejected(NotOpened)
    opened.when(publish, by=CARA).then_rejected(NotPermitted)


def test_a_unit_has_a_function_once_in_a_territory() -> None:
    """R070, R071"""
    other = DUTY.model_copy(update={"basis": "Another paper"})
    twice = PublishDuties(duties=(DUTY, other))
    unit.given(OPENED).when(twice, by=OPERATOR).then_rejected(DutyTwice)
    east = PublishDuties(duties=(DUTY, other.model_copy(update={"territory": "East"})))
    unit.given(OPENED).when(east, by=OPERATOR).then(DutiesPublished(duties=east.duties))


def test_a_leader_s_post_has_charge_of_units() -> None:
    """R059"""
    deputy = post.given(CREATED.model_copy(update={"role": PostRole.DEPUTY_CHIEF}))
    give, given = GiveCharge(units=("traffic", "fire")), ChargeGiven(units=("traffic", "fire"))
    deputy.when(give, by=OPERATOR).then(given)
    deputy.given(given).when(give, by=OPERATOR).then_nothing()
    deputy.when(GiveCharge(units=("unheard-of",)), by=OPERATOR).then_too_early()
    post.given(CREATED).when(give, by=OPERATOR).then_rejected(NotLeader)
    post.when(give, by=OPERATOR).then_rejected(NotCreated)
    deputy.when(give, by=CARA).then_rejected(NotPermitted)
