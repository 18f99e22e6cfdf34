"""What an event says it had seen: versions that exist, lie before it, and never become fewer."""

from collections.abc import Mapping
from dataclasses import dataclass

from banli_audit.checks.streams import Stream, Tell
from banli_audit.codes import Code
from banli_audit.records import Heading
from banli_events.envelope import Recorded


@dataclass(frozen=True, slots=True)
class Unmet:
    """A version that an event rests on and that had not been met before it."""

    at: Heading
    source: str
    version: int

    def settle(self, subjects: Mapping[str, Mapping[str, Stream]], tell: Tell) -> None:
        """Tell, once the partition has been read, whether the version came later or not at all."""
        stream = subjects.get(self.at.subject, {}).get(self.source)
        met = stream is not None and stream.holds(self.version)
        code = Code.SEEN_LATER if met else Code.SEEN_UNKNOWN
        tell(code, self.at, seen=self.version, source=self.source)


def check_seen(
    at: Heading,
    event: Recorded,
    streams: Mapping[str, Stream],
    unmet: list[Unmet],
    tell: Tell,
) -> float:
    """Check what an event had seen, and tell the latest time that it so knew of its subject.

    A source's events about a subject lie in the same partition, so what was seen lies before.
    """
    latest = 0.0
    seen = event.context.seen
    before = streams[at.source].seen
    for source, version in seen.items():
        if source == at.source:
            tell(Code.SEEN_OWN, at)
            continue
        stream = streams.get(source)
        if stream is None or not stream.holds(version):
            if version != 0:
                unmet.append(Unmet(at, source, version))
        elif version <= len(stream.times):
            latest = max(latest, stream.times[version - 1])
    for source, version in before.items():
        if seen.get(source, 0) < version:
            tell(Code.SEEN_BACKWARDS, at, source=source)
    streams[at.source].seen = dict(seen)
    return latest
