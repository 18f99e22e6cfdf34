"""Every cell of docs/roles.md, tried on the real services: role by command, own or foreign unit.

The case has ended, so that nothing which passes the door changes anything: the decision refuses it
by a reason of its own, which is how one can tell.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from doors import (
    FOREIGN,
    OFFICE,
    OPERATOR,
    OWN,
    REGISTRAR,
    SINCE,
    Doors,
    code_of,
    in_post,
    written,
)

from banli_engine.decider import LOCAL, Service
from banli_engine.topics import DECIDERS
from banli_events.assignment import AppointHolder
from banli_events.intake import WithdrawItem
from banli_events.words import Actor, PostRole, SystemGrant

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "contract" / "samples" / "commands"
SERVICES: dict[str, Service] = {n: import_module(f"banli_{n}.service").SERVICE for n in DECIDERS}
NOT_OF_A_CASE = {
    "ListHandOver": "handover/h1",
    "HoldMeeting": "meeting/m1",
    **dict.fromkeys(("EnterPerson", "UnsealPerson", "ForgetPerson"), "person/p1"),
    **dict.fromkeys(("OpenUnit", "PublishDuties"), "unit/new"),
    **dict.fromkeys(("CreatePost", "GiveCharge", "AppointHolder", "EndAppointment"), "post/new"),
    **dict.fromkeys(("AdmitSystem", "RetireSystem"), "system/new"),
    **dict.fromkeys(("PublishPack", "PublishRuleSet"), "pack/new"),
    "PublishCalendar": "calendar/new",
}


class Row(NamedTuple):
    """A command as the page tells it."""

    service: str
    command: str
    roles: dict[PostRole, str]
    kafka: str

    def passes(self, role: PostRole, unit: str) -> bool:
        """Tell whether the page lets a role of a unit pass, in the case of the own one."""
        return self.roles[role] == "●" or (self.roles[role] == "◐" and unit == OWN)


def _read(page: str) -> Iterator[Row]:
    parts = re.split(r"^### (\w+)$", page.partition("\n## What the door")[0], flags=re.M)[1:]
    for service, text in zip(parts[::2], parts[1::2], strict=True):
        lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
        heads = [PostRole(cell.split()[0]) for cell in lines[0][1:-1]]
        for name, *cells, kafka in lines[2:]:
            roles = dict(zip(heads, map(str.strip, cells), strict=True))
            yield Row(service, name.strip(), roles, kafka.strip())
        for name in re.findall(r"Only the service itself gives (.*)\.", text):
            for inner in name.split(", "):
                yield Row(service, inner, dict.fromkeys(PostRole, ""), "no: the service itself")


PAGE = (ROOT / "docs" / "roles.md").read_text()
ROWS = list(_read(PAGE))
DOOR = set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.partition("## What the door")[2], flags=re.M)) - {
    "case-events",
    "reference-events",
}
ACTORS = [(in_post(role, unit), role) for unit in (OWN, FOREIGN) for role in PostRole]
EVERYTHING, ELSEWHERE, UNGRANTED = "everything", "elsewhere", "ungranted"


def body(row: Row, case: str, actor: Actor | None = None) -> dict[str, Any]:
    """Write a command of the page with the data of its sample."""
    service, data = SERVICES[row.service], json.loads((SAMPLES / f"{row.command}.json").read_text())
    told = {each.__name__ for each in service.subject_of}
    subject = None if row.command in told else NOT_OF_A_CASE.get(row.command, case)
    return written(row.command, subject, actor, data["meaning"])


@pytest.fixture(scope="module")
def case(doors: Doors) -> str:
    """A case that one of the two units handles, after its end; and three systems."""
    given = [row.command for row in ROWS if not row.kafka.startswith("no")]
    doors.admit(EVERYTHING, (OWN, FOREIGN), given, SystemGrant)
    doors.admit(ELSEWHERE, (FOREIGN,), given, SystemGrant)
    doors.admit(UNGRANTED, (FOREIGN,), given)
    case = doors.assigned("roles")
    ended = WithdrawItem(reason="Taken back.", withdrawn_on=SINCE)
    doors.must("intake", [written(ended, case)], REGISTRAR)
    _until_ended(doors, case)
    return case


def _until_ended(doors: Doors, case: str) -> None:
    """Wait until the other services have read that the case has ended."""
    for service, command in (("assignment", "ClassifyItem"), ("supervision", "SuspendDeadline")):
        row = next(row for row in ROWS if row.command == command)
        while True:
            (answer,) = doors.ask(service, [body(row, case)], OFFICE)
            if code_of(answer) in ("item-taken-back", "handling-ended"):
                break


def test_the_page_tells_of_every_command() -> None:
    named = {(row.service, row.command) for row in ROWS}
    known = {(n, each.__name__) for n, service in SERVICES.items() for each in service.commands}
    assert named == known
    assert len(DOOR) == 6


def check(row: Row, who: str, answer: dict[str, Any], passes: bool) -> str | None:
    """Say what is wrong with an answer; None where it is as the page has it."""
    code = code_of(answer)
    right = code not in DOOR if passes else code in DOOR
    if right and code != "too-early":
        return None
    return f"{row.command} by {who}: {code}, should {'pass' if passes else 'be refused'}"


async def test_every_cell_over_http(doors: Doors, case: str) -> None:
    asked = [
        (actor, role, [row for row in ROWS if row.service == service])
        for service in DECIDERS
        for actor, role in ACTORS
    ]
    lists = [(rows[0].service, [body(row, case) for row in rows], who) for who, _, rows in asked]
    answers = await doors.ask_all(lists)
    wrong = [
        check(row, actor.post, answer, passes and not row.kafka.endswith("a way in of its own"))
        for (actor, role, rows), came in zip(asked, answers, strict=True)
        for row, answer in zip(rows, came, strict=True)
        for passes in (row.passes(role, actor.unit),)
    ]
    assert len(wrong) == len(ROWS) * len(ACTORS)
    assert [each for each in wrong if each] == []


def over_kafka(row: Row, role: PostRole, unit: str, system: str) -> bool:
    """Tell whether the page lets somebody pass through a system."""
    if row.kafka.startswith("no") or not row.passes(role, unit):
        return False
    return not row.kafka.startswith("with") or system == ELSEWHERE


@pytest.mark.parametrize("system", [EVERYTHING, ELSEWHERE, UNGRANTED])
async def test_every_cell_over_kafka(doors: Doors, case: str, system: str) -> None:
    actors = [one for one in ACTORS if system == EVERYTHING or one[0].unit == FOREIGN]
    asked = [(row, actor, role) for row in ROWS for actor, role in actors]
    sent = [(row.service, body(row, case, actor)) for row, actor, role in asked]
    answers = await doors.submit(system, sent)
    wrong = [
        check(row, actor.post, answer, over_kafka(row, role, actor.unit, system))
        for (row, actor, role), answer in zip(asked, answers, strict=True)
    ]
    assert len(wrong) == len(ROWS) * len(actors)
    assert [each for each in wrong if each] == []


async def test_a_system_of_a_foreign_unit_speaks_for_nobody_of_the_own(
    doors: Doors, case: str
) -> None:
    rows = [row for row in ROWS if not row.kafka.startswith("no")]
    asked = [(row.service, body(row, case, in_post(PostRole.HANDLER, OWN))) for row in rows]
    answers = await doors.submit(ELSEWHERE, asked)
    assert {code_of(answer) for answer in answers} == {"not-admitted"}


async def test_operators_publish_and_do_nothing_else(doors: Doors, case: str) -> None:
    for service in DECIDERS:
        rows = [row for row in ROWS if row.service == service]
        (answers,) = await doors.ask_all([(service, [body(row, case) for row in rows], OPERATOR)])
        for row, answer in zip(rows, answers, strict=True):
            may = row.kafka == "no: operators, over HTTP"
            assert (code_of(answer) in DOOR) is not may, (row.command, answer)


async def test_nobody_without_a_token_is_let_in(doors: Doors, case: str) -> None:
    async with httpx.AsyncClient() as client:
        for service in DECIDERS:
            bodies = [body(row, case) for row in ROWS if row.service == service]
            answer = await client.post(doors.url(service) + "/v1/commands", json=bodies)
            assert answer.status_code == 401


def _of_the_office(rows: Iterable[Row]) -> list[Row]:
    return [
        row for row in rows if row.roles[PostRole.SUPERVISION_OFFICE] and "its own" not in row.kafka
    ]


def test_who_holds_the_post_no_more_or_not_yet_is_refused_and_who_stands_in_is_not(
    doors: Doors, case: str
) -> None:
    today = datetime.now(LOCAL).date()
    terms = {
        "gone": AppointHolder(person="gone", name="N", since=SINCE, until=today),
        "later": AppointHolder(person="later", name="N", since=today + timedelta(days=9)),
        "acting": AppointHolder(person="acting", name="N", since=SINCE, acting=True),
    }
    doors.publish([(f"post/{OFFICE.post}", term) for term in terms.values()])
    rows = _of_the_office(ROWS)
    for person in terms:
        actor = OFFICE.model_copy(update={"person": person})
        for service in DECIDERS:
            bodies = [body(row, case) for row in rows if row.service == service]
            answers = _told(doors, service, bodies, actor)
            codes = {code_of(answer) for answer in answers}
            assert codes.isdisjoint(DOOR) if person == "acting" else codes == {"not-holder"}


def _told(doors: Doors, service: str, bodies: list[Any], actor: Actor) -> list[Any]:
    """Ask until the service has read of the appointment."""
    while True:
        answers = doors.ask(service, bodies, actor)
        if all(code_of(answer) != "too-early" for answer in answers):
            return answers
