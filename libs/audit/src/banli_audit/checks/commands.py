"""The commands that events answer: their parts in order, and one command to an id."""

from hashlib import blake2b

from banli_audit.checks.streams import UNKNOWN_PART, Stream, Tell
from banli_audit.codes import Code
from banli_audit.records import Heading
from banli_events.envelope import Recorded


def check_parts(at: Heading, event: Recorded, stream: Stream, tell: Tell) -> None:
    """Check that an event is the next part of the command in hand, or the first of a new one.

    All parts of a command are said by the same person, or by none.
    """
    command, actor = event.context.command, event.context.actor
    before, stream.part = stream.part, (command.id, command.part, command.of)
    spoke, stream.speaker = stream.speaker, actor.person if actor else None
    if not 1 <= command.part <= command.of:
        tell(Code.PARTS_BROKEN, at)
    elif before is not None and before[1] < before[2]:
        follows = stream.part == (before[0], before[1] + 1, before[2])
        if not follows or spoke != stream.speaker:
            tell(Code.PARTS_BROKEN, at)
    elif command.part != 1 and before != UNKNOWN_PART:
        tell(Code.PARTS_BROKEN, at)


def check_last(stream: Stream, tell: Tell) -> None:
    """Check, once all has been read, that the last command of a stream is complete."""
    if stream.part is not None and stream.last is not None and is_incomplete(stream):
        _, part, of = stream.part
        tell(Code.PARTS_INCOMPLETE, stream.last, part=part, of=of)


def is_incomplete(stream: Stream) -> bool:
    """Tell whether the last command of a stream has left fewer events than it says."""
    return stream.part is not None and stream.part[1] < stream.part[2]


class Commands:
    """Which command an id meant for its sender: a service answers an id once."""

    def __init__(self) -> None:
        self._said: dict[int, int] = {}

    def check(self, at: Heading, event: Recorded, tell: Tell) -> None:
        """Check that the sender's id means the command that it meant before."""
        context = event.context
        key = _short(f"{at.source}\n{_sender(event)}\n{context.command.id}")
        asked = _short(f"{at.subject}\n{context.command.hash}")
        if self._said.setdefault(key, asked) != asked:
            tell(Code.COMMAND_REUSED, at)


def _sender(event: Recorded) -> str:
    """Name the sender as far as the log tells: the system, the person, or the service itself."""
    via, actor = event.context.via, event.context.actor
    if via == "http":
        return f"http:{actor.person}" if actor else "http"
    return via if via.startswith("system:") else event.source


def _short(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
