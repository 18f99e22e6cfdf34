"""The meetings in which items were handed over: each that is named is on the log."""

from banli_audit.checks.streams import Tell
from banli_audit.codes import Code
from banli_audit.records import Heading
from banli_events.assignment import Assigned, MeetingHeld
from banli_events.envelope import Recorded
from banli_events.subjects import kind_of


class Meetings:
    """Every meeting held, and of those named the first assignment that did: they lie elsewhere.

    No service can hold an assignment to it, for a meeting is a subject of its own; recording the
    meeting, even later, settles the finding (R006).
    """

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._named: dict[str, Heading] = {}

    def note(self, at: Heading, event: Recorded) -> None:
        """Note a meeting, or an assignment that names one."""
        match event.data:
            case MeetingHeld() if kind_of(at.subject) == "meeting":
                self._held.add(at.subject)
            case Assigned(meeting=str() as meeting):
                self._named.setdefault(f"meeting/{meeting}", at)

    def settle(self, tell: Tell) -> None:
        """Tell, once all has been read, which meetings are not there."""
        for subject, at in self._named.items():
            if subject not in self._held:
                tell(Code.NO_MEETING, at)
