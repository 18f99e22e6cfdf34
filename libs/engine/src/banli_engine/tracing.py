"""Traces: one id from a request to the ledger; off, and nothing of it imported, unless asked for.

Asked for by OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT), as OpenTelemetry has it. What a
span tells is names of this build, ids and numbers, never what somebody wrote.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from banli_events.trace import TRACED

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

EXPORT_SECONDS = 2
"""How long a collector may take; what it does not take is dropped, nothing here waits for it."""

_ASKED_BY = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"

_tracer: Any = None
_provider: Any = None
_here: ContextVar[str | None] = ContextVar("banli_trace", default=None)


def configure(service: str) -> None:
    """Begin to trace where the environment asks for it."""
    global _tracer, _provider
    if not any(os.environ.get(name) for name in _ASKED_BY):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = Resource.create({"service.name": f"banli-{service}"})
    _provider = TracerProvider(resource=named, shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=EXPORT_SECONDS)))
    _tracer = _provider.get_tracer("banli")


def stop() -> None:
    """Hand on what is still to be handed on."""
    if _provider is not None:
        _provider.force_flush(EXPORT_SECONDS * 1000)


def on() -> bool:
    """Tell whether this process traces."""
    return _tracer is not None


def start(
    name: str, parent: str | None, *, kind: str = "INTERNAL", since: float | None = None
) -> "Span | None":
    """Begin a span below `parent`; `since`, of time.monotonic, where it has begun already."""
    if _tracer is None:
        return None
    from opentelemetry.trace import SpanKind

    began = None if since is None else time.time_ns() - int((time.monotonic() - since) * 1e9)
    span: Span = _tracer.start_span(name, _context(parent), SpanKind[kind], start_time=began)
    return span


def finish(span: "Span | None", **said: str | int | None) -> None:
    """End a span with what is to be said of it."""
    if span is not None:
        span.set_attributes({f"banli.{key}": value for key, value in said.items() if value})
        span.end()


def text(span: "Span | None") -> str | None:
    """Write a span as the header `traceparent`; None where it is not recorded."""
    if span is None or not span.is_recording():
        return None
    at = span.get_span_context()
    return f"00-{at.trace_id:032x}-{at.span_id:016x}-01"


def here() -> str | None:
    """Name the span of the request in hand."""
    return _here.get()


@contextmanager
def within(span: "Span | None") -> Iterator[None]:
    """Let what is asked inside belong to a span."""
    token = _here.set(text(span))
    try:
        yield
    finally:
        _here.reset(token)


def _context(parent: str | None) -> "Context":
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    if parent is None or not TRACED.fullmatch(parent):
        return Context()
    _, trace, span, flags = parent.split("-")
    at = SpanContext(int(trace, 16), int(span, 16), True, TraceFlags(int(flags, 16)))
    return set_span_in_context(NonRecordingSpan(at), Context())
