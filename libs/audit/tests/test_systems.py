"""Through which system it was said, and of whom: judged by what was published by then."""

from typing import Any

import pytest

from banli_audit.codes import Code
from banli_events.assignment import (
    AssignmentAccepted,
    Classified,
    SystemAdmitted,
    SystemRetired,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.envelope import CommandRef
from banli_events.intake import (
    FeedbackReceived,
    PersonEntered,
    PersonForgotten,
    PersonUnsealed,
)
from banli_events.sealed import Sealed
from banli_events.supervision import ReplyApproved, ReplyIssued, ReplyReviewed, ResearchLogged
from banli_events.words import Actor, SystemGrant

VIA = "system:desk"
COMMANDS = ("ClassifyItem", "LogResearch", "PassReply", "ApproveReply", "RecordFeedback")
REGISTRAR = Actor(person="p-reg", post="registrar", unit="office")
OFFICE = Actor(person="p-off", post="office", unit="office")


def admit(log: Any, *units: str, grants: tuple[SystemGrant, ...] = ()) -> None:
    admitted = SystemAdmitted(name="Desk", units=units, commands=COMMANDS, grants=grants)
    log.say(admitted, subject="system/desk")


def test_what_a_system_is_admitted_for_it_may_say(log: Any) -> None:
    admit(log, "office")
    log.play(Classified)
    log.step(Classified, via=VIA)
    assert log.codes() == []


def test_a_system_that_was_never_admitted_says_nothing(log: Any) -> None:
    log.play(Classified)
    log.step(Classified, via=VIA)
    assert log.codes() == [Code.NOT_ADMITTED]


def test_a_system_says_nothing_for_another_unit(log: Any) -> None:
    admit(log, "traffic")
    log.play(Classified)
    log.step(Classified, via=VIA)
    assert log.codes() == [Code.NOT_ADMITTED]


def test_a_system_says_nothing_by_a_command_that_it_is_not_admitted_for(log: Any) -> None:
    admit(log, "traffic")
    log.play(AssignmentAccepted)
    log.step(AssignmentAccepted, via=VIA)
    assert log.codes() == [Code.NOT_ADMITTED]


def test_what_follows_from_a_command_is_said_unasked(log: Any) -> None:
    admit(log, "traffic")
    log.play(AssignmentAccepted)
    command = CommandRef(id=log.id(), hash="c9" * 32, part=1, of=2)
    log.step(ResearchLogged, via=VIA, command=command)
    log.step(AssignmentAccepted, via=VIA, command=command.model_copy(update={"part": 2}))
    assert Code.NOT_ADMITTED not in log.codes()


def test_what_was_published_later_admits_nobody(log: Any) -> None:
    before = log.end("reference-events", 0)
    admit(log, "office")
    log.play(Classified)
    log.step(Classified, via=VIA, reference=before)
    assert log.codes() == [Code.NOT_ADMITTED]


def test_a_retired_system_says_nothing_until_it_is_admitted_again(log: Any) -> None:
    admit(log, "office")
    log.say(SystemRetired(reason="Replaced."), subject="system/desk")
    log.play(Classified)
    log.step(Classified, via=VIA)
    assert log.codes() == [Code.NOT_ADMITTED]
    admit(log, "office")
    log.step(Classified, via=VIA)
    assert log.codes() == [Code.NOT_ADMITTED]  # still that one alone


@pytest.mark.parametrize(
    ("type_", "grant"),
    [
        (ReplyApproved, SystemGrant.APPROVE),
        (FeedbackReceived, SystemGrant.FEEDBACK),
    ],
)
def test_some_things_a_system_says_only_with_a_grant(
    log: Any, type_: type[Event], grant: SystemGrant
) -> None:
    admit(log, "office", grants=(grant,))
    log.say(
        SystemAdmitted(name="Other", units=("office",), commands=COMMANDS), subject="system/other"
    )
    log.play(type_)
    log.step(type_, via=VIA)
    assert log.codes() == []
    log.said.pop(), log.records.pop()
    log.step(type_, via="system:other")
    assert log.codes() == [Code.NOT_GRANTED]


@pytest.mark.parametrize("theirs", ["traffic", "signals"])
def test_a_system_of_who_handles_the_item_signs_nothing_for_it(log: Any, theirs: str) -> None:
    signals = UnitOpened(name="Signals", parent="traffic", since=log.now.date())
    log.say(signals, subject="unit/signals")
    admit(log, "office", theirs, grants=tuple(SystemGrant))
    log.play(ReplyApproved)
    log.step(ReplyApproved, via=VIA)
    log.step(ReplyIssued)
    assert log.codes() == [Code.HANDLES_ITSELF]


def test_a_head_reviews_for_the_unit_that_handles_only_in_person(log: Any) -> None:
    admit(log, "traffic", grants=(SystemGrant.REVIEW,))
    log.play(ReplyReviewed)
    log.step(ReplyReviewed, via=VIA)
    assert log.codes() == [Code.HANDLES_ITSELF]


# -- private persons

PERSON = "person/7"
SEALED = Sealed(part="name", key="A" * 43 + "=", nonce="A" * 16, text="AAAA")
ENTERED = PersonEntered(public_key="A" * 43 + "=", sealed=(SEALED,), mark="a" * 64)
UNSEALED, FORGOTTEN = (
    PersonUnsealed(parts=("name",), reason="To call back."),
    PersonForgotten(reason="Asked for it."),
)


def of_person(log: Any, *said: Event, actor: Actor = REGISTRAR, via: str = "http") -> None:
    for each in said:
        log.say(each, actor, subject=PERSON, via=via)


def test_a_person_is_entered_shown_and_forgotten(log: Any) -> None:
    of_person(log, ENTERED, UNSEALED, ENTERED, FORGOTTEN)
    assert log.codes() == []


@pytest.mark.parametrize("said", [UNSEALED, FORGOTTEN])
def test_of_nobody_nothing_is_shown_or_forgotten(log: Any, said: Event) -> None:
    of_person(log, said)
    assert log.codes() == [Code.NO_PERSON]


@pytest.mark.parametrize("said", [ENTERED, UNSEALED, FORGOTTEN])
def test_the_forgotten_stay_forgotten(log: Any, said: Event) -> None:
    of_person(log, ENTERED, FORGOTTEN, said)
    assert log.codes() == [Code.AFTER_FORGETTING]


def test_no_system_enters_a_person(log: Any) -> None:
    admit(log, "office")
    of_person(log, ENTERED, via=VIA)
    assert log.codes() == [Code.NOT_ADMITTED]


def test_a_chief_is_shown_nobody(log: Any) -> None:
    chief = Actor(person="p-chief", post="chief", unit="office")
    of_person(log, ENTERED)
    of_person(log, UNSEALED, actor=chief)
    assert log.codes() == [Code.WRONG_POST]
