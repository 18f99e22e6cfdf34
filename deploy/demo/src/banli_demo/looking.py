"""What a run is judged by: read over HTTP, or told by `banli-audit`; it imports no service."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

DECIDERS = ("intake", "assignment", "supervision")
SERVICES = (*DECIDERS, "reporting")

AUDIT_SECONDS = 90

OF_NOW = ("dispatch", "attribution")
"""The ledgers that tell of the moment at which they are asked."""

COUNTED = ("register", "handling", "units")
"""The ledgers whose lines are counted after a rebuild."""


class NotTold(Exception):
    """Something that must answer did not."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the services hold at one quiet moment, to be compared with another."""

    cases: Mapping[str, Any]  # digests by service, of the year's cases
    clocks: Mapping[str, Any]  # digests by service, of every case
    reference: Mapping[str, Any]  # digests by service
    lines: Mapping[str, Any]  # by ledger and subject


class Looking:
    """Reads what the services and the auditor say."""

    def __init__(
        self, url: Callable[[str], str], operator: str, office: str, auditor: Mapping[str, str]
    ) -> None:
        self._url, self._auditor = url, dict(auditor)
        self._operator, self._office = operator, office
        self._http = httpx.Client(timeout=30)

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def get(self, service: str, path: str, **params: Any) -> Any:
        """Read something over HTTP: of reporting as the supervision office, which sees cases."""
        token = self._office if service == "reporting" else self._operator
        headers = {"Authorization": f"Bearer {token}"}
        answer = self._http.get(f"{self._url(service)}{path}", params=params, headers=headers)
        if answer.status_code != 200:
            raise NotTold(f"{service} answered {path} with {answer.status_code}")
        return answer.json()

    def ledger(self, name: str) -> list[dict[str, Any]]:
        """Read all lines of a ledger."""
        said = self.get("reporting", f"/v1/ledgers/{name}", limit=1_000)
        lines: list[dict[str, Any]] = said["lines"]
        return lines

    def story(self, subject: str) -> list[dict[str, Any]]:
        """Read a case's events."""
        told = self.get("reporting", f"/v1/cases/{subject.removeprefix('case/')}")
        events: list[dict[str, Any]] = told["events"]
        return events

    def set_aside(self) -> list[str]:
        """List what the services have parked, refused to themselves, or stopped at."""
        found = []
        for service in SERVICES:
            said = self.get(service, "/v1/status")
            found += [f"{service} has parked {each}" for each in _parked(said.get("parked") or ())]
            found += [
                f"{service}: the reaction {each['reaction']} on {each['subject']} was refused"
                for each in said.get("refused_reactions") or ()
            ]
            found += [f"{service} stopped at {each}" for each in said.get("stopped") or ()]
        return found

    def snapshot(
        self, cases: Sequence[str], others: Sequence[str], reference: Sequence[str]
    ) -> Snapshot:
        """Read all that a rebuild must bring back: of the year's cases, not of those that move."""
        lines = {
            f"{name}/{line['subject']}": line
            for name in self._ledgers()
            for line in self.ledger(name)
            if line["subject"] not in others
        }
        return Snapshot(
            cases=self._digests(cases),
            clocks=self._digests([*cases, *others]),
            reference=self._digests(reference),
            lines=lines,
        )

    def _ledgers(self) -> list[str]:
        """Name the ledgers that tell the same whenever they are asked: not those of "now"."""
        said = self.get("reporting", "/v1/ledgers")["ledgers"]
        return [each["name"] for each in said if each["name"] not in OF_NOW]

    def _digests(self, subjects: Sequence[str]) -> dict[str, Any]:
        return {
            service: self.get(service, "/v1/digest", subject=list(subjects))["tables"]
            for service in DECIDERS
        }

    # -- the auditor

    def verify(self) -> dict[str, Any]:
        """Let the auditor check the whole log."""
        return self._audit("verify", "--json")

    def told(self, subject: str) -> list[dict[str, Any]]:
        """Let the auditor tell a case's story from Kafka alone."""
        events: list[dict[str, Any]] = self._audit("case", subject, "--json")["events"]
        return events

    def _audit(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "banli_audit", *words],
            env=self._auditor,
            capture_output=True,
            text=True,
            timeout=AUDIT_SECONDS,
            check=False,
        )
        if done.returncode not in (0, 1) or not done.stdout:
            raise NotTold(f"banli-audit {words[0]} could not run: {done.stderr.strip()[-300:]}")
        said: dict[str, Any] = json.loads(done.stdout)
        return said


def _parked(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say for each subject where and why it was parked, and how much lies behind that."""
    by_subject: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_subject.setdefault(row["subject"], []).append(row)
    told = []
    for subject, (first, *rest) in by_subject.items():
        behind = first.get("count", 1) - 1 + len(rest)  # a row a subject, or a row a message
        place = f"{first['topic']}/{first['part']}@{first['pos']}"
        more = f", and {behind} events behind it" if behind else ""
        told.append(f"{subject} at {place}: {first['reason']}{more}")
    return told
