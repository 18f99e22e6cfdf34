"""Submissions that keep coming while databases are rebuilt: about two cases of their own."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid5

from banli_client import BanliError
from banli_demo.people import People
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
from banli_events.words import Actor, ContactMode, ItemKind, PostRole

PAUSE = 0.5

UNIT = "order"
"""Who has the item in hand."""


class NoTraffic(Exception):
    """A case that the traffic needs could not be set up."""


@dataclass(slots=True)
class Traffic:
    """Two more items of the year's last day: one is being assigned, one is in hand."""

    year: Year
    people: People
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
        registrar, office, handler = self._who()
        proposal = ProposeAssignment(
            lead=self.people.responsible(UNIT),
            duty_basis="职责规定（示例）",
            note="已研究（示例）",
        )
        asked: list[tuple[Command, Actor, str]] = [
            (self._registration("0198"), registrar, self.fresh),
            (self._registration("0199"), registrar, self.in_hand),
            (ClassifyItem(category="其他"), office, self.in_hand),
            (proposal, office, self.in_hand),
            (ConfirmAssignment(), office, self.in_hand),
            (AcceptAssignment(), handler, self.in_hand),
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

    def _who(self) -> tuple[Actor, Actor, Actor]:
        """Who registers, who divides, who has it in hand."""
        return (
            self.people.in_post(PostRole.REGISTRAR),
            self.people.in_post(PostRole.SUPERVISION_OFFICE),
            self.people.in_post(PostRole.HANDLER, UNIT),
        )

    def _round(self, n: int) -> list[tuple[Command, Actor, str]]:
        registrar, office, handler = self._who()
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
            (title, registrar, self.fresh),
            (ClassifyItem(category=f"其他（{n}）"), office, self.fresh),
            (contact, handler, self.in_hand),
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
        pattern = self.year.registration(self.year.of("P")[-1])
        signer = pattern.signers[0].model_copy(update={"person": "m-199"})
        return pattern.model_copy(
            update={
                "numbering": self.year.numbering("P", number),
                "title": "关于补充事项的提案",
                "signers": (signer,),
            }
        )

    def _subject(self, number: str) -> str:
        return numbered_case(ItemKind.PROPOSAL, self.year.numbering("P", number))
