"""What people of the bureau may do next on a case, to the point or not: the moves of the walk.

A move is chosen by what the log says so far of the case, never by a service's state.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from people import CARA, DORA, EMIL, HANDLER, HANDLING, HEAD, HUGO, SECTION, responsible

from banli_events import assignment as asg
from banli_events import intake as itk
from banli_events import supervision as sup
from banli_events.base import Command, Event
from banli_events.envelope import Recorded
from banli_events.subjects import numbered_case
from banli_events.words import (
    Actor,
    Adopted,
    Ask,
    AskAnswer,
    ContactMode,
    Extent,
    FollowUp,
    Grade,
    ItemKind,
    NotNow,
    Numbering,
    Outcome,
    OutcomeClass,
    OuterAssignment,
    OuterRole,
    PostRole,
    Ruling,
    Signer,
    Taken,
    Task,
)

Said = TypeVar("Said", bound=Event)
Move = tuple[str, str | None, Command, Actor]  # service, subject, command, who

FILE = "ab" * 32
BY_ROLE = {
    PostRole.SUPERVISION_OFFICE: CARA,
    PostRole.DEPUTY_CHIEF: DORA,
    PostRole.CHIEF: EMIL,
}


@dataclass
class Item:
    """A case of the walk: what it is, and what the log has said of it."""

    number: int
    random: Random
    chain: tuple[str, ...] = ()  # of the rules that it will be held to
    events: list[Recorded] = field(default_factory=list)  # since it was registered, last
    begun: int = 0  # the version of that registration
    texts: int = 0
    calm: bool = False  # no more detours: only what brings it to its end

    def __post_init__(self) -> None:
        """Draw what kind of item it is."""
        dice = self.random
        self.kind = dice.choice([*ItemKind])
        self.body = dice.choice(["mountain congress", "sea congress"])
        self.signers = tuple(f"S-{n}" for n in range(dice.choice([1, 1, 2, 3])))
        self.lead = dice.choice(HANDLING)
        self.co = tuple(u for u in HANDLING if u != self.lead and dice.random() < 0.3)
        self.as_co = dice.random() < 0.2
        self.numbering = Numbering(
            body=self.body, level="city", term=1, session=1, number=str(self.number)
        )
        self.subject = numbered_case(self.kind, self.numbering)

    def hear(self, event: Recorded) -> None:
        """Take note of a fact; with a registration the case begins anew."""
        if isinstance(event.data, itk.ItemRegistered):
            self.begun, self.events = event.version, []
        known = event.context.seen.get("intake", 0) if event.source != "intake" else event.version
        if known >= self.begun:
            self.events.append(event)

    def has(self, *kinds: type[Event]) -> bool:
        """Tell whether something of these kinds was said."""
        return any(isinstance(event.data, kinds) for event in self.events)

    def all(self, kind: type[Said]) -> list[Said]:
        """Give all that was said of a kind, in the order of the log."""
        return [event.data for event in self.events if isinstance(event.data, kind)]

    def last(self, kind: type[Said]) -> Said | None:
        """Give the last that was said of a kind."""
        return next(reversed(self.all(kind)), None)

    @property
    def assigned(self) -> asg.Assigned | asg.Reassigned | None:
        """Who handles it."""
        found = [e.data for e in self.events if isinstance(e.data, asg.Assigned | asg.Reassigned)]
        return found[-1] if found else None

    @property
    def ended(self) -> bool:
        """Tell whether its handling has ended."""
        answers = self.all(asg.OuterObjectionAnswered)
        if any(answer.upheld for answer in answers):
            return True
        kinds = (itk.ItemRefused, itk.ItemWithdrawn, asg.OutOfScopeExplained, sup.CaseArchived)
        return self.has(*kinds)


def moves(item: Item, today: date) -> Iterator[Move]:
    """List what would bring a case on."""
    if not item.has(itk.ItemRegistered, itk.ItemRefused):
        yield _intake(None, register(item, today))
        return
    if item.ended:
        left = item.last(itk.ItemWithdrawn)
        if left is not None and left.entered_in_error:
            yield _intake(None, register(item, today))
        return
    if item.assigned is None:
        yield from assigning(item, today)
        return
    yield from answering_objections(item)
    yield from groundwork(item, today)
    yield from replying(item, today)
    yield from after(item, today)
    yield from outside_results(item, today)


def _intake(subject: str | None, command: Command) -> Move:
    return "intake", subject, command, HUGO


def register(item: Item, today: date) -> itk.RegisterItem:
    """Enter it into the register."""
    role = OuterRole.CO if item.as_co else OuterRole.LEAD
    return itk.RegisterItem(
        kind=item.kind,
        numbering=item.numbering,
        title="Crossings",
        content="They are unsafe.",
        asks=(Ask(id="a1", text="Lights."), Ask(id="a2", text="Patrols.")),
        signers=tuple(Signer(person=one, name=one, unit="A school") for one in item.signers),
        topics=(item.lead,) if item.random.random() < 0.5 else (),
        outer=OuterAssignment(
            assigner="Government office", role=role, lead="Roads bureau" if item.as_co else None
        ),
        received_on=today,
    )


def assigning(item: Item, today: date) -> Iterator[Move]:
    """Classify, propose, confirm."""
    case = item.subject
    if not item.has(asg.Classified):
        yield "assignment", case, asg.ClassifyItem(category=item.lead), CARA
    elif not item.has(asg.AssignmentProposed):
        yield "assignment", case, propose(item, item.lead, item.co), CARA
    else:
        version = max(e.version for e in item.events if e.type == "AssignmentProposed")
        yield "assignment", case, asg.ConfirmAssignment(proposal=version), CARA


def propose(item: Item, lead: str, co: tuple[str, ...]) -> asg.ProposeAssignment:
    """Propose who handles it."""
    return asg.ProposeAssignment(
        lead=responsible(lead),
        co=tuple(map(responsible, co)),
        duty_basis="Duties of the units.",
        note="Looked at.",
    )


def answering_objections(item: Item) -> Iterator[Move]:
    """Answer what units hold against their assignment."""
    answered = len(item.all(asg.ObjectionUpheld)) + len(item.all(asg.ObjectionRefused))
    if len(item.all(asg.AssignmentObjected)) > answered:
        unit = item.all(asg.AssignmentObjected)[-1].unit
        kind = item.random.choice([asg.UpholdObjection, asg.RefuseObjection])
        yield "assignment", item.subject, kind(unit=unit, reason="Looked at."), CARA
    upheld = item.last(asg.ObjectionUpheld)
    if upheld and item.assigned and _named(item.assigned, upheld.unit):
        other = next(unit for unit in HANDLING if unit != upheld.unit)
        later = [e for e in item.events if e.type in ("AssignmentProposed", "ObjectionUpheld")]
        if later[-1].type == "ObjectionUpheld":
            yield "assignment", item.subject, propose(item, other, ()), CARA
        else:
            version = later[-1].version
            yield "assignment", item.subject, asg.ConfirmAssignment(proposal=version), CARA


def _named(assigned: asg.Assigned | asg.Reassigned, unit: str) -> bool:
    return unit in {each.unit for each in (assigned.lead, *assigned.co)}


def _accepted(item: Item, unit: str) -> bool:
    since = [n for n, e in enumerate(item.events) if e.type in ("Assigned", "Reassigned")]
    return any(e.data.unit == unit for e in item.events if e.type == "AssignmentAccepted") and bool(
        since
    )


def groundwork(item: Item, today: date) -> Iterator[Move]:
    """Accept, plan, meet those who signed, look into it, ask the co-units, consult, put right."""
    assert item.assigned is not None
    lead, case = item.assigned.lead.unit, item.subject
    handler = HANDLER[lead]
    for unit in (lead, *(each.unit for each in item.assigned.co)):
        if not _accepted(item, unit):
            yield "assignment", case, asg.AcceptAssignment(), HANDLER[unit]
    if not item.has(itk.AttachmentAdded):
        added = itk.AddAttachment(file=FILE, title="Photo", media_type="image/png", size=9)
        yield _intake(case, added)
    if not any(plan.unit == lead for plan in item.all(asg.PlanFiled)):
        yield "assignment", case, asg.FilePlan(plan="First look, then ask."), handler
    if not item.has(asg.SponsorAssigned):
        named = asg.AssignSponsor(person=EMIL.person, post=EMIL.post)
        yield "assignment", case, named, CARA
    met = {contact.signer for contact in item.all(sup.ProposerContacted)}
    for signer in item.signers:
        if signer not in met:
            yield "supervision", case, contact(signer, today), handler
    if not item.has(sup.ResearchLogged):
        yield "supervision", case, sup.LogResearch(researched_on=today, summary="Seen."), handler
    elif not item.has(sup.MeasureTaken):
        yield "supervision", case, sup.RecordMeasure(taken_on=today, what="Paint."), handler
    elif item.events and _after_measure(item) is False:
        yield "supervision", case, contact(item.signers[0], today, "Again."), handler
    if not item.has(sup.ConsultationHeld):
        consulted = sup.RecordConsultation(
            held_on=today, place="Hall", people=item.signers, result="Agreed."
        )
        yield "supervision", case, consulted, handler
    asked = {each.unit for each in item.all(sup.CoOpinionRequested)}
    given = {each.unit for each in item.all(sup.CoOpinionSubmitted)}
    for one in item.assigned.co:
        if one.unit not in asked:
            request = sup.RequestCoOpinion(unit=one.unit, question="What do you hold?")
            yield "supervision", case, request, handler
        elif one.unit not in given:
            opinion = sup.SubmitCoOpinion(opinion=f"{one.unit} agrees.")
            yield "supervision", case, opinion, HANDLER[one.unit]


def contact(signer: str, today: date, summary: str = "Spoke.") -> sup.RecordContact:
    """Meet somebody who signed."""
    return sup.RecordContact(
        signer=signer, mode=ContactMode.VISIT, contacted_on=today, summary=summary
    )


def _after_measure(item: Item) -> bool:
    types = [event.type for event in item.events]
    return "ProposerContacted" in types[len(types) - 1 - types[::-1].index("MeasureTaken") :]


def outcome(item: Item, today: date) -> tuple[Outcome, FollowUp | None]:
    """Draw a result class with what it asks for."""
    follow_up = FollowUp(owner=HANDLER[item.lead].person, on=today + timedelta(days=100))
    match item.random.choice("AABCD"):
        case "A":
            done = Outcome(
                result=OutcomeClass.A, proof="Photo.", completed_on=today, evidence=(FILE,)
            )
            return done, None
        case "B":
            when = today + timedelta(days=90)
            planned = Outcome(
                result=OutcomeClass.B, proof="Plan 7.", plan="Build.", planned_for=when
            )
            return planned, follow_up
        case letter:
            reason = item.random.choice([*NotNow])
            later = Outcome(result=OutcomeClass(letter), proof="Budget.", reason=reason)
            return later, follow_up


def draft(item: Item, today: date) -> sup.DraftReply:
    """Write a reply that says what became of each co-unit's opinion."""
    units = {each.unit for each in item.assigned.co} if item.assigned else set()
    said = {each.unit for each in item.all(sup.CoOpinionSubmitted)} & units
    opinions = tuple(
        Adopted(unit=unit, taken=item.random.choice([*Taken]), reason="As said.")
        for unit in sorted(said)
    )
    item.texts += 1
    result, follow_up = outcome(item, today)
    return sup.DraftReply(
        text=f"Reply {item.texts}.",
        answers=(AskAnswer(ask="a1", text="In May."), AskAnswer(ask="a2", text="Now.")),
        outcome=result,
        measures=("Lights",),
        opinions=opinions,
        follow_up=follow_up,
    )


def replying(item: Item, today: date) -> Iterator[Move]:
    """Draft, review level by level, approve, send."""
    case, lead = item.subject, item.assigned.lead.unit if item.assigned else ""
    number = item.assigned.round if item.assigned else 1
    sent = {each.round for each in item.all(sup.ReplyIssued)}
    if item.has(sup.CoOpinionDelivered) or number in sent:
        return
    said = [e for e in item.events if e.source == "supervision"]
    at = max((n for n, e in enumerate(said) if e.type == "ReplyDrafted"), default=None)
    since = [] if at is None else said[at:]
    types = {e.type for e in since}
    stale = since and since[0].data.round != number  # type: ignore[union-attr]
    former = since and since[0].context.actor != HANDLER[lead]
    if not since or "ReplyReturned" in types or stale or former:
        yield "supervision", case, draft(item, today), HANDLER[lead]
        return
    digest = since[0].data.reply_hash  # type: ignore[union-attr]
    passed = [e.data.role for e in since if e.type == "ReplyReviewed"]  # type: ignore[union-attr]
    levels = [*item.chain[:-1]]
    if "ReplyApproved" in types:
        send: Command = sup.IssueReply(
            document_number=f"{item.number}-{number}",
            issued_on=today,
            sealed=True,
            opinion_form=True,
        )
        if item.as_co:
            send = sup.DeliverCoOpinion(delivered_on=today)
        yield "supervision", case, send, CARA
    elif len(passed) < len(levels):
        by = BY_ROLE.get(levels[len(passed)], HEAD[lead])  # type: ignore[call-overload]
        passing = sup.PassReply(reply_hash=digest, form="Good.", substance="Good.")
        yield "supervision", case, passing, by
    else:
        by = BY_ROLE[item.chain[-1]]  # type: ignore[index]
        yield "supervision", case, sup.ApproveReply(reply_hash=digest), by


def after(item: Item, today: date) -> Iterator[Move]:
    """Rate, decide what is public, call back, verify, report, sum up."""
    case = item.subject
    number = item.assigned.round if item.assigned else 1
    issued = [each for each in item.all(sup.ReplyIssued) if each.round == number]
    if not issued and not item.has(sup.CoOpinionDelivered):
        return
    handler = HANDLER[item.assigned.lead.unit] if item.assigned else CARA
    if issued:
        rated = {each.signer for each in item.all(itk.FeedbackReceived) if each.round == number}
        for signer in item.signers:
            grade = item.random.choice([*Grade]) if not item.calm else Grade.SATISFIED
            if signer not in rated:
                yield _intake(case, rating(signer, grade, number, today))
        if not any(each.round == number for each in item.all(sup.PublicationDecided)):
            extent = item.random.choice([Extent.FULL, Extent.NONE])
            reason = None if extent == Extent.FULL else "Contact data."
            decided = sup.DecidePublication(extent=extent, reason=reason)
            yield "supervision", case, decided, CARA
        if not item.has(sup.CallbackDone):
            back = sup.RecordCallback(signer=item.signers[0], called_on=today, summary="Well.")
            yield "supervision", case, back, handler
        if item.has(sup.AlarmRaised) and len(item.all(sup.MeetingDecided)) < number - 1:
            ruling = Ruling.CLOSE if item.calm else item.random.choice([*Ruling])
            meeting = sup.DecideByMeeting(
                ruling=ruling, reason="Heard.", held_on=today, people=("chief",)
            )
            yield "supervision", case, meeting, CARA
    if not any(each.carried_out for each in item.all(sup.MeasureVerified)):
        verified = sup.VerifyMeasure(
            measure="Lights", carried_out=True, verified_on=today, how="Seen."
        )
        yield "supervision", case, verified, CARA
    if not item.has(sup.ClosingReportSent):
        report = sup.SendClosingReport(document_number="R-1", sent_on=today, receipt="Stamped.")
        yield "supervision", case, report, CARA
    yield "supervision", case, sup.FileCaseSummary(summary=f"Round {number}."), handler
    for task in _open_tasks(item):
        yield "assignment", case, asg.FinishTask(task=task.id, result="Done."), _handler_of(task)


def rating(signer: str, grade: Grade, number: int, today: date) -> itk.RecordFeedback:
    return itk.RecordFeedback(signer=signer, grade=grade, round=number, received_on=today)


def _open_tasks(item: Item) -> list[Task]:
    done = {each.task for each in item.all(asg.TaskFinished)}
    return [t for said in item.all(asg.TasksDivided) for t in said.tasks if t.id not in done]


def _handler_of(task: Task) -> Actor:
    people = (*HANDLER.values(), SECTION)
    return next(one for one in people if one.person == task.handler)


def outside_results(item: Item, today: date) -> Iterator[Move]:
    """Record what outside bodies and the assigner answered."""
    asked = [each.referral for each in item.all(asg.ReferredOut)]
    asked += [each.referral for each in item.all(asg.EscalatedToGovernment)]
    answered = {each.referral for each in item.all(asg.ExternalResultReceived)}
    for referral in asked:
        if referral not in answered:
            result = asg.RecordExternalResult(referral=referral, result="Yes.", received_on=today)
            yield "assignment", item.subject, result, CARA
    if item.has(asg.OuterObjectionRaised) and not item.has(asg.OuterObjectionAnswered):
        answer = asg.RecordOuterAnswer(
            upheld=not item.calm and item.random.random() < 0.5, reason="Looked.", answered_on=today
        )
        yield "assignment", item.subject, answer, CARA
