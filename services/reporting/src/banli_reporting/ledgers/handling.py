"""The handling ledger 办理台账: one line a case, who has it, at which step, what is missing.

Each field is written by one source's events only; what depends on several is derived.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from banli_events.assignment import (
    AppointmentEnded,
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
    ForkSettled,
    HolderAppointed,
    PostCreated,
    SystemAdmitted,
    UnitOpened,
)
from banli_events.base import instant
from banli_events.envelope import Recorded
from banli_events.intake import (
    FeedbackReceived,
    FeedbackRequested,
    ItemCorrected,
    ItemRegistered,
)
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DeadlineMissed,
    DeadlineSet,
    PackPublished,
    ProposerContacted,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
    ResearchLogged,
)
from banli_events.words import Grade
from banli_reporting.ledger import Ledger
from banli_reporting.steps import grades_of, missing, since_of, step_of

_GRADES = frozenset(Grade)


@dataclass(slots=True)
class Line:
    """A case in hand."""

    step: str | None = None  # this and the next seven are derived
    since: datetime | None = None
    in_time: bool | None = None  # None until something was sent or a clock was set
    missing: list[dict[str, Any]] = field(default_factory=list)
    forms: int = 0  # signers asked to rate the reply issued last, and how many did, how well
    returns: int = 0
    satisfied: int = 0
    basically: int = 0

    kind: str | None = None  # from intake
    number: str | None = None
    title: str | None = None
    outer_role: str | None = None
    outer_lead: str | None = None
    registered_at: datetime | None = None
    requested: dict[str, list[str]] = field(default_factory=dict)  # signers asked to rate, by round
    grades: dict[str, dict[str, str]] = field(default_factory=dict)  # grade by signer, by round
    rated_at: datetime | None = None

    category: str | None = None  # from assignment
    classified_at: datetime | None = None
    proposed_at: datetime | None = None
    lead_unit: str | None = None
    leader: str | None = None
    handler: str | None = None
    co: list[dict[str, str]] = field(default_factory=list)
    duty_basis: str | None = None
    round: int | None = None
    assigned_at: datetime | None = None
    accepted: dict[str, str] = field(default_factory=dict)  # when each unit took it on

    clock: str | None = None  # this and all that follows from supervision
    due: datetime | None = None
    rules: str | None = None
    counted_from: date | None = None
    missed: bool = False
    contacts: int = 0
    research: int = 0
    drafts: int = 0
    returned: int = 0
    returned_at: datetime | None = None  # of the draft in hand, as the next five
    drafted_at: datetime | None = None
    measures: bool = False
    proof: bool = False
    reviewed_at: datetime | None = None
    approved_at: datetime | None = None
    result: str | None = None
    issued_at: datetime | None = None
    issued_round: int | None = None
    issued_to: list[str] = field(default_factory=list)
    document_number: str | None = None
    delivered_at: datetime | None = None
    summed_up_at: datetime | None = None
    archived_at: datetime | None = None


def open_line(line: Line, recorded: Recorded, item: ItemRegistered) -> None:
    """Open the line."""
    line.kind, line.title, line.number = str(item.kind), item.title, item.numbering.number
    line.outer_role, line.outer_lead = str(item.outer.role), item.outer.lead
    line.registered_at = recorded.time


def put_right(line: Line, recorded: Recorded, corrected: ItemCorrected) -> None:
    """Show the corrected title and outer lead; the register tells that they were corrected."""
    if corrected.field == "title":
        line.title = corrected.after
    elif corrected.field == "outer.lead":
        line.outer_lead = corrected.after


def ask_signer(line: Line, recorded: Recorded, asked: FeedbackRequested) -> None:
    """Note who was sent the form."""
    signers = line.requested.setdefault(str(asked.round), [])
    if asked.signer not in signers:
        signers.append(asked.signer)


def note_feedback(line: Line, recorded: Recorded, rated: FeedbackReceived) -> None:
    """Note how a signer rates the reply."""
    line.grades.setdefault(str(rated.round), {})[rated.signer] = str(rated.grade)
    line.rated_at = recorded.time


def classify(line: Line, recorded: Recorded, classified: Classified) -> None:
    """Note the category."""
    line.category, line.classified_at = classified.category, recorded.time


def propose(line: Line, recorded: Recorded, proposed: AssignmentProposed) -> None:
    """Note that a lead was proposed; who it is counts once it is assigned."""
    line.proposed_at = recorded.time


def assign(line: Line, recorded: Recorded, assigned: Assigned) -> None:
    """Note who has it now."""
    lead = assigned.lead
    line.lead_unit, line.leader, line.handler = lead.unit, lead.leader, lead.handler
    line.co = [
        {"unit": each.unit, "leader": each.leader, "handler": each.handler} for each in assigned.co
    ]
    line.duty_basis, line.round = assigned.duty_basis, assigned.round
    line.assigned_at, line.accepted = recorded.time, {}


def accept(line: Line, recorded: Recorded, accepted: AssignmentAccepted) -> None:
    """Note that a unit took it on."""
    line.accepted[accepted.unit] = instant(recorded.time)


def start_clock(line: Line, recorded: Recorded, clock: DeadlineSet) -> None:
    """Note when the product is due, and by which rules."""
    line.clock, line.due, line.counted_from = clock.clock, clock.due, clock.counted_from
    line.rules, line.missed = f"{clock.rules.pack}@{clock.rules.version}", False


def miss(line: Line, recorded: Recorded, missed: DeadlineMissed) -> None:
    """Note that the clock ran out; a reply that follows does not undo it."""
    line.missed = True


def contact(line: Line, recorded: Recorded, contacted: ProposerContacted) -> None:
    """Count a contact with a signer."""
    line.contacts += 1


def look_into(line: Line, recorded: Recorded, research: ResearchLogged) -> None:
    """Count a look into the matter."""
    line.research += 1


def draft(line: Line, recorded: Recorded, drafted: ReplyDrafted) -> None:
    """Put a new draft in the place of the one before, with whose review and approval it is gone."""
    outcome = drafted.reply.outcome
    line.drafts += 1
    line.drafted_at, line.result = recorded.time, str(outcome.result)
    line.measures, line.proof = bool(drafted.reply.measures), bool(outcome.proof)
    line.returned_at = line.reviewed_at = line.approved_at = None


def review(line: Line, recorded: Recorded, reviewed: ReplyReviewed) -> None:
    """Note that the draft was found good."""
    line.reviewed_at = recorded.time


def send_back(line: Line, recorded: Recorded, returned: ReplyReturned) -> None:
    """Count a draft that went back to its author."""
    line.returned += 1
    line.returned_at, line.reviewed_at, line.approved_at = recorded.time, None, None


def approve(line: Line, recorded: Recorded, approved: ReplyApproved) -> None:
    """Note that the text was released."""
    line.approved_at = recorded.time


def issue(line: Line, recorded: Recorded, issued: ReplyIssued) -> None:
    """Note to whom the reply went, and when that was recorded."""
    line.issued_at, line.issued_round = recorded.time, issued.round
    line.issued_to, line.document_number = list(issued.to), issued.document_number


def deliver(line: Line, recorded: Recorded, delivered: CoOpinionDelivered) -> None:
    """Note when the co-opinion went to the body that leads."""
    line.delivered_at = recorded.time


def sum_up(line: Line, recorded: Recorded, filed: CaseSummaryFiled) -> None:
    """Note that the case was summed up."""
    line.summed_up_at = recorded.time


def archive(line: Line, recorded: Recorded, archived: CaseArchived) -> None:
    """Note that the file is closed."""
    line.archived_at = recorded.time


def derive(line: Line) -> None:
    """Derive what depends on several sources: step, since when, in time or not, what is missing."""
    line.step = step = step_of(line)
    line.since = since_of(line, step)
    line.missing = missing(line)
    given = grades_of(line).values()
    line.forms = len(line.requested.get(str(line.issued_round), []))
    line.satisfied = sum(grade == Grade.SATISFIED for grade in given)
    line.basically = sum(grade == Grade.BASICALLY for grade in given)
    line.returns = sum(grade in _GRADES for grade in given)
    sent = line.issued_at or line.delivered_at
    if line.due is None or (sent is None and not line.missed):
        line.in_time = None
    else:
        line.in_time = sent is not None and sent <= line.due


HANDLING = Ledger(
    name="handling",
    kind="case",
    title={"zh": "办理台账", "en": "handling"},
    line=Line,
    lines={
        ItemRegistered: open_line,
        ItemCorrected: put_right,
        FeedbackRequested: ask_signer,
        FeedbackReceived: note_feedback,
        Classified: classify,
        AssignmentProposed: propose,
        Assigned: assign,
        AssignmentAccepted: accept,
        DeadlineSet: start_clock,
        DeadlineMissed: miss,
        ProposerContacted: contact,
        ResearchLogged: look_into,
        ReplyDrafted: draft,
        ReplyReviewed: review,
        ReplyReturned: send_back,
        ReplyApproved: approve,
        ReplyIssued: issue,
        CoOpinionDelivered: deliver,
        CaseSummaryFiled: sum_up,
        CaseArchived: archive,
    },
    ignores=frozenset(
        {
            AppointmentEnded,
            ForkSettled,
            HolderAppointed,
            PackPublished,
            PostCreated,
            SystemAdmitted,
            UnitOpened,
        }
    ),
    derive=derive,
    indexes=("registered_at, subject",),  # not on what changes: such an index costs each update
)
