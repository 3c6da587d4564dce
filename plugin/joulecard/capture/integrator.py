"""From the counts of an energy counter to joules: wraps, failed reads and jumps become joules or a stated gap.

A read that fails loses nothing: the counter goes on, so the next good read covers the time since the last good one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.meters import Counter, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

# 32-bit counters in the finest unit that RAPL knows (15.3 uJ) start again after this; taken where no range is told
LEAST_RANGE_J = 65_536.0
# Counters are refreshed in steps and firmware answers late: a short span may hold the energy of this much more time.
SLACK_S = 1.0
STUCK_AFTER_S = 10.0


class Span(NamedTuple):
    """Energy that a counter gave between two good reads."""

    start_s: float
    end_s: float
    energy_j: float


class CounterTrack:
    """Follows one counter through a segment; times are seconds since the segment began."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.energy_j = 0.0
        self.seen_s = 0.0
        self._last: tuple[float, int] | None = None
        self._trouble = ""  # why the latest read failed
        self._reasons: dict[str, None] = {}  # of spans that are lost, in the order they came
        self._still_s = 0.0  # since the counter last moved, as far as it counts as seen
        self._still_busy_s = 0.0  # since then, while the CPUs were busy

    def advance(self, at_s: float, value: int | Failure, *, busy: bool = False) -> Span | None:
        """The energy since the last good read; None where there is none to state yet, or ever.

        `busy`: whether the CPUs worked since then, so that a counter that stands still cannot be right.
        """
        if not isinstance(value, Failure) and self.counter.range_counts and value > self.counter.range_counts:
            value = Failure("shows more than its own range")
        if isinstance(value, Failure):
            self._trouble = value.reason
            return None
        if self._last is None:
            self._lose([self._trouble] if self._trouble else [])
            self._last = (at_s, value)
            return None
        (start_s, before), self._last = self._last, (at_s, value)
        energy_j, doubt = self._difference(value - before, at_s - start_s)
        if doubt:
            self._lose([doubt])
            return None
        self.energy_j += energy_j
        self._see(at_s - start_s, moved=energy_j > 0, busy=busy)
        return Span(start_s, at_s, energy_j)

    @property
    def last_s(self) -> float | None:
        """When the counter was last read well."""
        return self._last[0] if self._last else None

    def gap_reason(self, end_s: float) -> str:
        """Why the counter was not seen for a part of the segment, or moved never; empty where nothing is missing."""
        if self._last is None:
            return self._trouble or "was never read"
        if self.energy_j == 0.0:
            return self._standstill(end_s)
        late = [self._trouble] if self._last[0] < end_s and self._trouble else []
        return "; ".join(dict.fromkeys([*self._reasons, *late]))

    def _see(self, seconds: float, *, moved: bool, busy: bool) -> None:
        """Counts the time as seen, and takes back that of a counter that turns out to be stuck."""
        if moved:
            self._still_s = self._still_busy_s = 0.0
            self.seen_s += seconds
            return
        self._still_busy_s += seconds if busy else 0.0
        if self._still_busy_s <= STUCK_AFTER_S:
            self._still_s += seconds
            self.seen_s += seconds
            return
        self.seen_s = max(0.0, self.seen_s - self._still_s)
        self._still_s = 0.0
        self._lose([f"stuck: the counter stood still for more than {STUCK_AFTER_S:.0f} s while the CPUs were busy"])

    def _standstill(self, end_s: float) -> str:
        if self._reasons:
            return "; ".join(self._reasons)
        if end_s > STUCK_AFTER_S:
            return "stuck: the counter never moved, and no running machine draws nothing"
        return "the time was too short for the counter to move"

    def _difference(self, counts: int, seconds: float) -> tuple[float, str]:
        """Joules between two counts and an empty doubt, or 0 and why nothing can be said."""
        counter = self.counter
        range_j = counter.range_counts * counter.joules_per_count if counter.range_counts else LEAST_RANGE_J
        if seconds * counter.max_w > range_j:
            return 0.0, "too long between two reads: the counter may have wrapped unseen"
        if counts < 0 and counter.range_counts is None:
            return 0.0, "the counter went down and its range cannot be read"
        energy_j = (counts % counter.range_counts if counter.range_counts else counts) * counter.joules_per_count
        if energy_j > (seconds + SLACK_S) * counter.max_w:
            return 0.0, "the counter jumped by more than any device can draw: it was reset"
        return energy_j, ""

    def _lose(self, reasons: Iterable[str]) -> None:
        self._reasons.update(dict.fromkeys(reasons))
