"""The clocks of a recording, read together, time stamps made from them, and what they tell of each other."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BOOT = getattr(time, "CLOCK_BOOTTIME", None)
_TOGETHER_S, _TRIES = 0.001, 5
_ASLEEP_S = 0.01  # less is how far apart two clocks were read
_STEP_S = 0.25  # NTP moves a clock that is off by less than half of this without a step
_PAUSE_S, _PACES = 5.0, 1.5


class Instant(NamedTuple):
    """One moment on the three clocks."""

    wall_s: float  # since 1970, may be moved by people and NTP
    monotonic_s: float  # steady, stands still while the system is suspended
    boot_s: float  # steady, goes on while the system is suspended


# Instant(...) without the function in Python that stands before it: this is called after each pause, when code is cold
_instant: Callable[[tuple[float, float, float]], Instant] = partial(tuple.__new__, Instant)


def now() -> Instant:
    """This moment; the boot clock equals the monotonic one where the system has none.

    Read again where the process was stopped between two of the clocks, which would look like a suspended system.
    """
    tries = 0
    while True:
        tries += 1
        monotonic_s = time.monotonic()
        boot_s = monotonic_s if _BOOT is None else time.clock_gettime(_BOOT)
        wall_s = time.time()
        if tries == _TRIES or time.monotonic() - monotonic_s < _TOGETHER_S:
            return _instant((wall_s, monotonic_s, boot_s))


def milliseconds(seconds: float) -> int:
    """Seconds as whole milliseconds, as a time stamp keeps them."""
    return round(seconds * 1000)


def timestamp(wall_ms: int) -> str:
    """RFC 3339 text in UTC with milliseconds and Z."""
    seconds, rest_ms = divmod(wall_ms, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest_ms:03d}Z"


class ClockWatch:
    """What the clocks tell from one look to the next: sleep, a wall clock that was moved, looks that came too late."""

    def __init__(self, wall_ms: int) -> None:
        self._wall_ms, self._suspended_s = wall_ms, 0.0
        self._steps = 0
        self._farthest_s = 0.0
        self._paused_s = 0.0

    def advance(self, seconds: float, wall_ms: int, suspended_s: float, pace_s: float) -> float:
        """Takes note of the time since the last look; how long the system slept in it, in s.

        `suspended_s` is counted since the start, `pace_s` is how far apart looks are when all is well.
        """
        slept_s = max(0.0, suspended_s - self._suspended_s)
        step_s = (wall_ms - self._wall_ms) / 1000 - seconds - slept_s
        self._wall_ms = wall_ms
        if abs(step_s) > _STEP_S:
            self._steps += 1
            self._farthest_s = max(self._farthest_s, step_s, key=abs)
        if seconds > max(_PAUSE_S, _PACES * pace_s):
            self._paused_s += seconds
        if slept_s < _ASLEEP_S:
            return 0.0
        self._suspended_s = suspended_s
        return slept_s

    def reasons(self) -> Iterator[tuple[str, str]]:
        """The gaps to state: which they are, and why."""
        if self._steps:
            times = "once" if self._steps == 1 else f"{self._steps} times"
            yield (
                "clock",
                f"the wall clock was moved {times}, by {self._farthest_s:+.3f} s at most: energy goes by another",
            )
        if self._paused_s:
            yield (
                "pause",
                f"nothing was looked at for {self._paused_s:.0f} s in all: the recorder was stopped or starved",
            )
