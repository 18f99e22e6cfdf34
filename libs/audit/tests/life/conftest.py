"""The whole life of a case under rules that ask for everything, as sentences with names.

A lead case with a co-unit, all of it said on Monday, 2 March 2026; the days were counted by hand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from banli_audit.codes import Code
from banli_audit.story import Told, tell
from banli_events import assignment as a
from banli_events import intake as i
from banli_events import supervision as s
from banli_events.base import Event
from banli_events.deadlines import (
    Basis,
    CalendarRef,
    ClockKind,
    DayOff,
    Pause,
    Rung,
    Skipped,
    Span,
    Step,
    TimeUnit,
)
from banli_events.envelope import Recorded
from banli_events.words import (
    Actor,
    Adopted,
    AlarmKind,
    ContactMode,
    Excluded,
    Extent,
    FollowUp,
    Grade,
    ItemKind,
    MeetingKind,
    OuterRole,
    PackRef,
    PostRole,
    Responsible,
    ReturnReason,
    Ruling,
    Taken,
    Task,
)

NEW_YEAR, TODAY = date(2026, 1, 1), date(2026, 3, 2)
RULES = PackRef(pack="city", version=1)
REGISTRAR = Actor(person="p-reg", post="registrar", unit="office")
OFFICE = Actor(person="p-off", post="office", unit="office")
HANDLER = Actor(person="p-han", post="handler", unit="traffic")
HEAD = Actor(person="p-head", post="head", unit="traffic")
CHIEF = Actor(person="p-chief", post="chief", unit="office")
DEPUTY = Actor(person="p-dep", post="deputy", unit="office")
SECOND = Actor(person="p-han2", post="handler2", unit="traffic")
PATROL = Actor(person="p-pat", post="patroller", unit="patrol")
PATROL_HEAD = Actor(person="p-phead", post="patrol-head", unit="patrol")
FIRE = Actor(person="p-fire", post="fireman", unit="fire")
POSTS = {
    DEPUTY: PostRole.DEPUTY_CHIEF,
    SECOND: PostRole.HANDLER,
    PATROL: PostRole.HANDLER,
    PATROL_HEAD: PostRole.UNIT_HEAD,
    FIRE: PostRole.HANDLER,
}
BOTH = (
    *(("p-han", "registrar"), ("p-head", "office")),
    ("p-chief", "deputy"),
)
"""People who hold a second post, in which they could do what they must not."""

LEAD = Responsible(unit="traffic", leader="p-chief", handler="p-han")
CO = Responsible(unit="patrol", leader="p-dep", handler="p-pat")
OTHER = Responsible(unit="traffic", leader="p-dep", handler="p-han2")
FILE = "e" * 64


def _clock(kind: ClockKind, amount: int, unit: TimeUnit, more: int | None = None) -> s.ClockRule:
    return s.ClockRule(
        clock=kind,
        span=Span(amount=amount, unit=unit),
        extended=Span(amount=more, unit=unit) if more else None,
        consent=more is not None,
        clause=f"§ {kind}",
        source="the city's rules",
    )


WORKING, MONTHS = TimeUnit.WORKING_DAY, TimeUnit.MONTH
SET = s.RuleSet(
    name="The city's rules",
    kinds=(ItemKind.SUGGESTION,),
    valid_from=date(2026, 2, 1),
    timezone="Asia/Shanghai",
    calendar="days",
    clocks=(
        _clock(ClockKind.OBJECTION, 5, WORKING),
        _clock(ClockKind.OUTER_OBJECTION, 5, WORKING),
        _clock(ClockKind.REDECISION, 5, WORKING),
        _clock(ClockKind.FIRST_CONTACT, 20, WORKING),
        _clock(ClockKind.REPLY, 3, MONTHS, 6),
        _clock(ClockKind.UNIT_OPINION, 10, WORKING),
        _clock(ClockKind.REWORK, 5, WORKING),
        _clock(ClockKind.FEEDBACK, 10, WORKING),
        _clock(ClockKind.REHANDLING, 2, MONTHS),
        _clock(ClockKind.REFERRAL, 1, MONTHS),
        _clock(ClockKind.PUBLICATION, 20, WORKING),
    ),
    steps=(
        s.StepRule(step=Step.DRAFT, after=(Step.CONTACT, Step.RESEARCH, Step.COORDINATE)),
        s.StepRule(step=Step.CONSULT, after=(Step.CONTACT,), units=("traffic",)),
    ),
    chain=(
        PostRole.UNIT_HEAD,
        PostRole.SUPERVISION_OFFICE,
        PostRole.DEPUTY_CHIEF,
        PostRole.CHIEF,
    ),
    ladder=(s.RungRule(rung=Rung.PHONE, span=Span(amount=1), source="the city's rules"),),
    scheme="ABCD",
    publish=True,
)
CALENDAR = s.CalendarPublished(
    version=1,
    name="Working days",
    first=NEW_YEAR,
    last=date(2026, 12, 31),
    holidays=(date(2026, 6, 2),),
    workdays=(date(2026, 5, 3),),
    source="a notice",
)


def evening(day: date) -> datetime:
    """Midnight at the end of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC)


def off(*days: date, why: DayOff = DayOff.WEEKEND) -> tuple[Skipped, ...]:
    """Days that were passed over."""
    return tuple(Skipped(day=day, why=why) for day in days)


def basis(kind: ClockKind, last: date, **said: Any) -> Basis:
    """How a clock of the rules was counted to a last day."""
    rule = next(each for each in SET.clocks if each.clock == kind)
    usual = {"span": rule.span, "calendar": CalendarRef(calendar="days", version=1)}
    more = {"counted_from": TODAY, "last_day": last, "source": "the city's rules"}
    return Basis(**{**usual, **more, **said})


MARCH = [date(2026, 3, day) for day in range(1, 32)]
WEEKENDS = off(*(day for day in MARCH if day.weekday() >= 5 and date(2026, 3, 2) < day))
COUNTED = {
    ClockKind.OBJECTION: basis(ClockKind.OBJECTION, MARCH[8], skipped=WEEKENDS[:2]),
    ClockKind.OUTER_OBJECTION: basis(
        ClockKind.OUTER_OBJECTION,
        MARCH[5],
        counted_from=MARCH[0],  # as the register states
    ),
    ClockKind.REDECISION: basis(ClockKind.REDECISION, MARCH[8], skipped=WEEKENDS[:2]),
    ClockKind.REWORK: basis(ClockKind.REWORK, MARCH[8], skipped=WEEKENDS[:2]),
    ClockKind.PUBLICATION: basis(ClockKind.PUBLICATION, MARCH[29], skipped=WEEKENDS),
    ClockKind.FIRST_CONTACT: basis(ClockKind.FIRST_CONTACT, MARCH[29], skipped=WEEKENDS),
    ClockKind.REPLY: basis(
        ClockKind.REPLY,
        date(2026, 6, 3),
        rolled_from=date(2026, 6, 2),
        skipped=off(date(2026, 6, 2), why=DayOff.HOLIDAY),
    ),
    ClockKind.UNIT_OPINION: basis(ClockKind.UNIT_OPINION, MARCH[15], skipped=WEEKENDS[:4]),
    ClockKind.FEEDBACK: basis(ClockKind.FEEDBACK, MARCH[15], skipped=WEEKENDS[:4]),
    ClockKind.REHANDLING: basis(
        ClockKind.REHANDLING,
        date(2026, 5, 3),
        rolled_from=date(2026, 5, 2),
        skipped=off(date(2026, 5, 2)),
    ),
    ClockKind.REFERRAL: basis(ClockKind.REFERRAL, date(2026, 4, 2)),
}


def clock(name: str) -> s.DeadlineSet:
    """A clock as it should be set."""
    counted = COUNTED[ClockKind(name.partition(":")[0])]
    return s.DeadlineSet(
        clock=name,
        due=evening(counted.last_day),
        counted_from=counted.counted_from,
        rules=RULES,
        clause=f"§ {name.partition(':')[0]}",
        basis=counted,
    )


PHONE, LETTER = ContactMode.PHONE, ContactMode.LETTER
Sentence = tuple[Event, Actor | None]


def sentences(reply: s.Reply) -> dict[str, Sentence]:
    """Every sentence by a name, with who says it."""
    text = reply.digest()
    more = clock("reply").basis.model_copy(  # type: ignore[union-attr]
        update={
            "span": Span(amount=6, unit=MONTHS),
            "last_day": date(2026, 9, 2),
            "rolled_from": None,
            "skipped": (),
        }
    )
    pause = Pause(since=TODAY, until=TODAY, why="Asked the province.")
    late = COUNTED[ClockKind.REPLY].model_copy(update={"pauses": (pause,)})
    due, due_in_april = evening(date(2026, 6, 3)), evening(date(2026, 4, 2))
    return {
        "classify": (a.Classified(category="traffic"), OFFICE),
        "propose": (a.AssignmentProposed(lead=LEAD, co=(CO,), duty_basis="duty"), OFFICE),
        "assign": (a.Assigned(lead=LEAD, co=(CO,), duty_basis="duty"), OFFICE),
        "clock": (clock("reply"), None),
        "window": (clock("objection:traffic"), None),
        "rehandling clock": (clock("rehandling:2"), None),
        "answer clock": (clock("redecision"), None),
        "rework clock": (clock("rework:1"), OFFICE),
        "publication clock": (clock("publication:1"), OFFICE),
        "contact clock": (clock("first-contact"), None),
        "outer window": (clock("outer-objection"), None),
        "accept": (a.AssignmentAccepted(unit="traffic"), HEAD),
        "plan": (a.PlanFiled(unit="traffic", plan="Look, then build."), HANDLER),
        "attach": (
            i.AttachmentAdded(file=FILE, title="Photo", media_type="image/png", size=7),
            REGISTRAR,
        ),
        "contact": (
            s.ProposerContacted(signer="s1", mode=PHONE, contacted_on=TODAY, summary="Spoke."),
            HANDLER,
        ),
        "contact s2": (
            s.ProposerContacted(signer="s2", mode=LETTER, contacted_on=TODAY, summary="Wrote."),
            PATROL,
        ),
        "research": (s.ResearchLogged(researched_on=TODAY, summary="Saw it."), HANDLER),
        "measure": (s.MeasureTaken(taken_on=TODAY, what="A sign."), HANDLER),
        "consult": (
            s.ConsultationHeld(held_on=TODAY, place="Hall", people=("s1", "s2"), result="Agreed."),
            HANDLER,
        ),
        "ask": (s.CoOpinionRequested(unit="patrol", question="Can you?"), HANDLER),
        "opinion clock": (clock("unit-opinion:patrol"), HANDLER),
        "opine": (s.CoOpinionSubmitted(unit="patrol", opinion="We can."), PATROL),
        "draft": (s.ReplyDrafted(reply=reply, reply_hash=text), HANDLER),
        "review": (_review(text, PostRole.UNIT_HEAD), HEAD),
        "review 2": (_review(text, PostRole.SUPERVISION_OFFICE), OFFICE),
        "review 3": (_review(text, PostRole.DEPUTY_CHIEF), DEPUTY),
        "return": (
            s.ReplyReturned(reply_hash=text, reason=ReturnReason.LOW_QUALITY, remark="When?"),
            OFFICE,
        ),
        "approve": (s.ReplyApproved(reply_hash=text, role=PostRole.CHIEF), CHIEF),
        "issue": (_issue(text), OFFICE),
        "feedback clock": (clock("feedback:1"), OFFICE),
        "request": (i.FeedbackRequested(signer="s1", reply_hash=text), None),
        "rate": (_rate("s1", Grade.SATISFIED), REGISTRAR),
        "rate s2": (_rate("s2", Grade.BASICALLY), REGISTRAR),
        "publish": (s.PublicationDecided(extent=Extent.FULL), OFFICE),
        "call back": (s.CallbackDone(signer="s1", called_on=TODAY, summary="Fine."), HANDLER),
        "verify": (
            s.MeasureVerified(
                measure="A light", carried_out=True, verified_on=TODAY, how="Went there."
            ),
            OFFICE,
        ),
        "report": (
            s.ClosingReportSent(
                to="congress", document_number="R1", sent_on=TODAY, receipt="stamped"
            ),
            OFFICE,
        ),
        "sum up": (s.CaseSummaryFiled(summary="All is done."), HANDLER),
        "archive": (s.CaseArchived(rules=RULES), HANDLER),
        # what does not happen to every case
        "withdraw": (i.ItemWithdrawn(reason="Solved.", withdrawn_on=TODAY), REGISTRAR),
        "object": (a.AssignmentObjected(unit="traffic", reason="Not ours."), HEAD),
        "uphold": (a.ObjectionUpheld(unit="traffic", reason="Right."), OFFICE),
        "refuse": (a.ObjectionRefused(unit="traffic", reason="Wrong."), OFFICE),
        "propose other": (
            a.AssignmentProposed(lead=OTHER, co=(CO,), duty_basis="duty"),
            OFFICE,
        ),
        "reassign": (
            a.Reassigned(lead=OTHER, co=(CO,), duty_basis="duty", reason="Ill."),
            CHIEF,
        ),
        "sponsor": (a.SponsorAssigned(person="p-chief", post="chief"), OFFICE),
        "object out": (a.OuterObjectionRaised(reason="Not ours.", raised_on=TODAY), OFFICE),
        "answered": (
            a.OuterObjectionAnswered(upheld=True, reason="Right.", answered_on=TODAY),
            OFFICE,
        ),
        "refer": (a.ReferredOut(referral="r1", to="Roads", what="Lamps.", sent_on=TODAY), HANDLER),
        "referral clock": (clock("referral:r1"), None),
        "result": (
            a.ExternalResultReceived(referral="r1", result="Done.", received_on=TODAY),
            HANDLER,
        ),
        "explain": (
            a.OutOfScopeExplained(
                reason="Not ours.", explained_to=("s1", "s2"), explained_on=TODAY
            ),
            OFFICE,
        ),
        "divide": (a.TasksDivided(unit="traffic", tasks=(_task("t1"), _task("t2", "t1"))), HEAD),
        "finish": (a.TaskFinished(task="t1", result="Done."), HANDLER),
        "finish 2": (a.TaskFinished(task="t2", result="Done."), HANDLER),
        "miss": (s.DeadlineMissed(clock="referral:r1", due=due_in_april), None),
        "unmiss": (
            s.DeadlineMissWithdrawn(clock="referral:r1", due=due_in_april, done_at=due_in_april),
            None,
        ),
        "ask time": (s.ExtensionRequested(clock="reply", reason="Hard.", consent="A."), HANDLER),
        "give time": (
            s.DeadlineExtended(
                clock="reply",
                due=evening(date(2026, 9, 2)),
                basis=more,
                clause="§ reply",
                reason="Hard.",
            ),
            CHIEF,
        ),
        "no time": (s.ExtensionRefused(clock="reply", reason="Easy."), CHIEF),
        "suspend": (s.DeadlineSuspended(clock="reply", reason="Asked the province."), OFFICE),
        "resume": (s.DeadlineResumed(clock="reply", due=due, pause=pause, basis=late), OFFICE),
        "remind": (
            s.Reminded(clock="reply", due=due, unit="traffic", handler="p-han"),
            None,
        ),
        "phone": (
            s.PhoneUrged(clock="reply", answered_by="p-head", called_on=TODAY, said="Soon."),
            OFFICE,
        ),
        "notice": (
            s.SupervisionNoticeIssued(
                number="N1",
                clock="reply",
                unit="traffic",
                text="Hurry.",
                reply_by=TODAY,
                issued_on=TODAY,
            ),
            OFFICE,
        ),
        "take notice": (s.SupervisionNoticeReceived(number="N1", received_on=TODAY), HEAD),
        "answer notice": (s.SupervisionNoticeAnswered(number="N1", answer="Soon."), HEAD),
        "alarm": (s.AlarmRaised(alarm="a1", kind=AlarmKind.VACANT_POST, about="head"), None),
        "look": (s.AlarmAcknowledged(alarm="a1"), OFFICE),
        "settle": (s.AlarmClosed(alarm="a1", how="Filled."), OFFICE),
        "close ratings": (s.FeedbackClosed(round=1, silent=("s2",)), None),
        "order": (
            s.RehandlingOrdered(round=2, unsatisfied=("s1",), lead=LEAD, reason="No."),
            REGISTRAR,
        ),
        "assign again": (
            a.Assigned(lead=LEAD, co=(CO,), duty_basis="duty", round=2),
            None,
        ),
        "meeting decides": (
            s.MeetingDecided(
                round=2, ruling=Ruling.CLOSE, reason="Done.", held_on=TODAY, people=("Li",)
            ),
            OFFICE,
        ),
    }


def _task(name: str, parent: str | None = None) -> Task:
    return Task(
        id=name, parent=parent, unit="traffic", role=OuterRole.LEAD, handler="p-han", what="Look."
    )


def _review(text: str, role: PostRole) -> s.ReplyReviewed:
    return s.ReplyReviewed(reply_hash=text, form="good", substance="good", role=role)


def _issue(text: str) -> s.ReplyIssued:
    return s.ReplyIssued(
        reply_hash=text,
        to=("s1", "s2"),
        document_number="1",
        issued_on=TODAY,
        sealed=True,
        opinion_form=True,
    )


def _rate(signer: str, grade: Grade) -> i.FeedbackReceived:
    return i.FeedbackReceived(signer=signer, grade=grade, received_on=TODAY)


WAY = (
    *("register", "classify", "propose", "assign", "clock", "window", "contact clock"),
    *("accept", "plan", "attach", "contact", "contact s2", "research", "consult"),
    *("ask", "opinion clock", "opine", "draft", "review", "review 2", "review 3", "approve"),
    *("issue", "feedback clock", "request", "rate", "rate s2", "publish", "verify", "report"),
    *("sum up", "archive"),
)
REACTS: dict[str, tuple[type[Event], str]] = {
    "clock": (a.Assigned, "reaction:start-the-clock"),
    "window": (a.Assigned, "reaction:start-the-clock"),
    "contact clock": (a.Assigned, "reaction:start-the-clock"),
    "rehandling clock": (a.Assigned, "reaction:start-the-clock"),
    "answer clock": (a.OuterObjectionRaised, "reaction:await-the-outer-answer"),
    "outer window": (i.ItemRegistered, "reaction:open-the-outer-window"),
    "referral clock": (a.ReferredOut, "reaction:await-the-result"),
    "request": (s.ReplyIssued, "reaction:ask-every-signer"),
    "assign again": (s.RehandlingOrdered, "reaction:give-it-back"),
    "alarm": (a.Assigned, "reaction:start-the-clock"),
    "unmiss": (a.ExternalResultReceived, "reaction:see-whether-in-time"),
    "miss": (s.DeadlineSet, "clock"),
    "remind": (s.DeadlineSet, "clock"),
    "close ratings": (s.DeadlineSet, "clock"),
}
"""What no person says: the event that leads to it, and how."""


@dataclass
class Life:
    """A case under construction, on a log."""

    log: Any
    reply: s.Reply = field(init=False)

    def __post_init__(self) -> None:
        """Publish the rules, a co-unit and more people; write the reply."""
        for unit in ("patrol", "fire"):
            self.log.say(a.UnitOpened(name=unit, since=NEW_YEAR), subject=f"unit/{unit}")
        for who, role in POSTS.items():
            made = a.PostCreated(unit=who.unit, title=who.post, role=role)
            self.log.say(made, subject=f"post/{who.post}")
            self.appoint(who.person, who.post)
        for person, post in BOTH:
            self.appoint(person, post)
        self.log.say(CALENDAR, subject="calendar/days")
        self.log.say(s.RuleSetPublished(version=1, rules=SET), subject=f"pack/{RULES.pack}")
        straight = self.log.drafted()
        proof = {"completed_on": TODAY, "evidence": (FILE,)}
        self.reply = straight.model_copy(
            update={
                "outcome": straight.outcome.model_copy(update=proof),
                "opinions": (Adopted(unit="patrol", taken=Taken.FULL, reason="Right."),),
                "follow_up": FollowUp(owner="p-han", on=TODAY),
            }
        )

    def appoint(self, person: str, post: str) -> None:
        """Let a person hold a post."""
        held = a.HolderAppointed(person=person, name=person, since=NEW_YEAR)
        self.log.say(held, subject=f"post/{post}")

    def say(self, name: str, actor: Actor | None = None, **said: Any) -> Recorded:
        """Say a sentence; `data` changes fields of it, the rest the envelope."""
        item = self.log.register()
        if name == "register":
            return self.log.say(item.model_copy(update=said.pop("data", {})), REGISTRAR)
        if name == "turn away":
            refused = i.ItemRefused(
                kind=item.kind,
                numbering=item.numbering,
                ground=Excluded.EMPTY,
                reason="Nothing asked.",
                received_on=TODAY,
            )
            return self.log.say(refused, REGISTRAR)
        data, usual = sentences(self.reply)[name]
        changed = data.model_copy(update=said.pop("data", {}))
        more: dict[str, Any] = {"schema": type(data).schema_version}
        if name in REACTS and actor is None:
            led_by, via = REACTS[name]
            usual = None
            clock = getattr(changed, "clock", None) if via == "clock" else None
            more |= {"cause": self.last(led_by, clock), "via": via}
        return self.log.say(changed, actor or usual, **{**more, **said})

    def react(self, name: str, data: dict[str, Any], **said: Any) -> Recorded:
        """Say a sentence that this time nobody says: a reaction does."""
        event = sentences(self.reply)[name][0].model_copy(update=data)
        return self.log.say(event, **said)

    def last_published(self, subject: str) -> Any:
        """Find what was last said of a subject."""
        return next(each.data for each in reversed(self.log.said) if each.subject == subject)

    def last(self, type_: type[Event], clock: str | None = None) -> Recorded:
        """Find the last sentence of a kind, about a clock where one is named."""
        return next(
            each
            for each in reversed(self.log.said)
            if isinstance(each.data, type_) and clock in (None, getattr(each.data, "clock", None))
        )

    def play(self, until: str | None = None, without: Iterable[str] = ()) -> "Life":
        """Go the whole way up to a sentence, which is not said, leaving some out."""
        for name in WAY:
            if name == until:
                break
            if name not in without:
                self.say(name)
        return self

    def then(self, *names: str) -> "Life":
        """Say more."""
        for name in names:
            self.say(name)
        return self

    def wait(self, day: date) -> "Life":
        """Let it be the morning of a day."""
        self.log.now = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        return self

    def meet(self, name: str, by: Actor = OFFICE) -> None:
        """Hold a meeting."""
        held = a.MeetingHeld(
            kind=MeetingKind.ASSIGNMENT, held_on=TODAY, people=("Li",), minutes="All."
        )
        self.log.say(held, by, subject=f"meeting/{name}")

    def under(self, *steps: s.StepRule) -> "Life":
        """Assign the case under rules with another order of steps, and take it on."""
        self.publish_again(steps=steps)
        self.play("clock")
        self.say("clock", data={"rules": RULES.model_copy(update={"version": 2})})
        return self.then("accept", "plan", "attach")

    def publish_again(self, **changes: Any) -> None:
        """Publish the rules in a second version."""
        other = SET.model_copy(update=changes)
        self.log.say(s.RuleSetPublished(version=2, rules=other), subject=f"pack/{RULES.pack}")

    def bound(self, day: date) -> "Life":
        """Assign an item that the assigner wants by a day."""
        outer = self.log.register().outer.model_copy(update={"due_on": day})
        self.say("register", data={"outer": outer})
        self.play("clock", without=("register",))
        named = COUNTED[ClockKind.REPLY].model_copy(
            update={
                "span": None,
                "last_day": day,
                "rolled_from": None,
                "skipped": (),
                "calendar": None,
            }
        )
        self.say("clock", data={"basis": named, "due": evening(day)})
        return self

    def miss(self, clock: str, after: date) -> None:
        """Call a clock missed, on a day after it ran out."""
        due = self.last(s.DeadlineSet, clock).data.due  # type: ignore[union-attr]
        self.wait(after)
        self.say("miss", data={"clock": clock, "due": due})

    def second_round(self) -> "Life":
        """The first reply does not satisfy; a second one goes out."""
        self.play("rate")
        self.say("rate", data={"grade": Grade.NOT_SATISFIED})
        self.then("rate s2", "order", "assign again", "rehandling clock")
        self.reply = self.reply.model_copy(update={"text": "Another."})
        self.say("draft", data={"round": 2})
        self.then("review", "review 2", "review 3", "approve")
        self.say("issue", data={"round": 2})
        return self

    def codes(self) -> set[Code]:
        """What the audit finds."""
        return set(self.log.codes())

    def story(self) -> list[Told]:
        """How the case is told."""
        return list(tell(self.log.records, self.log.subject))


Forged = Callable[[Life], object]


@pytest.fixture
def life(log: Any) -> Life:
    """Give a log with all that is published, and the lead case as the subject in hand."""
    return Life(log)
