"""What is played: which items there are, which way each takes, and who asks what when."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from itertools import groupby
from typing import Any, Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from banli_events.assignment import ApproveReassignment
from banli_events.base import Command
from banli_events.intake import RegisterItem
from banli_events.subjects import NAMESPACE, numbered_case
from banli_events.supervision import ApproveReply, PassReply, ReturnReply
from banli_events.words import (
    Actor,
    Ask,
    Extent,
    ItemKind,
    Numbering,
    OutcomeClass,
    OuterAssignment,
    OuterRole,
    Signer,
)

ZONE = ZoneInfo("Asia/Shanghai")

Way = Literal["http", "kafka"]


class Strict(BaseModel):
    """A table in which a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Assembly(Strict):
    """A congress or committee that hands items over, as it numbers them."""

    kind: ItemKind
    body: str
    level: str
    term: int
    session: int


class Member(Strict):
    """Someone who signed, and how they rate: a letter a round, S, B, N, or - for silence."""

    person: str
    name: str
    unit: str
    grades: str = ""


class Item(Strict):
    """An item, and the way it takes through the bureau."""

    assembly: str
    number: str
    title: str
    topic: str
    role: OuterRole = OuterRole.LEAD
    lead: str | None = None
    way: Way
    registered: date
    unit: str
    co: tuple[str, ...] = ()
    asks: tuple[str, ...]
    signers: tuple[Member, ...]
    takes: str  # a part of scripts.toml
    result: OutcomeClass = OutcomeClass.A
    publish: Extent = Extent.FULL
    persons: tuple[str, ...] = ()  # whom it concerns

    @property
    def key(self) -> str:
        """Name it in the play, and nowhere else."""
        return f"{self.assembly}-{self.number}"


@dataclass(frozen=True)
class Year:
    """All that is played."""

    assemblies: dict[str, Assembly]
    items: tuple[Item, ...]

    def of(self, assembly: str) -> list[Item]:
        """Tell the items of an assembly."""
        return [item for item in self.items if item.assembly == assembly]

    def only(self, assembly: str) -> "Year":
        """Tell of an assembly's items alone."""
        return Year(self.assemblies, tuple(self.of(assembly)))

    def naming(self, persons: Mapping[str, str]) -> "Year":
        """Let items name persons, each by its id."""
        items = [
            item.model_copy(update={"persons": (persons[item.key],)})
            if item.key in persons
            else item
            for item in self.items
        ]
        return Year(self.assemblies, tuple(items))

    def numbering(self, assembly: str, number: str) -> Numbering:
        """Give an item its number."""
        said = self.assemblies[assembly].model_dump(exclude={"kind"})
        return Numbering.model_validate({**said, "number": number})

    def subject(self, item: Item) -> str:
        """Tell the case that an item becomes."""
        kind = self.assemblies[item.assembly].kind
        return numbered_case(kind, self.numbering(item.assembly, item.number))

    def registration(self, item: Item) -> RegisterItem:
        """Write an item as it is entered into the register."""
        return RegisterItem(
            kind=self.assemblies[item.assembly].kind,
            numbering=self.numbering(item.assembly, item.number),
            title=item.title,
            content=f"{item.title}：建议{'；'.join(item.asks)}。",
            asks=tuple(Ask(id=f"q{n}", text=text) for n, text in enumerate(item.asks, 1)),
            signers=tuple(
                Signer(person=each.person, name=each.name, unit=each.unit, lead=n == 0)
                for n, each in enumerate(item.signers)
            ),
            topics=(item.topic,),
            outer=OuterAssignment(
                assigner=self.assemblies[item.assembly].body,
                role=item.role,
                lead=item.lead,
                assigned_on=item.registered - timedelta(days=1),
            ),
            received_on=item.registered,
            persons=item.persons,
        )


@dataclass(slots=True)
class Heard:
    """What earlier answers said that a later command of the same case must name."""

    reply_hash: str = ""
    proposal: int = 0

    def note(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Note what an answer says."""
        for event in events:
            match event["type"]:
                case "ReplyDrafted":
                    self.reply_hash = event["data"]["reply_hash"]
                case "AssignmentProposed":
                    self.proposal = event["version"]

    def fill(self, command: Command) -> Command:
        """Name it in a command that asks for it."""
        match command:
            case PassReply() | ReturnReply() | ApproveReply():
                return command.model_copy(update={"reply_hash": self.reply_hash})
            case ApproveReassignment():
                return command.model_copy(update={"proposal": self.proposal})
            case _:
                return command


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the year: who asks what when, by which way in, and what comes of it."""

    name: str
    at: datetime
    service: str
    way: Way
    actor: Actor
    subject: str
    command: Command
    refusal: str | None = None  # the code with which it is refused, where it is
    upload: bytes | None = None  # a file that is handed over before

    @property
    def id(self) -> UUID:
        """The command's id: the same in every run."""
        return uuid5(NAMESPACE, f"demo/{self.name}")


def read(name: str) -> dict[str, Any]:
    """Read a file of this package."""
    return tomllib.loads(files("banli_demo").joinpath(name).read_text())


def moment(day: date, hour: int = 10) -> datetime:
    """Tell the instant of a day's hour in the bureau's own time."""
    return datetime.combine(day, time(hour), ZONE)


def by_instant(steps: Sequence[Step]) -> Iterator[tuple[datetime, list[list[Step]]]]:
    """Group the steps by their instant, and those in waves: in each, one step of a case."""
    ordered = sorted(steps, key=lambda step: step.at)
    for at, group in groupby(ordered, key=lambda step: step.at):
        yield at, _waves(list(group))


def _waves(steps: list[Step]) -> list[list[Step]]:
    waves: list[list[Step]] = []
    before: dict[str, int] = {}
    for step in steps:
        number = before.get(step.subject, 0)
        before[step.subject] = number + 1
        waves += [[]] if number == len(waves) else []
        waves[number].append(step)
    return waves
