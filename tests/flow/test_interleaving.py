"""Three real deciders hear of each other late, twice and in any order, and agree in the end.

A simulated log holds each service's stream about one case. A service reads the others' streams when
it is told to, one event at a time, each stream in order and the streams in any: harsher than one
Kafka partition. Commands come lawful and unlawful, time moves on, reactions run on reading and
again on redelivery, the sweep looks at clocks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from banli_assignment.service import SERVICE as ASSIGNMENT
from banli_engine.decider import Service
from banli_engine.errors import TooEarly
from banli_engine.reference import Reference
from banli_events import assignment, intake, supervision
from banli_events.base import Command, Event
from banli_events.envelope import Recorded
from banli_events.supervision import (
    CaseArchived,
    CoOpinionDelivered,
    DeadlineMissed,
    DeadlineSet,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
)
from banli_events.words import Actor, ContactMode, Grade, ReturnReason
from banli_intake.service import SERVICE as INTAKE
from banli_supervision.service import SERVICE as SUPERVISION
from banli_testing import story
from banli_testing.grammar import NOON, Answer, ask, interleavings, record, said, state_of

ALL = {service.name: service for service in (INTAKE, ASSIGNMENT, SUPERVISION)}
ANYONE = st.sampled_from([*ALL])
PEOPLE = (story.ANNA, story.ANNA_AS_HEAD, story.ANNA_AS_CHIEF, story.BEN, story.CARA, story.DORA,
          story.EMIL, story.FINN, story.GRACE, story.HUGO, story.IRIS)  # fmt: skip
DAY = date(2025, 3, 10)
CONTENT = {Grade.SATISFIED, Grade.BASICALLY}
ONCE = (intake.ItemRegistered, CoOpinionDelivered, CaseArchived)
ONCE_A_ROUND = (assignment.Assigned, ReplyIssued, supervision.RehandlingOrdered)
ONCE_A_CLOCK = (DeadlineSet, DeadlineMissed)
WORK = (supervision.ProposerContacted, supervision.ResearchLogged, ReplyDrafted, ReplyReviewed,
        ReplyReturned, ReplyApproved, ReplyIssued, CoOpinionDelivered)  # fmt: skip
SENT = (ReplyIssued, CoOpinionDelivered)

Move = tuple[Service, Command, Actor]
Fields = dict[str, Any]


def straight_way(item: intake.ItemRegistered, text: str, draft: str, grade: Grade) -> list[Move]:
    """What people do, in order; what is done already yields nothing when it is done again."""
    fields = {name: getattr(item, name) for name in intake.RegisterItem.model_fields}
    propose: Fields = {
        "lead": story.LEAD,
        "co": (story.CO,),
        "duty_basis": "Traffic keeps crossings.",
        "note": "Analysed.",
    }
    written: Fields = {"text": text, "answers": story.ANSWERS, "outcome": story.OUTCOME}
    met: Fields = {
        "signer": story.LI,
        "mode": ContactMode.VISIT,
        "contacted_on": DAY,
        "summary": "s",
    }
    by_signer = [
        intake.RecordFeedback(signer=signer, grade=one, received_on=DAY)
        for signer, one in ((story.LI, Grade.BASICALLY), (story.WANG, grade))
    ]
    return [
        (INTAKE, intake.RegisterItem(**fields), story.HUGO),
        (ASSIGNMENT, assignment.ClassifyItem(category="Road safety"), story.CARA),
        (ASSIGNMENT, assignment.ProposeAssignment(**propose), story.CARA),
        (ASSIGNMENT, assignment.ConfirmAssignment(), story.CARA),
        (ASSIGNMENT, assignment.AcceptAssignment(), story.ANNA),
        (SUPERVISION, supervision.RecordContact(**met), story.ANNA),
        (SUPERVISION, supervision.LogResearch(researched_on=DAY, summary="s"), story.FINN),
        (SUPERVISION, supervision.DraftReply(**written, measures=("Lights",)), story.ANNA),
        (SUPERVISION, supervision.PassReply(reply_hash=draft, form="f", substance="s"), story.BEN),
        (SUPERVISION, supervision.ApproveReply(reply_hash=draft), story.EMIL),
        (SUPERVISION, supervision.IssueReply(document_number="1", issued_on=DAY), story.CARA),
        (SUPERVISION, supervision.DeliverCoOpinion(delivered_on=DAY), story.CARA),
        *((INTAKE, each, story.HUGO) for each in by_signer),
        (SUPERVISION, supervision.FileCaseSummary(summary="s"), story.ANNA),
    ]


def detours(draft: str) -> list[Move]:
    """What people also do, to the point or not."""
    returned: Fields = {"reply_hash": draft, "reason": ReturnReason.LOW_QUALITY, "remark": "r"}
    proposed: Fields = {"lead": story.LEAD, "duty_basis": "Other duty.", "note": "n"}
    fixed: Fields = {"field": "outer.lead", "after": "Roads bureau", "reason": "Typing error."}
    return [
        (SUPERVISION, supervision.ReturnReply(**returned), story.CARA),
        (SUPERVISION, supervision.PassReply(reply_hash=draft, form="f", substance="s"), story.CARA),
        (SUPERVISION, supervision.IssueReply(document_number="2", issued_on=DAY), story.CARA),
        (SUPERVISION, supervision.FileCaseSummary(summary="other"), story.ANNA),
        (ASSIGNMENT, assignment.ProposeAssignment(**proposed), story.CARA),
        (ASSIGNMENT, assignment.AcceptAssignment(), story.GRACE),
        (INTAKE, intake.CorrectItem(**fixed), story.HUGO),
        (INTAKE, intake.CorrectItem(**{**fixed, "field": "title"}), story.HUGO),
    ]


@dataclass
class View:
    """A service with what it has read so far, in the order in which it read it."""

    service: Service
    reference: Reference
    state: Any
    history: list[Recorded] = field(default_factory=list)
    waiting: list[Recorded] = field(default_factory=list)  # events whose reaction was too early

    def take(self, event: Recorded) -> None:
        self.history.append(event)
        self.state = self.service.aggregates["case"].evolve(self.state, event)


class ThreeServices(RuleBasedStateMachine):
    """One case, three services, and a log between them."""

    views: dict[str, View]
    log: dict[str, list[Recorded]]  # each service's stream

    @initialize(
        as_co=st.sampled_from([False, False, True]),
        seed=st.integers(0, 999),
        uninformed=st.sampled_from([None, None, None, *ALL]),
        ahead=st.sampled_from([14, 11, 8, 10, 9, 12, 4, 0]),
    )
    def begin(self, as_co: bool, seed: int, uninformed: str | None, ahead: int) -> None:
        """Start anywhere on the straight way; the uninformed learns later what is published."""
        self.item = story.REGISTERED_AS_CO if as_co else story.REGISTERED
        self.random, self.now, self.texts = Random(seed), NOON, 0
        self.log = {name: [] for name in ALL}
        self.views = {
            name: View(
                each, Reference() if name == uninformed else story.PUBLISHED, state_of(each, ())
            )
            for name, each in ALL.items()
        }
        self.go_on(ahead, Grade.SATISFIED, attentive=True)

    # What happens

    @rule(count=st.integers(1, 4), grade=st.sampled_from(Grade), attentive=st.booleans())
    def go_on(self, count: int, grade: Grade, attentive: bool) -> None:
        """People do what comes next, as far as the services know enough for it."""
        for _ in range(count):
            for name in ALL if attentive else ():
                self.read_all(name)
            if not any(self.ask(*move).events for move in self.moves(grade)):
                return

    @rule(data=st.data())
    def ask_out_of_turn(self, data: st.DataObject) -> None:
        """The right person asks, at any moment."""
        draft = data.draw(st.sampled_from(self.drafts()))
        moves = self.moves(data.draw(st.sampled_from(Grade))) + detours(draft)
        self.ask(*data.draw(st.sampled_from(moves)))

    @rule(data=st.data(), person=st.sampled_from(PEOPLE))
    def ask_what_is_not_theirs(self, data: st.DataObject, person: Actor) -> None:
        """Anybody asks, at any moment."""
        moves = self.moves(Grade.SATISFIED) + detours(self.drafts()[-1])
        service, command, _ = data.draw(st.sampled_from(moves))
        self.ask(service, command, person)

    @rule(text=st.integers(1, 3), returned=st.booleans())
    def redo(self, text: int, returned: bool) -> None:
        """From now on the handler writes something else; perhaps because the draft came back."""
        self.texts = text
        if returned:
            self.ask(*detours(self.drafts()[-1])[0])

    @rule()
    def cut_corners(self) -> None:
        """The handler reviews their own draft, the chief approves at once, the office sends it."""
        draft = self.drafts()[-1]
        passing = supervision.PassReply(reply_hash=draft, form="f", substance="s")
        self.ask(SUPERVISION, passing, story.ANNA_AS_HEAD)
        for chief in (story.ANNA_AS_CHIEF, story.EMIL):
            self.ask(SUPERVISION, supervision.ApproveReply(reply_hash=draft), chief)
        for command in (
            supervision.IssueReply(document_number="3", issued_on=DAY),
            supervision.DeliverCoOpinion(delivered_on=DAY),
        ):
            self.ask(SUPERVISION, command, story.CARA)

    @rule(reader=ANYONE, source=ANYONE, count=st.integers(1, 8))
    def read(self, reader: str, source: str, count: int) -> None:
        """A service reads on in one stream."""
        view = self.views[reader]
        known = sum(event.source == source for event in view.history)
        for event in self.log[source][known : known + count]:
            view.take(event)
            self.react(view, event)
            self.retry(view)

    @rule(reader=ANYONE)
    def read_all(self, reader: str) -> None:
        """A service catches up."""
        for source in ALL:
            self.read(reader, source, len(self.log[source]))

    @rule(reader=ANYONE, data=st.data())
    def read_again(self, reader: str, data: st.DataObject) -> None:
        """An event comes again, or after a rebuild: not folded twice, but its reaction may run."""
        if self.views[reader].history:
            event = data.draw(st.sampled_from(self.views[reader].history))
            self.react(self.views[reader], event)

    @rule()
    def publish(self) -> None:
        """Units, posts and packs reach whoever lacks them."""
        for view in self.views.values():
            view.reference = story.PUBLISHED
            self.retry(view)

    @rule(days=st.sampled_from([0.01, 1, 29.5, 89.5]))
    def let_time_pass(self, days: float) -> None:
        self.now += timedelta(days=days)
        self.sweep()

    # What holds at every moment

    @invariant()
    def what_is_said_once_is_said_once(self) -> None:
        said_so_far = [event.data for stream in self.log.values() for event in stream]
        types = [type(each) for each in said_so_far]
        assert all(types.count(kind) <= 1 for kind in ONCE)
        rounds = [(type(e), e.round) for e in said_so_far if isinstance(e, ONCE_A_ROUND)]
        clocks = [(type(e), e.clock) for e in said_so_far if isinstance(e, ONCE_A_CLOCK)]
        assert len(rounds) == len(set(rounds))
        assert len(clocks) == len(set(clocks))
        forms = [e.data for e in said_in(self.log["intake"], intake.FeedbackRequested)]
        assert len(forms) == len(set(forms))

    @invariant()
    def what_goes_out_another_has_passed_and_a_chief_approved(self) -> None:
        stream = self.log["supervision"]
        for sent in (at for at, event in enumerate(stream) if isinstance(event.data, SENT)):
            last = max(at for at, e in enumerate(stream[:sent]) if isinstance(e.data, ReplyDrafted))
            since, author = stream[last:sent], speaker(stream[last])
            hashes = {getattr(each.data, "reply_hash", None) for each in since} - {None}
            assert hashes == {getattr(stream[sent].data, "reply_hash", "")}
            assert not said_in(since, ReplyReturned)
            for kind in (ReplyReviewed, ReplyApproved):
                assert author not in {speaker(each) for each in said_in(since, kind)} != set()

    @invariant()
    def no_case_is_closed_without_its_records(self) -> None:
        stream = self.log["supervision"]
        for closed in said_in(stream, CaseArchived):
            before, after = stream[: closed.version - 1], stream[closed.version :]
            reply = said_in(before, ReplyDrafted)[-1].data.reply  # type: ignore[union-attr]
            assert said_in(before, supervision.ProposerContacted)
            assert said_in(before, DeadlineSet)
            assert reply.measures
            assert reply.outcome.proof
            assert said_in(before, supervision.CaseSummaryFiled)
            assert said_in(before, *SENT)
            known = self.log["intake"][: closed.context.seen.get("intake", 0)]
            number = max((e.data.round for e in said_in(before, ReplyIssued)), default=0)  # type: ignore[union-attr]
            rated = [e.data for e in said_in(known, intake.FeedbackReceived)]
            grades = [each.grade for each in rated if each.round == number]  # type: ignore[union-attr]
            meetings = [e.data.round for e in said_in(before, supervision.MeetingDecided)]  # type: ignore[union-attr]
            assert len(grades) == (0 if self.item is story.REGISTERED_AS_CO else 2)
            assert CONTENT.issuperset(grades) or number in meetings
            assert not said_in(after, *WORK)

    @invariant()
    def a_deadline_is_missed_only_where_nothing_went_out_in_time(self) -> None:
        stream = self.log["supervision"]
        for missed in said_in(stream, DeadlineMissed):
            due = missed.data.due  # type: ignore[union-attr]
            assert missed.time >= due
            assert not any(e.time <= due for e in said_in(stream[: missed.version - 1], *SENT))

    # What holds in the end, when everything has been delivered to everyone

    def teardown(self) -> None:
        self.publish()
        for _ in range(4):  # what a reaction says may lead to another
            for name in ALL:
                self.read_all(name)
        self.check_that_the_fold_does_not_depend_on_the_interleaving()
        self.check_that_all_know_the_same_of_the_case()
        self.check_that_what_follows_has_followed()

    def check_that_the_fold_does_not_depend_on_the_interleaving(self) -> None:
        for order in interleavings([*self.log.values()], self.random, 10):
            for view in self.views.values():
                assert len(view.history) == len(order)
                assert state_of(view.service, order) == view.state, view.service.name

    def check_that_all_know_the_same_of_the_case(self) -> None:
        register, assigning, handling = (view.state for view in self.views.values())
        known = register.item is not None
        assert (assigning.item is not None, handling.item is not None) == (known, known)
        own, heard = assigning.own, handling.heard
        assert (own.assigned, own.accepted) == (heard.assigned, heard.accepted)
        assert register.grades == heard.grades
        sent = {number: each.what for number, each in handling.sent.items()}
        issued = {number: e.to for number, e in sent.items() if isinstance(e, ReplyIssued)}
        assert {number: to for number, to in register.issued.items() if to} == issued
        assert not known or handling.item.outer == register.item.outer

    def check_that_what_follows_has_followed(self) -> None:
        register, _, handling = (view.state for view in self.views.values())
        assert not any(view.waiting for view in self.views.values())
        assert bool(handling.clocks) == (handling.assigned is not None)
        asked = {(number, one) for number, to in register.issued.items() for one in to}
        assert register.requested == asked
        assert handling.assigned is None or handling.assigned.round == handling.ordered
        number = handling.ordered
        grades = [grade for (of, _), grade in register.grades.items() if of == number]
        rated = len(grades) == 2 or self.item is story.REGISTERED_AS_CO
        good = rated and CONTENT.issuperset(grades) and number in handling.sent
        assert handling.archived == (good and handling.summary is not None)
        assert number > 1 or not (rated and not CONTENT.issuperset(grades))
        self.sweep()

    # How it is done

    def drafts(self) -> list[str]:
        """The hashes of all drafts so far, the one in hand last."""
        drafted = said_in(self.log["supervision"], ReplyDrafted)
        return ["0" * 64, *(e.data.reply_hash for e in drafted)]  # type: ignore[union-attr]

    def moves(self, grade: Grade) -> list[Move]:
        return straight_way(self.item, f"Reply {self.texts}.", self.drafts()[-1], grade)

    def ask(self, service: Service, command: Command, by: Actor | None = None) -> Answer:
        """Let a service answer, and append what it says to its stream."""
        view = self.views[service.name]
        answer = ask(service, view.state, story.CASE, command, view.reference, by=by, at=self.now)
        for event in answer.events:
            one = record(view.history, story.CASE, said(event, by=by, at=self.now))
            self.log[service.name].append(one)
            view.take(one)
        return answer

    def react(self, view: View, event: Recorded) -> None:
        reaction = view.service.reactions.get(type(event.data) if event.data else Event)
        asked = reaction.react(event) if reaction else None
        if asked is None:
            return
        refusal = self.ask(view.service, asked[1]).refusal
        assert refusal is None or isinstance(refusal, TooEarly), "a refused reaction is a fault"
        if refusal is not None:
            view.waiting.append(event)

    def retry(self, view: View) -> None:
        waiting, view.waiting = view.waiting, []
        for event in waiting:
            self.react(view, event)

    def sweep(self) -> None:
        """Look at every clock that has run out: each is missed now, and needs no second look."""
        view, clocks = self.views["supervision"], SUPERVISION.aggregates["case"].due
        for due in [due for due in clocks(view.state) if due.at <= self.now]:
            check = supervision.CheckDeadline(clock=due.clock, due=due.at)
            assert self.ask(SUPERVISION, check).events == (
                DeadlineMissed(clock=due.clock, due=due.at),
            )
        assert all(due.at > self.now for due in clocks(view.state))
        for clock in view.state.clocks.values():  # a look that was asked for long ago
            late = supervision.CheckDeadline(clock=clock.name, due=clock.due)
            assert not self.ask(SUPERVISION, late).events


def said_in(events: Iterable[Recorded], *kinds: type[Event]) -> list[Recorded]:
    return [event for event in events if isinstance(event.data, kinds)]


def speaker(event: Recorded) -> str | None:
    return event.context.actor.person if event.context.actor else None


TestThreeServices = ThreeServices.TestCase
TestThreeServices.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
