"""The checks: expected values from a file written by hand beside what was found."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from banli_demo.looking import COUNTED, DECIDERS, Snapshot


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold."""

    id: str
    what: str
    expected: Any
    found: Any

    @property
    def ok(self) -> bool:
        return bool(self.expected == self.found)

    def as_json(self) -> dict[str, Any]:
        """Write it for the report."""
        return {
            "id": self.id,
            "what": self.what,
            "expected": self.expected,
            "found": self.found,
            "ok": self.ok,
        }

    def differences(self) -> list[str]:
        """Say where the two differ: part by part where both have parts of the same names."""
        if not (isinstance(self.expected, dict) and isinstance(self.found, dict)):
            found = self.found if isinstance(self.found, list) else [self.found]
            return [f"expected {self.expected}", *(f"found    {each}" for each in found)]
        return [
            f"{name}: expected {self.expected.get(name)}, found {self.found.get(name)}"
            for name in sorted({*self.expected, *self.found}, key=str)
            if self.expected.get(name) != self.found.get(name)
        ]


class Report:
    """All checks of a run, in the order in which they were made."""

    def __init__(self) -> None:
        self._expected = expected()
        self.checks: list[Check] = []

    def add(self, id_: str, found: Any) -> None:
        """Note what was found."""
        given = self._expected[id_]
        self.checks.append(Check(id_, given["what"], given["expected"], found))

    def add_all(self, found: Mapping[str, Any]) -> None:
        """Note several."""
        for id_, value in found.items():
            self.add(id_, value)

    @property
    def failed(self) -> list[Check]:
        """The checks that do not hold."""
        return [check for check in self.checks if not check.ok]

    def unmade(self) -> list[str]:
        """Name the checks that were never made."""
        return [id_ for id_ in self._expected if id_ not in {check.id for check in self.checks}]

    def write(self, path: Path) -> None:
        """Write the report."""
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [check.as_json() for check in self.checks]
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1, default=str) + "\n")


def expected() -> dict[str, dict[str, Any]]:
    """Read the file of expected values, by id."""
    text = files("banli_demo").joinpath("expected.toml").read_text()
    return {each["id"]: each for each in tomllib.loads(text)["checks"]}


def of_the_rebuild(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """Find what is other than before."""

    def differ(kind: Callable[[Snapshot], Mapping[str, Any]], table: str) -> list[str]:
        return [name for name in DECIDERS if kind(before)[name][table] != kind(after)[name][table]]

    names = sorted(before.lines.keys() | after.lines.keys())
    return {
        "rebuilt.events": differ(lambda each: each.cases, "events"),
        "rebuilt.due": differ(lambda each: each.clocks, "due"),
        "rebuilt.clocks": {name: after.clocks[name]["due"]["rows"] for name in DECIDERS},
        "rebuilt.reference": {
            "differ": sorted({
                *differ(lambda each: each.reference, "events"),
                *differ(lambda each: each.reference, "published"),
            }),
            "rows": {name: after.reference[name]["published"]["rows"] for name in DECIDERS},
        },
        "rebuilt.ledgers": {
            "differ": [n for n in names if before.lines.get(n) != after.lines.get(n)],
            "lines": sum(name.startswith(COUNTED) for name in names),
        },
    }  # fmt: skip


def findings(said: Mapping[str, Any]) -> list[str]:
    """Write the auditor's findings, each with its place and event."""
    return [
        f"{each['code']} at {each['topic']}/{each['partition']}@{each['offset']}, "
        f"{each['type'] or '-'} {each['event'] or '-'} "
        f"({each['subject']} {each['source']}:{each['version']}): {each['sentence']}"
        for each in said["findings"]
    ]
