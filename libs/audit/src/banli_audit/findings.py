"""What the auditor says: findings with their place, and the report that they make up."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from banli_audit.codes import Code

if TYPE_CHECKING:
    from banli_audit.records import Heading
    from banli_audit.settled import Choice


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing out of line: what, in one sentence, and exactly where."""

    code: Code
    sentence: str
    topic: str
    partition: int
    offset: int
    event: str | None
    subject: str | None
    source: str | None
    version: int | None
    type: str | None

    def __str__(self) -> str:
        """Write the finding as one line."""
        place = f"{self.topic}/{self.partition}@{self.offset}"
        event = f"{self.type} {self.event}" if self.event else "-"
        stream = f"{self.subject} {self.source}:{self.version}" if self.subject else "-"
        return f"{self.code}  {place}  {stream}  {event}  {self.sentence}"

    def as_json(self) -> dict[str, Any]:
        """Give the finding as plain values."""
        return asdict(self)


def finding(code: Code, at: "Heading", **values: object) -> Finding:
    """State a finding about the record with this heading."""
    return Finding(
        code,
        code.sentence.format(**values),
        at.topic,
        at.partition,
        at.offset,
        at.id or None,
        at.subject or None,
        at.source or None,
        at.version or None,
        at.type or None,
    )


@dataclass(slots=True)
class Report:
    """The outcome of one look at a whole log: the findings and the counts."""

    findings: list[Finding] = field(default_factory=list)
    settled: "list[Choice]" = field(default_factory=list)  # forks: told, and no findings
    records: int = 0
    events: int = 0
    streams: int = 0
    subjects: int = 0
    redeliveries: int = 0
    unknown_types: Counter[str] = field(default_factory=Counter)
    newer_schemas: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0  # commands whose other parts may still be on their way
    not_judged: int = 0  # events whose transition rests on something damaged or unknown to us

    @property
    def clean(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings

    def summary(self) -> dict[str, Any]:
        """Give the counts, as they are printed."""
        return {
            "records": self.records,
            "events": self.events,
            "streams": self.streams,
            "subjects": self.subjects,
            "redeliveries": self.redeliveries,
            "unknown_types": dict(sorted(self.unknown_types.items())),
            "newer_schemas": dict(sorted(self.newer_schemas.items())),
            "in_flight": self.in_flight,
            "not_judged": self.not_judged,
            "settled": len(self.settled),
            "findings": len(self.findings),
        }
