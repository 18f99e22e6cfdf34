"""Lives of cases, drawn at random: of every event type, in any order that a log could hold."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from banli_events import assignment as a
from banli_events import intake as i
from banli_events import supervision as s
from banli_events.base import Event
from banli_events.deadlines import Basis, Pause, Span
from banli_events.envelope import Recorded
from banli_events.subjects import numbered_case
from banli_events.words import (
    AlarmKind,
    ContactMode,
    Excluded,
    Extent,
    FollowUp,
    Grade,
    ItemKind,
    NotNow,
    Outcome,
    OutcomeClass,
    OuterAssignment,
    OuterRole,
    PostRole,
    Responsible,
    ReturnReason,
    Ruling,
    Task,
)
from banli_reporting import case as cases
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers import ledgers_of
from banli_testing import story
from banli_testing.grammar import NOON, record, said

UNITS = ("fire", "patrol", "traffic")
SIGNERS = (story.LI, story.WANG)
CLOCKS = ("reply", "co-opinion", "rehandling:2", "unit-opinion:fire", "unit-opinion:patrol",
          "objection:traffic", "feedback:1", "first-contact", "referral:r1")  # fmt: skip
DAY = date(2025, 3, 11)
HASH = story.REPLY.digest()
BASIS = Basis(span=Span(amount=90), counted_from=DAY, last_day=date(2025, 6, 9), source="law")

Draw = Callable[[Any], Any]


def one_of(draw: Draw, *choices: Any) -> Any:
    return draw(st.sampled_from(choices))


def responsible(unit: str) -> Responsible:
    return Responsible(unit=unit, leader="dora", handler=f"{unit}-handler")


def _assigned(draw: Draw, at: datetime) -> Event:
    lead = one_of(draw, *UNITS)
    co = tuple(responsible(unit) for unit in UNITS if unit != lead and draw(st.booleans()))
    said_ = {"lead": responsible(lead), "co": co, "duty_basis": "duty", "round": 1}
    return one_of(draw, a.Assigned(**said_), a.Reassigned(**said_, reason="x"))


def _clock(draw: Draw, at: datetime) -> Event:
    clock = one_of(draw, *CLOCKS)
    due = at + timedelta(days=one_of(draw, 1, 5, 60))
    return one_of(
        draw,
        s.DeadlineSet(clock=clock, due=due, counted_from=DAY, days=90, rules=story.RULES,
                      clause="article 1", basis=one_of(draw, None, BASIS)),
        s.DeadlineExtended(clock=clock, due=due, basis=BASIS, clause="article 2", reason="wide"),
        s.DeadlineSuspended(clock=clock, reason="waiting"),
        s.DeadlineResumed(clock=clock, due=due, basis=BASIS,
                          pause=Pause(since=DAY, until=DAY + timedelta(days=2), why="waiting")),
        s.DeadlineMissed(clock=clock, due=due),
        s.DeadlineMissWithdrawn(clock=clock, due=due, done_at=at),
        s.ExtensionRequested(clock=clock, reason="wide"),
        s.ExtensionRefused(clock=clock, reason="no"),
        s.Reminded(clock=clock, due=due, unit="traffic", handler="anna"),
    )  # fmt: skip


def _drafted(draw: Draw, at: datetime) -> Event:
    result = one_of(draw, *OutcomeClass)
    reply = story.REPLY.model_copy(
        update={
            "text": f"Draft of {at:%d %H %M}.",
            "measures": one_of(draw, (), ("Lights",)),
            "outcome": Outcome(result=result, proof="x", plan=one_of(draw, None, "Lights in May"),
                               reason=one_of(draw, None, NotNow.NO_FUNDS)),
            "follow_up": one_of(draw, None, FollowUp(owner="anna", on=DAY)),
        }
    )  # fmt: skip
    return s.ReplyDrafted(reply=reply, reply_hash=reply.digest(), round=one_of(draw, 1, 2))


def _person(draw: Draw, at: datetime) -> Event:
    who = one_of(draw, *SIGNERS)
    round_ = one_of(draw, 1, 2)
    return one_of(
        draw,
        s.ProposerContacted(signer=who, mode=one_of(draw, *ContactMode), contacted_on=DAY,
                            summary="x"),
        s.ConsultationHeld(held_on=DAY, place="here", people=(who,), result="x"),
        s.CallbackDone(signer=who, called_on=DAY, summary="x"),
        i.FeedbackRequested(signer=who, reply_hash=HASH, round=round_),
        i.FeedbackReceived(signer=who, grade=one_of(draw, *Grade), round=round_, received_on=DAY),
        s.FeedbackClosed(round=round_, silent=one_of(draw, (), (who,))),
    )  # fmt: skip


def _unit(draw: Draw, at: datetime) -> Event:
    unit = one_of(draw, *UNITS)
    return one_of(
        draw,
        a.AssignmentAccepted(unit=unit),
        a.AssignmentObjected(unit=unit, reason="not ours"),
        a.ObjectionUpheld(unit=unit, reason="right"),
        a.ObjectionRefused(unit=unit, reason="wrong"),
        a.PlanFiled(unit=unit, plan="x"),
        s.CoOpinionRequested(unit=unit, question="?"),
        s.CoOpinionSubmitted(unit=unit, opinion="!"),
    )


def _reply(draw: Draw, at: datetime) -> Event:
    number = one_of(draw, 1, 2)
    return one_of(
        draw,
        s.ReplyReviewed(reply_hash=HASH, form="x", substance="x",
                        role=one_of(draw, None, PostRole.UNIT_HEAD)),
        s.ReplyReturned(reply_hash=HASH, reason=one_of(draw, *ReturnReason), remark="x"),
        s.ReplyApproved(reply_hash=HASH, role=PostRole.CHIEF),
        s.ReplyIssued(reply_hash=HASH, to=SIGNERS, document_number="1", issued_on=DAY,
                      round=number),
        s.CoOpinionDelivered(reply_hash=HASH, to="Transport", delivered_on=DAY),
        s.PublicationDecided(extent=one_of(draw, *Extent), round=number),
        s.RehandlingOrdered(round=2, unsatisfied=(story.LI,), lead=responsible("fire"), reason="x"),
        s.MeetingDecided(round=2, ruling=one_of(draw, *Ruling), reason="x", held_on=DAY,
                         people=("x",)),
        s.CaseSummaryFiled(summary="x"),
    )  # fmt: skip


def _seldom(draw: Draw, at: datetime) -> Event:
    return one_of(
        draw,
        i.ItemCorrected(field="title", before="x", after="y", reason="typo"),
        i.AttachmentAdded(file=HASH, title="x", media_type="text/plain", size=1),
        a.Classified(category="Roads"),
        a.AssignmentProposed(lead=responsible("fire"), duty_basis="duty"),
        a.OuterObjectionRaised(reason="x", raised_on=DAY),
        a.ReferredOut(referral="r1", to="Transport", what="x", sent_on=DAY),
        a.EscalatedToGovernment(referral="r2", to="City", document_number="1", what="x",
                                sent_on=DAY),
        a.ExternalResultReceived(referral="r1", result="x", received_on=DAY),
        a.SponsorAssigned(person="dora", post="deputy-chief"),
        a.TasksDivided(unit="fire", tasks=(Task(id="t1", unit="fire", role=OuterRole.LEAD,
                                                handler="iris", what="x"),)),
        a.TaskFinished(task="t1", result="x"),
        s.ResearchLogged(researched_on=DAY, summary="x"),
        s.MeasureTaken(taken_on=DAY, what="x"),
        s.MeasureVerified(measure="Lights", carried_out=True, verified_on=DAY, how="x"),
        s.ClosingReportSent(to="x", document_number="1", sent_on=DAY, receipt="x"),
        s.PhoneUrged(clock="reply", answered_by="anna", called_on=DAY, said="x"),
        s.SupervisionNoticeIssued(number="n1", clock="reply", unit="fire", text="x", reply_by=DAY,
                                  issued_on=DAY),
        s.SupervisionNoticeReceived(number="n1", received_on=DAY),
        s.SupervisionNoticeAnswered(number="n1", answer="x"),
        s.AlarmRaised(alarm="a1", kind=AlarmKind.VACANT_POST, about="anna"),
        s.AlarmAcknowledged(alarm="a1"),
        s.AlarmClosed(alarm="a1", how="x"),
    )  # fmt: skip


def _end(draw: Draw, at: datetime) -> Event:
    return one_of(
        draw,
        i.ItemWithdrawn(reason="x", entered_in_error=draw(st.booleans()), withdrawn_on=DAY),
        a.OutOfScopeExplained(reason="x", explained_to=SIGNERS, explained_on=DAY),
        a.OuterObjectionAnswered(upheld=draw(st.booleans()), reason="x", answered_on=DAY),
        s.CaseArchived(rules=story.RULES),
        i.ItemRefused(kind=ItemKind.SUGGESTION, numbering=story.NUMBERING,
                      ground=Excluded.EMPTY, reason="x", received_on=DAY),
    )  # fmt: skip


_MAKERS = (_assigned, _clock, _clock, _drafted, _person, _person, _person, _unit, _unit,
           _reply, _reply, _reply, _seldom, _seldom, _end)  # fmt: skip


@st.composite
def lives(draw: Draw, most: int = 30) -> list[Recorded]:
    """A case from its registration on."""
    numbering = story.NUMBERING.model_copy(update={"number": str(draw(st.integers(1, 10**6)))})
    subject = numbered_case(ItemKind.SUGGESTION, numbering)
    outer = OuterAssignment(
        assigner="Congress office", role=one_of(draw, *OuterRole), lead="Transport"
    )
    update = {"numbering": numbering, "outer": outer}
    registered = story.REGISTERED.model_copy(update=update)
    at = NOON + timedelta(days=draw(st.integers(0, 300)))
    told = [record([], subject, said(registered, at=at))]
    for _ in range(draw(st.integers(0, most))):
        at += timedelta(hours=one_of(draw, 0, 1, 20, 30, 200))
        fact = one_of(draw, *_MAKERS)(draw, at)
        again = isinstance(fact, i.ItemWithdrawn) and draw(st.booleans())
        told.append(record(told, subject, said(fact, by=story.ANNA, at=at)))
        if again:
            at += timedelta(days=1)
            told.append(record(told, subject, said(registered, at=at)))
    return told


def folded(ledger: Ledger[Any], events: list[Recorded]) -> Any:
    """Fold a life at once, and read the line as the database would give it."""
    told = cases.begin(events[0].subject, "case-events", 0)
    told.began = max(e.version for e in events if isinstance(e.data, i.ItemRegistered))
    for event in events:
        cases.fold(told, event)
    line = told.lines[[each.name for each in ledgers_of("case")].index(ledger.name)]
    return ledger.read(ledger.row(line))
