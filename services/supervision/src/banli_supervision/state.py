"""What supervision must know of a case to decide. `fold.py` fills it from events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from banli_events.assignment import Assigned, Reassigned
from banli_events.deadlines import Basis
from banli_events.supervision import (
    CoOpinionDelivered,
    MeetingDecided,
    ProposerContacted,
    ReplyIssued,
    ReplyReturned,
)
from banli_events.words import OuterAssignment, PackRef


@dataclass(frozen=True, slots=True)
class Item:
    """What the register says of the item."""

    kind: str
    body: str  # the congress or committee that numbered it
    outer: OuterAssignment
    received_on: date
    asks: frozenset[str]
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that was started, with how its due instant was found and what became of it."""

    name: str
    due: datetime
    rules: PackRef
    cause: str  # the event that set it
    set_at: datetime
    counted_from: date
    clause: str
    basis: Basis | None = None
    missed: bool = False
    asked_for: str | None = None  # an extension: its reason, until it is decided on
    consent: str | None = None
    extended: bool = False
    suspended_at: datetime | None = None
    suspended_for: str = ""
    reminded: bool = False  # for this due instant

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
    """The draft in hand; a new one takes its place, and with it reviews and approval are gone."""

    hash: str
    author: str
    product: str
    addressees: tuple[str, ...]
    measures: tuple[str, ...]
    proof: bool  # the outcome has its line of proof
    result: str
    round: int
    drafted_at: datetime
    passed: tuple[tuple[str, str], ...] = ()  # person and role, level by level
    returned: ReplyReturned | None = None
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply or co-opinion that went out, with the draft it was."""

    what: ReplyIssued | CoOpinionDelivered
    at: datetime
    draft: Draft


@dataclass(frozen=True, slots=True)
class Notice:
    """A numbered notice to a unit, and how far it came."""

    clock: str
    unit: str
    received: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that somebody must look at, until it is closed."""

    kind: str
    about: str
    acknowledged: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other services say of the case; each field is written by one source's events only."""

    item: Item | None = None  # from intake
    grades: Mapping[tuple[int, str], str] = field(default_factory=dict)  # from intake
    withdrawn_at: datetime | None = None  # from intake
    assigned: Assigned | Reassigned | None = None  # this and all that follows from assignment
    accepted: frozenset[str] = frozenset()  # units
    objecting: frozenset[str] = frozenset()  # units whose objection is not answered
    planned: frozenset[str] = frozenset()  # units
    open_tasks: frozenset[str] = frozenset()
    sponsor: str | None = None
    results: Mapping[str, datetime] = field(default_factory=dict)  # of referrals
    out_of_scope_at: datetime | None = None
    outer_answered_at: datetime | None = None
    outer_upheld: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A case as supervision sees it; all but `heard` is written by its own events."""

    heard: Elsewhere = field(default_factory=Elsewhere)
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    contacts: tuple[ProposerContacted, ...] = ()
    contacted_at: tuple[datetime, ...] = ()  # beside `contacts`
    research: tuple[tuple[date, str], ...] = ()
    measured_at: tuple[datetime, ...] = ()  # when something was put right
    measures_taken: tuple[tuple[date, str], ...] = ()
    consulted: tuple[tuple[date, str, tuple[str, ...], str], ...] = ()  # day, place, people, result
    asked: Mapping[str, str] = field(default_factory=dict)  # co-unit: the question put to it
    opinions: Mapping[str, str] = field(default_factory=dict)  # co-unit: its opinion
    opined_at: Mapping[str, datetime] = field(default_factory=dict)
    draft: Draft | None = None
    returns: int = 0  # how often a draft was returned, over all rounds
    sent: Mapping[int, Sent] = field(default_factory=dict)  # by round
    published: Mapping[int, tuple[str, datetime]] = field(default_factory=dict)  # extent and when
    feedback_closed: frozenset[int] = frozenset()  # rounds
    ordered: int = 1  # the last round that was ordered
    rulings: Mapping[int, MeetingDecided] = field(default_factory=dict)  # by round
    callbacks: tuple[tuple[str, date, str], ...] = ()
    verified: Mapping[str, bool] = field(default_factory=dict)  # measures of the reply
    summary: str | None = None
    reported: tuple[str, date, str] | None = None  # number, day, receipt
    notices: Mapping[str, Notice] = field(default_factory=dict)  # by number
    urged: frozenset[tuple[str, str, date, str]] = frozenset()  # clock, who, day, what was said
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    archived: bool = False

    @property
    def item(self) -> Item | None:
        """What the register says of the item."""
        return self.heard.item

    @property
    def assigned(self) -> Assigned | Reassigned | None:
        """Who handles it now."""
        return self.heard.assigned

    @property
    def rules(self) -> PackRef | None:
        """The rules that the case is held to: pinned by the first of its clocks (R021)."""
        return next((clock.rules for clock in self.clocks.values()), None)

    @property
    def ended_at(self) -> datetime | None:
        """When the handling ended other than by a reply: withdrawn, explained, or given back."""
        heard = self.heard
        back = heard.outer_answered_at if heard.outer_upheld else None
        ends = [at for at in (heard.withdrawn_at, heard.out_of_scope_at, back) if at is not None]
        return min(ends, default=None)
