"""Deadlines: how they are set, when they are missed, and the packs they come from."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banli_engine.decider import Due
from banli_engine.errors import NotPermitted, Rejection, UnfitSubject
from banli_engine.reference import Reference
from banli_events.assignment import Assigned
from banli_events.intake import ItemRegistered
from banli_events.supervision import (
    ArchiveCase,
    CheckDeadline,
    DeadlineMissed,
    DeadlineRule,
    DeadlineSet,
    PackPublished,
    PublishPack,
    SetDeadline,
)
from banli_events.words import PackRef, PostRole
from banli_supervision.reactions import REACTIONS
from banli_supervision.refusals import (
    AlreadyPublished,
    UnfitApprover,
    UnknownTimezone,
    VersionOutOfOrder,
)
from banli_supervision.service import SERVICE
from banli_testing.grammar import NOON, OPERATOR, Case, publish, said
from banli_testing.story import (
    ACCEPTED,
    APPROVED,
    ASSIGNED,
    CARA,
    CASE,
    CLOCK,
    CONTACTED,
    DRAFTED,
    DUE,
    ISSUED,
    PACK,
    PASSED,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
    RESEARCHED,
)

case = Case(SERVICE, CASE, PUBLISHED)
assigned = case.given(REGISTERED, ASSIGNED)
running = assigned.given(CLOCK)
approved = running.given(ACCEPTED, CONTACTED, RESEARCHED, DRAFTED, PASSED, APPROVED)

SET = SetDeadline(assigned_at=NOON)
CHECK = CheckDeadline(clock="reply", due=DUE)
MISSED = DeadlineMissed(clock="reply", due=DUE)
MOMENT = timedelta(microseconds=1)


def due(told: Case) -> list[Due]:
    return list(SERVICE.aggregates["case"].due(told.state))


def outer(item: ItemRegistered, due_on: date) -> ItemRegistered:
    return item.model_copy(update={"outer": item.outer.model_copy(update={"due_on": due_on})})


def test_an_assignment_starts_the_clock_of_the_reply() -> None:
    assert REACTIONS[Assigned].react(assigned.history[-1]) == (CASE, SET)
    assigned.when(SET).then(CLOCK)


def test_running_the_reaction_again_changes_nothing() -> None:
    running.when(SET).then_nothing()


def test_a_co_item_has_the_clock_of_its_co_opinion() -> None:
    case.given(REGISTERED_AS_CO, ASSIGNED).when(SET).then(
        CLOCK.model_copy(
            update={
                "clock": "co-opinion",
                "days": 30,
                "due": datetime(2025, 4, 9, 16, tzinfo=UTC),
                "clause": "article 14",
            }
        )
    )


def test_the_assigners_own_date_binds_where_it_is_earlier() -> None:
    bound = CLOCK.model_copy(
        update={
            "due": datetime(2025, 5, 1, 16, tzinfo=UTC),
            "days": None,
            "clause": "the assigner's own due date, earlier than article 12",
        }
    )
    case.given(outer(REGISTERED, date(2025, 5, 1)), ASSIGNED).when(SET).then(bound)
    case.given(outer(REGISTERED, date(2025, 6, 8)), ASSIGNED).when(SET).then(CLOCK)
    case.given(outer(REGISTERED, date(2025, 6, 9)), ASSIGNED).when(SET).then(CLOCK)


def test_a_clock_without_item_or_pack_is_too_early() -> None:
    case.given(ASSIGNED).when(SET).then_too_early()
    Case(SERVICE, CASE, Reference()).given(REGISTERED, ASSIGNED).when(SET).then_too_early()
    before_any_pack = datetime(2024, 12, 31, 4, tzinfo=UTC)
    assigned.when(SetDeadline(assigned_at=before_any_pack)).then_too_early()


def test_the_pack_in_force_on_the_civil_day_of_the_assignment_is_pinned() -> None:
    newer = PACK.model_copy(
        update={
            "version": 2,
            "valid_from": date(2025, 3, 11),
            "reply": DeadlineRule(days=60, clause="article 9"),
        }
    )
    reference = publish(("pack/congress", PACK), ("pack/congress", newer))
    told = Case(SERVICE, CASE, reference).given(REGISTERED, ASSIGNED)
    told.when(SET).then(CLOCK)
    midnight = datetime(2025, 3, 10, 16, tzinfo=UTC)  # the 11th begins in Shanghai
    told.when(SetDeadline(assigned_at=midnight - MOMENT)).then(CLOCK)
    told.when(SetDeadline(assigned_at=midnight)).then(
        DeadlineSet(
            clock="reply",
            due=datetime(2025, 5, 10, 16, tzinfo=UTC),
            counted_from=date(2025, 3, 11),
            days=60,
            rules=PackRef(pack="congress", version=2),
            clause="article 9",
        )
    )


@given(
    st.integers(24, 25_000).map(
        lambda hours: datetime(2025, 1, 1, 3, 7, tzinfo=UTC) + timedelta(hours=hours)
    ),
    st.integers(1, 400),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"]),
)
def test_due_is_the_end_of_a_civil_day_so_many_days_after(
    at: datetime, days: int, zone: str
) -> None:
    pack = PACK.model_copy(update={"timezone": zone, "reply": DeadlineRule(days=days, clause="c")})
    told = Case(SERVICE, CASE, publish(("pack/congress", pack))).given(REGISTERED, ASSIGNED)
    [event] = told.when(SetDeadline(assigned_at=at)).events
    assert isinstance(event, DeadlineSet)
    local = ZoneInfo(zone)
    last_moment = (event.due - MOMENT).astimezone(local)
    assert event.due.astimezone(local).strftime("%H:%M:%S.%f") == "00:00:00.000000"
    assert (last_moment.date() - at.astimezone(local).date()).days == days


def test_a_clock_that_runs_out_is_missed() -> None:
    running.when(CHECK, at=DUE).then(MISSED)
    approved.when(CHECK, at=DUE + timedelta(days=9)).then(MISSED)


def test_before_it_is_due_and_after_it_is_missed_there_is_nothing_to_say() -> None:
    running.when(CHECK, at=DUE - MOMENT).then_nothing()
    running.given(MISSED).when(CHECK, at=DUE).then_nothing()
    assigned.when(CHECK, at=DUE).then_nothing()
    running.when(CheckDeadline(clock="other", due=DUE), at=DUE).then_nothing()
    running.when(CheckDeadline(clock="reply", due=NOON), at=DUE).then_nothing()


@pytest.mark.parametrize(
    ("sent_at", "missed"),
    [(NOON, False), (DUE - MOMENT, False), (DUE, False), (DUE + MOMENT, True)],
)
def test_what_went_out_in_time_by_the_recorded_time_is_never_missed(
    sent_at: datetime, missed: bool
) -> None:
    sent = approved.given(said(ISSUED.event, at=sent_at))
    answer = sent.when(CHECK, at=DUE + timedelta(days=9))
    answer.then(MISSED) if missed else answer.then_nothing()
    assert bool(due(sent)) is missed


def test_a_clock_is_due_until_it_is_met_or_missed() -> None:
    assert due(assigned) == []
    assert due(running) == [Due("reply", DUE, running.history[-1].id)]
    assert due(approved) == due(running)
    assert due(approved.given(ISSUED)) == []
    assert due(running.given(MISSED)) == []


@pytest.mark.parametrize("command", [SET, CHECK, ArchiveCase()])
def test_nobody_winds_the_clocks_by_hand(command: Any) -> None:
    running.when(command, by=CARA).then_rejected(NotPermitted)


pack = Case(SERVICE, "pack/congress", PUBLISHED)
SECOND = PACK.model_copy(update={"version": 2, "valid_from": date(2026, 1, 1)})


def publishing(of: PackPublished, **changed: Any) -> PublishPack:
    return PublishPack(**{**of.model_dump(), **changed})


def test_packs_are_published_version_after_version() -> None:
    pack.when(publishing(PACK), by=OPERATOR).then(PACK)
    pack.given(PACK).when(publishing(SECOND), by=OPERATOR).then(SECOND)
    pack.when(publishing(SECOND), by=OPERATOR).then_rejected(VersionOutOfOrder, "data.version")


def test_a_version_never_changes() -> None:
    both = pack.given(PACK, SECOND)
    both.when(publishing(PACK), by=OPERATOR).then_nothing()
    both.when(publishing(PACK, name="Other"), by=OPERATOR).then_rejected(AlreadyPublished)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"timezone": "Mars/Olympus"}, UnknownTimezone),
        ({"timezone": "../etc"}, UnknownTimezone),
        ({"timezone": "Asia"}, UnknownTimezone),
        ({"approver": PostRole.HANDLER}, UnfitApprover),
        ({"approver": PostRole.UNIT_HEAD}, UnfitApprover),
    ],
)
def test_a_pack_that_could_not_be_applied(
    changed: dict[str, Any], refusal: type[Rejection]
) -> None:
    pack.when(publishing(PACK, **changed), by=OPERATOR).then_rejected(refusal)


def test_a_pack_is_published_by_operators_on_a_pack() -> None:
    pack.when(publishing(PACK), by=CARA).then_rejected(NotPermitted)
    case.when(publishing(PACK), by=OPERATOR).then_rejected(UnfitSubject)
    pack.when(SET).then_rejected(UnfitSubject)
