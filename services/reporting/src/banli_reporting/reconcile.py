"""Whether parts make up what is stated: the sum, or the gap in print, never hidden."""

from collections.abc import Mapping
from typing import Any


def reconcile(parts: Mapping[Any, int], stated: int) -> dict[str, Any]:
    """Compare the sum of parts with a stated total; the gap is what the total has more (R057).

    >>> reconcile({"a": 1, "b": 1}, 3)["proof"]
    '1 + 1 = 2, stated 3, gap 1'
    """
    ordered = [parts[name] for name in sorted(parts, key=lambda name: (name is None, name or ""))]
    added = sum(ordered)
    sum_ = f"{' + '.join(map(str, ordered)) or 0} = {added}"
    gap = stated - added
    return {
        "sum": added,
        "stated": stated,
        "gap": gap,
        "holds": gap == 0,
        "proof": sum_ if gap == 0 else f"{sum_}, stated {stated}, gap {gap}",
    }


def partition(
    name: str, title: Mapping[str, str], parts: Mapping[str | None, int], stated: int, note: str
) -> dict[str, Any]:
    """Write a count by its parts, with the proof that they make up the total, or the gap (R058)."""
    ordered = sorted(parts.items(), key=lambda each: (each[0] is None, each[0] or ""))
    return {
        "partition": name,
        "title": title,
        "parts": [{"value": value, "items": n} for value, n in ordered],
        "total": stated,
        **reconcile(parts, stated),
        "note": note,
    }
