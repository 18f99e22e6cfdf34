"""How a metric is declared: once, with its meaning in two languages, as a row of the table.

What is counted on each command is counted here, in a dictionary, by the one thread of the event
loop: the client's own counters take a lock and a look-up each time, ten times as dear.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds within which something is answered, written or seen."""


class Row(NamedTuple):
    """A line of the table."""

    name: str
    kind: str
    labels: tuple[str, ...]
    english: str
    chinese: str


class Counter:
    """What only grows."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.counts: dict[tuple[str, ...], float] = {} if row.labels else {(): 0}

    def inc(self, *labels: str, by: float = 1) -> None:
        """Count one more, or so many."""
        self.counts[labels] = self.counts.get(labels, 0) + by

    def family(self) -> Metric:
        """Give it as Prometheus' client writes it."""
        found = CounterMetricFamily(self.row.name, self.row.english, labels=self.row.labels)
        for labels, count in self.counts.items():
            found.add_metric(labels, count)
        return found


class Histogram:
    """What is counted by size."""

    def __init__(self, row: Row, bounds: tuple[float, ...]) -> None:
        self.row, self.bounds = row, bounds
        self.seen: dict[tuple[str, ...], list[float]] = {}  # how many up to each bound; the sum
        if not row.labels:
            self._at(())

    def observe(self, size: float, *labels: str) -> None:
        """Count one of this size."""
        at = self.seen.get(labels) or self._at(labels)
        at[bisect_left(self.bounds, size)] += 1
        at[-1] += size

    def _at(self, labels: tuple[str, ...]) -> list[float]:
        return self.seen.setdefault(labels, [0] * (len(self.bounds) + 2))

    def family(self) -> Metric:
        """Give it as Prometheus' client writes it."""
        found = HistogramMetricFamily(self.row.name, self.row.english, labels=self.row.labels)
        for labels, (*counts, total) in self.seen.items():
            upto, buckets = 0.0, []
            for bound, count in zip((*self.bounds, float("inf")), counts, strict=True):
                upto += count
                buckets.append((floatToGoString(bound), upto))  # type: ignore[no-untyped-call]
            found.add_metric(labels, buckets, total)
        return found


class Meter(Collector):
    """The metrics that one kind of process shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.rows: list[Row] = []
        self._own: list[Counter | Histogram] = []
        self.registry.register(self)

    def counter(self, name: str, english: str, chinese: str, *labels: str) -> Counter:
        """Declare what only grows."""
        made = Counter(self._row(f"banli_{name}_total", "counter", labels, english, chinese))
        self._own.append(made)
        return made

    def gauge(self, name: str, english: str, chinese: str, *labels: str) -> Gauge:
        """Declare what goes up and down, and is looked at when somebody asks; NaN: not known."""
        row = self._row(f"banli_{name}", "gauge", labels, english, chinese)
        return Gauge(row.name, english, labels, registry=self.registry)

    def histogram(
        self, name: str, english: str, chinese: str, *labels: str, bounds: Iterable[float] = QUICK
    ) -> Histogram:
        """Declare what is counted by size."""
        row = self._row(f"banli_{name}", "histogram", labels, english, chinese)
        made = Histogram(row, tuple(bounds))
        self._own.append(made)
        return made

    def process(self) -> None:
        """Show memory, CPU and open files of this process, as the operating system counts them."""
        for name, kind, english, chinese in _PROCESS:
            self._row(f"banli_process_{name}", kind, (), english, chinese)
        ProcessCollector(namespace="banli", registry=self.registry)

    def collect(self) -> Iterator[Metric]:
        """Give what was counted."""
        return (each.family() for each in self._own)

    def _row(
        self, name: str, kind: str, labels: tuple[str, ...], english: str, chinese: str
    ) -> Row:
        row = Row(name, kind, labels, english, chinese)
        self.rows.append(row)
        return row


def shown(meters: Iterable[Meter]) -> bytes:
    """Write the metrics of these meters as Prometheus reads them."""
    return b"".join(generate_latest(meter.registry) for meter in meters)


_PROCESS = (
    ("virtual_memory_bytes", "gauge", "Address space of the process.", "进程的虚拟内存。"),
    ("resident_memory_bytes", "gauge", "Memory that the process holds.", "进程占用的物理内存。"),
    ("start_time_seconds", "gauge", "When the process began, Unix time.", "进程启动时刻。"),
    ("cpu_seconds_total", "counter", "CPU time spent.", "已用的处理器时间。"),
    ("open_fds", "gauge", "Open files and connections.", "打开的文件与连接数。"),
    ("max_fds", "gauge", "How many of them it may open.", "允许打开的文件与连接上限。"),
)
