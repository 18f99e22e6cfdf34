"""What a backup is on disk, and what the order of its parts rests on."""

import asyncio
import gzip
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from kafka import TopicPartition

from banli_cli import backup as backing
from banli_cli import backup_databases, restore_log
from banli_cli.backup import expire
from banli_cli.backup_files import (
    Damaged,
    DatabaseKept,
    Kept,
    Manifest,
    Partition,
    Unsent,
    check_file,
    check_records,
    file_of,
    read_manifest,
    read_records,
    write_manifest,
    write_record,
)
from banli_cli.backup_log import Lacking, Log
from banli_cli.profile import KafkaLogin, Profile, Vault
from banli_cli.refusal import Misused, Refusal
from banli_cli.restore import _restore_vault
from banli_events.envelope import CommandRef, Context, Recorded, Wire, encode
from banli_events.intake import ItemCorrected

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ODD = (
    Kept(7, 1_700_000_000_000, Wire(None, (), None)),
    Kept(8, 0, Wire(b"", (("h", None), ("h", b""), ("ü", b"\xff\x00")), b"")),
    Kept(9, 1, Wire(b"\xfe", (), b"\x00" * 70_000)),
)


def manifest(**told: Any) -> Manifest:
    given = {"id": "b-1", "build": "b", "began": NOW, "ended": NOW, "databases": {}, "files": {}}
    return Manifest(**{**given, **told})


def written(folder: Path, records: Iterable[Kept]) -> Partition:
    with gzip.open(folder / "part.gz", "wb") as into:
        for record in records:
            write_record(cast(Any, into), record)
    return Partition(begin=7, end=10, count=3, file="part.gz")


def event(version: int, *, part: int = 1, of: int = 1, id_: str = "e", cause: str = "c") -> Kept:
    command = CommandRef(id="c", hash="00", part=part, of=of)
    context = Context(
        previous=None, command=command, seen={}, reference=None, correlationid="c", actor=None,
        via="clock",
    )  # fmt: skip
    data = ItemCorrected(field="title", before="a", after="b", reason="r")
    said = Recorded("case/1", "intake", version, id_, "ItemCorrected", 1, NOW, cause, context, data)
    return Kept(version, 0, encode(said))


# -- files


def test_records_come_back_byte_for_byte(tmp_path: Path) -> None:
    part = written(tmp_path, ODD)
    assert list(read_records(tmp_path, part.file)) == list(ODD)
    check_records(tmp_path, part)


def test_records_that_are_cut_off_or_missing_are_named(tmp_path: Path) -> None:
    part = written(tmp_path, ODD)
    whole = (tmp_path / part.file).read_bytes()
    (tmp_path / part.file).write_bytes(whole[:-20])
    with pytest.raises(Damaged, match=r"part\.gz is damaged: its records cannot be read"):
        check_records(tmp_path, part)
    written(tmp_path, ODD[:2])
    with pytest.raises(Damaged, match=r"part\.gz is damaged: it ends at offset 9, not at 10"):
        check_records(tmp_path, part)
    written(tmp_path, (ODD[0], ODD[2]))
    with pytest.raises(Damaged, match=r"part\.gz is damaged: offset 8"):
        check_records(tmp_path, part)


def test_a_file_with_one_bit_changed_is_named(tmp_path: Path) -> None:
    written(tmp_path, ODD)
    kept = file_of(tmp_path / "part.gz")
    check_file(tmp_path, "part.gz", kept)
    content = bytearray((tmp_path / "part.gz").read_bytes())
    content[12] ^= 1
    (tmp_path / "part.gz").write_bytes(content)
    with pytest.raises(Damaged, match=r"part\.gz is damaged"):
        check_file(tmp_path, "part.gz", kept)
    (tmp_path / "part.gz").unlink()
    with pytest.raises(Damaged, match=r"part\.gz is missing"):
        check_file(tmp_path, "part.gz", kept)


def test_a_manifest_is_read_back_and_a_changed_one_is_not_believed(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="holds no whole backup"):
        read_manifest(tmp_path)
    write_manifest(tmp_path, manifest(epoch="one"))
    assert read_manifest(tmp_path) == manifest(epoch="one")
    file = tmp_path / "manifest.json"
    file.write_text(file.read_text().replace('"one"', '"two"'))
    with pytest.raises(Damaged, match=r"manifest\.json is damaged"):
        read_manifest(tmp_path)


# -- folders


def test_a_backup_is_not_overwritten_nor_anything_else(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest())
    with pytest.raises(Misused, match="holds a backup already"), backing._held(tmp_path):
        pass
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(Misused, match="is not empty"), backing._held(tmp_path / "other"):
        pass


def test_a_backup_that_was_broken_off_begins_anew_and_two_at_once_do_not(tmp_path: Path) -> None:
    folder = tmp_path / "b"

    def broken_off() -> None:
        with backing._held(folder):
            (folder / "databases" / "half.dump").touch()
            with pytest.raises(Refusal, match="goes on already"), backing._held(folder):
                pass
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    with backing._held(folder):
        assert list((folder / "databases").iterdir()) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_only_expired_backups_of_the_vault_are_removed(tmp_path: Path) -> None:
    for name, expires in (("old", NOW), ("new", NOW + timedelta(days=1)), ("all", None)):
        (tmp_path / name).mkdir()
        write_manifest(tmp_path / name, manifest(kind="vault", expires=expires))
    gone, left = expire(tmp_path, NOW)
    assert gone == [tmp_path / "old"]
    assert [each.expires for each in left] == [NOW + timedelta(days=1)]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["all", "new"]


def test_an_expired_backup_of_the_vault_is_not_put_back() -> None:
    login = KafkaLogin(bootstrap="k:1")
    profile = Profile(kafka=login, services={}, vault=Vault(database="postgresql://r@h/v"))
    old = manifest(kind="vault", expires=NOW)
    with pytest.raises(Refusal, match="has expired"):
        asyncio.run(_restore_vault(profile, Path(), old))


# -- order


def test_the_log_is_read_on_where_what_led_to_an_event_may_not_be_kept() -> None:
    lacking = Lacking()
    lacking.take(event(1, cause="late"), {b"other"})
    assert not lacking
    lacking.take(event(2, cause="late"), {b"late"})
    assert lacking
    lacking.take(event(3, id_="late"), set())
    assert not lacking


def test_the_log_is_read_on_where_a_command_is_not_all_there() -> None:
    lacking = Lacking()
    lacking.take(event(1, part=1, of=2), set())
    assert lacking.commands == 1
    lacking.take(event(2, part=2, of=2), set())
    assert lacking.commands == 0


class Told:
    """A log of one partition."""

    def __init__(self, *records: Kept) -> None:
        self.records = records

    def ends(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        return {TopicPartition(name, 0): len(self.records) for name in topics}

    def read(self, tp: TopicPartition, begin: int, end: int) -> Iterator[Kept]:
        yield from self.records[begin:end]


def test_a_database_is_not_put_back_that_would_send_what_the_log_tells_otherwise() -> None:
    right, other = event(1), event(1, id_="other")
    unsent = (Unsent("case/1", 1, right.wire.hash.hex()),)
    kept = manifest(databases={"intake": DatabaseKept(file="f", rows={}, unsent=unsent)})
    for log in (Told(), Told(right), Told(Kept(0, 0, Wire(b"x", (), b"")))):
        restore_log.hold_unsent(cast(Log, log), kept, ["intake"])
    with pytest.raises(Refusal, match="older than a rebuild of it"):
        restore_log.hold_unsent(cast(Log, Told(other)), kept, ["intake"])


# -- PostgreSQL's programs


def test_a_password_is_no_word_of_a_command(tmp_path: Path) -> None:
    program, said = tmp_path / "program", tmp_path / "said"
    program.write_text(f'#!/bin/sh\necho "$@" "$PGPASSWORD" > {said}\n')
    program.chmod(0o700)
    dsn = "postgresql://role:p%40ss@host:1/db"
    asyncio.run(backup_databases.run("intake", str(program), dsn, "--word"))
    assert said.read_text() == "--dbname=postgresql://role@host:1/db --word p@ss\n"


def test_a_program_that_fails_is_told_by_its_error_and_nothing_that_it_quotes(
    tmp_path: Path,
) -> None:
    program = tmp_path / "pg_restore"
    program.write_text('#!/bin/sh\necho "pg_restore: error: no" >&2; echo "row 7" >&2; exit 1\n')
    program.chmod(0o700)
    with pytest.raises(Refusal) as told:
        asyncio.run(backup_databases.run("intake", str(program), "postgresql://r@h/d"))
    assert str(told.value) == "pg_restore of intake failed: pg_restore: error: no"
