"""The checks: expected values from a file written by hand beside what was found."""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from banli_demo.looking import DECIDERS, Looking, Snapshot


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


def of_the_year(looking: Looking) -> dict[str, Any]:
    """Find what the ledgers and the evaluation say of the year."""
    handling = looking.ledger("handling")
    stories = {line["number"]: looking.story(line["subject"]) for line in handling}
    return {
        **_register(looking),
        **_evaluation(looking),
        **_handling(handling),
        "events": {number: len(events) for number, events in sorted(stories.items())},
        "ways": _ways(stories.values()),
        "set-aside": looking.set_aside(),
    }


def _register(looking: Looking) -> dict[str, Any]:
    said = looking.get("reporting", "/v1/ledgers/register/summary")
    parts = {each["partition"]: each for each in said["partitions"]}
    counts = {name: {row["value"]: row["items"] for row in each["parts"]}
              for name, each in parts.items()}  # fmt: skip
    holds = all(each["holds"] for each in said["partitions"])
    return {
        "items": {"total": said["total"], **counts["outer_role"], "sums": holds},
        "topics": counts["topic"],
    }


def _evaluation(looking: Looking) -> dict[str, Any]:
    said = looking.get("reporting", "/v1/evaluations/units")
    totals = {each["figure"]: f"{each['numerator']} of {each['denominator']}"
              for each in said["totals"]}  # fmt: skip
    assigned = {
        row["unit"]: figure["numerator"]
        for row in said["units"]
        for figure in row["figures"]
        if figure["figure"] == "assigned"
    }
    return {
        "first-replies": totals["reply_rate"],
        "co-opinions": totals["co_opinion_rate"],
        "in-time": totals["in_time_rate"],
        "returned": totals["return_rate"],
        "forms": totals["form_return_rate"],
        "satisfied": totals["satisfied_strict"],
        "satisfied-loose": totals["satisfied_loose"],
        "units": assigned,
        "proofs": [each["figure"] for each in said["proof"] if not each["holds"]],
    }


def _handling(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    missed = [line for line in lines if line["missed"]]
    return {
        "missed": {line["number"]: _caught_up(line) for line in missed},
        "redone": {line["number"]: line["drafts"] for line in lines if line["returned"]},
        "open": {line["number"]: _why(line) for line in lines if line["step"] != "ARCHIVED"},
        "archived": sum(line["step"] == "ARCHIVED" for line in lines),
    }


def _caught_up(line: Mapping[str, Any]) -> str:
    if line["issued_at"] is None:
        return "not issued"
    late = datetime.fromisoformat(line["issued_at"]) > datetime.fromisoformat(line["due"])
    return "issued after it was due" if late else "issued in time"


def _why(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "step": line["step"],
        "missing": [each["code"] for each in line["missing"]],
        "who": [who for each in line["missing"] for who in each.get("who", ())],
    }


def _ways(stories: Any) -> dict[str, int]:
    """Count the commands that led to events, by their way in."""
    asked = {
        (event["via"].partition(":")[0], event["causation"])
        for events in stories
        for event in events
        if not event["via"].startswith(("reaction", "clock"))
    }
    names = {"http": "http", "system": "kafka"}
    return {name: sum(via == way for way, _ in asked) for via, name in names.items()}


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
            "lines": len(after.lines),
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
