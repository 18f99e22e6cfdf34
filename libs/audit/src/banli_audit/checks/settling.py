"""Choices between events that claim one place: said by a person, of the right place, once."""

from banli_audit.checks.streams import Tell
from banli_audit.codes import Code
from banli_audit.records import Heading
from banli_audit.settled import Settled
from banli_events.assignment import ForkSettled
from banli_events.envelope import Recorded
from banli_events.subjects import fork_at


def check_choice(at: Heading, event: Recorded, settled: Settled, tell: Tell) -> None:
    """Check a choice; other reference events are left alone."""
    said = event.data
    if not isinstance(said, ForkSettled):
        return
    if event.context.actor is None:
        tell(Code.ACTOR_MISSING, at)
    if at.subject != fork_at(said.subject, said.source, said.version):
        tell(Code.WRONG_FORK_ID, at)
        return
    first = settled.of(said.subject, said.source, said.version)
    if first is not None and first.keep != said.keep:
        tell(Code.SETTLED_TWICE, at)
