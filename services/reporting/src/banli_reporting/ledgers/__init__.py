"""The ledgers: each one file."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from banli_events.envelope import Recorded
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers.attribution import ATTRIBUTION
from banli_reporting.ledgers.contacts import CONTACTS
from banli_reporting.ledgers.counted import COUNTED
from banli_reporting.ledgers.deadlines import DEADLINES
from banli_reporting.ledgers.gates import GATES_LEDGER
from banli_reporting.ledgers.handling import HANDLING
from banli_reporting.ledgers.handovers import HANDOVERS
from banli_reporting.ledgers.not_now import NOT_NOW
from banli_reporting.ledgers.packs import PACKS
from banli_reporting.ledgers.posts import POSTS
from banli_reporting.ledgers.register import REGISTER
from banli_reporting.ledgers.returns import RETURNS
from banli_reporting.ledgers.supervision import SUPERVISION
from banli_reporting.ledgers.systems import SYSTEMS
from banli_reporting.ledgers.units import UNITS

Note = Callable[[Any, Recorded, Any], None]
Notes = Mapping[str, Sequence[tuple[int, Note]]]

_ALL: Sequence[Ledger[Any]] = (
    REGISTER,
    HANDLING,
    DEADLINES,
    SUPERVISION,
    RETURNS,
    CONTACTS,
    NOT_NOW,
    GATES_LEDGER,
    ATTRIBUTION,
    COUNTED,
    HANDOVERS,
    UNITS,
    POSTS,
    SYSTEMS,
    PACKS,
)
LEDGERS: Mapping[str, Ledger[Any]] = {each.name: each for each in _ALL}


def ledgers_of(kind: str) -> Sequence[Ledger[Any]]:
    """List the ledgers that have a line for each subject of a kind."""
    return _BY_KIND.get(kind, ())


@cache
def notes_of(kind: str) -> Notes:
    """List what an event changes, by its type: the number of the ledger and its function."""
    found: dict[str, list[tuple[int, Note]]] = {}
    for n, ledger in enumerate(ledgers_of(kind)):
        for type_, note in ledger.by_type.items():
            found.setdefault(type_, []).append((n, note))
    return found


_BY_KIND = {
    kind: tuple(each for each in LEDGERS.values() if each.kind == kind)
    for kind in {each.kind for each in LEDGERS.values()}
}
