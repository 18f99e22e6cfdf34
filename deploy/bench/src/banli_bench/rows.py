"""What was measured, beside what it should be."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `ok` is whether it reaches its goal, true where it has none."""

    id: str
    value: float
    unit: str
    goal: str | None = None
    ok: bool = True


def at_least(id: str, value: float, unit: str, goal: float) -> Row:
    """A figure that should be large."""
    return Row(id, _short(value), unit, f">= {goal:g}", value >= goal)


def at_most(id: str, value: float, unit: str, goal: float) -> Row:
    """A figure that should be small."""
    return Row(id, _short(value), unit, f"<= {goal:g}", value <= goal)


def plain(id: str, value: float, unit: str) -> Row:
    """A figure that is only told."""
    return Row(id, _short(value), unit)


def write(rows: list[Row], path: Path) -> None:
    """Write the report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def show(row: Row) -> str:
    """Write a row for the screen."""
    goal = f"{row.goal:>10}  {'ok' if row.ok else 'MISSED'}" if row.goal else ""
    return f"{row.id:<40} {row.value:>12,g} {row.unit:<14}{goal}"


def _short(value: float) -> float:
    return round(value, 3 if value < 10 else 1)
