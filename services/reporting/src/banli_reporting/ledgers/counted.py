"""What is counted 统计底账: of each case the facts that figures count, each with its event.

`counts.py` says what counts as what; `formulas.toml` says which counts make a figure.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from banli_events.assignment import (
    Assigned,
    ObjectionUpheld,
    OuterObjectionAnswered,
    OutOfScopeExplained,
    Reassigned,
)
from banli_events.base import instant
from banli_events.deadlines import ClockKind
from banli_events.envelope import Recorded
from banli_events.intake import (
    FeedbackReceived,
    FeedbackRequested,
    ItemRegistered,
    ItemWithdrawn,
)
from banli_events.supervision import (
    CaseSummaryFiled,
    ConsultationHeld,
    CoOpinionDelivered,
    CoOpinionRequested,
    CoOpinionSubmitted,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    DeadlineResumed,
    DeadlineSet,
    FeedbackClosed,
    ProposerContacted,
    PublicationDecided,
    RehandlingOrdered,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
)
from banli_reporting.ledger import Ledger, Lines, ref
from banli_reporting.ledgers.contacts import LIVE
from banli_reporting.ledgers.types import (
    AFTER,
    ASSIGNING,
    CLOCKS,
    COMING_IN,
    GROUNDWORK,
    LADDER,
    OUTSIDE,
    PUBLISHED,
    RATING,
    REPLY,
    TASKS,
    TOGETHER,
)

_COUNTED = frozenset(
    {
        ClockKind.REPLY,
        ClockKind.REHANDLING,
        ClockKind.CO_OPINION,
        ClockKind.UNIT_OPINION,
        ClockKind.FEEDBACK,
    }
)


@dataclass(slots=True)
class Line:
    """What is counted of a case; an event is named within its subject: `supervision:12`."""

    kind: str | None = None  # this and the next seven from intake
    number: str | None = None
    outer_role: str | None = None
    registered_at: datetime | None = None
    registered: str | None = None
    signers: list[str] = field(default_factory=list)
    withdrawn: str | None = None
    forms: dict[str, dict[str, str]] = field(default_factory=dict)  # by round and signer
    grades: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # grade, event, when

    lead_unit: str | None = None  # this and the next five from assignment
    co: list[str] = field(default_factory=list)
    assigned: list[dict[str, Any]] = field(default_factory=list)  # events, units
    upheld: list[dict[str, str]] = field(default_factory=list)  # events, units
    given_back: str | None = None
    out_of_scope: str | None = None

    rules: str | None = None  # this and all that follows from supervision
    clocks: dict[str, dict[str, Any]] = field(default_factory=dict)  # due, missed, event
    ordered: int = 1  # the round in hand
    drafts: list[str] = field(default_factory=list)
    returns: list[str] = field(default_factory=list)
    issued: dict[str, dict[str, Any]] = field(default_factory=dict)  # event, at, result; by round
    delivered: dict[str, Any] = field(default_factory=dict)  # event, at
    silent: dict[str, list[str]] = field(default_factory=dict)  # by round
    published: dict[str, dict[str, str]] = field(default_factory=dict)  # extent, event; by round
    met: dict[str, str] = field(default_factory=dict)  # by signer: the first contact
    met_live: dict[str, str] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # by co-unit: event, at
    opined: dict[str, dict[str, str]] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)  # of the five: those there
    result: str | None = None  # of the draft in hand


def enter(line: Line, recorded: Recorded, item: ItemRegistered) -> None:
    """Count an item."""
    line.kind, line.number = str(item.kind), item.numbering.number
    line.outer_role = str(item.outer.role)
    line.registered_at, line.registered = recorded.time, ref(recorded)
    line.signers = [each.person for each in item.signers]


def withdraw(line: Line, recorded: Recorded, said: ItemWithdrawn) -> None:
    """Note that it was taken back; what was entered in error was never an item."""
    line.withdrawn = ref(recorded)
    if said.entered_in_error:
        line.registered_at = line.registered = None


def ask_signer(line: Line, recorded: Recorded, said: FeedbackRequested) -> None:
    """Count a form, once for each who was asked."""
    line.forms.setdefault(str(said.round), {}).setdefault(said.signer, ref(recorded))


def rate(line: Line, recorded: Recorded, said: FeedbackReceived) -> None:
    """Note the rating that counts, the last, and when the first came."""
    given = line.grades.setdefault(str(said.round), {})
    first = given[said.signer][2] if said.signer in given else instant(recorded.time)
    given[said.signer] = [str(said.grade), ref(recorded), first]


def assign(line: Line, recorded: Recorded, said: Assigned | Reassigned) -> None:
    """Count an assignment, and note who has it now."""
    line.lead_unit, line.co = said.lead.unit, [each.unit for each in said.co]
    line.assigned.append({"event": ref(recorded), "units": [line.lead_unit, *line.co]})


def uphold(line: Line, recorded: Recorded, said: ObjectionUpheld) -> None:
    """Count an assignment that was wrong (R053)."""
    line.upheld.append({"event": ref(recorded), "unit": said.unit})


def hear_the_assigner(line: Line, recorded: Recorded, said: OuterObjectionAnswered) -> None:
    """Note that the item went back to the assigner."""
    if said.upheld:
        line.given_back = ref(recorded)


def explain(line: Line, recorded: Recorded, said: OutOfScopeExplained) -> None:
    """Note that the item is out of scope; it stays counted (R078)."""
    line.out_of_scope = ref(recorded)


def start(line: Line, recorded: Recorded, said: DeadlineSet) -> None:
    """Note a clock of a product or of a co-unit; the first pins the rules."""
    if line.rules is None:
        line.rules = f"{said.rules.pack}@{said.rules.version}"
        line.records["rules"] = ref(recorded)
    if said.clock.partition(":")[0] in _COUNTED:
        line.clocks[said.clock] = {
            "due": instant(said.due),
            "missed": False,
            "event": ref(recorded),
        }


def change(line: Line, recorded: Recorded, said: Any) -> None:
    """Note that a clock is due later, ran out, or had not."""
    clock = line.clocks.get(said.clock)
    if clock is None:
        return
    clock["missed"] = isinstance(said, DeadlineMissed) or (
        isinstance(said, DeadlineResumed) and clock["missed"]
    )
    clock["event"] = ref(recorded)
    if isinstance(said, DeadlineExtended | DeadlineResumed):
        clock["due"] = instant(said.due)


def contact(line: Line, recorded: Recorded, said: ProposerContacted) -> None:
    """Count a person once, however often they were met (R003, R081)."""
    line.met.setdefault(said.signer, ref(recorded))
    if said.mode in LIVE:
        line.met_live.setdefault(said.signer, ref(recorded))
    line.records.setdefault("record", ref(recorded))


def consult(line: Line, recorded: Recorded, said: ConsultationHeld) -> None:
    """Count each who was consulted as met face to face (R011)."""
    for person in said.people:
        line.met.setdefault(person, ref(recorded))
        line.met_live.setdefault(person, ref(recorded))


def ask_unit(line: Line, recorded: Recorded, said: CoOpinionRequested) -> None:
    """Note when a co-unit was first asked (R038)."""
    line.asked.setdefault(said.unit, {"event": ref(recorded), "at": instant(recorded.time)})


def opine(line: Line, recorded: Recorded, said: CoOpinionSubmitted) -> None:
    """Note when a co-unit first answered (R038)."""
    line.opined.setdefault(said.unit, {"event": ref(recorded), "at": instant(recorded.time)})


def draft(line: Line, recorded: Recorded, said: ReplyDrafted) -> None:
    """Count a draft, and note which of the five records it holds (R029)."""
    line.drafts.append(ref(recorded))
    outcome = said.reply.outcome
    line.result = str(outcome.result)
    for name, there in {
        "measures": said.reply.measures or outcome.plan,
        "result": outcome.proof,
    }.items():
        line.records.pop(name, None)
        if there:
            line.records[name] = ref(recorded)


def send_back(line: Line, recorded: Recorded, said: ReplyReturned) -> None:
    """Count a return (R067)."""
    line.returns.append(ref(recorded))


def issue(line: Line, recorded: Recorded, said: ReplyIssued) -> None:
    """Note the reply of a round; the first is told from those that follow (R004)."""
    sent = {"event": ref(recorded), "at": instant(recorded.time), "result": line.result}
    line.issued.setdefault(str(said.round), sent)


def deliver(line: Line, recorded: Recorded, said: CoOpinionDelivered) -> None:
    """Note the co-opinion of this body (R038)."""
    line.delivered = line.delivered or {"event": ref(recorded), "at": instant(recorded.time)}


def publish(line: Line, recorded: Recorded, said: PublicationDecided) -> None:
    """Note how much of a reply is made public."""
    line.published[str(said.round)] = {"extent": str(said.extent), "event": ref(recorded)}


def close_ratings(line: Line, recorded: Recorded, said: FeedbackClosed) -> None:
    """Note who was silent; what they say later is not counted (R077)."""
    line.silent[str(said.round)] = list(said.silent)


def order_again(line: Line, recorded: Recorded, said: RehandlingOrdered) -> None:
    """Begin another round; the summary must come anew."""
    line.ordered = said.round
    line.records.pop("summary", None)


def sum_up(line: Line, recorded: Recorded, said: CaseSummaryFiled) -> None:
    """Note the summary."""
    line.records["summary"] = ref(recorded)


_LINES: Lines = {
    ItemRegistered: enter,
    ItemWithdrawn: withdraw,
    FeedbackRequested: ask_signer,
    FeedbackReceived: rate,
    Assigned: assign,
    Reassigned: assign,
    ObjectionUpheld: uphold,
    OuterObjectionAnswered: hear_the_assigner,
    OutOfScopeExplained: explain,
    DeadlineSet: start,
    DeadlineExtended: change,
    DeadlineResumed: change,
    DeadlineMissed: change,
    DeadlineMissWithdrawn: change,
    ProposerContacted: contact,
    ConsultationHeld: consult,
    CoOpinionRequested: ask_unit,
    CoOpinionSubmitted: opine,
    ReplyDrafted: draft,
    ReplyReturned: send_back,
    ReplyIssued: issue,
    CoOpinionDelivered: deliver,
    PublicationDecided: publish,
    FeedbackClosed: close_ratings,
    RehandlingOrdered: order_again,
    CaseSummaryFiled: sum_up,
}
_SOME = COMING_IN | RATING | ASSIGNING | OUTSIDE | CLOCKS | GROUNDWORK | REPLY | AFTER

COUNTED = Ledger(
    name="counted",
    kind="case",
    title={"zh": "统计底账", "en": "what figures count"},
    line=Line,
    lines=_LINES,
    ignores=frozenset({*PUBLISHED, *TOGETHER, *TASKS, *LADDER, *(_SOME - _LINES.keys())}),
)
