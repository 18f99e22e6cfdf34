"""Ids of events: UUIDv7 (RFC 9562), ordered by machine time; Python has it only from 3.14 on."""

import os
import time


def uuid7() -> str:
    """Make an id of 48 bits of milliseconds and 74 random bits."""
    noise = bytearray(os.urandom(10))
    noise[0] = 0x70 | noise[0] & 0x0F  # version 7
    noise[2] = 0x80 | noise[2] & 0x3F  # variant of RFC 9562
    text = (time.time_ns() // 1_000_000).to_bytes(6, "big").hex() + noise.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
