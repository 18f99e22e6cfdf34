"""The year that is played: which proposals there are, and who does what when."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from banli_events.base import Command
from banli_events.intake import RegisterItem
from banli_events.subjects import NAMESPACE, numbered_case
from banli_events.words import Ask, Grade, ItemKind, Numbering, OuterAssignment, OuterRole, Signer

ZONE = ZoneInfo("Asia/Shanghai")

Way = Literal["http", "kafka"]


class Strict(BaseModel):
    """A table in which a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Member(Strict):
    """Someone who signed, and how they will rate the reply."""

    person: str
    name: str
    unit: str
    grade: Grade | None = None


class Item(Strict):
    """A proposal, and what will be special about it."""

    number: str
    title: str
    topic: str
    role: OuterRole
    lead: str | None = None
    way: Way
    registered: date
    unit: str
    co_unit: str | None = None
    leader: str
    asks: tuple[str, ...]
    signers: tuple[Member, ...]
    late: bool = False
    returned: bool = False
    attempts: bool = False


class Year(Strict):
    """All that is played."""

    numbering: dict[str, str | int]
    topics: dict[str, str]
    items: tuple[Item, ...]

    def numbered(self, item: Item) -> Numbering:
        """Give an item its number."""
        return Numbering.model_validate({**self.numbering, "number": item.number})

    def subject(self, item: Item) -> str:
        """Tell the case that an item becomes."""
        return numbered_case(ItemKind.PROPOSAL, self.numbered(item))

    def registration(self, item: Item) -> RegisterItem:
        """Write an item as it is entered into the register."""
        return RegisterItem(
            kind=ItemKind.PROPOSAL,
            numbering=self.numbered(item),
            title=item.title,
            content=f"{item.title}：建议{'；'.join(item.asks)}。",
            asks=tuple(Ask(id=f"q{n}", text=text) for n, text in enumerate(item.asks, 1)),
            signers=tuple(
                Signer(person=each.person, name=each.name, unit=each.unit, lead=n == 0)
                for n, each in enumerate(item.signers)
            ),
            topics=(self.topics[item.topic],),
            outer=OuterAssignment(
                assigner=str(self.numbering["body"]),
                role=item.role,
                lead=item.lead,
                assigned_on=item.registered - timedelta(days=1),
            ),
            received_on=item.registered,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the year: who asks what when, by which way in, and what comes of it."""

    name: str
    at: datetime
    service: str
    way: Way
    person: str
    post: str
    unit: str
    subject: str
    command: Callable[[str], Command]  # given the hash of the case's last draft
    refusal: str | None = None  # the code with which it is refused, where it is

    @property
    def id(self) -> UUID:
        """The command's id: the same in every run."""
        return uuid5(NAMESPACE, f"demo/{self.name}")


def read_year() -> Year:
    """Read the file of the year."""
    text = files("banli_demo").joinpath("year.toml").read_text()
    return Year.model_validate(tomllib.loads(text))


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """Tell the instant of a day's hour in the bureau's own time."""
    return datetime.combine(day, time(hour, minute), ZONE)


def by_instant(steps: list[Step]) -> Iterator[tuple[datetime, list[Step]]]:
    """Group the steps by their instant, in order; those of one instant are of different cases."""
    for at in sorted({step.at for step in steps}):
        yield at, [step for step in steps if step.at == at]
