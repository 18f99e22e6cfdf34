"""What is published, kept in memory and read anew from the table when the position has moved."""

from dataclasses import dataclass, field, replace

import asyncpg

from banli_engine import reference
from banli_engine.reference import Reference
from banli_events.envelope import Wire, decode, unpack_headers

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
    versions: dict[tuple[str, str], int] = field(default_factory=dict)

    async def up_to(self, db: asyncpg.Connection, offset: int) -> None:
        """Read what is published anew where more of it has been read than is known here."""
        if offset == self.reference.offset:
            return
        now, versions, at = Reference(), {}, 0
        for subject, headers, value, position in await db.fetch(_QUERY):
            event = decode(Wire(subject.encode(), unpack_headers(headers), value))
            now = reference.fold(now, event)
            versions[event.subject, event.source] = event.version
            at = position + 1
        self.reference, self.versions = replace(now, offset=max(at, offset)), versions
