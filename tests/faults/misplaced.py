"""Personal data that is sent where it must not be, in the ways that occur to somebody."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from department import answers_to
from told import Naming, Told
from world import written

from banli_events.intake import CorrectItem
from banli_events.words import Actor
from banli_testing.story import HUGO

Body = dict[str, Any]
Spoil = Callable[[Told, str, Body], Any]


def _data(**makes: Callable[[Told, str], Any]) -> Spoil:
    """Put what is told of somebody into fields of the command."""

    def spoil(told: Told, who: str, body: Body) -> Body:
        said = {name: make(told, who) for name, make in makes.items()}
        return {**body, "data": {**body["data"], **said}}

    return spoil


def _early(told: Told, who: str, body: Body) -> Body:
    """Something about a case that nobody knows: were it for that alone, it would wait."""
    command = CorrectItem(field="title", after=f"致电{told.phone(who)}", reason="更正")
    return {**body, **written(command, f"case/{uuid4()}")}


def _early_with_more(told: Told, who: str, body: Body) -> Body:
    """The same, with a member that no command has."""
    command = CorrectItem(field="title", after="更正", reason="更正")
    return {**body, **written(command, f"case/{uuid4()}"), "contact": told.name(who)}


def _cut(told: Told, who: str, body: Body) -> bytes:
    """A command that lacks its end."""
    return json.dumps({**body, "contact": told.name(who)}, ensure_ascii=False).encode()[:-1]


SPOILT: list[tuple[Spoil, int]] = [
    (_data(content=lambda told, who: f"请致电 {told.phone(who)}。"), 422),
    (_data(title=lambda told, who: told.identity(who)), 422),
    (_data(territory=lambda told, who: told.mail(who)), 422),
    (_data(contact=lambda told, who: told.name(who)), 400),
    (_data(title=lambda told, who: {"name": told.name(who)}), 400),
    (_data(title=lambda told, who: [told.phone(who)]), 400),
    (_data(received_on=lambda told, who: told.name(who)), 400),
    (_data(persons=lambda told, who: [told.phone(who)]), 422),
    (_data(kind=lambda told, who: told.name(who)), 400),
    (lambda told, who, body: {**body, told.name(who): 1}, 400),
    (lambda told, who, body: {**body, "type": told.mail(who)}, 400),
    (lambda told, who, body: {**body, "subject": f"case/{told.phone(who)}"}, 422),
    (_early, 422),
    (_early_with_more, 400),
    (_cut, 400),
]
"""What is sent, made of a good command, and the status with which it is refused."""


def send_past_the_door(told: Told) -> None:
    """Send all of it over HTTP and over Kafka, and keep what was answered."""
    known = told.all
    item = Naming(told.world, "hostile", person=told.persons["A"], title="t").registration
    for number, (spoil, status) in enumerate(SPOILT):
        answer = told.ask(
            "POST", "/v1/commands", HUGO, spoil(told, f"http {number}", written(item))
        )
        assert answer.status_code == status, answer.text
        told.answers.append(answer.text)
    bodies = [
        spoil(told, f"kafka {number}", written(item, actor=HUGO))
        for number, (spoil, _) in enumerate(SPOILT)
    ]
    receipts = answers_to(told.world, *map(_as_sent, bodies))
    for receipt, (_, status) in zip(receipts, SPOILT, strict=True):
        assert receipt["problem"]["status"] == status, receipt
        told.answers.append(json.dumps(receipt, ensure_ascii=False))
    _come_to_the_door(told)
    told.hostile = told.all - known


def _as_sent(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def _come_to_the_door(told: Told) -> None:
    """Come to the door itself with what it does not take, or without leave."""
    ask, person = told.ask, told.persons["A"]
    nobody = Actor(person="x", post="registry", unit="supervision")
    tries = [
        ask("PUT", f"/v1/persons/{told.name('ref 1')}", HUGO, {told.name("part"): "x"}),
        ask("PUT", f"/v1/persons/{told.phone('ref 2')}", HUGO, {"name": [told.name("list")]}),
        ask("PUT", f"/v1/persons/{told.name('ref 3')}", HUGO, told.name("text").encode()),
        ask("PUT", f"/v1/persons/{told.name('ref 4')}", nobody, {"name": told.name("not held")}),
        ask("PUT", f"/v1/persons/{told.name('ref 5')}/more", HUGO, {"name": told.name("more")}),
        ask("GET", f"/v1/persons/{told.name('not an id')}", HUGO),
        ask("GET", f"/v1/persons/{person}?of={told.name('query')}", HUGO),
        told.unseal("A", HUGO, reason=f"回访 {told.phone('reason')}"),
        told.unseal("A", HUGO, parts=[told.phone("part shown")]),
        told.unseal("A", HUGO, because=told.name("because")),
        ask("GET", f"/v1/{told.name('way')}", HUGO),
        ask("POST", "/v1/commands", HUGO, b"{}", headers={"x-contact": told.mail("header")}),
        ask("POST", "/v1/commands", HUGO, b"{}", headers={"authorization": told.mail("token")}),
    ]
    for each in tries:
        assert 400 <= each.status_code < 500, each.text
        told.answers.append(each.text)
