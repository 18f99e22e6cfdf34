"""Named points at which a test may kill the process: `BANLI_KILL_AT=before-send:3`, the third time.

The points are listed here, so that a test can hold that it tried every one.
"""

import os
import signal
from pathlib import Path

POINTS = (
    "before-commit",  # decided, not yet written
    "before-send",  # written, not yet on the log
    "before-mark",  # on the log, not yet marked as sent
    "before-group-commit",  # written, the group's offset not yet committed
    "between-parts",  # between the calls of a batch that was split
    "in-sweep",  # a clock that ran out is about to be looked at
    "in-catch-up",  # while the log is read after a rebuild
)

_wanted, _, _count = os.environ.get("BANLI_KILL_AT", "").partition(":")
_left = int(_count or 1)


def reached(point: str) -> None:
    """Kill this process here, where a test asked for it, and leave a mark of having been here."""
    global _left
    if point != _wanted:
        return
    _left -= 1
    if _left <= 0:
        if mark := os.environ.get("BANLI_KILL_MARK"):
            Path(mark).write_text(point)
        os.kill(os.getpid(), signal.SIGKILL)
