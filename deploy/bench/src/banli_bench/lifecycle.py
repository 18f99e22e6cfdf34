"""The straight way of one case that this body leads, with two signers: registered to archived."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from banli_events import assignment, intake, supervision
from banli_events.base import Command
from banli_events.catalogue import COMMANDS
from banli_events.subjects import NAMESPACE, numbered_case
from banli_events.words import (
    Actor,
    Ask,
    AskAnswer,
    ContactMode,
    Grade,
    ItemKind,
    Numbering,
    Outcome,
    OutcomeClass,
    OuterAssignment,
    OuterRole,
    Product,
    Responsible,
    Signer,
)

REGISTRAR = Actor(person="lin-yue", post="registrar", unit="office")
OFFICE = Actor(person="qian-wei", post="supervisor", unit="supervision-office")
HANDLER = Actor(person="chen-mo", post="traffic-handler", unit="traffic")
DEPUTY = Actor(person="fang-yi", post="deputy-traffic", unit="leaders")
PEOPLE = (REGISTRAR, OFFICE, HANDLER, DEPUTY)

TODAY = datetime.now(UTC).date()
SIGNERS = (
    Signer(person="P-li", name="李一（虚构）", unit="第一小学", lead=True),
    Signer(person="P-wang", name="王二（虚构）", unit="第二小学"),
)
ASKS = (Ask(id="a1", text="在校门口设置信号灯。"), Ask(id="a2", text="上下学时段派警力疏导。"))
CONTENT = "学校门口的人行横道在上下学时段车流量大，存在安全隐患，建议统筹治理。" * 8
TEXT = "您提出的建议收悉。经实地调研，现答复如下：信号灯已完成安装，疏导警力已到位。" * 12
ANSWERS = (AskAnswer(ask="a1", text="已安装四处。"), AskAnswer(ask="a2", text="已安排。"))
OUTCOME = Outcome(result=OutcomeClass.A, proof="五月二日起四处信号灯投入使用。")
MEASURES = ("四处信号灯", "两组疏导警力")

EVENTS = 18
"""What one lifecycle leads to; the prototype of this loop had 16, from 13 commands."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a lifecycle: who gives it to which service, and about what."""

    command: Command
    actor: Actor
    subject: str
    id: UUID

    @property
    def type(self) -> str:
        return type(self.command).__name__

    @property
    def service(self) -> str:
        return COMMANDS[self.type].service

    def body(self, *, over_http: bool) -> dict[str, Any]:
        """Write it as a submission; over HTTP the token says who speaks."""
        body: dict[str, Any] = {
            "id": str(self.id),
            "type": self.type,
            "subject": self.subject,
            "data": self.command.model_dump(mode="json", exclude_defaults=True),
        }
        if not over_http:
            body["actor"] = self.actor.model_dump()
        return body


def lifecycle(run: str, number: int) -> list[Step]:
    """Write the commands of one case, in their order."""
    numbering = Numbering(body=f"bench-{run}", level="city", term=1, session=1, number=str(number))
    subject = numbered_case(ItemKind.SUGGESTION, numbering)
    return [
        Step(command, actor, subject, uuid5(NAMESPACE, f"bench/{run}/{number}/{n}"))
        for n, (command, actor) in enumerate(_commands(numbering))
    ]


def _commands(numbering: Numbering) -> list[tuple[Command, Actor]]:
    digest = _digest()
    return [
        (_registration(numbering), REGISTRAR),
        (assignment.ClassifyItem(category="道路交通安全"), OFFICE),
        (_proposal(), OFFICE),
        (assignment.ConfirmAssignment(), OFFICE),
        (assignment.AcceptAssignment(), HANDLER),
        (_contact(TODAY), HANDLER),
        (supervision.LogResearch(researched_on=TODAY, summary="实地查看了四处路口。"), HANDLER),
        (_draft(), HANDLER),
        (
            supervision.PassReply(reply_hash=digest, form="格式规范。", substance="内容属实。"),
            OFFICE,
        ),
        (supervision.ApproveReply(reply_hash=digest), DEPUTY),
        (supervision.IssueReply(document_number=numbering.number, issued_on=TODAY), OFFICE),
        *((_rating(signer), REGISTRAR) for signer in SIGNERS),
        (supervision.FileCaseSummary(summary="已按期办复，代表满意。"), HANDLER),
    ]


COMMAND_COUNT = 14


def _registration(numbering: Numbering) -> Command:
    return intake.RegisterItem(
        kind=ItemKind.SUGGESTION,
        numbering=numbering,
        title="关于改善学校门口交通安全的建议",
        content=CONTENT,
        asks=ASKS,
        signers=SIGNERS,
        topics=("交通安全",),
        outer=OuterAssignment(assigner="市人大代表联络处（示例）", role=OuterRole.LEAD),
        received_on=TODAY,
    )


def _proposal() -> Command:
    lead = Responsible(unit="traffic", leader=DEPUTY.person, handler=HANDLER.person)
    return assignment.ProposeAssignment(
        lead=lead, duty_basis="道路交通安全管理职责。", note="已逐件研究，涉及四处路口。"
    )


def _contact(day: date) -> Command:
    return supervision.RecordContact(
        signer=SIGNERS[0].person, mode=ContactMode.VISIT, contacted_on=day, summary="当面沟通。"
    )


def _draft() -> Command:
    return supervision.DraftReply(text=TEXT, answers=ANSWERS, outcome=OUTCOME, measures=MEASURES)


def _rating(signer: Signer) -> Command:
    return intake.RecordFeedback(signer=signer.person, grade=Grade.SATISFIED, received_on=TODAY)


def _digest() -> str:
    return supervision.Reply(
        product=Product.REPLY,
        text=TEXT,
        answers=ANSWERS,
        outcome=OUTCOME,
        measures=MEASURES,
        addressees=tuple(signer.person for signer in SIGNERS),
    ).digest()
