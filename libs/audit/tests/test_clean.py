"""A log that is as it should be shows no finding."""

from typing import Any

import pytest
from kafka.partitioner.default import murmur2 as kafkas_murmur2

from banli_audit.records import End, murmur2
from banli_audit.verify import verify


def test_nothing_is_found_in_a_straight_lead_case(log: Any) -> None:
    log.play()
    report = log.verify()
    assert report.findings == []
    assert report.not_judged == 0


def test_nothing_is_found_in_a_straight_co_case(co: Any) -> None:
    co.play()
    assert co.verify().findings == []


def test_a_partition_can_be_settled_before_the_next(log: Any) -> None:
    log.play()
    partition = log.records[-1].partition
    marked = [*log.records, End("case-events", partition), End("reference-events", 0)]
    report = verify(marked, {"case-events": 12, "reference-events": 1})
    assert report.findings == []
    assert report.streams == 11


def test_an_empty_log_is_clean() -> None:
    assert verify([], {"case-events": 12, "reference-events": 1}).clean


@pytest.mark.parametrize("key", [b"", b"a", b"ab", b"abc", b"abcd", b"case/1", "办理".encode()])
def test_a_key_hashes_as_kafkas_clients_hash_it(key: bytes) -> None:
    assert murmur2(key) & 0x7FFFFFFF == kafkas_murmur2(key) & 0x7FFFFFFF
