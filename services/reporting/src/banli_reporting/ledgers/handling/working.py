"""What supervision's events change on a line of the handling ledger."""

from banli_events.base import instant
from banli_events.deadlines import ClockKind
from banli_events.envelope import Recorded
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    ClosingReportSent,
    ConsultationHeld,
    CoOpinionDelivered,
    CoOpinionRequested,
    CoOpinionSubmitted,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    DeadlineResumed,
    DeadlineSet,
    DeadlineSuspended,
    FeedbackClosed,
    MeasureTaken,
    MeasureVerified,
    MeetingDecided,
    ProposerContacted,
    PublicationDecided,
    RehandlingOrdered,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
    ResearchLogged,
)
from banli_reporting.ledger import Lines
from banli_reporting.ledgers.handling.line import Line

_PRODUCT = frozenset({ClockKind.REPLY, ClockKind.CO_OPINION, ClockKind.REHANDLING})
"""The clocks of what a case is to end in; a ledger of its own shows all clocks."""


def start_clock(line: Line, recorded: Recorded, clock: DeadlineSet) -> None:
    """Note when the product is due, and by which rules."""
    line.rules = line.rules or f"{clock.rules.pack}@{clock.rules.version}"
    kind, _, about = clock.clock.partition(":")
    if kind == ClockKind.FEEDBACK:
        line.feedback_due[about or "1"] = instant(clock.due)
    if kind in _PRODUCT:
        line.clock, line.due, line.counted_from = clock.clock, clock.due, clock.counted_from
        line.missed, line.suspended_at, line.extended = False, None, False


def put_off(line: Line, recorded: Recorded, clock: DeadlineExtended | DeadlineResumed) -> None:
    """Note that the product, or the feedback, is due later: allowed, or after a pause."""
    kind, _, about = clock.clock.partition(":")
    if kind == ClockKind.FEEDBACK:
        line.feedback_due[about or "1"] = instant(clock.due)
    if clock.clock == line.clock:
        line.due, line.suspended_at = clock.due, None
        if isinstance(clock, DeadlineExtended):
            line.extended, line.missed = True, False


def suspend(line: Line, recorded: Recorded, clock: DeadlineSuspended) -> None:
    """Note that the product's clock stands still."""
    if clock.clock == line.clock:
        line.suspended_at = recorded.time


def miss(line: Line, recorded: Recorded, said: DeadlineMissed | DeadlineMissWithdrawn) -> None:
    """Note that the clock ran out, or had not; a reply that follows does not undo a miss."""
    if said.clock == line.clock:
        line.missed = isinstance(said, DeadlineMissed)


def contact(line: Line, recorded: Recorded, contacted: ProposerContacted) -> None:
    """Count a contact with a signer."""
    line.contacts += 1
    if contacted.signer not in line.contacted:
        line.contacted.append(contacted.signer)


def look_into(line: Line, recorded: Recorded, research: ResearchLogged) -> None:
    """Count a look into the matter."""
    line.research += 1


def consult(line: Line, recorded: Recorded, held: ConsultationHeld) -> None:
    """Count a consultation face to face (R011)."""
    line.consulted += 1


def rectify(line: Line, recorded: Recorded, taken: MeasureTaken) -> None:
    """Count something that was put right before the reply (R080)."""
    line.rectified += 1


def ask(line: Line, recorded: Recorded, asked: CoOpinionRequested) -> None:
    """Note which co-unit was asked for its opinion (R032)."""
    if asked.unit not in line.opinions_due:
        line.opinions_due.append(asked.unit)


def opine(line: Line, recorded: Recorded, given: CoOpinionSubmitted) -> None:
    """Note that a co-unit gave its opinion (R038)."""
    line.opinions_due = [unit for unit in line.opinions_due if unit != given.unit]


def draft(line: Line, recorded: Recorded, drafted: ReplyDrafted) -> None:
    """Put a new draft in the place of the one before, with whose review and approval it is gone."""
    outcome = drafted.reply.outcome
    line.drafts += 1
    actor = recorded.context.actor
    line.author = actor.person if actor else None
    line.drafted_at, line.result = recorded.time, str(outcome.result)
    line.measures, line.proof = list(drafted.reply.measures), bool(outcome.proof)
    line.opinions_due = [u for u in line.opinions_due if u not in drafted.reply.without]
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
    """Note to whom the reply went, and when that was recorded; the first is kept beside (R004)."""
    line.first_issued_at = line.first_issued_at or recorded.time
    line.issued_at, line.issued_round = recorded.time, issued.round
    line.issued_to, line.document_number = list(issued.to), issued.document_number


def deliver(line: Line, recorded: Recorded, delivered: CoOpinionDelivered) -> None:
    """Note when the co-opinion went to the body that leads."""
    line.delivered_at = recorded.time


def publish(line: Line, recorded: Recorded, decided: PublicationDecided) -> None:
    """Note how much of the reply is made public."""
    line.published[str(decided.round)] = str(decided.extent)


def close_ratings(line: Line, recorded: Recorded, closed: FeedbackClosed) -> None:
    """Note that who has said nothing of this round is not waited for (R077)."""
    line.feedback_closed[str(closed.round)] = instant(recorded.time)
    line.silent[str(closed.round)] = list(closed.silent)


def order_again(line: Line, recorded: Recorded, ordered: RehandlingOrdered) -> None:
    """Begin another round: draft, summary and report belong to the one before."""
    line.ordered, line.ordered_at = ordered.round, recorded.time
    line.drafted_at = line.returned_at = line.reviewed_at = line.approved_at = None
    line.summed_up_at = line.reported_at = None


def rule(line: Line, recorded: Recorded, decided: MeetingDecided) -> None:
    """Note what a meeting decided on the reply of a round."""
    line.ruled[str(decided.round)] = str(decided.ruling)


def verify(line: Line, recorded: Recorded, verified: MeasureVerified) -> None:
    """Note whether a measure was really carried out (R028)."""
    line.verified[verified.measure] = verified.carried_out


def sum_up(line: Line, recorded: Recorded, filed: CaseSummaryFiled) -> None:
    """Note that the case was summed up."""
    line.summed_up_at = recorded.time


def report(line: Line, recorded: Recorded, sent: ClosingReportSent) -> None:
    """Note that the assigner knows that the case is closed (R199)."""
    line.reported_at = recorded.time


def archive(line: Line, recorded: Recorded, archived: CaseArchived) -> None:
    """Note that the file is closed."""
    line.archived_at = recorded.time


WORKING: Lines = {
    DeadlineSet: start_clock,
    DeadlineExtended: put_off,
    DeadlineResumed: put_off,
    DeadlineSuspended: suspend,
    DeadlineMissed: miss,
    DeadlineMissWithdrawn: miss,
    ProposerContacted: contact,
    ResearchLogged: look_into,
    ConsultationHeld: consult,
    MeasureTaken: rectify,
    CoOpinionRequested: ask,
    CoOpinionSubmitted: opine,
    ReplyDrafted: draft,
    ReplyReviewed: review,
    ReplyReturned: send_back,
    ReplyApproved: approve,
    ReplyIssued: issue,
    CoOpinionDelivered: deliver,
    PublicationDecided: publish,
    FeedbackClosed: close_ratings,
    RehandlingOrdered: order_again,
    MeetingDecided: rule,
    MeasureVerified: verify,
    CaseSummaryFiled: sum_up,
    ClosingReportSent: report,
    CaseArchived: archive,
}
