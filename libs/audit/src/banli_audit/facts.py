"""The auditor's own fold of a case: what follows from each source's events, kept apart by source.

Because no field is written by two sources, what a service knew is put together from the state of
each source at the version that it had seen, and no event has to be read twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeAlias

from banli_events import assignment as a
from banli_events import intake as i
from banli_events import supervision as s
from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_events.words import Outcome, PackRef, Responsible


@dataclass(frozen=True, slots=True)
class Register:
    """What the register says of an item, as far as a rule rests on it."""

    kind: str
    asks: tuple[str, ...]
    signers: tuple[str, ...]
    role: str
    outer_lead: str | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Intake:
    """What intake has said of a case."""

    register: Register | None = None
    requested: frozenset[tuple[str, int]] = frozenset()  # signer, round
    grades: Mapping[tuple[str, int], str] | None = None


@dataclass(frozen=True, slots=True)
class Handling:
    """Who was to handle a case, in which round, from when on."""

    lead: Responsible
    co: tuple[Responsible, ...]
    round: int
    time: datetime
    event: str

    @property
    def units(self) -> tuple[str, ...]:
        """The units of the assignment, the lead first."""
        return (self.lead.unit, *(each.unit for each in self.co))


@dataclass(frozen=True, slots=True)
class Assignment:
    """What assignment has said of a case."""

    category: str | None = None
    proposal: tuple[Responsible, tuple[Responsible, ...]] | None = None
    handling: Handling | None = None
    accepted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that was started, and whether it was called missed."""

    name: str
    due: datetime
    event: str
    rules: PackRef
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft in hand: whose it is, and what became of it."""

    hash: str
    author: str
    product: str
    measures: bool
    outcome: Outcome
    verdict: str | None = None  # passed, returned


@dataclass(frozen=True, slots=True)
class Sent:
    """A product that left the body: its hash, to whom, when."""

    hash: str
    to: tuple[str, ...]
    time: datetime
    round: int


@dataclass(frozen=True, slots=True)
class Supervision:
    """What supervision has said of a case."""

    clocks: tuple[Clock, ...] = ()
    contacted: frozenset[str] = frozenset()
    researched: bool = False
    draft: Draft | None = None
    approved: str | None = None
    sent: Sent | None = None
    summary: bool = False
    archived: bool = False

    def clock(self, name: str) -> Clock | None:
        """Find a clock by its name."""
        return next((each for each in self.clocks if each.name == name), None)


Facts: TypeAlias = Any  # Intake, Assignment or Supervision: one per source
FIRST: Mapping[str, Facts] = {
    "intake": Intake(),
    "assignment": Assignment(),
    "supervision": Supervision(),
}


def fold(facts: Facts, event: Recorded) -> Facts:
    """Fold one event into what its source has said; other events leave it alone."""
    step = _STEPS.get(type(event.data))
    return facts if step is None else step(facts, event.data, event)


def _registered(was: Intake, said: i.ItemRegistered, _: Recorded) -> Intake:
    register = Register(
        str(said.kind),
        tuple(each.id for each in said.asks),
        tuple(each.person for each in said.signers),
        str(said.outer.role),
        said.outer.lead,
        said.outer.due_on,
    )
    return replace(was, register=register)


def _corrected(was: Intake, said: i.ItemCorrected, _: Recorded) -> Intake:
    if was.register is None or said.field != "outer.lead":
        return was
    return replace(was, register=replace(was.register, outer_lead=said.after))


def _requested(was: Intake, said: i.FeedbackRequested, _: Recorded) -> Intake:
    return replace(was, requested=was.requested | {(said.signer, said.round)})


def _received(was: Intake, said: i.FeedbackReceived, _: Recorded) -> Intake:
    key = (said.signer, said.round)
    return replace(was, grades={**(was.grades or {}), key: str(said.grade)})


def _classified(was: Assignment, said: a.Classified, _: Recorded) -> Assignment:
    return replace(was, category=said.category)


def _proposed(was: Assignment, said: a.AssignmentProposed, _: Recorded) -> Assignment:
    return replace(was, proposal=(said.lead, said.co))


def _assigned(was: Assignment, said: a.Assigned, event: Recorded) -> Assignment:
    handling = Handling(said.lead, said.co, said.round, event.time, event.id)
    return replace(was, handling=handling, accepted=frozenset())


def _accepted(was: Assignment, said: a.AssignmentAccepted, _: Recorded) -> Assignment:
    return replace(was, accepted=was.accepted | {said.unit})


def _clock_set(was: Supervision, said: s.DeadlineSet, event: Recorded) -> Supervision:
    clock = Clock(said.clock, said.due, event.id, said.rules)
    others = tuple(each for each in was.clocks if each.name != said.clock)
    return replace(was, clocks=(*others, clock))


def _missed(was: Supervision, said: s.DeadlineMissed, _: Recorded) -> Supervision:
    clocks = (
        replace(each, missed=True) if each.name == said.clock else each for each in was.clocks
    )
    return replace(was, clocks=tuple(clocks))


def _contacted(was: Supervision, said: s.ProposerContacted, _: Recorded) -> Supervision:
    return replace(was, contacted=was.contacted | {said.signer})


def _researched(was: Supervision, said: s.ResearchLogged, _: Recorded) -> Supervision:
    return replace(was, researched=True)


def _drafted(was: Supervision, said: s.ReplyDrafted, event: Recorded) -> Supervision:
    author = event.context.actor.person if event.context.actor else ""
    reply = said.reply
    draft = Draft(said.reply_hash, author, str(reply.product), bool(reply.measures), reply.outcome)
    return replace(was, draft=draft, approved=None)


def _verdict(word: str) -> Callable[[Supervision, Any, Recorded], Supervision]:
    def judged(was: Supervision, said: Any, _: Recorded) -> Supervision:
        if was.draft is None or was.draft.hash != said.reply_hash:
            return was
        approved = was.approved if word == "passed" else None
        return replace(was, draft=replace(was.draft, verdict=word), approved=approved)

    return judged


def _approved(was: Supervision, said: s.ReplyApproved, _: Recorded) -> Supervision:
    return replace(was, approved=said.reply_hash)


def _issued(was: Supervision, said: s.ReplyIssued, event: Recorded) -> Supervision:
    return replace(was, sent=Sent(said.reply_hash, said.to, event.time, said.round))


def _delivered(was: Supervision, said: s.CoOpinionDelivered, event: Recorded) -> Supervision:
    return replace(was, sent=Sent(said.reply_hash, (said.to,), event.time, 1))


def _summed_up(was: Supervision, said: s.CaseSummaryFiled, _: Recorded) -> Supervision:
    return replace(was, summary=True)


def _archived(was: Supervision, said: s.CaseArchived, _: Recorded) -> Supervision:
    return replace(was, archived=True)


_STEPS: dict[type[Event] | type[None], Callable[[Any, Any, Recorded], Any]] = {
    i.ItemRegistered: _registered,
    i.ItemCorrected: _corrected,
    i.FeedbackRequested: _requested,
    i.FeedbackReceived: _received,
    a.Classified: _classified,
    a.AssignmentProposed: _proposed,
    a.Assigned: _assigned,
    a.AssignmentAccepted: _accepted,
    s.DeadlineSet: _clock_set,
    s.DeadlineMissed: _missed,
    s.ProposerContacted: _contacted,
    s.ResearchLogged: _researched,
    s.ReplyDrafted: _drafted,
    s.ReplyReviewed: _verdict("passed"),
    s.ReplyReturned: _verdict("returned"),
    s.ReplyApproved: _approved,
    s.ReplyIssued: _issued,
    s.CoOpinionDelivered: _delivered,
    s.CaseSummaryFiled: _summed_up,
    s.CaseArchived: _archived,
}
