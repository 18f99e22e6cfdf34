"""Each stream's versions, hash chain and order: what is missing, changed, forked or sent again."""

from array import array
from collections.abc import Callable
from enum import Enum
from typing import Any

from banli_audit.codes import Code
from banli_audit.records import Heading

Tell = Callable[..., None]
"""Takes a finding: its code, its heading, and the values of its sentence."""

UNKNOWN_PART = ("", 0, 0)
"""Stands for the command of an event that could not be read: any part may follow it."""

_DIGEST = 32
_ABSENT = bytes(_DIGEST)


class Place(Enum):
    """Where a record falls in its stream."""

    NEXT = "next"
    AHEAD = "ahead"  # a version before it is missing
    LATE = "late"  # it fills a gap that a later version showed
    AGAIN = "again"  # a redelivery
    FORK = "fork"


class Stream:
    """What is kept of one source's events about one subject."""

    __slots__ = (
        "_claims",
        "_damaged",
        "_digests",
        "_missing",
        "appended",
        "doubtful_from",
        "facts",
        "last",
        "offsets",
        "part",
        "seen",
        "speaker",
        "times",
    )

    def __init__(self) -> None:
        self._digests = bytearray()
        self._missing: dict[int, Heading] | None = None  # version -> the event that showed it
        self._claims: dict[int, str | None] | None = None  # version -> what its successor names
        self._damaged: dict[int, Heading] | None = None  # version -> the event as it lies
        self.offsets = array("q")  # by version
        self.times = array("d")  # by version, the latest time up to it
        self.facts: list[Any] = []  # by version, the fold up to it
        self.doubtful_from = 0  # the first version whose facts are not known for sure; 0 where none
        self.last: Heading | None = None
        self.appended = 0.0  # when the broker took the last one
        self.seen: dict[str, int] = {}
        self.speaker: str | None = None  # the person who said the last event
        self.part: tuple[str, int, int] | None = None  # the last event's command, part and of

    def __len__(self) -> int:
        return len(self.offsets)

    def doubtful(self, version: int) -> bool:
        """Tell whether the fold up to a version rests on something damaged or unknown."""
        return 0 < self.doubtful_from <= version

    def doubt(self, version: int) -> None:
        """Note that from this version on the fold is not known for sure."""
        self.doubtful_from = min(self.doubtful_from or version, version)

    def digest(self, version: int) -> bytes:
        """The hash kept of a version; zeros where it has not been met."""
        return bytes(self._digests[(version - 1) * _DIGEST : version * _DIGEST])

    def holds(self, version: int) -> bool:
        """Tell whether a version has been met."""
        return 0 < version <= len(self) and not (self._missing and version in self._missing)

    def place(self, at: Heading, digest: bytes, previous: str | None, tell: Tell) -> Place:
        """Enter a record into the chain and tell where it falls; what is out of line is told."""
        if self.holds(at.version):
            if self.digest(at.version) == digest:
                return Place.AGAIN
            tell(Code.FORK, at, first=self.offsets[at.version - 1])
            return Place.FORK
        if at.version <= len(self):
            self._fill(at, digest, previous, tell)
            return Place.LATE
        ahead = at.version > len(self) + 1
        if ahead:
            self._skip(at)
        self._digests += digest
        self.offsets.append(at.offset)
        self.check_previous(at, previous, tell)
        return Place.AHEAD if ahead else Place.NEXT

    def check_previous(self, at: Heading, previous: str | None, tell: Tell) -> None:
        """Compare what an event says of its predecessor with what was met."""
        if at.version == 1:
            if previous is not None:
                tell(Code.FIRST_HAS_PREVIOUS, at)
            return
        before = at.version - 1
        if not self.holds(before):
            self._claims = self._claims or {}
            self._claims[before] = previous
        elif previous is None:
            tell(Code.NO_PREVIOUS, at)
        elif previous != self.digest(before).hex():
            self._accuse(before, at)

    def enter_unread(self, at: Heading, digest: bytes) -> None:
        """Enter an unreadable record as the next one, so that its successor can be held to it."""
        self._digests += digest
        self.offsets.append(at.offset)
        self.times.append(self.times[-1] if self.times else 0.0)
        self.facts.append(self.facts[-1] if self.facts else None)
        self.doubt(at.version)
        self.part = UNKNOWN_PART
        self.last = at

    def settle(self, tell: Tell) -> None:
        """Tell, once all of the partition has been read, what stayed missing or does not fit."""
        for version, shown_by in sorted((self._missing or {}).items()):
            tell(Code.VERSION_MISSING, shown_by, missing=version, version=shown_by.version)
        damaged = self._damaged or {}
        for version, at in sorted(damaged.items()):
            code = Code.LINK_BROKEN if version + 1 in damaged else Code.CHANGED
            tell(code, at, next=version + 1)

    def _accuse(self, version: int, successor: Heading) -> None:
        """Note a damaged event; of its heading only the last one met is kept in full."""
        at = self.last
        if at is None or at.version != version:
            at = successor._replace(
                offset=self.offsets[version - 1], version=version, id="", type=""
            )
        self._damaged = self._damaged or {}
        self._damaged[version] = at

    def _skip(self, at: Heading) -> None:
        self._missing = self._missing or {}
        for version in range(len(self) + 1, at.version):
            self._missing[version] = at
            self._digests += _ABSENT
            self.offsets.append(-1)
            self.times.append(self.times[-1] if self.times else 0.0)
            self.facts.append(self.facts[-1] if self.facts else None)
            self.doubt(version)

    def _fill(self, at: Heading, digest: bytes, previous: str | None, tell: Tell) -> None:
        tell(Code.REORDERED, at)
        missing = self._missing or {}
        del missing[at.version]
        self._digests[(at.version - 1) * _DIGEST : at.version * _DIGEST] = digest
        self.offsets[at.version - 1] = at.offset
        self.check_previous(at, previous, tell)
        claims = self._claims or {}
        if at.version in claims and claims.pop(at.version) != digest.hex():
            self._damaged = self._damaged or {}
            self._damaged[at.version] = at
