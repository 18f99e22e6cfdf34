"""Evaluation: figures with their formulas, and the proof that the parts sum to the total.

Pure functions over tallies; the totals are counted for themselves, never added up from the parts.
"""

import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from math import ceil
from typing import Any

from banli_reporting.counts import COUNTS
from banli_reporting.ledgers.counted import Line
from banli_reporting.reconcile import reconcile


@dataclass(frozen=True, slots=True)
class Formula:
    """A figure: which count is divided by which, in which version of its definition."""

    name: str
    version: int
    zh: str
    en: str
    numerator: str
    denominator: str
    joint: bool = False  # a thing may count for several units, so the parts may exceed the total
    of_all: bool = False  # divided by the total of all units
    percentiles: bool = False
    beside: str | None = None  # a figure without which this one misleads


_DATA = tomllib.loads(files("banli_reporting").joinpath("formulas.toml").read_text("utf-8"))

WORDS: Mapping[str, Mapping[str, str]] = _DATA["counts"]
"""What each count counts, in Chinese and English."""

FORMULAS: Mapping[str, Formula] = {each["name"]: Formula(**each) for each in _DATA["figures"]}

JOINT = {
    "zh": "会办件：合计中计一次，在每个承办单位各计一次。",
    "en": "A joint item counts once in the totals and once for each unit in the table of units.",
}


OTHERS, OTHERS_NAME = "others", "其他单位 / other units"
"""What stands for all units but those whose figures the reader may see one by one."""


@dataclass(slots=True)
class Tally:
    """What was counted, for one unit or for all of them."""

    counts: Counter[str] = field(default_factory=Counter)
    values: dict[str, list[float]] = field(default_factory=dict)  # where something is measured
    again: Counter[str] = field(default_factory=Counter)  # for each unit of a thing but the first

    def add(self, count: str, value: float | None) -> None:
        """Count one thing."""
        self.counts[count] += 1
        if value is not None:
            self.values.setdefault(count, []).append(value)


def tally(lines: Iterable[Line]) -> tuple[dict[str | None, Tally], Tally]:
    """Count everything: by unit (None: no unit has it yet), and for itself in all."""
    parts: dict[str | None, Tally] = {}
    total = Tally()
    for line in lines:
        for name, count in COUNTS.items():
            for thing in count(line):
                total.add(name, thing.value)
                units = set(thing.units)
                total.again[name] += len(units) - 1
                for unit in units:
                    parts.setdefault(unit, Tally()).add(name, thing.value)
    return parts, total


def together(parts: Mapping[str | None, Tally], rows: Collection[str]) -> dict[str | None, Tally]:
    """Put all units but these together; what no unit has yet stays by itself."""
    found: dict[str | None, Tally] = {}
    for unit, part in parts.items():
        into = found.setdefault(unit if unit is None or unit in rows else OTHERS, Tally())
        into.counts.update(part.counts)
        for name, values in part.values.items():
            into.values.setdefault(name, []).extend(values)
    return found


def formula_of(each: Formula) -> dict[str, Any]:
    """Write a formula in words."""
    above, below = WORDS[each.numerator], WORDS[each.denominator]
    return {
        "figure": each.name,
        "version": each.version,
        "zh": each.zh,
        "en": each.en,
        "formula": f"{above['en']} / {below['en']}",
        "formula_zh": f"{above['zh']} / {below['zh']}",
        **({"beside": each.beside} if each.beside else {}),
    }


def figures(part: Tally, total: Tally) -> list[dict[str, Any]]:
    """Write every figure of a tally, with formula, numerator and denominator at hand."""
    return [_figure(each, part, total) for each in FORMULAS.values()]


def _figure(each: Formula, part: Tally, total: Tally) -> dict[str, Any]:
    numerator = part.counts[each.numerator]
    denominator = (total if each.of_all else part).counts[each.denominator]
    value = round(numerator / denominator, 6) if denominator else None
    said = formula_of(each) | {
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
    }
    if each.percentiles:
        values = part.values.get(each.numerator, ())
        said |= {"p50": percentile(values, 50), "p90": percentile(values, 90)}
    return said


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Find the least value that so many in a hundred do not exceed; None of none.

    >>> percentile([3, 1, 2, 4], 50), percentile([1, 2], 90), percentile([], 50)
    (2, 2, None)
    """
    ordered = sorted(values)
    return round(ordered[ceil(len(ordered) * percent / 100) - 1], 6) if ordered else None


def by_unit(
    units: Mapping[str, str], parts: Mapping[str | None, Tally], total: Tally
) -> dict[str, Any]:
    """Evaluate unit by unit; `units`: every unit with its name; None: no unit has it yet.

    A unit with nothing appears with zeros. A unit that was never published has no name.
    """
    listed = sorted({*units, *(unit for unit in parts if unit is not None)})
    rows: list[dict[str, Any]] = [
        {
            "unit": unit,
            "name": units.get(unit),
            "figures": figures(parts.get(unit, Tally()), total),
        }
        for unit in listed
    ]
    if None in parts:
        name = "未交办 / not assigned"
        rows.append({"unit": None, "name": name, "figures": figures(parts[None], total)})
    return {
        "evaluation": "units",
        "title": {"zh": "按单位评价", "en": "by unit"},
        "note": JOINT,
        "units": rows,
        "totals": figures(total, total),
        "proof": [_proof(each, parts, total) for each in FORMULAS.values()],
    }


def _proof(each: Formula, parts: Mapping[str | None, Tally], total: Tally) -> dict[str, Any]:
    """Show that the parts of a figure sum to the total, or by how much they do not.

    Things of several units make a gap, which is printed; it holds where they explain all of it.
    What each unit's is divided by in common is no sum.
    """
    counts = {"numerator": each.numerator, "denominator": each.denominator}
    if each.of_all:
        del counts["denominator"]
    shown = {name: _sum(count, parts, total) for name, count in counts.items()}
    proof = {
        "figure": each.name,
        **shown,
        "holds": all(one["holds"] for one in shown.values()),
    }
    return proof | {"note": JOINT} if each.joint else proof


def _sum(count: str, parts: Mapping[str | None, Tally], total: Tally) -> dict[str, Any]:
    each = {unit: part.counts[count] for unit, part in parts.items()}
    found, again = reconcile(each, total.counts[count]), total.again[count]
    return found | {"joint": again, "holds": found["gap"] + again == 0}
