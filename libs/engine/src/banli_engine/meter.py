"""How a metric is declared: once, with its meaning in two languages, as a row of the table."""

from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.process_collector import ProcessCollector

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Seconds within which something is answered, written or seen."""


disable_created_metrics()  # type: ignore[no-untyped-call]
"""When a series began is nobody's question, and would double their number."""


class Row(NamedTuple):
    """A line of the table."""

    name: str
    kind: str
    labels: tuple[str, ...]
    english: str
    chinese: str


class Meter:
    """The metrics that one kind of process shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.rows: list[Row] = []

    def counter(self, name: str, english: str, chinese: str, *labels: str) -> Counter:
        """Declare what only grows."""
        self._add(f"banli_{name}_total", "counter", labels, english, chinese)
        return Counter(f"banli_{name}", english, labels, registry=self.registry)

    def gauge(self, name: str, english: str, chinese: str, *labels: str) -> Gauge:
        """Declare what goes up and down; NaN while it is not known."""
        self._add(f"banli_{name}", "gauge", labels, english, chinese)
        return Gauge(f"banli_{name}", english, labels, registry=self.registry)

    def histogram(
        self, name: str, english: str, chinese: str, *labels: str, buckets: Iterable[float] = QUICK
    ) -> Histogram:
        """Declare what is counted by size."""
        self._add(f"banli_{name}", "histogram", labels, english, chinese)
        return Histogram(
            f"banli_{name}", english, labels, registry=self.registry, buckets=tuple(buckets)
        )

    def process(self) -> None:
        """Show memory, CPU and open files of this process, as the operating system counts them."""
        for name, kind, english, chinese in _PROCESS:
            self._add(f"banli_process_{name}", kind, (), english, chinese)
        ProcessCollector(namespace="banli", registry=self.registry)

    def _add(
        self, name: str, kind: str, labels: tuple[str, ...], english: str, chinese: str
    ) -> None:
        self.rows.append(Row(name, kind, labels, english, chinese))


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
