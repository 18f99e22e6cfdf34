"""At which step a case stands and what it lacks: derived from its line, in Chinese and English."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from banli_events.words import Grade, OuterRole

CONTENT = frozenset({Grade.SATISFIED.value, Grade.BASICALLY.value})
"""The grades that let a case be closed."""

STEPS: Mapping[str, Mapping[str, str]] = {
    "REGISTERED": {"zh": "已登记", "en": "registered"},
    "CLASSIFIED": {"zh": "已分类", "en": "classified"},
    "PROPOSED": {"zh": "已拟办", "en": "assignment proposed"},
    "ASSIGNED": {"zh": "已交办", "en": "assigned"},
    "IN_HAND": {"zh": "办理中", "en": "in hand"},
    "DRAFTED": {"zh": "已拟稿", "en": "drafted"},
    "REVIEWED": {"zh": "已审核", "en": "reviewed"},
    "APPROVED": {"zh": "已签批", "en": "approved"},
    "REPLIED": {"zh": "已答复", "en": "replied"},
    "DELIVERED": {"zh": "协办意见已送交", "en": "co-opinion delivered"},
    "RATED": {"zh": "已评价", "en": "rated"},
    "ARCHIVED": {"zh": "已归档", "en": "archived"},
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "category": {"zh": "缺：分类", "en": "missing: category"},
    "proposal": {"zh": "缺：拟办意见", "en": "missing: proposed lead"},
    "assignment": {"zh": "缺：交办", "en": "missing: assignment"},
    "acceptance": {"zh": "缺：签收", "en": "missing: acceptance by the lead unit"},
    "rules": {"zh": "缺：办理期限与依据", "en": "missing: due date and rules"},
    "contact": {"zh": "缺：沟通记录", "en": "missing: contact with a signer"},
    "research": {"zh": "缺：研究记录", "en": "missing: research"},
    "draft": {"zh": "缺：答复稿", "en": "missing: draft"},
    "new-draft": {"zh": "退回重办，缺：修改稿", "en": "returned, missing: a new draft"},
    "measures": {"zh": "缺：办理措施", "en": "missing: measures in the reply"},
    "proof": {"zh": "缺：办理结果依据", "en": "missing: proof of the outcome"},
    "review": {"zh": "缺：审核", "en": "missing: review"},
    "approval": {"zh": "缺：签批", "en": "missing: approval"},
    "issue": {"zh": "缺：正式答复", "en": "missing: issue of the reply"},
    "delivery": {"zh": "缺：送交协办意见", "en": "missing: delivery of the co-opinion"},
    "feedback": {"zh": "缺：反馈意见", "en": "missing: feedback"},
    "satisfaction": {"zh": "未办结：有代表不满意", "en": "open: a signer is not satisfied"},
    "summary": {"zh": "缺：办理总结", "en": "missing: summary"},
    "archiving": {"zh": "缺：归档", "en": "missing: archiving"},
}
"""What may be missing or keep a case open, in the order of the work."""


class Line(Protocol):
    """What is asked of a handling line here."""

    outer_role: str | None
    registered_at: datetime | None
    grades: dict[str, dict[str, str]]
    rated_at: datetime | None
    classified_at: datetime | None
    proposed_at: datetime | None
    lead_unit: str | None
    assigned_at: datetime | None
    accepted: dict[str, str]
    rules: str | None
    contacts: int
    research: int
    drafts: int
    returned_at: datetime | None
    drafted_at: datetime | None
    measures: bool
    proof: bool
    reviewed_at: datetime | None
    approved_at: datetime | None
    issued_at: datetime | None
    issued_round: int | None
    issued_to: list[str]
    delivered_at: datetime | None
    summed_up_at: datetime | None
    archived_at: datetime | None


def grades_of(line: Line) -> Mapping[str, str]:
    """The grades given to the reply that was issued last, by signer."""
    return line.grades.get(str(line.issued_round), {})


def step_of(line: Line) -> str:
    """Tell at which step the case stands: the furthest whose fact is there."""
    if line.archived_at:
        return "ARCHIVED"
    if line.issued_at:
        given = grades_of(line)
        return "RATED" if all(each in given for each in line.issued_to) else "REPLIED"
    if line.delivered_at:
        return "DELIVERED"
    if line.drafted_at and not line.returned_at:
        if line.approved_at:
            return "APPROVED"
        return "REVIEWED" if line.reviewed_at else "DRAFTED"
    if line.lead_unit:
        return "IN_HAND" if line.lead_unit in line.accepted or line.drafts else "ASSIGNED"
    if line.proposed_at:
        return "PROPOSED"
    return "CLASSIFIED" if line.classified_at else "REGISTERED"


def since_of(line: Line, step: str) -> datetime | None:
    """Tell since when the case has stood at its step, in recorded time."""
    if step == "IN_HAND":
        accepted = line.accepted.get(line.lead_unit or "")
        return line.returned_at or (datetime.fromisoformat(accepted) if accepted else None)
    return getattr(line, _SINCE[step])  # type: ignore[no-any-return]


_SINCE: Mapping[str, str] = {
    "REGISTERED": "registered_at",
    "CLASSIFIED": "classified_at",
    "PROPOSED": "proposed_at",
    "ASSIGNED": "assigned_at",
    "DRAFTED": "drafted_at",
    "REVIEWED": "reviewed_at",
    "APPROVED": "approved_at",
    "REPLIED": "issued_at",
    "DELIVERED": "delivered_at",
    "RATED": "rated_at",
    "ARCHIVED": "archived_at",
}


def missing(line: Line) -> list[dict[str, Any]]:
    """List what is missing until the case can be closed, and whom that waits for, as codes."""
    if line.archived_at:
        return []
    found: list[dict[str, Any]] = [{"code": code} for code in _lacks(line)]
    if line.outer_role != OuterRole.CO and line.issued_at:
        given = grades_of(line)
        silent = [each for each in line.issued_to if each not in given]
        unhappy = [each for each in line.issued_to if given.get(each, "") not in CONTENT]
        unhappy = [each for each in unhappy if each in given]
        if silent:
            found.append({"code": "feedback", "who": silent})
        if unhappy:
            found.append({"code": "satisfaction", "who": unhappy})
    if not line.summed_up_at:
        found.append({"code": "summary"})
    return found or [{"code": "archiving"}]


def _lacks(line: Line) -> list[str]:
    """Name the records and steps that are not there yet, up to what is sent."""
    sent = line.issued_at or line.delivered_at
    drafted = line.drafted_at and not line.returned_at
    facts: tuple[tuple[str, object], ...] = (
        ("category", line.classified_at),
        ("proposal", line.proposed_at),
        ("assignment", line.assigned_at),
        ("acceptance", line.lead_unit in line.accepted),
        ("rules", line.rules),
        ("contact", line.contacts),
        ("research", line.research),
        ("draft", line.drafted_at),
        ("new-draft", not line.returned_at),
        ("measures", line.measures or not line.drafted_at),
        ("proof", line.proof or not line.drafted_at),
        ("review", drafted and line.reviewed_at),
        ("approval", drafted and line.approved_at),
        ("delivery" if line.outer_role == OuterRole.CO else "issue", sent),
    )
    return [code for code, there in facts if not there]
