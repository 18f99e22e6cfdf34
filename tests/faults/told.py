"""Persons who are told to a body: strings that are theirs alone, by the door and past it."""

import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from bodies import Straight
from searching import Kind, digits, han, letters
from world import World

from banli_events.intake import RegisterItem
from banli_events.words import Actor

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass
class Naming(Straight):
    """A case that names a person."""

    person: str = ""
    title: str = ""

    @property
    def registration(self) -> RegisterItem:
        """The command that registers it."""
        said = super().registration
        return said.model_copy(update={"persons": (self.person,), "title": self.title})


class Told:
    """What was told: each string is said once, under the name of whose it is."""

    def __init__(self, world: World) -> None:
        self.world, self.since = world, time.time() - 1
        self.names, self.words = Kind(han(4)), Kind(letters(12))
        self.numbers = Kind(f"13{digits(6)}")
        self.hostile = set[str]()  # names of what was sent where it must not be
        self.controls = set[str]()  # names of what may be found
        self.answers: list[str] = []  # to what was hostile
        self.persons: dict[str, str] = {}  # ids
        self._count = 0

    @property
    def kinds(self) -> list[Kind]:
        """All strings."""
        return [self.names, self.numbers, self.words]

    @property
    def all(self) -> set[str]:
        """The names of all strings."""
        return {name for kind in self.kinds for name in kind.texts}

    def control(self, name: str) -> str:
        """Say something that tells of nobody."""
        self.controls.add(name)
        return self.words.say(name, after=letters(6))

    def title(self) -> str:
        """Say something of every kind that tells of nobody."""
        self.controls |= {"han", "number"}
        number = self.numbers.say("number", after="x")
        return " ".join([self.control("title"), self.names.say("han", after=han(3)), number])

    def name(self, of: str) -> str:
        """Name somebody."""
        return self.names.say(f"{of}: name", after=han(3))

    def phone(self, of: str) -> str:
        """Give somebody a mobile number."""
        self._count += 1
        return self.numbers.say(f"{of}: phone", after=f"{self._count:03}")

    def identity(self, of: str) -> str:
        """Give somebody an identity number."""
        first = f"1101{self.numbers.mark}{digits(5)}"
        total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first, strict=True))
        after = first[12:] + "10X98765432"[total % 11]
        return self.numbers.say(f"{of}: identity", "1101", after)

    def mail(self, of: str) -> str:
        """Give somebody an address of mail."""
        return self.words.say(f"{of}: mail", after=f"{letters(4)}@example.cn")

    def parts(self, of: str) -> dict[str, str]:
        """Tell all of somebody."""
        return {
            "name": self.name(of),
            "phone": self.phone(of),
            "id_number": self.identity(of),
            "email": self.mail(of),
            "address": self.names.say(f"{of}: address", han(6), han(9)),
            "text.petition": self.names.say(f"{of}: petition", han(60), f"{han(40)} abc"),
            "birth_date": self.words.say(f"{of}: born", "1949-12-31 "),
        }

    # -- speaking with intake

    def ask(
        self,
        method: str,
        path: str,
        actor: Actor,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request, as bytes or as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        authorization = {"authorization": f"Bearer {self.world.token(actor)}"}
        url = self.world.url("intake") + path
        sent = {**authorization, **(headers or {})}
        return httpx.request(method, url, content=content, headers=sent, timeout=20)

    def enter(self, of: str, actor: Actor) -> str:
        """Enter somebody twice, under a reference that tells who it is."""
        reference = self.names.say(f"{of}: reference", after=f"-{self.phone(of + ' reference')}")
        parts = self.parts(of)
        once, twice = (self.ask("PUT", f"/v1/persons/{reference}", actor, parts) for _ in range(2))
        assert (once.status_code, once.text) == (200, twice.text), once.text
        self.persons[of] = once.json()["person"]
        return self.persons[of]

    def unseal(self, of: str, actor: Actor, **more: Any) -> httpx.Response:
        """Ask to be shown the name and the number of somebody."""
        body = {"id": str(uuid4()), "parts": ["phone", "name"], "reason": "回访", **more}
        return self.ask("POST", f"/v1/persons/{self.persons[of]}/unsealings", actor, body)
