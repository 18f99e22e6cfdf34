"""The ledgers: each one file."""

from collections.abc import Mapping, Sequence
from typing import Any

from banli_reporting.ledger import Ledger
from banli_reporting.ledgers.handling import HANDLING
from banli_reporting.ledgers.register import REGISTER
from banli_reporting.ledgers.units import UNITS

LEDGERS: Mapping[str, Ledger[Any]] = {each.name: each for each in (REGISTER, HANDLING, UNITS)}


def ledgers_of(kind: str) -> Sequence[Ledger[Any]]:
    """List the ledgers that have a line for each subject of a kind."""
    return _BY_KIND.get(kind, ())


_BY_KIND = {
    kind: tuple(each for each in LEDGERS.values() if each.kind == kind)
    for kind in {each.kind for each in LEDGERS.values()}
}
