"""What intake must know of a case to decide; `fold.py` fills it from events."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from banli_events.intake import AttachmentAdded, ItemRefused, ItemRegistered, ItemWithdrawn


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply or co-opinion that went out: to whom, and what of intake was known then."""

    to: tuple[str, ...]
    seen: int


@dataclass(frozen=True, slots=True)
class State:
    """A case as intake sees it; each field is written by one source's events only."""

    item: ItemRegistered | None = None  # from intake, as corrected
    registered: int = 0  # from intake: the version of the registration that counts
    refused: ItemRefused | None = None  # from intake
    withdrawn: ItemWithdrawn | None = None  # from intake
    attached: Mapping[str, AttachmentAdded] = field(default_factory=dict)  # from intake, by file
    requested: frozenset[tuple[int, str]] = frozenset()  # from intake: round and signer
    grades: Mapping[tuple[int, str], str] = field(default_factory=dict)  # from intake
    sent: Mapping[int, Sent] = field(default_factory=dict)  # from supervision, by round
    units: frozenset[str] = frozenset()  # from assignment: those that handle the item
    handled_by: frozenset[str] = frozenset()  # from assignment: whoever did, in any round

    @property
    def issued(self) -> Mapping[int, tuple[str, ...]]:
        """To whom what went out went, by round, since the item was registered."""
        return {
            number: each.to for number, each in self.sent.items() if each.seen >= self.registered
        }
