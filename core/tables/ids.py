"""Time-ordered identifiers."""

import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0
_TAIL = (1 << 62) - 1


def uuid7s(count: int) -> list[uuid.UUID]:
    """So many new UUIDv7, in increasing order: as by `uuid7`, and cheaper for many."""
    global _last
    with _lock:
        first = max(_last + 1, (time.time_ns() << 12) // 1_000_000)
        _last = first + count - 1
    noise = secrets.token_bytes(8 * count)
    made = []
    for n in range(count):
        ticks = first + n
        tail = int.from_bytes(noise[8 * n : 8 * n + 8], "big") & _TAIL
        made.append(uuid.UUID(int=((ticks >> 12) << 80) | (0x7 << 76) | ((ticks & 0xFFF) << 64) | (0b10 << 62) | tail))
    return made


def uuid7() -> uuid.UUID:
    """A new UUIDv7 (RFC 9562 §5.7, with method 3: a sub-millisecond fraction in `rand_a`).

    Identifiers made by one process are strictly increasing, so that "the last row by id" is the last row written.
    """
    global _last
    with _lock:
        ticks = max(_last + 1, (time.time_ns() << 12) // 1_000_000)
        _last = ticks
    milliseconds, fraction = ticks >> 12, ticks & 0xFFF
    value = (milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | secrets.randbits(62)
    return uuid.UUID(int=value)
