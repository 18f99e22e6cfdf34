"""Forks that were settled on the log: which event is kept, and which falls with the others.

At a settled place only the kept event counts. Another falls, and so does whatever continues one
that fell. Choices lie on `reference-events` and hold for all that was and will be written.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from banli_audit.records import Heading, Record, heading
from banli_events.assignment import ForkSettled
from banli_events.base import instant
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded, Unreadable, decode
from banli_events.subjects import fork_at

_NAME = ForkSettled.__name__


@dataclass(slots=True)
class Choice:
    """One choice: what is kept, who chose it, when and why; and what was met of it."""

    at: Heading  # of the choice itself
    subject: str
    source: str
    version: int
    keep: str
    who: str
    time: datetime
    reason: str
    kept_at: str | None = None
    fell: list[str] = field(default_factory=list)  # where what fell lies
    doubt: bool = False  # another lay before the kept one: who had not read the choice rests on it

    def as_json(self) -> dict[str, Any]:
        """Give the choice as plain values."""
        said = asdict(self)
        del said["doubt"]
        return {**said, "at": _place(self.at), "time": instant(self.time)}

    def __str__(self) -> str:
        """Tell the choice as one line."""
        fell = ", ".join(self.fell) or "nothing"
        return (
            f"settled  {self.subject} {self.source}:{self.version}  kept {self.keep} "
            f"at {self.kept_at or 'no place'}; fell: {fell}; by {self.who}, {instant(self.time)}, "
            f"at {_place(self.at)}: {self.reason}"
        )


class Settled:
    """All choices, and what fell by them."""

    def __init__(self) -> None:
        self.choices: list[Choice] = []
        self._by_place: dict[str, dict[tuple[str, int], Choice]] = defaultdict(dict)
        self._fallen: dict[str, dict[str, Choice]] = defaultdict(dict)  # by subject and hash
        self._versions: set[tuple[str, str, int]] = set()  # where something fell

    def __bool__(self) -> bool:
        """Tell whether there is any choice."""
        return bool(self.choices)

    def learn(self, record: Record) -> None:
        """Take note of a choice, where a record of `reference-events` is one that counts."""
        if ("ce_type", _NAME.encode()) not in record.wire.headers:
            return
        try:
            event = decode(record.wire)
        except Unreadable:
            return
        said = event.data
        if not isinstance(said, ForkSettled) or event.source != EVENTS[_NAME].source:
            return
        if event.subject != fork_at(said.subject, said.source, said.version):
            return
        if (said.source, said.version) not in self._by_place[said.subject]:
            choice = _choice(record, event, said)
            self._by_place[said.subject][said.source, said.version] = choice
            self.choices.append(choice)

    def of(self, subject: str, source: str, version: int) -> Choice | None:
        """Find what was settled about a place."""
        places = self._by_place.get(subject)
        return places.get((source, version)) if places else None

    def falls(self, at: Heading, digest: bytes, previous: str | None) -> bool:
        """Tell whether a record does not count, and note where it lies."""
        places = self._by_place.get(at.subject)
        if not places:
            return False
        hash_, fallen = digest.hex(), self._fallen[at.subject]
        choice = places.get((at.source, at.version))
        if choice is None:
            choice = fallen.get(hash_) or fallen.get(previous or "")
            if choice is None:
                return False
        elif choice.keep == hash_:
            choice.kept_at = choice.kept_at or _place(at)
            return False
        choice.doubt |= choice.kept_at is None
        choice.fell.append(_place(at))
        fallen[hash_] = choice
        self._versions.add((at.subject, at.source, at.version))
        return True

    def fell(self, subject: str, source: str, version: int) -> bool:
        """Tell whether something that claimed this place fell."""
        return (subject, source, version) in self._versions

    def takes_over(self, at: Heading) -> bool:
        """Tell whether this kept event takes the place of one that lay before it."""
        choice = self.of(at.subject, at.source, at.version)
        return choice is not None and choice.doubt

    def unsure(self, at: Heading, event: Recorded) -> bool:
        """Tell whether an event may rest on one that fell: its service knew of no choice yet."""
        return any(
            choice.doubt
            and source != at.source
            and event.context.seen.get(source, 0) >= version
            and (event.context.reference or 0) <= choice.at.offset
            for (source, version), choice in self._by_place.get(at.subject, {}).items()
        )


def _choice(record: Record, event: Recorded, said: ForkSettled) -> Choice:
    actor = event.context.actor
    return Choice(
        heading(record, event),
        said.subject,
        said.source,
        said.version,
        said.keep,
        actor.person if actor else "nobody",
        event.time,
        said.reason,
    )


def _place(at: Heading) -> str:
    return f"{at.topic}/{at.partition}@{at.offset}"
