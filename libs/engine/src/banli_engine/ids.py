"""Ids of events: UUIDv7 (RFC 9562), ordered by machine time; Python has it only from 3.14 on."""

import os
import time
from uuid import UUID


def uuid7() -> str:
    """Make an id of 48 bits of milliseconds and 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10), "big")
    high, low = noise >> 68, noise & ((1 << 62) - 1)
    return str(UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0x2 << 62 | low))
