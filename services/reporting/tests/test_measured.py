"""How late the ledgers are is told where the clock is the wall's, whatever lies on the log."""

from datetime import UTC, datetime, timedelta

import pytest

from banli_engine.store import Message
from banli_events.envelope import Wire
from banli_reporting import measured


def _message(*headers: tuple[str, bytes | None]) -> Message:
    return Message("case-events", 0, 0, Wire(b"case/1", headers, b"{}"))


def _told() -> tuple[float, float]:
    samples = {sample.name: sample.value for sample in measured.DELAY.family().samples}
    return samples["banli_projection_delay_seconds_count"], samples[
        "banli_projection_delay_seconds_sum"
    ]


def test_an_event_counts_with_the_time_since_it_was_recorded() -> None:
    said = datetime.now(UTC) - timedelta(seconds=7)
    (count, total) = _told()
    measured.written([_message(("ce_time", said.isoformat().encode()))], 0.0, wall=True)
    (more, longer) = _told()
    assert (more - count, round(longer - total)) == (1, 7)
    measured.written([_message(("ce_time", said.isoformat().encode()))], 0.0, wall=False)
    assert _told() == (more, longer)


@pytest.mark.parametrize("time", [None, b"", b"\xff", b"2026-11-26", b"yesterday"])
def test_a_record_without_a_moment_counts_as_nothing(time: bytes | None) -> None:
    before = _told()
    measured.written([_message(("ce_time", time)), _message()], 0.0, wall=True)
    assert _told() == before
