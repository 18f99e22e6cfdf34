"""The tenth header, `traceparent`: to which span of a trace a message belongs."""

import re
from collections.abc import Sequence

TRACE = "traceparent"
"""Only where tracing is on. No reader needs it: what is not read as ours is nothing to it."""

TRACED = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")
"""As W3C Trace Context writes it, and nothing else: so no text can come in by this header."""


def trace_of(headers: Sequence[tuple[str, bytes | None]]) -> str | None:
    """Read to which span a message belongs; None where it does not say so."""
    for name, value in reversed(headers):
        if name == TRACE:
            text = (value or b"").decode(errors="replace")
            return text if TRACED.fullmatch(text) else None
    return None
