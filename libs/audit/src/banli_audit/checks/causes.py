"""What led to each event: that it is there, lies before, and fits who spoke."""

from array import array
from dataclasses import dataclass
from datetime import UTC, datetime

from banli_audit.checks.streams import Tell
from banli_audit.codes import Code
from banli_audit.records import Heading
from banli_events.envelope import Recorded

_SENT = frozenset({"ReplyIssued", "CoOpinionDelivered"})
_GOES_ON = frozenset({"FeedbackReceived", "TaskFinished"})

LED_BY = {
    "DeadlineSet": frozenset(
        {
            "ItemRegistered",
            "Assigned",
            "Reassigned",
            "OuterObjectionRaised",
            "ReferredOut",
            "EscalatedToGovernment",
        }
    ),
    "FeedbackRequested": frozenset({"ReplyIssued"}),
    "Assigned": frozenset({"RehandlingOrdered", "MeetingDecided"}),
    "Reassigned": _SENT,
    "FeedbackClosed": _GOES_ON,
    "RehandlingOrdered": _GOES_ON,
    "CaseArchived": _GOES_ON,
}
"""What a reaction says, and the types of events that alone lead to it; of others any may."""

_STARTED = frozenset({"DeadlineSet", "DeadlineExtended", "DeadlineResumed"})

CLOCKED_BY = {
    "DeadlineMissed": _STARTED,
    "Reminded": _STARTED,
    "FeedbackClosed": _STARTED,
    "RehandlingOrdered": _STARTED,
    "CaseArchived": _STARTED,
    "AlarmRaised": frozenset[str](),  # somebody left, or a clock ran out: any event may
}
"""What a clock may say, and the types of events that started it."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    at: Heading
    cause: bytes
    time: float


class Causes:
    """Every event's id with place and time, in columns: a log has many."""

    def __init__(self) -> None:
        self._rows: dict[bytes, int] = {}
        self._offsets = array("q")
        self._times = array("d")
        self._versions = array("l")
        self._kinds = array("l")  # index into the distinct (place, type, source)
        self._subjects = array("q")  # hash of the subject: enough to tell two apart here
        self._distinct: list[tuple[tuple[str, int], str, str]] = []
        self._index: dict[tuple[tuple[str, int], str, str], int] = {}
        self._waiting: list[_Waiting] = []

    def add(self, at: Heading, time: float, tell: Tell) -> None:
        """Enter an event; an id that another event has is told."""
        id_ = compact(at.id)
        if id_ in self._rows:
            tell(Code.ID_REUSED, at)
            return
        kind = ((at.topic, at.partition), at.type, at.source)
        if kind not in self._index:
            self._index[kind] = len(self._distinct)
            self._distinct.append(kind)
        self._rows[id_] = len(self._offsets)
        self._offsets.append(at.offset)
        self._times.append(time)
        self._versions.append(at.version)
        self._kinds.append(self._index[kind])
        self._subjects.append(hash(at.subject))

    def check(self, at: Heading, event: Recorded, time: float, tell: Tell) -> None:
        """Check the cause of an event that has just been read."""
        via = event.context.via
        if not via.startswith("reaction:") and via != "clock":
            if event.causation != event.context.command.id:
                tell(Code.CAUSE_WRONG, at, why="a person's or system's command is its own cause")
            return
        id_ = compact(event.causation)
        row = self._rows.get(id_)
        if row is None:
            self._waiting.append(_Waiting(at, id_, time))
            self._check_kind(at, via, None, tell)
            return
        self._check_order(at, row, time, tell)
        self._check_kind(at, via, self._distinct[self._kinds[row]][1], tell)
        self._check_seen(at, event, row, tell)

    def time_of(self, id_: str) -> datetime | None:
        """Tell when an event that has been met was recorded."""
        row = self._rows.get(compact(id_))
        return None if row is None else datetime.fromtimestamp(self._times[row], UTC)

    def settle(self, tell: Tell) -> None:
        """Tell, once the whole log has been read, which causes are not there or come too late."""
        for waiting in self._waiting:
            row = self._rows.get(waiting.cause)
            if row is None:
                tell(Code.CAUSE_MISSING, waiting.at)
            else:
                self._check_order(waiting.at, row, waiting.time, tell)
        self._waiting.clear()

    def _check_order(self, at: Heading, row: int, time: float, tell: Tell) -> None:
        """In one partition the offset decides; across partitions only the times can."""
        here = self._distinct[self._kinds[row]][0] == (at.topic, at.partition)
        if here and self._offsets[row] >= at.offset:
            tell(Code.CAUSE_LATER, at)
        elif self._times[row] > time:
            tell(Code.TIME_BEFORE_CAUSE if here else Code.CAUSE_LATER, at)

    def _check_kind(self, at: Heading, via: str, cause: str | None, tell: Tell) -> None:
        expected = (CLOCKED_BY if via == "clock" else LED_BY).get(at.type)
        if expected is None and via == "clock":
            tell(Code.CAUSE_WRONG, at, why="no clock says this")
        elif cause is not None and expected and cause not in expected:
            tell(Code.CAUSE_WRONG, at, why=f"only {' or '.join(sorted(expected))} leads to it")

    def _check_seen(self, at: Heading, event: Recorded, row: int, tell: Tell) -> None:
        _, _, source = self._distinct[self._kinds[row]]
        if self._subjects[row] != hash(at.subject) or source == at.source:
            return
        if event.context.seen.get(source, 0) < self._versions[row]:
            tell(Code.CAUSE_UNSEEN, at, source=source)


def compact(id_: str) -> bytes:
    """Keep an id in 16 bytes where it is a UUID."""
    try:
        return bytes.fromhex(id_.replace("-", ""))
    except ValueError:
        return id_.encode()
