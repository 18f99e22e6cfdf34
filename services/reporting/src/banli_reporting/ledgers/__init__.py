"""The ledgers: each one file."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from banli_events.envelope import Recorded
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers.handling import HANDLING
from banli_reporting.ledgers.register import REGISTER
from banli_reporting.ledgers.units import UNITS

Note = Callable[[Any, Recorded, Any], None]

LEDGERS: Mapping[str, Ledger[Any]] = {each.name: each for each in (REGISTER, HANDLING, UNITS)}


def ledgers_of(kind: str) -> Sequence[Ledger[Any]]:
    """List the ledgers that have a line for each subject of a kind."""
    return _BY_KIND.get(kind, ())


@cache
def notes_on(kind: str, type_: str) -> Sequence[tuple[int, Note]]:
    """List what an event of a type changes: the number of the ledger and its function."""
    found = ((n, each.by_type.get(type_)) for n, each in enumerate(ledgers_of(kind)))
    return tuple((n, note) for n, note in found if note is not None)


_BY_KIND = {
    kind: tuple(each for each in LEDGERS.values() if each.kind == kind)
    for kind in {each.kind for each in LEDGERS.values()}
}
