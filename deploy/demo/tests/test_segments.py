"""Segments are read, changed and written as Kafka would have written them."""

from pathlib import Path

import pytest
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from banli_demo.batches import NotReadable, read_batches
from banli_demo.segments import NoSuchRecord, edit, flip, remove

HEADERS = [("ce_id", b"e-1"), ("ce_type", None)]


def batch(base: int, values: list[str]) -> bytes:
    """Make a batch as a Kafka client does."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, 7, 0, base, 1_000_000)
    for n, value in enumerate(values):
        builder.append(n, 1_000 + n, b"case/1", value.encode(), HEADERS)
    built = bytearray(builder.build())
    built[:8] = base.to_bytes(8, "big")
    return bytes(built)


def read(segment: bytes) -> list[tuple[int, str]]:
    """Read a segment with the client's own reader, which checks every checksum."""
    found: list[tuple[int, str]] = []
    for each in read_batches(segment):
        client = DefaultRecordBatch(each.pack())
        assert client.validate_crc()
        found += [(record.offset, record.value.decode()) for record in client]
    return found


@pytest.fixture
def partition(tmp_path: Path) -> Path:
    """A partition of two batches and its indexes."""
    folder = tmp_path / "case-events-3"
    folder.mkdir()
    segment = batch(0, ['{"a":"一"}', '{"a":"二"}', '{"a":"三"}']) + batch(3, ['{"a":"四"}'])
    (folder / "00000000000000000000.log").write_bytes(segment)
    for index in ("index", "timeindex"):
        (folder / f"00000000000000000000.{index}").touch()
    return folder


def lying_in(partition: Path) -> bytes:
    """The bytes of its one segment."""
    return (partition / "00000000000000000000.log").read_bytes()


def test_what_is_read_is_written_again_byte_for_byte(partition: Path) -> None:
    segment = lying_in(partition)
    batches = list(read_batches(segment))
    assert b"".join(each.pack() for each in batches) == segment
    assert b"".join(each.with_records(each.records()).pack() for each in batches) == segment


def test_headers_keys_and_nulls_are_kept(partition: Path) -> None:
    record = next(read_batches(lying_in(partition))).records()[0]
    assert record.key == b"case/1"
    assert record.headers == ((b"ce_id", b"e-1"), (b"ce_type", None))


def test_a_record_is_left_out_and_its_offset_stays_empty(partition: Path) -> None:
    assert edit(partition, 1, remove).value == '{"a":"二"}'.encode()
    assert read(lying_in(partition)) == [(0, '{"a":"一"}'), (2, '{"a":"三"}'), (3, '{"a":"四"}')]


def test_a_batch_goes_with_its_only_record(partition: Path) -> None:
    edit(partition, 3, remove)
    assert [offset for offset, _ in read(lying_in(partition))] == [0, 1, 2]


def test_one_bit_is_changed_and_the_text_still_reads(partition: Path) -> None:
    before = read(lying_in(partition))
    edit(partition, 2, flip)
    after = read(lying_in(partition))
    assert [n for n, pair in enumerate(after) if pair != before[n]] == [2]
    assert after[2][1].startswith('{"a":"')


def test_the_indexes_are_removed_for_the_broker_to_rebuild(partition: Path) -> None:
    edit(partition, 0, flip)
    assert [each.suffix for each in partition.iterdir()] == [".log"]


def test_an_offset_that_is_not_there_is_refused(partition: Path) -> None:
    segment = lying_in(partition)
    with pytest.raises(NoSuchRecord):
        edit(partition, 4, remove)
    assert lying_in(partition) == segment


def test_a_wrong_checksum_and_a_cut_batch_are_refused() -> None:
    good = batch(0, ["a", "b"])
    for bad in (good[:-1] + bytes([good[-1] ^ 1]), good[:-1]):
        with pytest.raises(NotReadable):
            list(read_batches(bad))
