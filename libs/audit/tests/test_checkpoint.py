"""Checkpoints: what lay on the log then is compared record by record, and what is gone is named."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banli_audit import checkpoint
from banli_audit.checkpoint import Watcher
from banli_audit.codes import Code
from banli_audit.merkle import Tree
from banli_audit.reading import CannotRead
from banli_audit.records import Record
from banli_events.envelope import Wire


def tree_of_rfc_6962(leaves: Sequence[bytes]) -> bytes:
    """The definition, word for word: split at the largest power of two below the size."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    halves = tree_of_rfc_6962(leaves[:split]) + tree_of_rfc_6962(leaves[split:])
    return hashlib.sha256(b"\1" + halves).digest()


@given(st.integers(0, 1_200))
def test_the_root_is_that_of_the_definition(size: int) -> None:
    leaves = [hashlib.sha256(n.to_bytes(4, "big")).digest() for n in range(size)]
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    assert tree.size == size
    assert tree.root() == tree_of_rfc_6962(leaves)


def log(size: int, partition: int = 0) -> list[Record]:
    return [
        Record("case-events", partition, n, Wire(b"case/1", (("h", b"1"),), b"%d" % n))
        for n in range(size)
    ]


def kept(records: Sequence[Record], folder: Path) -> checkpoint.Checkpoint:
    """Make a checkpoint of a log, write it, and read it back."""
    key, file = folder / "key", folder / "checkpoint.json"
    public = checkpoint.new_key(key)
    watcher = Watcher()
    for record in records:
        watcher.take(record)
    assert checkpoint.write(file, watcher.trees, "2026-03-02T00:00:00Z", key) == public
    return checkpoint.read(file, public)


def compared(records: Sequence[Record], with_: checkpoint.Checkpoint) -> list[tuple[Code, int]]:
    watcher = Watcher(with_)
    for record in records:
        watcher.take(record)
    return [(each.code, each.offset) for each in watcher.finish()]


def test_a_log_that_only_grew_is_what_it_was(tmp_path: Path) -> None:
    then = kept(log(700), tmp_path)
    for size in (700, 701, 768, 2_000):
        assert compared(log(size), then) == []


def flip(records: list[Record], at: int) -> list[Record]:
    changed = replace(records[at], wire=Wire(b"case/1", (("h", b"1"),), b"another"))
    return [*records[:at], changed, *records[at + 1 :]]


def insert(records: list[Record], at: int) -> list[Record]:
    new = replace(records[at], wire=Wire(b"case/1", (), b"new"))
    behind = [replace(each, offset=each.offset + 1) for each in records[at:]]
    return [*records[:at], new, *behind]


def drop(records: list[Record], at: int) -> list[Record]:
    behind = [replace(each, offset=each.offset - 1) for each in records[at + 1 :]]
    return [*records[:at], *behind]


def swap(records: list[Record], at: int) -> list[Record]:
    one, other = records[at], records[at + 1]
    swapped = replace(one, wire=other.wire), replace(other, wire=one.wire)
    return [*records[:at], *swapped, *records[at + 2 :]]


@pytest.mark.parametrize("damage", [flip, insert, drop, swap])
@pytest.mark.parametrize(("at", "named"), [(0, 0), (300, 256), (511, 256), (512, 512), (600, 600)])
def test_what_was_changed_since_is_named_with_its_place(
    damage: Any, at: int, named: int, tmp_path: Path
) -> None:
    """In a whole tile by the tile, behind the last one by the very record."""
    then = kept(log(700), tmp_path)
    found = compared(damage(log(900), at), then)
    assert found == [(Code.CHECKPOINT_DIFFERS, named)]


def test_an_end_that_was_cut_off_is_named(tmp_path: Path) -> None:
    then = kept([*log(300), *log(5, partition=1)], tmp_path)
    assert compared([*log(299), *log(5, partition=1)], then) == [(Code.TRUNCATED, 299)]
    assert compared(log(300), then) == [(Code.TRUNCATED, 0)]


def test_a_checkpoint_that_was_changed_is_none(tmp_path: Path) -> None:
    kept(log(3), tmp_path)
    file = tmp_path / "checkpoint.json"
    said = json.loads(file.read_text())
    said["partitions"][0]["size"] = 2
    file.write_text(json.dumps(said))
    with pytest.raises(CannotRead, match="was changed after it was signed"):
        checkpoint.read(file)
    file.write_text("{}")
    with pytest.raises(CannotRead, match="is no checkpoint"):
        checkpoint.read(file)


def test_a_checkpoint_of_another_key_is_not_trusted(tmp_path: Path) -> None:
    kept(log(3), tmp_path)
    other = checkpoint.new_key(tmp_path / "other")
    with pytest.raises(CannotRead, match="by another key"):
        checkpoint.read(tmp_path / "checkpoint.json", other)


def test_neither_a_key_nor_a_checkpoint_is_overwritten(tmp_path: Path) -> None:
    kept(log(3), tmp_path)
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    with pytest.raises(CannotRead, match="never overwritten"):
        checkpoint.new_key(tmp_path / "key")
    with pytest.raises(CannotRead, match="name another"):
        checkpoint.write(tmp_path / "checkpoint.json", {}, "", tmp_path / "key")
