"""What intake must know of a case to decide; `fold.py` fills it from events."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from banli_events.intake import AttachmentAdded, ItemRefused, ItemRegistered, ItemWithdrawn


@dataclass(frozen=True, slots=True)
class State:
    """A case as intake sees it; each field is written by one source's events only."""

    item: ItemRegistered | None = None  # from intake, as corrected
    refused: ItemRefused | None = None  # from intake
    withdrawn: ItemWithdrawn | None = None  # from intake
    attached: Mapping[str, AttachmentAdded] = field(default_factory=dict)  # from intake, by file
    requested: frozenset[tuple[int, str]] = frozenset()  # from intake: round and signer
    grades: Mapping[tuple[int, str], str] = field(default_factory=dict)  # from intake
    issued: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """From supervision: to whom what went out went, by round."""
    units: frozenset[str] = frozenset()  # from assignment: those that handle the item
    handled_by: frozenset[str] = frozenset()  # from assignment: whoever ever did, or a part
    parts: frozenset[str] = frozenset()  # from assignment: units that have or had a part in it
    leader: str | None = None  # from assignment, as the next
    sponsor: str | None = None

    @property
    def accused(self) -> tuple[str, ...]:
        """Units and people whom the item accuses."""
        return self.item.accused if self.item else ()

    @property
    def signers(self) -> tuple[str, ...]:
        """Who signed it."""
        return tuple(each.person for each in self.item.signers) if self.item else ()
