"""What the six gates and the five records of a case lack, by the rules that it is held to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from banli_events.deadlines import ClockKind, Rung
from banli_events.words import OuterRole

if TYPE_CHECKING:
    from banli_reporting.ledgers.gates import Line

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
"""The clocks of what a unit owes; the others wait for the assigner, the signers or the office."""

GATES: Mapping[str, Mapping[str, str]] = {
    "R023": {"zh": "交办关", "en": "handing over"},
    "R024": {"zh": "承办关", "en": "taking on"},
    "R025": {"zh": "催办关", "en": "urging"},
    "R026": {"zh": "审查关", "en": "review"},
    "R027": {"zh": "答复关", "en": "reply"},
    "R028": {"zh": "查办关", "en": "verification"},
}
RECORDS: Mapping[str, Mapping[str, str]] = {
    "record": {"zh": "有记录", "en": "record of contact"},
    "rules": {"zh": "有制度", "en": "rules it is held to"},
    "measures": {"zh": "有措施", "en": "measures or plan"},
    "result": {"zh": "有结果", "en": "outcome with its proof"},
    "summary": {"zh": "有总结", "en": "summary"},
}
"""The five records of a case (R029)."""


def lacks(line: "Line", rules: Mapping[str, Any]) -> dict[str, list[str]]:
    """Name what each gate lacks, by the rules of the case (R023 to R028)."""
    thorough, urged = rules.get("thorough"), {*line.called, *line.noticed}
    late = {each for each in line.missed if each.partition(":")[0] in OWED}
    urging = {Rung.PHONE, Rung.NOTICE}.intersection(rules.get("rungs", ()))
    accepted, reply = line.lead_unit in line.accepted, line.outer_role != OuterRole.CO
    sent, draft = line.sent, line.draft or line.sent
    needed = rules.get("reviews", 1) if thorough else 1
    undone = [each for each in sent.get("measures", ()) if not line.verified.get(each)]
    return {
        "R023": _absent(
            category=line.category,
            duty_basis=line.duty_basis,
            lead=line.lead_unit,
            deadline=line.rules,
            acceptance=accepted,
        ),
        "R024": _absent(
            acceptance=accepted,
            plan=not thorough or line.lead_unit in line.planned,
            contact=not thorough or line.contacted,
        ),
        "R025": _absent(
            reminder=late.intersection(line.remindable) <= set(line.reminded),
            urging=not urging or late <= urged,
        ),
        "R026": _absent(
            draft=draft and not draft["returned"],
            author=sent or (draft and draft["author"] == line.handler),
            opinions=not thorough or (draft and set(draft["told"]) == set(line.co)),
            reviews=draft and draft["reviews"] >= needed,
            each_contact=not (reply and rules.get("contact_each"))
            or set(line.signers) <= set(line.contacted),
            consultation=not (reply and rules.get("consult")) or line.consulted,
        ),
        "R027": _absent(
            approval=draft and draft["approved"],
            issue=sent,
            every_signer=not reply or (sent and set(line.signers) <= set(sent["to"])),
            seal=not (reply and thorough) or (sent and sent["sealed"]),
            opinion_form=not (reply and thorough) or (sent and sent["opinion_form"]),
        ),
        "R028": _absent(
            issue=sent,
            verification=not (reply and rules.get("verify")) or (sent and not undone),
        ),
    }


def records(line: "Line") -> dict[str, bool]:
    """Tell which of the five records are there (R029)."""
    draft = line.sent or line.draft
    return {
        "record": bool(line.contacted),
        "rules": bool(line.rules),
        "measures": bool(draft and (draft["measures"] or draft["planned"])),
        "result": bool(draft and draft["proof"]),
        "summary": line.summed_up,
    }


def _absent(**there: object) -> list[str]:
    return [name for name, found in there.items() if not found]
