"""What is published, kept in memory and read anew from the table when more of it was read."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import asyncpg

from banli_engine import reference
from banli_engine.reference import Reference
from banli_events.envelope import Recorded, Wire, decode, unpack_headers

_QUERY = """
    select e.subject, e.headers, e.value, p.pos
      from published p join events e using (subject, source, version) order by p.pos
"""


@dataclass(slots=True)
class Published:
    """The fold of `reference-events` up to where this service has read them.

    An own event that has not come back yet does not count: what is published takes effect, also for
    its writer, when it is read back.
    """

    reference: Reference = field(default_factory=Reference)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)  # by subject and source
    events: Sequence[tuple[int, Recorded]] = ()  # with the offset of each
    mark: int = 0  # changes whenever the table grows

    async def up_to(self, db: asyncpg.Connection, offset: int, mark: int) -> None:
        """Read what is published anew where there is more of it than is known here.

        `offset` is where `reference-events` is read next; a redrive adds without moving it.
        """
        if mark != self.mark:
            self.events = [
                (pos, decode(Wire(subject.encode(), unpack_headers(headers), value)))
                for subject, headers, value, pos in await db.fetch(_QUERY)
            ]
        if (offset, mark) != (self.reference.offset, self.mark):
            self.reference, self.mark = self.as_of(offset), mark
            read = [event for pos, event in self.events if pos < offset]
            self.versions = {(event.subject, event.source): event.version for event in read}

    def as_of(self, offset: int) -> Reference:
        """Fold what was published when `reference-events` had been read up to this offset."""
        then = Reference()
        for pos, event in self.events:
            if pos < offset:
                then = reference.fold(then, event)
        return replace(then, offset=offset)
