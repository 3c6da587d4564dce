"""The clocks of a recording, read together, and time stamps made from them."""

from __future__ import annotations

import time
from typing import NamedTuple


class Instant(NamedTuple):
    """One moment on the three clocks."""

    wall_s: float  # since 1970, may be moved by people and NTP
    monotonic_s: float  # steady, stands still while the system is suspended
    boot_s: float  # steady, goes on while the system is suspended


def now() -> Instant:
    """This moment; the boot clock equals the monotonic one where the system has none."""
    monotonic_s = time.monotonic()
    boot_s = time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else monotonic_s
    return Instant(time.time(), monotonic_s, boot_s)


def milliseconds(seconds: float) -> int:
    """Seconds as whole milliseconds, as a time stamp keeps them."""
    return round(seconds * 1000)


def timestamp(wall_ms: int) -> str:
    """RFC 3339 text in UTC with milliseconds and Z."""
    seconds, rest_ms = divmod(wall_ms, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest_ms:03d}Z"
