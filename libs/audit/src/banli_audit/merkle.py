"""A Merkle tree over a partition's records as they lie (RFC 6962, section 2.1), grown at its end.

Kept are the roots of its whole tiles of 256 leaves and the leaves behind them: enough for the root
of the whole, and to say in which tile, or at which record of the last ones, two trees differ.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from banli_audit.records import Record

TILE = 256


@dataclass(slots=True)
class Tree:
    """The tree of the records met so far, in the order of their offsets."""

    tiles: list[bytes] = field(default_factory=list)
    rest: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Count the leaves."""
        return len(self.tiles) * TILE + len(self.rest)

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        self.rest.append(leaf)
        if len(self.rest) == TILE:
            self.tiles.append(_root(self.rest))
            self.rest.clear()

    def root(self) -> bytes:
        """Hash the whole tree; that of no record is the hash of nothing."""
        if not self.size:
            return hashlib.sha256().digest()
        return _root([*self.tiles, _root(self.rest)] if self.rest else self.tiles)


def leaf_of(record: Record) -> bytes:
    """Hash a record as a leaf: its offset (8 bytes, big-endian) and its own hash."""
    data = record.offset.to_bytes(8, "big") + record.wire.hash
    return hashlib.sha256(b"\0" + data).digest()


def _root(nodes: Sequence[bytes]) -> bytes:
    """Join nodes in pairs, level by level; one left over goes up as it is.

    With whole tiles below, this is the tree that RFC 6962 splits at powers of two.
    """
    while len(nodes) > 1:
        pairs = [
            hashlib.sha256(b"\1" + nodes[i] + nodes[i + 1]).digest()
            for i in range(0, len(nodes) - 1, 2)
        ]
        nodes = [*pairs, nodes[-1]] if len(nodes) % 2 else pairs
    return nodes[0]
