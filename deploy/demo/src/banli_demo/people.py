"""Who holds which post, as the files say that the stack publishes."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from banli_events.words import Actor, PostRole, Responsible


@dataclass(frozen=True, slots=True)
class Post:
    """A post as its file names it, with its first holder."""

    id: str
    unit: str
    role: str
    person: str
    charge: tuple[str, ...]

    @property
    def actor(self) -> Actor:
        """Who speaks from this post."""
        return Actor(person=self.person, post=self.id, unit=self.unit)


class People:
    """The posts of these files."""

    def __init__(self, files: Iterable[Path]) -> None:
        said = [tomllib.loads(file.read_text()) for file in files]
        self._posts = [
            Post(one["id"], one["unit"], one["role"], one["holders"][0]["person"],
                 tuple(one.get("charge", ())))
            for each in said
            for one in each.get("posts", ())
        ]  # fmt: skip
        self._submit = frozenset(
            (unit, command)
            for each in said
            for system in each.get("systems", ())
            for unit in system["units"]
            for command in system["commands"]
        )

    def submits(self, unit: str, command: str) -> bool:
        """Tell whether a department system may submit a command for a unit."""
        return (unit, command) in self._submit

    def in_post(self, role: PostRole, unit: str | None = None) -> Actor:
        """Find who holds the first post of a role, in a unit where one is named."""
        return next(
            post.actor for post in self._posts if post.role == role and unit in (None, post.unit)
        )

    def second(self, unit: str) -> Actor:
        """Find a unit's second handler."""
        handlers = (p for p in self._posts if (p.role, p.unit) == (PostRole.HANDLER, unit))
        return [post.actor for post in handlers][1]

    def in_charge(self, unit: str) -> Actor:
        """Find the deputy chief in charge of a unit."""
        return next(
            post.actor
            for post in self._posts
            if post.role == PostRole.DEPUTY_CHIEF and unit in post.charge
        )

    def responsible(self, unit: str) -> Responsible:
        """Name leader, unit and handler: three in one."""
        handler = self.in_post(PostRole.HANDLER, unit).person
        return Responsible(unit=unit, leader=self.in_charge(unit).person, handler=handler)
