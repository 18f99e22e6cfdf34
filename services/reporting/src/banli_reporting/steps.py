"""At which step a case stands and what it lacks: derived from its line, in Chinese and English."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from banli_events.words import Grade, OuterRole, Ruling

if TYPE_CHECKING:
    from banli_reporting.ledgers.handling.line import Line

CONTENT = frozenset({Grade.SATISFIED.value, Grade.BASICALLY.value})
"""The grades that let a case be closed."""

STEPS: Mapping[str, Mapping[str, str]] = {
    "REFUSED": {"zh": "不予立案", "en": "not entered"},
    "REGISTERED": {"zh": "已登记", "en": "registered"},
    "CLASSIFIED": {"zh": "已分类", "en": "classified"},
    "PROPOSED": {"zh": "已拟办", "en": "assignment proposed"},
    "ASSIGNED": {"zh": "已交办", "en": "assigned"},
    "OBJECTED": {"zh": "承办单位异议", "en": "objected to by the lead unit"},
    "OUTER_OBJECTION": {"zh": "已向交办机关提出异议", "en": "objected to towards the assigner"},
    "IN_HAND": {"zh": "办理中", "en": "in hand"},
    "DRAFTED": {"zh": "已拟稿", "en": "drafted"},
    "REWORK": {"zh": "退回重办", "en": "returned to its author"},
    "REVIEWED": {"zh": "已审核", "en": "reviewed"},
    "APPROVED": {"zh": "已签批", "en": "approved"},
    "REPLIED": {"zh": "已答复", "en": "replied"},
    "DELIVERED": {"zh": "协办意见已送交", "en": "co-opinion delivered"},
    "RATED": {"zh": "已评价", "en": "rated"},
    "REHANDLING": {"zh": "重新办理", "en": "handled again"},
    "MEETING": {"zh": "待会议决定", "en": "waiting for a meeting"},
    "ARCHIVED": {"zh": "已归档", "en": "archived"},
    "WITHDRAWN": {"zh": "已撤回", "en": "withdrawn"},
    "GIVEN_BACK": {"zh": "已退回交办机关", "en": "given back to the assigner"},
    "OUT_OF_SCOPE": {"zh": "非本机关职责，已说明", "en": "out of scope, explained"},
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "category": {"zh": "缺：分类", "en": "missing: category"},
    "proposal": {"zh": "缺：拟办意见", "en": "missing: proposed lead"},
    "assignment": {"zh": "缺：交办", "en": "missing: assignment"},
    "answer-to-objection": {"zh": "缺：异议裁定", "en": "missing: answer to an objection"},
    "reassignment": {"zh": "异议成立，缺：重新交办", "en": "missing: assignment to another unit"},
    "assigners-answer": {"zh": "缺：交办机关答复", "en": "missing: the assigner's answer"},
    "acceptance": {"zh": "缺：签收", "en": "missing: acceptance by the lead unit"},
    "rules": {"zh": "缺：办理期限与依据", "en": "missing: due date and rules"},
    "contact": {"zh": "缺：沟通记录", "en": "missing: contact with a signer"},
    "research": {"zh": "缺：研究记录", "en": "missing: research"},
    "outside-result": {"zh": "缺：外单位结果", "en": "missing: the result of an outside body"},
    "co-opinion": {"zh": "缺：会办单位意见", "en": "missing: opinion of a co-unit"},
    "consultation": {"zh": "缺：面商记录", "en": "missing: consultation face to face"},
    "draft": {"zh": "缺：答复稿", "en": "missing: draft"},
    "new-draft": {"zh": "退回重办，缺：修改稿", "en": "returned, missing: a new draft"},
    "measures": {"zh": "缺：办理措施", "en": "missing: measures in the reply"},
    "proof": {"zh": "缺：办理结果依据", "en": "missing: proof of the outcome"},
    "review": {"zh": "缺：审核", "en": "missing: review"},
    "approval": {"zh": "缺：签批", "en": "missing: approval"},
    "issue": {"zh": "缺：正式答复", "en": "missing: issue of the reply"},
    "delivery": {"zh": "缺：送交协办意见", "en": "missing: delivery of the co-opinion"},
    "publication": {"zh": "缺：公开决定", "en": "missing: decision on publication"},
    "feedback": {"zh": "缺：反馈意见", "en": "missing: feedback"},
    "satisfaction": {"zh": "未办结：有代表不满意", "en": "open: a signer is not satisfied"},
    "meeting": {"zh": "缺：会议决定", "en": "missing: decision of a meeting"},
    "verification": {"zh": "缺：措施落实核查", "en": "missing: verification of a measure"},
    "task": {"zh": "缺：分解任务完成", "en": "missing: a part of the handling"},
    "report": {"zh": "缺：办结报告及回执", "en": "missing: closing report to the assigner"},
    "summary": {"zh": "缺：办理总结", "en": "missing: summary"},
    "archiving": {"zh": "缺：归档", "en": "missing: archiving"},
}
"""What may be missing or keep a case open, in the order of the work."""

Options = Mapping[str, Any]
"""What the rule set of a case asks for, by the names that `RuleSet` gives it."""


def grades_of(line: "Line") -> Mapping[str, str]:
    """The grades given to the reply issued last, by signer.

    Who was silent when the round was closed is left out, if they were not in time (R077).
    """
    number = str(line.issued_round)
    silent, due = line.silent.get(number, ()), line.feedback_due.get(number, "")
    rated = line.rated.get(number, {})
    given = line.grades.get(number, {})
    return {who: given[who] for who in given if who not in silent or rated[who] <= due}


def ended_at(line: "Line") -> tuple[datetime, str] | None:
    """Tell when the handling ended other than by a reply, and how; the first end counts."""
    ends = (
        (line.withdrawn_at, "WITHDRAWN"),
        (line.given_back_at, "GIVEN_BACK"),
        (line.out_of_scope_at, "OUT_OF_SCOPE"),
    )
    return min(((at, how) for at, how in ends if at is not None), default=None)


def replied(line: "Line") -> bool:
    """Tell whether the reply of the round in hand went out."""
    return line.issued_round is not None and line.issued_round >= line.ordered


def drafted(line: "Line") -> bool:
    """Tell whether there is a draft that counts: its author handles the case (R009)."""
    return line.drafted_at is not None and line.author == line.handler


def step_of(line: "Line") -> str:
    """Tell at which step the case stands: the furthest whose fact is there."""
    if line.archived_at:
        return "ARCHIVED"
    if ended := ended_at(line):
        return ended[1]
    if replied(line):
        return _rated(line)
    if line.delivered_at:
        return "DELIVERED"
    if line.outer_objection_at:
        return "OUTER_OBJECTION"
    if line.upheld_at or line.lead_unit in line.objecting:
        return "OBJECTED"
    return _worked_on(line) or _handed_over(line)


def _rated(line: "Line") -> str:
    """Tell how far a reply is rated (R077)."""
    given = grades_of(line)
    closed = str(line.issued_round) in line.feedback_closed
    if not closed and not all(each in given for each in line.issued_to):
        return "REPLIED"
    return "MEETING" if _meeting_due(line) else "RATED"


def _meeting_due(line: "Line") -> bool:
    """Tell whether a reply after the first did not satisfy and no meeting has decided yet."""
    unhappy = not CONTENT.issuperset(grades_of(line).values())
    return unhappy and (line.issued_round or 1) > 1 and str(line.issued_round) not in line.ruled


def _worked_on(line: "Line") -> str | None:
    if drafted(line):
        if line.returned_at:
            return "REWORK"
        if line.approved_at:
            return "APPROVED"
        return "REVIEWED" if line.reviewed_at else "DRAFTED"
    return "REHANDLING" if line.ordered_at else None


def _handed_over(line: "Line") -> str:
    if line.lead_unit:
        return "IN_HAND" if line.lead_unit in line.accepted else "ASSIGNED"
    if line.proposed_at:
        return "PROPOSED"
    if line.classified_at:
        return "CLASSIFIED"
    return "REFUSED" if line.refused_at else "REGISTERED"


def since_of(line: "Line", step: str) -> datetime | None:
    """Tell since when the case has stood at its step, in recorded time."""
    match step:
        case "IN_HAND":
            return _moment(line.accepted.get(line.lead_unit or ""))
        case "OBJECTED":
            raised = line.objecting.get(line.lead_unit or "")
            return line.upheld_at or _moment(raised)
        case "RATED" | "MEETING":
            closed = _moment(line.feedback_closed.get(str(line.issued_round)))
            return closed or line.rated_at
        case _:
            return getattr(line, _SINCE[step])  # type: ignore[no-any-return]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


_SINCE: Mapping[str, str] = {
    "REFUSED": "refused_at",
    "REGISTERED": "registered_at",
    "CLASSIFIED": "classified_at",
    "PROPOSED": "proposed_at",
    "ASSIGNED": "assigned_at",
    "OUTER_OBJECTION": "outer_objection_at",
    "DRAFTED": "drafted_at",
    "REWORK": "returned_at",
    "REVIEWED": "reviewed_at",
    "APPROVED": "approved_at",
    "REPLIED": "issued_at",
    "DELIVERED": "delivered_at",
    "REHANDLING": "ordered_at",
    "ARCHIVED": "archived_at",
    "WITHDRAWN": "withdrawn_at",
    "GIVEN_BACK": "given_back_at",
    "OUT_OF_SCOPE": "out_of_scope_at",
}


def missing(line: "Line", rules: Options) -> list[dict[str, Any]]:
    """List what is missing until the case can be closed, and whom that waits for, as codes."""
    if line.archived_at or ended_at(line) or line.registered_at is None:
        return []
    found: list[dict[str, Any]] = []
    for code, lacks in (*_before_sent(line, rules), *_after_sent(line, rules)):
        if isinstance(lacks, list) and lacks:
            found.append({"code": code, "who": lacks})
        elif lacks is True:
            found.append({"code": code})
    return found or [{"code": "archiving"}]


def _before_sent(line: "Line", rules: Options) -> tuple[tuple[str, bool | list[str]], ...]:
    """Name the records and steps that are not there yet, up to what is sent."""
    co = line.outer_role == OuterRole.CO
    sent = bool(line.delivered_at) if co else replied(line)
    written = drafted(line) and not line.returned_at
    unmet = [each for each in line.signers if each not in line.contacted]
    return (
        ("category", not line.classified_at),
        ("proposal", not line.proposed_at),
        ("assignment", not line.assigned_at),
        ("assigners-answer", bool(line.outer_objection_at)),
        ("answer-to-objection", sorted(line.objecting)),
        ("reassignment", bool(line.upheld_at)),
        ("acceptance", line.lead_unit not in line.accepted),
        ("rules", not line.rules),
        ("contact", unmet if rules.get("contact_each") else not line.contacts),
        ("research", not line.research),
        ("outside-result", sorted(line.referred.values())),
        ("co-opinion", [] if sent else line.opinions_due),
        ("consultation", bool(rules.get("consult")) and not line.consulted),
        ("draft", not sent and not drafted(line)),
        ("new-draft", drafted(line) and bool(line.returned_at)),
        ("measures", bool(line.drafts) and not line.measures),
        ("proof", bool(line.drafts) and not line.proof),
        ("review", not sent and not (written and line.reviewed_at)),
        ("approval", not sent and not (written and line.approved_at)),
        ("delivery" if co else "issue", not sent),
    )


def _after_sent(line: "Line", rules: Options) -> tuple[tuple[str, bool | list[str]], ...]:
    """Name what is not there yet once a reply or co-opinion is sent."""
    out = replied(line) and line.outer_role != OuterRole.CO
    given, to = grades_of(line), line.issued_to if out else []
    closed = str(line.issued_round) in line.feedback_closed
    ruled = line.ruled.get(str(line.issued_round)) == Ruling.CLOSE
    unhappy = [each for each in to if each in given and given[each] not in CONTENT]
    sent = out or bool(line.delivered_at)
    unverified = [each for each in line.measures if each not in line.verified]
    return (
        ("feedback", [] if closed else [each for each in to if each not in given]),
        ("satisfaction", [] if ruled else unhappy),
        ("meeting", out and _meeting_due(line)),
        ("publication", bool(rules.get("publish")) and out and not line.published),
        ("verification", unverified if sent and rules.get("verify") else []),
        ("task", line.open_tasks),
        ("report", sent and bool(rules.get("report")) and not line.reported_at),
        ("summary", not line.summed_up_at),
    )
