"""What an auditor keeps of a log: for each partition how far it reached, and its Merkle root.

A checkpoint is signed (Ed25519), so that it can be handed to an outside body and taken back. What
lay on the log then must lie there for ever: whatever was changed, dropped, put in, reordered or cut
off since is named when the log is compared with it.
"""

import json
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from banli_audit.codes import Code
from banli_audit.findings import Finding, finding
from banli_audit.merkle import TILE, Tree, leaf_of
from banli_audit.reading import CannotRead
from banli_audit.records import Heading, Record
from banli_events.base import canonical

FORMAT = "banli-checkpoint-1"

Place = tuple[str, int]
"""A topic, without the epoch, and a partition."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far each partition reached at a time, with its tree; and whose key signed it."""

    made_at: str
    trees: Mapping[Place, Tree]
    key: str = ""  # the public key, 32 bytes in base64


class Watcher:
    """Grows the tree of each partition as its records are read, and compares on the way."""

    def __init__(self, against: Checkpoint | None = None) -> None:
        self.trees: dict[Place, Tree] = defaultdict(Tree)
        self.findings: list[Finding] = []
        self._against = dict(against.trees) if against else {}
        self._first: dict[Place, int] = {}  # where a partition first differs

    def take(self, record: Record) -> None:
        """Add a record to its tree, and compare what lay there when the checkpoint was made."""
        place = record.topic, record.partition
        tree, leaf = self.trees[place], leaf_of(record)
        then, at = self._against.get(place), tree.size
        tree.append(leaf)
        if then is None or place in self._first:
            return
        whole = len(then.tiles) * TILE
        if whole <= at < then.size and then.rest[at - whole] != leaf:
            self._differs(place, record.offset, at)
        elif at < whole and not tree.rest and tree.tiles[-1] != then.tiles[at // TILE]:
            self._differs(place, record.offset - TILE + 1, record.offset)

    def _differs(self, place: Place, first: int, last: int) -> None:
        self._first[place] = first
        at = Heading(*place, first)
        self.findings.append(finding(Code.CHECKPOINT_DIFFERS, at, first=first, last=last))

    def finish(self) -> list[Finding]:
        """Name what ends before the checkpoint, beside what differs from it."""
        for place, then in self._against.items():
            size = self.trees[place].size
            if size < then.size:
                at = Heading(*place, size)
                self.findings.append(finding(Code.TRUNCATED, at, size=then.size))
        return self.findings


def new_key(file: Path) -> str:
    """Make a signing key in a file that nobody else can read; give its public half."""
    key = Ed25519PrivateKey.generate()
    try:
        file.touch(0o600, exist_ok=False)
    except FileExistsError:
        raise CannotRead(f"{file} is there already; a key is never overwritten.") from None
    except OSError as fault:
        raise CannotRead(f"{file} cannot be written: {fault.strerror}.") from None
    file.write_text(_text(key.private_bytes_raw()) + "\n")
    return _text(key.public_key().public_bytes_raw())


def write(file: Path, trees: Mapping[Place, Tree], made_at: str, key: Path) -> str:
    """Sign a checkpoint and write it; give the public key. An older one is never overwritten."""
    signer = Ed25519PrivateKey.from_private_bytes(_bytes(key, 32))
    partitions = [_plain(place, tree) for place, tree in sorted(trees.items())]
    said: dict[str, Any] = {"format": FORMAT, "made_at": made_at, "partitions": partitions}
    public = _text(signer.public_key().public_bytes_raw())
    said["signature"] = {"key": public, "ed25519": _text(signer.sign(canonical(said)))}
    try:
        with file.open("x") as out:
            json.dump(said, out, indent=1)
    except FileExistsError:
        raise CannotRead(f"{file} is there already; keep it, and name another.") from None
    except OSError as fault:
        raise CannotRead(f"{file} cannot be written: {fault.strerror}.") from None
    return public


def read(file: Path, trusted: str | None = None) -> Checkpoint:
    """Read a checkpoint and check its signature and its roots. Raises CannotRead.

    `trusted` is the public key by which it must be signed; without it, any key is taken and told.
    """
    try:
        said = json.loads(file.read_text())
        signature = said.pop("signature")
        public = Ed25519PublicKey.from_public_bytes(b64decode(signature["key"]))
        public.verify(b64decode(signature["ed25519"]), canonical(said))
        trees = dict(_trees(said))
    except OSError as fault:
        raise CannotRead(f"{file} cannot be read: {fault.strerror}.") from None
    except InvalidSignature:
        raise CannotRead(f"{file} was changed after it was signed.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CannotRead(f"{file} is no checkpoint.") from None
    if trusted is not None and signature["key"] != trusted:
        raise CannotRead(f"{file} was signed by another key than the one trusted.")
    return Checkpoint(said["made_at"], trees, signature["key"])


def _plain(place: Place, tree: Tree) -> dict[str, Any]:
    return {
        "topic": place[0],
        "partition": place[1],
        "size": tree.size,
        "root": tree.root().hex(),
        "tiles": [each.hex() for each in tree.tiles],
        "rest": [each.hex() for each in tree.rest],
    }


def _trees(said: Mapping[str, Any]) -> Iterator[tuple[Place, Tree]]:
    if said["format"] != FORMAT:
        raise ValueError("another format")
    for each in said["partitions"]:
        tiles, rest = ([bytes.fromhex(hash_) for hash_ in each[part]] for part in ("tiles", "rest"))
        tree = Tree(tiles, rest)
        if (tree.size, tree.root().hex()) != (each["size"], each["root"]):
            raise ValueError("another tree")
        yield (each["topic"], each["partition"]), tree


def _bytes(file: Path, length: int) -> bytes:
    try:
        raw = b64decode(file.read_text().strip(), validate=True)
    except (OSError, ValueError):
        raw = b""
    if len(raw) != length:
        raise CannotRead(f"{file} is no signing key; `banli-audit key {file}` makes one.")
    return raw


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
