"""A log to damage: the straight way of a lead case and a co case, step by step, as records."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from banli_audit.codes import Code
from banli_audit.findings import Report
from banli_audit.records import Record, partition_for
from banli_audit.verify import verify
from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
    HolderAppointed,
    PostCreated,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.catalogue import EVENTS
from banli_events.envelope import CommandRef, Context, Recorded, Wire, encode, seen_of
from banli_events.intake import FeedbackReceived, FeedbackRequested, ItemRegistered
from banli_events.subjects import numbered_case, topic_of
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DeadlineRule,
    DeadlineSet,
    PackPublished,
    ProposerContacted,
    Reply,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReviewed,
    ResearchLogged,
)
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
    PackRef,
    PostRole,
    Product,
    Responsible,
    Signer,
)

PARTITIONS = {"case-events": 12, "reference-events": 1}
NEW_YEAR = date(2026, 1, 1)
REGISTRAR = Actor(person="p-reg", post="registrar", unit="office")
OFFICE = Actor(person="p-off", post="office", unit="office")
HANDLER = Actor(person="p-han", post="handler", unit="traffic")
HEAD = Actor(person="p-head", post="head", unit="traffic")
CHIEF = Actor(person="p-chief", post="chief", unit="office")
POSTS = {
    REGISTRAR: PostRole.REGISTRAR,
    OFFICE: PostRole.SUPERVISION_OFFICE,
    HANDLER: PostRole.HANDLER,
    HEAD: PostRole.UNIT_HEAD,
    CHIEF: PostRole.CHIEF,
}
LEAD = Responsible(unit="traffic", leader="p-chief", handler="p-han")
PACK = PackRef(pack="suggestions", version=1)
REPLY = Reply(
    product=Product.REPLY,
    text="The crossing gets a light.",
    answers=(AskAnswer(ask="a1", text="Yes."), AskAnswer(ask="a2", text="In May.")),
    outcome=Outcome(result=OutcomeClass.A, proof="The light stands."),
    measures=("A light",),
    addressees=("s1", "s2"),
)
OPINION = REPLY.model_copy(update={"product": Product.CO_OPINION, "addressees": ()})


def register(number: str, role: OuterRole) -> ItemRegistered:
    return ItemRegistered(
        kind=ItemKind.SUGGESTION,
        numbering=Numbering(body="congress", level="city", term=9, session=1, number=number),
        title="A light",
        content="The crossing needs a light.",
        asks=(Ask(id="a1", text="A light"), Ask(id="a2", text="Soon")),
        signers=(
            Signer(person="s1", name="One", unit="North", lead=True),
            Signer(person="s2", name="Two", unit="South"),
        ),
        outer=OuterAssignment(
            assigner="congress", role=role, lead="Roads" if role == OuterRole.CO else None
        ),
        received_on=date(2026, 3, 1),
    )


Damage = Callable[["Log"], object]


@dataclass
class Log:
    """A log under construction: whatever is not said otherwise is as it should be."""

    subject: str = ""
    records: list[Record] = field(default_factory=list)
    said: list[Recorded] = field(default_factory=list)
    now: datetime = datetime(2026, 3, 2, 1, tzinfo=UTC)
    count: int = 0

    def id(self) -> str:
        self.count += 1
        return str(UUID(int=(0x7 << 76) | (0x2 << 62) | self.count))

    def end(self, topic: str, partition: int) -> int:
        offsets = [r.offset for r in self.records if (r.topic, r.partition) == (topic, partition)]
        return max(offsets, default=-1) + 1

    def versions(self, subject: str) -> dict[str, int]:
        return {each.source: each.version for each in self.said if each.subject == subject}

    def last(self, type_: type[Event]) -> Recorded:
        return next(each for each in reversed(self.said) if isinstance(each.data, type_))

    def put(self, wire: Wire, topic: str, partition: int) -> Record:
        record = Record(topic, partition, self.end(topic, partition), wire)
        self.records.append(record)
        return record

    def say(
        self,
        data: Event,
        actor: Actor | None = None,
        *,
        subject: str | None = None,
        cause: Recorded | None = None,
        via: str = "http",
        **said: Any,
    ) -> Recorded:
        """Say a sentence; `said` overrides members of the envelope or its context."""
        subject = subject or self.subject
        type_ = type(data).__name__
        source = said.pop("source", EVENTS[type_].source)
        own = [e for e in self.said if (e.subject, e.source) == (subject, source)]
        self.now += timedelta(minutes=1)
        command = CommandRef(id=self.id(), hash="c0" * 32, part=1, of=1)
        topic = said.pop("topic", topic_of(subject))
        partition = said.pop("partition", partition_for(subject.encode(), PARTITIONS[topic]))
        event = Recorded(
            subject=subject,
            source=source,
            version=len(own) + 1,
            id=self.id(),
            type=type_,
            schema=1,
            time=self.now,
            causation=cause.id if cause else said.get("command", command).id,
            context=Context(
                previous=own[-1].hash.hex() if own else None,
                command=command,
                seen=seen_of(self.versions(subject), source),
                reference=self.end("reference-events", 0),
                correlationid=command.id,
                actor=actor,
                via=via,
            ),
            data=data,
        )
        context = {name: said.pop(name) for name in list(said) if name in Context.model_fields}
        event = replace(event, context=event.context.model_copy(update=context), **said)
        wire = encode(event)
        self.put(wire, topic, partition)
        event = replace(event, hash=wire.hash)
        self.said.append(event)
        return event

    def publish(self) -> None:
        """Publish units, posts with their holders, and the rule pack."""
        for unit in ("office", "traffic"):
            self.say(UnitOpened(name=unit, since=NEW_YEAR), subject=f"unit/{unit}")
        for who, role in POSTS.items():
            post = f"post/{who.post}"
            self.say(PostCreated(unit=who.unit, title=who.post, role=role), subject=post)
            self.say(
                HolderAppointed(person=who.person, name=who.person, since=NEW_YEAR), subject=post
            )
        pack = PackPublished(
            version=1,
            name="Suggestions",
            kinds=(ItemKind.SUGGESTION,),
            reply=DeadlineRule(days=90, clause="90 days"),
            co_opinion=DeadlineRule(days=30, clause="30 days"),
            approver=PostRole.CHIEF,
            timezone="Asia/Shanghai",
            valid_from=NEW_YEAR,
        )
        self.say(pack, subject=f"pack/{PACK.pack}")

    def step(self, type_: type[Event], actor: Actor | None = None, **said: Any) -> Recorded:
        """Say the next sentence as the straight way has it; `data` changes fields of it."""
        data, usual, more = self.straight(type_)
        changed = data.model_copy(update=said.pop("data", {}))
        return self.say(changed, actor or usual, **{**more, **said})

    def straight(self, type_: type[Event]) -> tuple[Event, Actor | None, dict[str, Any]]:
        if type_ in (FeedbackRequested, DeadlineSet):
            return self.reaction(type_)
        reply = self.drafted()
        hash_ = reply.digest()
        steps: dict[type[Event], tuple[Event, Actor]] = {
            ItemRegistered: (self.register(), REGISTRAR),
            Classified: (Classified(category="traffic"), OFFICE),
            AssignmentProposed: (AssignmentProposed(lead=LEAD, duty_basis="duty"), OFFICE),
            Assigned: (Assigned(lead=LEAD, duty_basis="duty"), OFFICE),
            AssignmentAccepted: (AssignmentAccepted(unit="traffic"), HEAD),
            ProposerContacted: (
                ProposerContacted(
                    signer="s1", mode=ContactMode.PHONE, contacted_on=NEW_YEAR, summary="Spoke."
                ),
                HANDLER,
            ),
            ResearchLogged: (ResearchLogged(researched_on=NEW_YEAR, summary="Saw it."), HANDLER),
            ReplyDrafted: (ReplyDrafted(reply=reply, reply_hash=hash_), HANDLER),
            ReplyReviewed: (ReplyReviewed(reply_hash=hash_, form="good", substance="good"), HEAD),
            ReplyApproved: (ReplyApproved(reply_hash=hash_, role=PostRole.CHIEF), CHIEF),
            ReplyIssued: (
                ReplyIssued(
                    reply_hash=hash_, to=("s1", "s2"), document_number="1", issued_on=NEW_YEAR
                ),
                OFFICE,
            ),
            CoOpinionDelivered: (
                CoOpinionDelivered(reply_hash=hash_, to="Roads", delivered_on=NEW_YEAR),
                OFFICE,
            ),
            FeedbackReceived: (
                FeedbackReceived(signer="s1", grade=Grade.SATISFIED, received_on=NEW_YEAR),
                REGISTRAR,
            ),
            CaseSummaryFiled: (CaseSummaryFiled(summary="All is done."), HANDLER),
            CaseArchived: (CaseArchived(rules=PACK), HANDLER),
        }
        return *steps[type_], {}

    def reaction(self, type_: type[Event]) -> tuple[Event, None, dict[str, Any]]:
        if type_ is DeadlineSet:
            days = 90 if self.register().outer.role == OuterRole.LEAD else 30
            counted = date(2026, 3, 2)
            last = counted + timedelta(days=days)
            due = datetime(last.year, last.month, last.day, 16, tzinfo=UTC)  # 24:00 in Shanghai
            clock = DeadlineSet(
                clock="reply", due=due, counted_from=counted, days=days, rules=PACK, clause="§"
            )
            more = {"cause": self.last(Assigned), "via": "reaction:start-the-clock"}
            return clock, None, more
        asked = FeedbackRequested(signer="s1", reply_hash=self.drafted().digest())
        return asked, None, {"cause": self.last(ReplyIssued), "via": "reaction:ask-every-signer"}

    def register(self) -> ItemRegistered:
        role = OuterRole.LEAD if self.subject == LEAD_CASE else OuterRole.CO
        return register("1" if role == OuterRole.LEAD else "2", role)

    def drafted(self) -> Reply:
        return REPLY if self.subject == LEAD_CASE else OPINION

    def play(self, until: type[Event] | None = None, without: Iterable[type[Event]] = ()) -> None:
        """Go the straight way up to a sentence, which is not said, leaving some out."""
        for type_ in WAY:
            if type_ is until:
                return
            if type_ in without:
                continue
            if type_ is CaseArchived:
                self.close()
            elif type_ in (FeedbackRequested, FeedbackReceived):
                self.both(type_)
            elif self.fits(type_):
                self.step(type_)

    def fits(self, type_: type[Event]) -> bool:
        other = CoOpinionDelivered if self.subject == LEAD_CASE else ReplyIssued
        return type_ is not other

    def both(self, type_: type[Event]) -> None:
        """Both signers are asked by one command; each answer is a command of its own."""
        if self.subject != LEAD_CASE:
            return
        command = CommandRef(id=self.id(), hash="c1" * 32, part=1, of=2)
        for part, signer in enumerate(("s1", "s2"), 1):
            said: dict[str, Any] = {"data": {"signer": signer}}
            if type_ is FeedbackRequested:
                said["command"] = command.model_copy(update={"part": part})
            self.step(type_, None, **said)

    def close(self) -> None:
        """The summary and the closing are two parts of one command."""
        command = CommandRef(id=self.id(), hash="c2" * 32, part=1, of=2)
        self.step(CaseSummaryFiled, command=command)
        self.step(CaseArchived, command=command.model_copy(update={"part": 2}))

    def verify(self) -> Report:
        return verify(self.records, PARTITIONS)

    def codes(self) -> list[Code]:
        return [each.code for each in self.verify().findings]

    def record_of(self, event: Recorded) -> int:
        """Find where an event lies in the list of records."""
        return next(i for i, r in enumerate(self.records) if r.wire.hash == event.hash)

    def change(self, event: Recorded, old: bytes, new: bytes) -> None:
        """Change bytes of an event's value or headers in place."""
        at = self.record_of(event)
        wire = self.records[at].wire
        headers = tuple((name, (value or b"").replace(old, new)) for name, value in wire.headers)
        changed = Wire(wire.key, headers, (wire.value or b"").replace(old, new))
        assert changed != wire
        self.records[at] = replace(self.records[at], wire=changed)


WAY: tuple[type[Event], ...] = (
    ItemRegistered,
    Classified,
    AssignmentProposed,
    Assigned,
    DeadlineSet,
    AssignmentAccepted,
    ProposerContacted,
    ResearchLogged,
    ReplyDrafted,
    ReplyReviewed,
    ReplyApproved,
    ReplyIssued,
    CoOpinionDelivered,
    FeedbackRequested,
    FeedbackReceived,
    CaseArchived,
)


def _case(number: str, role: OuterRole) -> str:
    said = register(number, role)
    return numbered_case(said.kind, said.numbering)


LEAD_CASE = _case("1", OuterRole.LEAD)
CO_CASE = _case("2", OuterRole.CO)


@pytest.fixture
def log() -> Log:
    """Give a log with all that is published, and the lead case as the subject in hand."""
    made = Log(LEAD_CASE)
    made.publish()
    return made


@pytest.fixture
def co(log: Log) -> Log:
    """Give the same log with the co case as the subject in hand."""
    log.subject = CO_CASE
    return log
