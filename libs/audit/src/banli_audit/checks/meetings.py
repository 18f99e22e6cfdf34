"""The meetings in which items were handed over: each is on the log, by the day it was done."""

from datetime import date

from banli_audit.checks.published import civil_day
from banli_audit.checks.streams import Tell
from banli_audit.codes import Code
from banli_audit.records import Heading
from banli_events.assignment import Assigned, MeetingHeld
from banli_events.envelope import Recorded
from banli_events.subjects import kind_of


class Meetings:
    """Every meeting held, and of those named the first assignment that did: they lie elsewhere."""

    def __init__(self) -> None:
        self._held: dict[str, date] = {}
        self._named: dict[str, tuple[date, Heading]] = {}

    def note(self, at: Heading, event: Recorded) -> None:
        """Note a meeting, or an assignment that names one."""
        match event.data:
            case MeetingHeld() if kind_of(at.subject) == "meeting":
                self._held.setdefault(at.subject, civil_day(event.time))
            case Assigned(meeting=str() as meeting):
                subject = f"meeting/{meeting}"
                day, before = civil_day(event.time), self._named.get(subject)
                if before is None or day < before[0]:
                    self._named[subject] = (day, at)

    def settle(self, tell: Tell) -> None:
        """Tell, once all has been read, which meetings are not there or came later."""
        for subject, (day, at) in self._named.items():
            held = self._held.get(subject)
            if held is None:
                tell(Code.NO_MEETING, at)
            elif held > day:
                tell(Code.MEETING_LATER, at)
