"""What supervision must know of a case to decide. `fold.py` fills it from events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from banli_events.assignment import Assigned, Reassigned
from banli_events.deadlines import Basis, ClockKind
from banli_events.supervision import (
    CallbackDone,
    ClosingReportSent,
    ConsultationHeld,
    CoOpinionDelivered,
    CoOpinionSubmitted,
    ExtensionRequested,
    MeasureTaken,
    MeasureVerified,
    MeetingDecided,
    PhoneUrged,
    ProposerContacted,
    PublicationDecided,
    ReplyIssued,
    ReplyReturned,
    ResearchLogged,
    SupervisionNoticeIssued,
)
from banli_events.words import OuterAssignment, PackRef

OWED = frozenset(
    {
        ClockKind.FIRST_CONTACT,
        ClockKind.REPLY,
        ClockKind.CO_OPINION,
        ClockKind.UNIT_OPINION,
        ClockKind.REWORK,
        ClockKind.REHANDLING,
    }
)
"""What a unit of this body can be urged to do."""


@dataclass(frozen=True, slots=True)
class Item:
    """What the register says of the item."""

    kind: str
    body: str  # the congress or committee that numbered it
    outer: OuterAssignment
    received_on: date
    asks: frozenset[str]
    signers: tuple[str, ...]
    accused: frozenset[str] = frozenset()  # units and people


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that was started, with how its due instant was found and what became of it."""

    name: str
    due: datetime
    rules: PackRef
    cause: str  # the event that set it
    counted_from: date
    clause: str
    basis: Basis | None = None
    remind_at: datetime | None = None
    missed: bool = False
    request: ExtensionRequested | None = None  # for more time, until it is decided on
    asked_by: str = ""
    decided: str | None = None  # the reason with which the last request was decided on
    extended: bool = False
    suspended_at: datetime | None = None
    suspended_for: str = ""
    reminded: bool = False  # at `remind_at`
    done_at: datetime | None = None  # where its kind is started together with what it waits for

    @property
    def kind(self) -> str:
        """What it waits for, without which one: `referral` for `referral:r1`."""
        return self.name.partition(":")[0]

    @property
    def about(self) -> str:
        """Which one: `r1` for `referral:r1`; empty where there is one only."""
        return self.name.partition(":")[2]

    @property
    def owed(self) -> bool:
        """Tell whether a unit of this body owes what it waits for."""
        return self.kind in OWED


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft in hand; a new one takes its place, and with it reviews and approval are gone."""

    hash: str
    author: str
    product: str
    addressees: tuple[str, ...]
    measures: tuple[str, ...]
    planned: bool  # the outcome names a plan
    proof: bool  # the outcome has its line of proof
    result: str
    told: frozenset[str]  # co-units of whose opinion it tells what became
    without: frozenset[str]  # co-units whose opinion it tells to be missing
    round: int
    passed: tuple[tuple[str, str], ...] = ()  # person and role, level by level
    returned: ReplyReturned | None = None
    returned_at: datetime | None = None
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

    issued: SupervisionNoticeIssued
    received_on: date | None = None
    answer: str | None = None


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
    rated_at: Mapping[tuple[int, str], datetime] = field(default_factory=dict)  # first, from intake
    files: frozenset[str] = frozenset()  # from intake: hashes
    withdrawn_at: datetime | None = None  # from intake
    assigned: Assigned | Reassigned | None = None  # this and all that follows from assignment
    began: Mapping[int, datetime] = field(default_factory=dict)  # by round
    handed: Mapping[str, datetime] = field(default_factory=dict)  # when first, by unit
    accepted: frozenset[str] = frozenset()  # units
    planned: frozenset[str] = frozenset()  # units
    open_tasks: frozenset[str] = frozenset()
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
    research: tuple[ResearchLogged, ...] = ()
    measures_taken: tuple[MeasureTaken, ...] = ()
    recontacted: bool = False  # somebody was contacted after the last of them
    consulted: tuple[ConsultationHeld, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)  # co-unit: the question put to it
    asked_at: Mapping[str, datetime] = field(default_factory=dict)
    opinions: Mapping[str, CoOpinionSubmitted] = field(default_factory=dict)  # by co-unit
    draft: Draft | None = None  # of this round
    returns: int = 0  # how often a draft was returned, over all rounds
    sent: Mapping[int, Sent] = field(default_factory=dict)  # by round
    published: Mapping[int, tuple[PublicationDecided, datetime]] = field(default_factory=dict)
    feedback_closed: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # who was silent
    ordered: int = 1  # the last round that was ordered
    rulings: Mapping[int, MeetingDecided] = field(default_factory=dict)  # by round
    callbacks: tuple[CallbackDone, ...] = ()
    verified: Mapping[str, MeasureVerified] = field(default_factory=dict)  # by measure: the last
    summary: str | None = None  # of this round
    reported: ClosingReportSent | None = None  # of this round
    notices: Mapping[str, Notice] = field(default_factory=dict)  # by number
    urged: tuple[PhoneUrged, ...] = ()
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    archived: bool = False

    @property
    def item(self) -> Item | None:
        """What the register says of the item."""
        return self.heard.item

    @property
    def accused(self) -> frozenset[str]:
        """Units and people whom the item accuses."""
        return self.item.accused if self.item else frozenset()

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
