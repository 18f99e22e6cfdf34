"""Evaluation: figures with their formulas, and the proof that the parts sum to the total.

Pure functions over tallies; the totals are counted for themselves, never added up from the parts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted in the handling ledger, for one unit or for all of them."""

    items: int = 0  # registered
    assigned: int = 0  # handed to a unit as inner lead
    co: int = 0  # on which a unit works as inner co
    outer_lead: int = 0  # this body leads
    replied: int = 0
    due: int = 0  # replies whose clock was met or ran out
    in_time: int = 0
    drafts: int = 0
    returned: int = 0
    forms: int = 0
    returns: int = 0
    satisfied: int = 0
    basically: int = 0
    outer_co: int = 0  # this body works with another that leads
    delivered: int = 0

    @property
    def content(self) -> int:
        """Ratings of satisfied and of basically satisfied."""
        return self.satisfied + self.basically

    def __add__(self, other: "Tally") -> "Tally":
        names = [each.name for each in fields(self)]
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, slots=True)
class Formula:
    """A figure: what is counted, out of what, in words and as fields of a tally."""

    figure: str
    zh: str
    formula: str
    numerator: str
    denominator: str
    joint: bool = False  # counted once per unit, so the parts may exceed the total


FORMULAS: Sequence[Formula] = (
    Formula("assigned", "主办件", "items assigned as inner lead / items registered",
            "assigned", "items"),
    Formula("assigned_co", "会办件", "items assigned as inner co / items registered",
            "co", "items", joint=True),
    Formula("reply_rate", "办复率", "ReplyIssued / items assigned as outer LEAD",
            "replied", "outer_lead"),
    Formula("in_time_rate", "按时办复率",
            "ReplyIssued recorded at or before due / replies whose clock was met or ran out",
            "in_time", "due"),
    Formula("return_rate", "退回率", "ReplyReturned / ReplyDrafted", "returned", "drafts"),
    Formula("form_return_rate", "反馈回收率", "valid returns / FeedbackRequested",
            "returns", "forms"),
    Formula("satisfied_strict", "满意率", "SATISFIED / valid returns", "satisfied", "returns"),
    Formula("satisfied_loose", "基本满意及以上率",
            "(SATISFIED + BASICALLY) / valid returns", "content", "returns"),
    Formula("co_opinion_rate", "协办意见送交率", "CoOpinionDelivered / items assigned as outer CO",
            "delivered", "outer_co"),
)  # fmt: skip

JOINT = {
    "zh": "会办件：合计中计一次，在每个会办单位各计一次。",
    "en": "A joint item counts once in the totals and once for each co-unit in the table of units.",
}


def figures(tally: Tally) -> list[dict[str, Any]]:
    """Write every figure of a tally, with formula, numerator and denominator at hand."""
    return [
        {
            "figure": each.figure,
            "zh": each.zh,
            "formula": each.formula,
            **_ratio(getattr(tally, each.numerator), getattr(tally, each.denominator)),
        }
        for each in FORMULAS
    ]


def _ratio(numerator: int, denominator: int) -> dict[str, Any]:
    value = round(numerator / denominator, 6) if denominator else None
    return {"numerator": numerator, "denominator": denominator, "value": value}


def by_unit(
    units: Mapping[str, str], parts: Mapping[str | None, Tally], total: Tally
) -> dict[str, Any]:
    """Evaluate unit by unit; `units`: every unit with its name; None: not handed to any unit yet.

    A unit with nothing appears with zeros, of all items where the others are counted out of all.
    A unit that was never published appears without a name.
    """
    nothing = Tally(items=total.items)
    listed = sorted({*units, *(unit for unit in parts if unit is not None)})
    rows: list[dict[str, Any]] = [
        {"unit": unit, "name": units.get(unit), "figures": figures(parts.get(unit, nothing))}
        for unit in listed
    ]
    if None in parts:
        rows.append(
            {"unit": None, "name": "未交办 / not assigned", "figures": figures(parts[None])}
        )
    return {
        "evaluation": "units",
        "title": {"zh": "按单位评价", "en": "by unit"},
        "note": JOINT,
        "units": rows,
        "totals": figures(total),
        "proof": [_proof(each, parts.values(), total) for each in FORMULAS],
    }


def _proof(formula: Formula, parts: Iterable[Tally], total: Tally) -> dict[str, Any]:
    """Show that the parts of a figure sum to the total, or by how much they do not.

    Where the denominator is all items, it is the same for each unit and not a sum.
    """
    added = sum(parts, Tally())
    sums = {"numerator": getattr(added, formula.numerator)}
    whole = {"numerator": getattr(total, formula.numerator)}
    if formula.denominator != "items":
        sums["denominator"] = getattr(added, formula.denominator)
        whole["denominator"] = getattr(total, formula.denominator)
    gap = {name: sums[name] - whole[name] for name in sums}
    proof = {
        "figure": formula.figure,
        "parts": sums,
        "total": whole,
        "gap": gap,
        "holds": not any(gap.values()),
    }
    return {**proof, "note": JOINT} if formula.joint else proof


def partition(name: str, parts: Mapping[str | None, int], total: int, note: str) -> dict[str, Any]:
    """Write a count by its parts, with the proof that they sum to the total, or the gap."""
    ordered = sorted(parts.items(), key=lambda each: (each[0] is None, each[0] or ""))
    added = sum(parts.values())
    return {
        "partition": name,
        "parts": [{"value": value, "items": n} for value, n in ordered],
        "total": total,
        "sum": added,
        "gap": added - total,
        "holds": added == total,
        "proof": f"{total} = " + " + ".join(str(n) for _, n in ordered)
        if added == total and parts
        else f"{' + '.join(str(n) for _, n in ordered) or '0'} = {added}, total {total}",
        "note": note,
    }
