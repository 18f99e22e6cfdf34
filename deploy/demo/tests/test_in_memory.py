"""The whole year on the three real services, in memory: it goes as its scripts say, in seconds.

What only a real log, a database and reporting can show is left to the demonstration itself.
"""

import json
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

import pytest

from banli_assignment.service import SERVICE as ASSIGNMENT
from banli_cli import publishing
from banli_demo import finding
from banli_demo.checks import expected
from banli_demo.people import People
from banli_demo.play import END
from banli_demo.scenario import Heard, Step, by_instant
from banli_demo.scripts import tell
from banli_demo.stage import BEGIN
from banli_demo.suggestions import read_year
from banli_events.base import Command
from banli_events.envelope import decode
from banli_events.subjects import CASE_EVENTS
from banli_intake.service import SERVICE as INTAKE
from banli_local import settings
from banli_supervision.service import SERVICE as SUPERVISION
from banli_testing.office import Office

FILES = settings.read().files
YEAR = read_year()

Stories = Mapping[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def stories() -> Stories:
    """Play the year, and tell the events of each case."""
    office = Office([INTAKE, ASSIGNMENT, SUPERVISION], now=BEGIN.astimezone(UTC))
    for stage in publishing.read(FILES).stages:
        for order in stage:
            office.ask(order.service, order.subject, order.command)
            office.settle()
    _play(office)
    names = {YEAR.subject(item): item.key for item in YEAR.items}
    told: dict[str, list[dict[str, Any]]] = {key: [] for key in names.values()}
    for message in office.log[CASE_EVENTS]:
        event = decode(message.wire)
        if event.subject in names and event.data is not None:
            data = event.data.model_dump(mode="json")
            said = {"type": event.type, "time": event.time.isoformat(), "data": data}
            told[names[event.subject]].append(said)
    return told


def _play(office: Office) -> None:
    heard: dict[str, Heard] = {}
    for at, waves in by_instant(tell(YEAR, People(FILES))):
        office.advance(at.astimezone(UTC))
        for wave in waves:
            for step in wave:
                known = heard.setdefault(step.subject, Heard())
                _ask(office, step, known.fill(step.command), known)
            office.settle()
    office.advance(END.astimezone(UTC) + timedelta(days=1))
    assert [fault for desk in office.desks.values() for fault in desk.faults] == []


def _ask(office: Office, step: Step, command: Command, known: Heard) -> None:
    answered = office.ask(step.service, step.subject, command, step.actor)
    assert answered.answer is not None, f"{step.name}: {answered.why}"
    said = json.loads(answered.answer.answer)
    code = (said.get("problem") or {}).get("code")
    assert (said["outcome"], code) == ("refused" if step.refusal else "admitted", step.refusal), (
        step.name
    )
    known.note(said.get("events") or ())


def test_every_branch_is_taken_as_often_as_was_counted_by_hand(stories: Stories) -> None:
    said = finding.counted(each["type"] for events in stories.values() for each in events)
    assert said == expected()["branches"]["expected"]


def test_single_deadlines_are_those_counted_by_hand(stories: Stories) -> None:
    assert finding.deadlines(stories) == expected()["deadlines"]["expected"]


def test_the_clocks_that_ran_out_are_those_that_should(stories: Stories) -> None:
    assert finding.missed(stories) == expected()["missed"]["expected"]


def test_each_proposal_has_as_many_events_as_was_counted_by_hand(stories: Stories) -> None:
    found = {key: len(events) for key, events in stories.items() if key.startswith("P-")}
    assert found == expected()["events"]["expected"]


def test_the_items_of_a_session_are_handed_over_in_its_meeting(stories: Stories) -> None:
    assert finding.meetings(stories) == expected()["meetings"]["expected"]
