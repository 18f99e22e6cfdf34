"""Submissions that keep coming while databases are rebuilt: about two cases of their own."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid5

from banli_client import BanliError
from banli_demo.lifecycle import HANDLERS
from banli_demo.scenario import Year
from banli_demo.ways import Said, Ways
from banli_events.assignment import (
    AcceptAssignment,
    ClassifyItem,
    ConfirmAssignment,
    ProposeAssignment,
)
from banli_events.base import Command
from banli_events.intake import CorrectItem, RegisterItem
from banli_events.subjects import NAMESPACE, numbered_case
from banli_events.supervision import RecordContact
from banli_events.words import Actor, ContactMode, ItemKind, Numbering, Responsible

PAUSE = 0.5

REGISTRAR = Actor(person="lin-yue", post="registrar", unit="office")
OFFICE = Actor(person="qian-wei", post="supervisor", unit="supervision-office")
HANDLER = Actor(person=HANDLERS["order"][0], post="order-handler", unit="order")


class NoTraffic(Exception):
    """A case that the traffic needs could not be set up."""


@dataclass(slots=True)
class Traffic:
    """Two more items of the year's last day: one is being assigned, one is in hand."""

    year: Year
    ways: Ways
    sent: list[asyncio.Task[Said]] = field(default_factory=list)
    _asked: int = 0

    @property
    def fresh(self) -> str:
        """The item that is put right and classified again and again."""
        return self._subject("0198")

    @property
    def in_hand(self) -> str:
        """The item whose signer is contacted again and again."""
        return self._subject("0199")

    @property
    def subjects(self) -> list[str]:
        """Both."""
        return [self.fresh, self.in_hand]

    async def prepare(self) -> int:
        """Register both, and assign the one; tell how many commands that took."""
        order = Responsible(unit="order", leader="shen-ke", handler=HANDLER.person)
        proposal = ProposeAssignment(
            lead=order, duty_basis="职责规定（示例）", note="已研究（示例）"
        )
        asked: list[tuple[Command, Actor, str]] = [
            (self._registration("0198"), REGISTRAR, self.fresh),
            (self._registration("0199"), REGISTRAR, self.in_hand),
            (ClassifyItem(category="其他"), OFFICE, self.in_hand),
            (proposal, OFFICE, self.in_hand),
            (ConfirmAssignment(), OFFICE, self.in_hand),
            (AcceptAssignment(), HANDLER, self.in_hand),
        ]  # fmt: skip
        for command, actor, subject in asked:
            said = await self._submit(command, actor, subject)
            if said.outcome != "admitted":
                raise NoTraffic(f"{type(command).__name__}: {said.code}")
        return len(asked)

    async def run(self) -> None:
        """Send one submission to each service, again and again, without waiting for answers."""
        n = 0
        while True:
            n += 1
            for command, actor, subject in self._round(n):
                self.sent.append(asyncio.create_task(self._submit(command, actor, subject)))
            await asyncio.sleep(PAUSE)

    def _round(self, n: int) -> list[tuple[Command, Actor, str]]:
        today = date(2022, 12, 31)
        reason = "录入笔误"
        title = CorrectItem(
            field="title", after=f"关于补充事项的提案（第{n}次更正）", reason=reason
        )
        contact = RecordContact(
            signer="m-199",
            mode=ContactMode.PHONE,
            contacted_on=today,
            summary=f"电话沟通，第{n}次。",
        )
        return [
            (title, REGISTRAR, self.fresh),
            (ClassifyItem(category=f"其他（{n}）"), OFFICE, self.fresh),
            (contact, HANDLER, self.in_hand),
        ]

    def give_up(self) -> None:
        """Wait for no answer any more."""
        for task in self.sent:
            task.cancel()

    async def answers(self) -> tuple[list[Said], int]:
        """Wait for the answers to all that was sent; tell them, and how many never came."""
        said = await asyncio.gather(*self.sent, return_exceptions=True)
        for each in said:
            if isinstance(each, BaseException) and not isinstance(each, BanliError):
                raise each
        came = [each for each in said if isinstance(each, Said)]
        return came, len(said) - len(came)

    async def _submit(self, command: Command, actor: Actor, subject: str) -> Said:
        self._asked += 1
        id_ = uuid5(NAMESPACE, f"demo/traffic/{self._asked}")
        return await self.ways.submit(command, actor, subject, id_)

    def _registration(self, number: str) -> RegisterItem:
        pattern = self.year.registration(self.year.items[-1])
        signer = pattern.signers[0].model_copy(update={"person": "m-199"})
        return pattern.model_copy(
            update={
                "numbering": self._numbering(number),
                "title": "关于补充事项的提案",
                "signers": (signer,),
            }
        )

    def _numbering(self, number: str) -> Numbering:
        return Numbering.model_validate({**self.year.numbering, "number": number})

    def _subject(self, number: str) -> str:
        return numbered_case(ItemKind.PROPOSAL, self._numbering(number))
