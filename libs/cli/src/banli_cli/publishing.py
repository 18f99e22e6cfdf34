"""Publish units, posts, holders, systems, calendars and rules from files, over HTTP; repeatable.

A command's id is made of what it says: published once more, it gets its first answer and changes
nothing; a file that says something else of the same thing is refused by the service.
"""

import time
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid5

from pydantic import ValidationError

from banli_cli.refusal import Denied, Misused
from banli_cli.services import AGAIN, LOOK_SECONDS, PATIENCE_SECONDS, Services
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
            raise Misused(f"The file {file} cannot be read: {error.strerror}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Misused(f"The file {file} is not TOML: {error}.") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise Misused(f"In the file {file}, {error.title} {place}: {first['msg']}.") from error
        except KeyError as error:
            raise Misused(f"In the file {file}, something has no {error}.") from error
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


def publish(content: Content, stack: Services) -> list[str]:
    """Publish all of it, or say what was refused; give the outcome of each order, in their order.

    What is published again is told as it was the first time.
    """
    outcomes: list[str] = []
    for stage in content.stages:
        for service in dict.fromkeys(order.service for order in stage):
            outcomes += _publish([each for each in stage if each.service == service], stack)
    return outcomes


def _publish(orders: Sequence[Order], stack: Services) -> list[str]:
    until = time.monotonic() + PATIENCE_SECONDS
    told: dict[str, str] = {}
    late = list(orders)
    while late:
        bodies = [order.body() for order in late]
        answers = stack.command(late[0].service, bodies)["answers"]
        asked, late = late, []
        for order, answer in zip(asked, answers, strict=True):
            if answer.get("outcome") in ("admitted", "unchanged"):
                told[order.subject] = answer["outcome"]
            elif answer["code"] in AGAIN and time.monotonic() < until:
                late.append(order)
            else:
                raise Denied(
                    f"{order.subject} could not be published: {answer['detail']}", answer["code"]
                )
        if late:
            time.sleep(LOOK_SECONDS)
    return [told[order.subject] for order in orders]
