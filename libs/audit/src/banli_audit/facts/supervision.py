"""What supervision has said of a case: its parts, and the work before and after the reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from banli_audit.facts.steps import Steps
from banli_events import supervision as s
from banli_events.deadlines import Pause, Span
from banli_events.envelope import Recorded
from banli_events.words import Outcome, PackRef, Responsible


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that was started, and what became of it."""

    name: str
    due: datetime
    rules: PackRef
    set_at: datetime
    counted_from: date
    span: Span | None
    last_day: date | None  # none where its basis was not told
    pauses: tuple[Pause, ...] = ()
    asked_by: str | None = None  # who asked for more time, until it is decided on
    consent: bool = False  # the assigner's was named
    suspended_at: datetime | None = None
    remind_at: datetime | None = None
    reminded: bool = False  # for this due instant
    missed: bool = False

    @property
    def kind(self) -> str:
        """What it waits for, without which one: `referral` for `referral:r1`."""
        return self.name.partition(":")[0]

    @property
    def about(self) -> str:
        """Which one: `r1` for `referral:r1`; empty where there is one only."""
        return self.name.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft in hand: whose it is, and what became of it."""

    hash: str
    author: str
    product: str
    measures: tuple[str, ...]
    outcome: Outcome
    round: int
    time: datetime
    opinions: frozenset[str]  # co-units of which it tells the opinion, or that none came
    passed: tuple[tuple[str, str], ...] = ()  # person and role, level by level
    verdict: str | None = None  # passed, returned
    returned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A product that left the body: its hash, to whom, when, in which round."""

    hash: str
    to: tuple[str, ...]
    time: datetime
    round: int
    draft: Draft | None  # as which it was written


@dataclass(frozen=True, slots=True)
class Groundwork:
    """What was done before a draft."""

    contacts: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)  # by signer
    researched: bool = False
    measured_at: datetime | None = None  # when something was last put right
    consulted: bool = False
    asked: Mapping[str, datetime] = field(default_factory=dict)  # co-units
    opinions: Mapping[str, datetime] = field(default_factory=dict)  # the first of each co-unit

    @property
    def last_contact(self) -> datetime | None:
        """When someone who signed was last spoken with."""
        return max((at for each in self.contacts.values() for at in each), default=None)


@dataclass(frozen=True, slots=True)
class Rounds:
    """What became of the ratings, round by round, and what followed the last."""

    closed: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # who was silent
    ordered: Mapping[int, Responsible] = field(default_factory=dict)  # to whom it went back
    rulings: Mapping[int, str] = field(default_factory=dict)
    verified: Mapping[str, bool] = field(default_factory=dict)  # measures: carried out or not
    reported: bool = False  # in this round

    @property
    def last(self) -> int:
        """The last round that was ordered."""
        return max(self.ordered, default=1)


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a late case was urged, and what is out of order."""

    phoned: frozenset[str] = frozenset()  # clocks
    notices: Mapping[str, str] = field(default_factory=dict)  # number: unit
    taken: frozenset[str] = frozenset()  # numbers of notices that were taken
    alarms: Mapping[str, bool] = field(default_factory=dict)  # open or not


@dataclass(frozen=True, slots=True)
class Supervision:
    """What supervision has said of a case, in parts: a step copies only the one it changes."""

    begun: int = 0  # intake's version with which the case began anew
    pinned: PackRef | None = None  # the rules of the first clock (R021)
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    ground: Groundwork = field(default_factory=Groundwork)
    draft: Draft | None = None
    approved: str | None = None
    sents: Mapping[int, Sent] = field(default_factory=dict)  # by round
    published: Mapping[int, datetime] = field(default_factory=dict)  # by round
    rounds: Rounds = field(default_factory=Rounds)
    ladder: Ladder = field(default_factory=Ladder)
    summary: bool = False  # in this round
    archived: bool = False

    @property
    def sent(self) -> Sent | None:
        """What went out in the last round in which something did."""
        return self.sents[max(self.sents)] if self.sents else None


def _contacted(was: Supervision, said: s.ProposerContacted, event: Recorded) -> Supervision:
    before = was.ground.contacts
    contacts = {**before, said.signer: (*before.get(said.signer, ()), event.time)}
    return replace(was, ground=replace(was.ground, contacts=contacts))


def _researched(was: Supervision, _: s.ResearchLogged, __: Recorded) -> Supervision:
    return replace(was, ground=replace(was.ground, researched=True))


def _measured(was: Supervision, _: s.MeasureTaken, event: Recorded) -> Supervision:
    return replace(was, ground=replace(was.ground, measured_at=event.time))


def _consulted(was: Supervision, _: s.ConsultationHeld, __: Recorded) -> Supervision:
    return replace(was, ground=replace(was.ground, consulted=True))


def _asked(was: Supervision, said: s.CoOpinionRequested, event: Recorded) -> Supervision:
    asked = {**was.ground.asked, said.unit: event.time}
    return replace(was, ground=replace(was.ground, asked=asked))


def _opined(was: Supervision, said: s.CoOpinionSubmitted, event: Recorded) -> Supervision:
    opinions = {said.unit: event.time, **was.ground.opinions}
    return replace(was, ground=replace(was.ground, opinions=opinions))


def _closed(was: Supervision, said: s.FeedbackClosed, _: Recorded) -> Supervision:
    closed = {**was.rounds.closed, said.round: said.silent}
    return replace(was, rounds=replace(was.rounds, closed=closed))


def _ordered(was: Supervision, said: s.RehandlingOrdered, _: Recorded) -> Supervision:
    ordered = {**was.rounds.ordered, said.round: said.lead}
    rounds = replace(was.rounds, ordered=ordered, reported=False)
    return replace(was, rounds=rounds, draft=None, approved=None, summary=False)


def _ruled(was: Supervision, said: s.MeetingDecided, _: Recorded) -> Supervision:
    rulings = {**was.rounds.rulings, said.round: str(said.ruling)}
    return replace(was, rounds=replace(was.rounds, rulings=rulings))


def _verified(was: Supervision, said: s.MeasureVerified, _: Recorded) -> Supervision:
    verified = {**was.rounds.verified, said.measure: said.carried_out}
    return replace(was, rounds=replace(was.rounds, verified=verified))


def _reported(was: Supervision, _: s.ClosingReportSent, __: Recorded) -> Supervision:
    return replace(was, rounds=replace(was.rounds, reported=True))


def _summed_up(was: Supervision, _: s.CaseSummaryFiled, __: Recorded) -> Supervision:
    return replace(was, summary=True)


def _archived(was: Supervision, _: s.CaseArchived, __: Recorded) -> Supervision:
    return replace(was, archived=True)


STEPS: Steps = {
    s.ProposerContacted: _contacted,
    s.ResearchLogged: _researched,
    s.MeasureTaken: _measured,
    s.ConsultationHeld: _consulted,
    s.CoOpinionRequested: _asked,
    s.CoOpinionSubmitted: _opined,
    s.FeedbackClosed: _closed,
    s.RehandlingOrdered: _ordered,
    s.MeetingDecided: _ruled,
    s.MeasureVerified: _verified,
    s.ClosingReportSent: _reported,
    s.CaseSummaryFiled: _summed_up,
    s.CaseArchived: _archived,
}
