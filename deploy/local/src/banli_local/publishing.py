"""Publish units, posts, holders, systems, calendars and rules from files, over HTTP; repeatable.

A command's id is made of what it says: published once more, it gets its first answer and changes
nothing; a file that says something else of the same thing is refused by the service.
"""

import json
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid5

from pydantic import ValidationError

from banli_events.assignment import (
    AdmitSystem,
    AppointHolder,
    CreatePost,
    GiveCharge,
    OpenUnit,
    PublishDuties,
)
from banli_events.base import Command, canonical
from banli_events.subjects import NAMESPACE
from banli_events.supervision import PublishCalendar, PublishPack, PublishRuleSet
from banli_local.refusal import Refusal

PATIENCE = 30.0
"""Seconds in which what is published must have come back to whom it is a ground for."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command of an operator, and what it is about."""

    service: str
    subject: str
    command: Command

    def body(self) -> dict[str, Any]:
        """Write it as it is posted."""
        asked = {
            "type": type(self.command).__name__,
            "subject": self.subject,
            "data": self.command.model_dump(mode="json", exclude_defaults=True),
        }
        return {"id": str(uuid5(NAMESPACE, f"publish/{canonical(asked).decode()}")), **asked}


@dataclass(frozen=True, slots=True)
class Holder:
    """A person in a post, for whom a token can be signed."""

    person: str
    post: str
    unit: str


@dataclass(slots=True)
class Content:
    """What files say: orders in stages, each resting on those before it."""

    stages: list[list[Order]] = field(default_factory=lambda: [[] for _ in range(4)])
    holders: list[Holder] = field(default_factory=list)


def read(files: Iterable[Path]) -> Content:
    """Read files of what is published, or say what is wrong with one."""
    content = Content()
    for file in files:
        try:
            _add(content, tomllib.loads(file.read_text()))
        except OSError as error:
            raise Refusal(f"The file {file} cannot be read: {error.strerror}.") from error
        except tomllib.TOMLDecodeError as error:
            raise Refusal(f"The file {file} is not TOML: {error}.") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise Refusal(f"In the file {file}, {error.title} {place}: {first['msg']}.") from error
        except KeyError as error:
            raise Refusal(f"In the file {file}, something has no {error}.") from error
    return content


def _add(content: Content, said: dict[str, Any]) -> None:
    units, posts, appointments, rest = content.stages
    for unit in said.get("units", ()):
        subject = f"unit/{unit['id']}"
        units.append(Order("assignment", subject, OpenUnit.model_validate(unit)))
        if "duties" in unit:
            duties = PublishDuties(duties=unit["duties"])
            rest.append(Order("assignment", subject, duties))
    for post in said.get("posts", ()):
        subject = f"post/{post['id']}"
        posts.append(Order("assignment", subject, CreatePost.model_validate(post)))
        for holder in post.get("holders", ()):
            command = AppointHolder.model_validate(holder)
            appointments.append(Order("assignment", subject, command))
            content.holders.append(Holder(command.person, post["id"], post["unit"]))
        if "charge" in post:
            rest.append(Order("assignment", subject, GiveCharge(units=post["charge"])))
    for one in said.get("systems", ()):
        rest.append(Order("assignment", f"system/{one['id']}", AdmitSystem.model_validate(one)))
    for calendar in said.get("calendars", ()):
        units.append(_in_versions("calendar", PublishCalendar, calendar))
    for pack in said.get("packs", ()):
        rest.append(_in_versions("pack", PublishRuleSet if "rules" in pack else PublishPack, pack))


def _in_versions(kind: str, command: type[Command], said: dict[str, Any]) -> Order:
    """Order what is published for ever, in versions: a word without meaning is a fault."""
    data = {word: value for word, value in said.items() if word != "id"}
    asked = command.model_validate(data, extra="forbid")
    return Order("supervision", f"{kind}/{said['id']}", asked)


def publish(content: Content, url: Callable[[str], str], token: str) -> None:
    """Publish all of it at these services with an operator's token, or say what was refused."""
    for stage in content.stages:
        for service in dict.fromkeys(order.service for order in stage):
            orders = [order for order in stage if order.service == service]
            _publish(orders, url(service), token)


def _publish(orders: Sequence[Order], url: str, token: str) -> None:
    until = time.monotonic() + PATIENCE
    while orders:
        answers = _post(url, token, [order.body() for order in orders])
        late = []
        for order, answer in zip(orders, answers, strict=True):
            if answer.get("outcome") in ("admitted", "unchanged"):
                continue
            again = answer["code"] in ("too-early", "not-ready", "busy", "not-written")
            if not again or time.monotonic() > until:
                raise Refusal(f"{order.subject} could not be published: {answer['detail']}")
            late.append(order)
        orders = late
        if orders:
            time.sleep(0.1)


def _post(url: str, token: str, body: list[dict[str, Any]]) -> list[dict[str, Any]]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/v1/commands", json.dumps(body), headers)
        response = connection.getresponse()
        said: dict[str, Any] = json.loads(response.read())
    except (OSError, HTTPException, ValueError) as error:
        raise Refusal(f"{url} did not answer while reference data was published.") from error
    finally:
        connection.close()
    if response.status != 200:
        raise Refusal(f"Reference data could not be published: {said.get('detail')}")
    answers: list[dict[str, Any]] = said["answers"]
    return answers
