"""What supervision must know of a case to decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from banli_engine.decider import Due
from banli_events.assignment import Assigned, AssignmentAccepted
from banli_events.envelope import Recorded
from banli_events.intake import FeedbackReceived, ItemCorrected, ItemRegistered
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DeadlineMissed,
    DeadlineSet,
    ProposerContacted,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
    ResearchLogged,
)
from banli_events.words import OuterAssignment, PackRef


@dataclass(frozen=True, slots=True)
class Item:
    """What the register says of the item."""

    kind: str
    outer: OuterAssignment
    asks: frozenset[str]
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that was started, and whether it was found to have run out."""

    name: str
    due: datetime
    rules: PackRef
    cause: str  # the event that set it
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft in hand; a new one takes its place, and with it reviews and approval are gone."""

    hash: str
    author: str
    product: str
    addressees: tuple[str, ...]
    measures: bool  # at least one is named
    proof: bool  # the outcome has its line of proof
    passed: frozenset[str] = frozenset()  # by whom
    returned: ReplyReturned | None = None
    approved: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A case as supervision sees it; each field is written by one source's events only."""

    item: Item | None = None  # from intake
    grades: Mapping[tuple[int, str], str] = field(default_factory=dict)  # from intake
    assigned: Assigned | None = None  # from assignment
    accepted: frozenset[str] = frozenset()  # from assignment: units
    clock: Clock | None = None  # this and all that follows from supervision
    contacts: tuple[ProposerContacted, ...] = ()
    research: tuple[ResearchLogged, ...] = ()
    draft: Draft | None = None
    sent: ReplyIssued | CoOpinionDelivered | None = None
    sent_at: datetime | None = None
    summary: str | None = None
    archived: bool = False

    @property
    def in_time(self) -> bool:
        """Tell whether what the clock waits for was done by its due instant."""
        return (
            self.clock is not None and self.sent_at is not None and self.sent_at <= self.clock.due
        )


def due(state: State) -> Iterable[Due]:
    """Name the clock at which somebody must look, until it is met or found missed."""
    clock = state.clock
    if clock is None or clock.missed or state.in_time:
        return ()
    return (Due(clock.name, clock.due, clock.cause),)


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one fact into the state."""
    match recorded.data:
        case ItemRegistered() as item:
            return replace(state, item=_item(item))
        case ItemCorrected(field="outer.lead", after=lead):
            return replace(state, item=_with_outer_lead(state.item, lead))
        case FeedbackReceived(signer=signer, grade=grade, round=number):
            return replace(state, grades={**state.grades, (number, signer): grade})
        case Assigned() as assigned:
            return replace(state, assigned=assigned)
        case AssignmentAccepted(unit=unit):
            return replace(state, accepted=state.accepted | {unit})
        case _:
            return _evolve_own(state, recorded)


def _evolve_own(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case DeadlineSet(clock=name, due=at, rules=rules):
            return replace(state, clock=Clock(name, at, rules, recorded.id))
        case DeadlineMissed():
            return replace(state, clock=_missed(state.clock))
        case ProposerContacted() as contact:
            return replace(state, contacts=(*state.contacts, contact))
        case ResearchLogged() as research:
            return replace(state, research=(*state.research, research))
        case ReplyIssued() | CoOpinionDelivered() as sent:
            return replace(state, sent=sent, sent_at=recorded.time)
        case CaseSummaryFiled(summary=summary):
            return replace(state, summary=summary)
        case CaseArchived():
            return replace(state, archived=True)
        case _:
            draft = _evolve_draft(state.draft, recorded)
            return state if draft is state.draft else replace(state, draft=draft)


def _evolve_draft(draft: Draft | None, recorded: Recorded) -> Draft | None:
    person = recorded.context.actor.person if recorded.context.actor else ""
    match recorded.data:
        case ReplyDrafted() as drafted:
            return _draft(drafted, person)
        case ReplyReviewed() if draft is not None:
            return replace(draft, passed=draft.passed | {person})
        case ReplyReturned() as returned if draft is not None:
            return replace(draft, returned=returned, passed=frozenset(), approved=False)
        case ReplyApproved() if draft is not None:
            return replace(draft, approved=True)
        case _:
            return draft


def _draft(drafted: ReplyDrafted, author: str) -> Draft:
    reply = drafted.reply
    return Draft(
        hash=drafted.reply_hash,
        author=author,
        product=reply.product,
        addressees=reply.addressees,
        measures=bool(reply.measures),
        proof=bool(reply.outcome.proof),
    )


def _item(item: ItemRegistered) -> Item:
    return Item(
        kind=item.kind,
        outer=item.outer,
        asks=frozenset(ask.id for ask in item.asks),
        signers=tuple(signer.person for signer in item.signers),
    )


def _with_outer_lead(item: Item | None, lead: str) -> Item | None:
    if item is None:
        return None
    return replace(item, outer=item.outer.model_copy(update={"lead": lead}))


def _missed(clock: Clock | None) -> Clock | None:
    return None if clock is None else replace(clock, missed=True)
