"""The gates 六关五有: what each of the six gates and the five records of a case still lacks.

The line holds what is there; what is asked for depends on the rule set that the case is held to.
"""

from dataclasses import dataclass, field
from typing import Any

from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    Classified,
    PlanFiled,
    Reassigned,
)
from banli_events.envelope import Recorded
from banli_events.intake import ItemRegistered
from banli_events.supervision import (
    CaseSummaryFiled,
    ConsultationHeld,
    CoOpinionDelivered,
    CoOpinionSubmitted,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    DeadlineSet,
    MeasureVerified,
    PhoneUrged,
    ProposerContacted,
    RehandlingOrdered,
    Reminded,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
    SupervisionNoticeIssued,
)
from banli_reporting.gating import GATES, RECORDS, lacks, records
from banli_reporting.ledger import Ledger, Lines, Reader
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

_NO_DRAFT: dict[str, Any] = {
    "author": None,
    "told": [],
    "without": [],
    "measures": [],
    "planned": False,
    "proof": False,
    "reviews": 0,
    "approved": False,
    "returned": False,
}


@dataclass(slots=True)
class Line:
    """What is there of gates and records."""

    signers: list[str] = field(default_factory=list)  # this and the next from intake
    outer_role: str | None = None
    category: str | None = None  # this and the next six from assignment
    duty_basis: str | None = None
    lead_unit: str | None = None
    handler: str | None = None
    co: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    rules: str | None = None  # this and all that follows from supervision
    contacted: list[str] = field(default_factory=list)
    consulted: bool = False
    remindable: list[str] = field(default_factory=list)  # clocks of whose end is reminded
    missed: list[str] = field(default_factory=list)
    reminded: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    noticed: list[str] = field(default_factory=list)
    draft: dict[str, Any] = field(default_factory=dict)  # the one in hand
    sent: dict[str, Any] = field(default_factory=dict)  # what went out in this round
    verified: dict[str, bool] = field(default_factory=dict)
    summed_up: bool = False


def enter(line: Line, recorded: Recorded, item: ItemRegistered) -> None:
    """Note who must be served."""
    line.signers = [each.person for each in item.signers]
    line.outer_role = str(item.outer.role)


def classify(line: Line, recorded: Recorded, said: Classified) -> None:
    """Note the category."""
    line.category = said.category


def assign(line: Line, recorded: Recorded, said: Assigned | Reassigned) -> None:
    """Note the unit that leads, and on what ground."""
    line.lead_unit, line.duty_basis = said.lead.unit, said.duty_basis
    line.handler, line.co = said.lead.handler, [each.unit for each in said.co]
    line.accepted = [unit for unit in line.accepted if unit in (line.lead_unit, *line.co)]


def accept(line: Line, recorded: Recorded, said: AssignmentAccepted) -> None:
    """Note that a unit took it on."""
    _add(line.accepted, said.unit)


def plan(line: Line, recorded: Recorded, said: PlanFiled) -> None:
    """Note that a unit has a plan."""
    _add(line.planned, said.unit)


def clock(line: Line, recorded: Recorded, said: Any) -> None:
    """Note the rules, of which clocks is reminded, and which are missed."""
    match said:
        case DeadlineSet(rules=rules):
            line.rules = line.rules or f"{rules.pack}@{rules.version}"
            line.missed = [each for each in line.missed if each != said.clock]
            if said.remind_at is not None:
                _add(line.remindable, said.clock)
        case DeadlineMissed():
            _add(line.missed, said.clock)
        case DeadlineMissWithdrawn() | DeadlineExtended():
            line.missed = [each for each in line.missed if each != said.clock]


def urge(line: Line, recorded: Recorded, said: Any) -> None:
    """Note of which clock the unit was reminded, called, or sent a notice."""
    match said:
        case Reminded():
            _add(line.reminded, said.clock)
        case PhoneUrged():
            _add(line.called, said.clock)
        case SupervisionNoticeIssued():
            _add(line.noticed, said.clock)


def meet(line: Line, recorded: Recorded, said: ProposerContacted) -> None:
    """Note who was met."""
    _add(line.contacted, said.signer)


def consult(line: Line, recorded: Recorded, said: ConsultationHeld) -> None:
    """Note that those who signed were consulted."""
    line.consulted = True


def write(line: Line, recorded: Recorded, said: Any) -> None:
    """Note what became of the draft in hand."""
    match said:
        case ReplyDrafted(reply=reply):
            actor = recorded.context.actor
            line.draft = _NO_DRAFT | {
                "author": actor.person if actor else None,
                "told": [*(each.unit for each in reply.opinions), *reply.without],
                "without": list(reply.without),
                "measures": list(reply.measures),
                "planned": bool(reply.outcome.plan),
                "proof": bool(reply.outcome.proof),
            }
        case ReplyReviewed() if line.draft:
            line.draft["reviews"] += 1
        case ReplyReturned() if line.draft:
            line.draft |= {"reviews": 0, "approved": False, "returned": True}
        case ReplyApproved() if line.draft:
            line.draft["approved"] = True


def opine(line: Line, recorded: Recorded, said: CoOpinionSubmitted) -> None:
    """A draft that tells a unit to be silent does not fit once that has spoken (R037)."""
    if line.draft and said.unit in line.draft["without"]:
        line.draft["told"].remove(said.unit)
        line.draft["without"].remove(said.unit)


def send(line: Line, recorded: Recorded, said: ReplyIssued | CoOpinionDelivered) -> None:
    """Note what went out, and how."""
    line.sent = (line.draft or _NO_DRAFT) | {"to": [], "sealed": None, "opinion_form": None}
    if isinstance(said, ReplyIssued):
        line.sent |= {
            "to": list(said.to),
            "sealed": said.sealed,
            "opinion_form": said.opinion_form,
        }


def begin_again(line: Line, recorded: Recorded, said: RehandlingOrdered) -> None:
    """Begin another round, with a draft, a reply and a summary of its own."""
    line.draft, line.sent, line.summed_up = {}, {}, False


def verify(line: Line, recorded: Recorded, said: MeasureVerified) -> None:
    """Note whether a measure was carried out."""
    line.verified[said.measure] = said.carried_out


def sum_up(line: Line, recorded: Recorded, said: CaseSummaryFiled) -> None:
    """Note that the case was summed up."""
    line.summed_up = True


def _add(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def tell(line: Line, plain: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """Show gates and records, each with what it lacks."""
    there = records(line)
    return {
        "subject": plain["subject"],
        "lead_unit": line.lead_unit,
        "rules": line.rules,
        "gates": [
            {"gate": gate, **GATES[gate], "missing": missing}
            for gate, missing in lacks(line, reader.rules.get(line.rules or "", {})).items()
        ],
        "records": [{"record": name, **RECORDS[name], "there": there[name]} for name in there],
        "records_missing": [name for name in there if not there[name]],
    }


_LINES: Lines = {
    ItemRegistered: enter,
    Classified: classify,
    **dict.fromkeys((Assigned, Reassigned), assign),
    AssignmentAccepted: accept,
    PlanFiled: plan,
    **dict.fromkeys((DeadlineSet, DeadlineMissed, DeadlineMissWithdrawn, DeadlineExtended), clock),
    **dict.fromkeys((Reminded, PhoneUrged, SupervisionNoticeIssued), urge),
    ProposerContacted: meet,
    ConsultationHeld: consult,
    CoOpinionSubmitted: opine,
    **dict.fromkeys((ReplyDrafted, ReplyReviewed, ReplyReturned, ReplyApproved), write),
    **dict.fromkeys((ReplyIssued, CoOpinionDelivered), send),
    RehandlingOrdered: begin_again,
    MeasureVerified: verify,
    CaseSummaryFiled: sum_up,
}
_SOME = COMING_IN | ASSIGNING | TASKS | CLOCKS | GROUNDWORK | REPLY | AFTER | LADDER

GATES_LEDGER = Ledger(
    name="gates",
    kind="case",
    title={"zh": "六关五有", "en": "gates and records"},
    line=Line,
    lines=_LINES,
    ignores=frozenset({*PUBLISHED, *TOGETHER, *RATING, *OUTSIDE, *(_SOME - _LINES.keys())}),
    tell=tell,
)
