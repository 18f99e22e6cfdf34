"""What is measured and traced of the projector: how long after it was said an event is seen."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from banli_engine import metrics, tracing
from banli_engine.meter import Meter
from banli_engine.store import Message
from banli_events.catalogue import EVENTS
from banli_events.trace import trace_of
from banli_reporting.case import Case

REPORTING = Meter()
"""What is measured of reporting beside what is of every process."""

DELAY = REPORTING.histogram(
    "projection_delay_seconds",
    "From the moment at which an event was recorded until it is seen in the ledgers.",
    "从事件记录到在台账中可见的时间。",
)
REFUSED = REPORTING.counter(
    "projection_batches_refused",
    "Batches that the database refused, and that were written subject by subject.",
    "数据库拒绝整批写入、改为逐个对象写入的批次数。",
)


def folded(touched: Iterable[Case]) -> None:
    """Count what was there already."""
    metrics.REDELIVERED.inc(by=sum(sum(case.redelivered.values()) for case in touched))


def written(messages: Sequence[Message], began: float, *, wall: bool) -> None:
    """Tell of a batch that has been written: how late it is, and its spans.

    How late can be told only where the clock is the wall's, and not of what was said long ago.
    """
    now = datetime.now(UTC)
    for message in messages:
        headers = message.wire.headers
        if wall and (said := _moment(headers)):
            DELAY.observe(max(0.0, (now - said).total_seconds()))
        if tracing.on() and (trace := trace_of(headers)):
            name = (dict(headers).get("ce_type") or b"").decode(errors="replace")
            what = name if name in EVENTS else metrics.OTHER
            tracing.finish(tracing.start(f"project {what}", trace, kind="CONSUMER", since=began))


def _moment(headers: Sequence[tuple[str, bytes | None]]) -> datetime | None:
    for name, value in headers:
        if name == "ce_time":
            try:
                said = datetime.fromisoformat((value or b"").decode())
            except ValueError:
                return None
            return said if said.tzinfo else None
    return None
