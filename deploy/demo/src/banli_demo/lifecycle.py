"""How one proposal goes through the bureau: its steps, from the register to the file."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from banli_demo.scenario import Item, Step, Way, Year, moment
from banli_events.assignment import (
    AcceptAssignment,
    ClassifyItem,
    ConfirmAssignment,
    ProposeAssignment,
)
from banli_events.base import Command
from banli_events.intake import RecordFeedback
from banli_events.supervision import (
    ApproveReply,
    DeliverCoOpinion,
    DraftReply,
    FileCaseSummary,
    IssueReply,
    LogResearch,
    PassReply,
    RecordContact,
    ReturnReply,
)
from banli_events.words import (
    AskAnswer,
    ContactMode,
    Outcome,
    OutcomeClass,
    OuterRole,
    Responsible,
    ReturnReason,
)

APPROVER, APPROVER_POST = "fang-yi", "deputy-traffic"
"""The deputy chief who releases all products: the pack asks for the post, not for the division."""

DRAFTED, DRAFTED_CO, DRAFTED_LATE = 25, 15, 95
"""Days after registration on which a reply, a co-opinion and the late reply are drafted."""

HANDLERS = {
    "traffic": ("chen-mo", "wu-lan"),
    "command": ("he-jing", "tang-bo"),
    "fraud": ("sun-he", "zhao-qing"),
    "order": ("liang-yu", "xie-nan"),
    "tech": ("pan-rui", "jiang-ning"),
}
"""Each division's handler and head, as `packs/units-demo.toml` names them."""

Make = Command | Callable[[str], Command]


class Lifecycle:
    """The steps of one item."""

    def __init__(self, year: Year, item: Item) -> None:
        self.year, self.item, self.subject = year, item, year.subject(item)
        self.handler, self.head = HANDLERS[item.unit]
        self.co = item.role == OuterRole.CO

    def steps(self) -> Iterator[Step]:
        """Tell all of them, in order of the work."""
        yield from self._register()
        yield from self._assign()
        yield from self._look_into()
        drafted = DRAFTED_CO if self.co else DRAFTED_LATE if self.item.late else DRAFTED
        yield from self._write(drafted)
        yield from self._send(drafted + 4)
        if not self.co:
            yield from self._rate(drafted + 10)
        summary = FileCaseSummary(summary=f"{self.item.title}：已答复，逐项回应，资料齐全。")
        yield self._by_handler("summary", drafted + 20, 16, summary)

    # -- the parts

    def _register(self) -> Iterator[Step]:
        registration = self.year.registration(self.item)
        yield self._by_registrar("register", 0, 9, registration)
        if self.item.attempts:
            again = registration.model_copy(update={"title": f"{self.item.title}（重复）"})
            yield self._by_registrar("register-again", 0, 11, again, "already-registered")

    def _assign(self) -> Iterator[Step]:
        item = self.item
        office = self._by_office
        yield office("classify", 1, 9, ClassifyItem(category=self.year.topics[item.topic]))
        if item.attempts:
            yield office("confirm-early", 1, 10, ConfirmAssignment(), "not-proposed")
        proposed = ProposeAssignment(
            lead=_responsible(item.unit, item.leader),
            co=(_responsible(item.co_unit, item.leader),) if item.co_unit else (),
            duty_basis="机构职责规定（示例）",
            note="逐件研究：诉求、地点与职责已核对（示例）。",
        )
        yield office("propose", 1, 15, proposed)
        yield office("confirm", 2, 9, ConfirmAssignment())
        yield self._by_handler("accept", 3, 9, AcceptAssignment())
        if item.co_unit:
            yield self._by("accept-co", 3, 15, item.co_unit, AcceptAssignment())

    def _look_into(self) -> Iterator[Step]:
        met = self.item.signers[:1] if self.co else self.item.signers
        for n, signer in enumerate(met):
            contact = RecordContact(
                signer=signer.person,
                mode=ContactMode.VISIT if n == 0 else ContactMode.PHONE,
                contacted_on=self._day(7 + n),
                summary="上门走访，听取委员意见。",
            )
            yield self._by_handler(f"contact-{n}", 7 + n, 10, contact)
        research = LogResearch(researched_on=self._day(10), summary="会同相关单位实地调研。")
        yield self._by_handler("research", 10, 14, research)

    def _write(self, drafted: int) -> Iterator[Step]:
        if self.item.attempts:
            partial = self._draft("只答一项。").model_copy(update={"answers": (_answer(1),)})
            yield self._by_handler("draft-part", drafted, 8, partial, "ask-unanswered")
        if self.item.returned:
            yield self._by_handler("draft-template", drafted - 5, 10, self._draft("套用模板。"))
            yield self._by_office("return", drafted - 3, 10, lambda hash_: ReturnReply(
                reply_hash=hash_, reason=ReturnReason.NON_STANDARD, remark="以一个模板答复",
            ))  # fmt: skip
        yield self._by_handler("draft", drafted, 10, self._draft("逐项研究，答复如下。"))
        yield self._by_head("pass", drafted + 2, 10, lambda hash_: PassReply(
            reply_hash=hash_, form="格式规范", substance="逐项回应",
        ))  # fmt: skip
        yield self._step(
            "approve", drafted + 3, 11, "supervision", "http", (APPROVER, APPROVER_POST, "leaders"),
            lambda hash_: ApproveReply(reply_hash=hash_),
        )  # fmt: skip

    def _send(self, sent: int) -> Iterator[Step]:
        command: Command
        if self.co:
            command = DeliverCoOpinion(delivered_on=self._day(sent))
        else:
            number = f"市公（示例）提字〔2022〕{self.item.number}号"
            command = IssueReply(document_number=number, issued_on=self._day(sent))
        yield self._by_office("send", sent, 15, command, service="supervision")

    def _rate(self, from_day: int) -> Iterator[Step]:
        for n, signer in enumerate(self.item.signers):
            if signer.grade is None:
                continue
            day = from_day + 2 * n
            rating = RecordFeedback(
                signer=signer.person, grade=signer.grade, received_on=self._day(day)
            )
            yield self._by_registrar(f"rate-{n}", day, 10, rating)

    def _draft(self, text: str) -> DraftReply:
        return DraftReply(
            text=f"您提出的《{self.item.title}》收悉。{text}",
            answers=tuple(_answer(n) for n, _ in enumerate(self.item.asks, 1)),
            outcome=Outcome(
                result=OutcomeClass.B if self.item.late else OutcomeClass.A,
                proof="有工作方案和现场照片（示例）",
            ),
            measures=("制定方案，明确责任单位和时限",),
        )

    # -- who does them

    def _by_registrar(
        self, name: str, day: int, hour: int, command: Make, refusal: str | None = None
    ) -> Step:
        who = ("lin-yue", "registrar", "office")
        return self._step(name, day, hour, "intake", self.item.way, who, command, refusal)

    def _by_office(
        self,
        name: str,
        day: int,
        hour: int,
        command: Make,
        refusal: str | None = None,
        service: str | None = None,
    ) -> Step:
        who = ("qian-wei", "supervisor", "supervision-office")
        service = service or ("supervision" if callable(command) else "assignment")
        return self._step(name, day, hour, service, self.item.way, who, command, refusal)

    def _by_handler(
        self, name: str, day: int, hour: int, command: Make, refusal: str | None = None
    ) -> Step:
        return self._by(name, day, hour, self.item.unit, command, refusal)

    def _by(
        self,
        name: str,
        day: int,
        hour: int,
        unit: str,
        command: Make,
        refusal: str | None = None,
    ) -> Step:
        who = (HANDLERS[unit][0], f"{unit}-handler", unit)
        service = "assignment" if isinstance(command, AcceptAssignment) else "supervision"
        return self._step(name, day, hour, service, self.item.way, who, command, refusal)

    def _by_head(self, name: str, day: int, hour: int, command: Make) -> Step:
        who = (self.head, f"{self.item.unit}-head", self.item.unit)
        return self._step(name, day, hour, "supervision", self.item.way, who, command)

    def _step(
        self,
        name: str,
        day: int,
        hour: int,
        service: str,
        way: Way,
        who: tuple[str, str, str],
        command: Make,
        refusal: str | None = None,
    ) -> Step:
        make = command if callable(command) else _always(command)
        return Step(
            f"{self.item.number}/{name}",
            moment(self._day(day), hour),
            service,
            way,
            *who,
            self.subject,
            make,
            refusal,
        )

    def _day(self, offset: int) -> date:
        return self.item.registered + timedelta(days=offset)


def steps_of(year: Year) -> list[Step]:
    """Tell all steps of the year."""
    return [step for item in year.items for step in Lifecycle(year, item).steps()]


def _always(command: Command) -> Callable[[str], Command]:
    return lambda _: command


def _responsible(unit: str, leader: str) -> Responsible:
    return Responsible(unit=unit, leader=leader, handler=HANDLERS[unit][0])


def _answer(n: int) -> AskAnswer:
    return AskAnswer(ask=f"q{n}", text="已研究采纳，列入工作计划。")
