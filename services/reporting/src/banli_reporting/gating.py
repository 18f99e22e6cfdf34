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
    thorough, accepted = bool(rules.get("thorough")), line.lead_unit in line.accepted
    sent, reply = line.sent, line.outer_role != OuterRole.CO
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
        "R025": _urging(line, rules),
        "R026": _review(line, rules),
        "R027": _absent(
            approval=(line.draft or sent).get("approved"),
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


def _urging(line: "Line", rules: Mapping[str, Any]) -> list[str]:
    """What is late was reminded of before, and urged after (R025)."""
    late = {each for each in line.missed if each.partition(":")[0] in OWED}
    asked = {Rung.PHONE, Rung.NOTICE}.intersection(rules.get("rungs", ()))
    return _absent(
        reminder=late.intersection(line.remindable) <= set(line.reminded),
        urging=not asked or late <= {*line.called, *line.noticed},
    )


def _review(line: "Line", rules: Mapping[str, Any]) -> list[str]:
    """The draft of who handles the case is reviewed at each level, all heard before (R026)."""
    draft, reply = line.draft or line.sent, line.outer_role != OuterRole.CO
    thorough, met = rules.get("thorough"), set(line.signers) <= set(line.contacted)
    return _absent(
        draft=draft and not draft["returned"],
        author=line.sent or (draft and draft["author"] == line.handler),
        opinions=not thorough or (draft and set(draft["told"]) == set(line.co)),
        reviews=draft and draft["reviews"] >= (rules.get("reviews", 1) if thorough else 1),
        each_contact=not (reply and rules.get("contact_each")) or met,
        consultation=not (reply and rules.get("consult")) or line.consulted,
    )


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
