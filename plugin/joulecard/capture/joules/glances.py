"""Reads of the counters alone, between two looks at everything, which cost several times as much.

They tell more of the course of energy in time, and of power, which is known only for the moments at which it is read;
what CPU time and devices were used for is known from look to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.joules.track import Read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from joulecard.capture.clock import ClockWatch
    from joulecard.capture.meters import Failure


class Glance(NamedTuple):
    """What one read of the counters tells; times as in a Sample."""

    elapsed_s: float
    wall_ms: int
    suspended_s: float
    counts: Mapping[str, int | Failure]  # by Counter.name, of those that were read


class Glances:
    """Those between two looks, with what the clocks tell of each."""

    def __init__(
        self, glances: Iterable[Glance], start_s: float, end_s: float, clock: ClockWatch, pace_s: float
    ) -> None:
        """Has the clocks watched up to the last of them; what does not lie between start and end is left out."""
        self.last_s = start_s
        self.slept_s = 0.0  # how long the system was suspended until then
        self._slept: list[tuple[Glance, float]] = []
        for glance in glances:
            if self.last_s < glance.elapsed_s < end_s:
                seconds = glance.elapsed_s - self.last_s
                self.slept_s += clock.advance(seconds, glance.wall_ms, glance.suspended_s, pace_s)
                self._slept.append((glance, self.slept_s))
                self.last_s = glance.elapsed_s

    def of(self, counter: str) -> list[Read]:
        """The reads of one instrument."""
        reads, before_s = [], 0.0
        for glance, slept_s in self._slept:
            if counter in glance.counts:
                reads.append(Read(glance.elapsed_s, glance.counts[counter], slept_s - before_s))
                before_s = slept_s
        return reads
