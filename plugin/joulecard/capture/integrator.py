"""From the counts of an instrument to joules: wraps, failed reads and jumps become joules or a stated gap.

A read of a counter that fails loses nothing: the counter goes on, so the next good read covers the time since the last
good one. Power that was not looked at is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from joulecard.capture.meters import Counter, Failure, Gauge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.meters import Instrument

# 32-bit counters in the finest unit that RAPL knows (15.3 uJ) start again after this; taken where no range is told
LEAST_RANGE_J = 65_536.0
# Counters are refreshed in steps and firmware answers late: a short span may hold the energy of this much more time.
SLACK_S = 1.0
STUCK_AFTER_S = 10.0
# Between two looks power is taken to go straight from one to the other; after longer nobody knows. Ticks come at
# least every 10 s.
LONGEST_LOOK_S = 15.0


class Span(NamedTuple):
    """Energy that a counter gave between two good reads."""

    start_s: float
    end_s: float
    energy_j: float


class Track(Protocol):
    """One instrument through a segment; times are seconds since the segment began."""

    energy_j: float
    seen_s: float

    @property
    def instrument(self) -> Instrument:
        """What is followed."""

    @property
    def last_s(self) -> float | None:
        """When it was last read well."""

    def advance(self, at_s: float, value: int | Failure, *, busy: bool = False) -> Span | None:
        """The energy since the last good read; None where there is none to state yet, or ever."""

    def gap_reason(self, end_s: float) -> str:
        """Why it was not seen for a part of the segment; empty where nothing is missing."""


def track_of(instrument: Instrument) -> Track:
    """The track that fits an instrument."""
    return GaugeTrack(instrument) if isinstance(instrument, Gauge) else CounterTrack(instrument)


class CounterTrack:
    """Follows one energy counter."""

    def __init__(self, counter: Counter) -> None:
        self.instrument = counter
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
        if not isinstance(value, Failure) and self.instrument.range_counts and value > self.instrument.range_counts:
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
        while_busy = "" if self.instrument.device_ref else " while the CPUs were busy"
        self._lose([f"stuck: the counter stood still for more than {STUCK_AFTER_S:.0f} s{while_busy}"])

    def _standstill(self, end_s: float) -> str:
        if self._reasons:
            return "; ".join(self._reasons)
        if end_s > STUCK_AFTER_S:
            return "stuck: the counter never moved, and no running machine draws nothing"
        return "the time was too short for the counter to move"

    def _difference(self, counts: int, seconds: float) -> tuple[float, str]:
        """Joules between two counts and an empty doubt, or 0 and why nothing can be said."""
        counter = self.instrument
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


class GaugeTrack:
    """Adds up the power that a gauge shows: its mean over two looks times the time between them."""

    def __init__(self, gauge: Gauge) -> None:
        self.instrument = gauge
        self.energy_j = 0.0
        self.seen_s = 0.0
        self._last: tuple[float, float] | None = None  # when, and W
        self._trouble = ""  # why the latest look failed
        self._reasons: dict[str, None] = {}

    def advance(self, at_s: float, value: int | Failure, *, busy: bool = False) -> Span | None:  # noqa: ARG002
        """The energy since the last good look; None where there was none or it is too long ago."""
        power_w = value if isinstance(value, Failure) else value * self.instrument.watts_per_count
        if not isinstance(power_w, Failure) and not 0 <= power_w <= self.instrument.max_w:
            power_w = Failure("shows more power than any device can draw")
        if isinstance(power_w, Failure):
            self._trouble = power_w.reason
            return None
        before, self._last = self._last, (at_s, power_w)
        if before is None or at_s - before[0] > LONGEST_LOOK_S:
            late = f"power was not looked at for more than {LONGEST_LOOK_S:.0f} s" if before else ""
            self._reasons.update(dict.fromkeys(filter(None, [self._trouble or late])))
            self._trouble = ""
            return None
        self._trouble = ""
        start_s, start_w = before
        energy_j = (start_w + power_w) / 2 * (at_s - start_s)
        self.energy_j += energy_j
        self.seen_s += at_s - start_s
        return Span(start_s, at_s, energy_j)

    @property
    def last_s(self) -> float | None:
        """When power was last read well."""
        return self._last[0] if self._last else None

    def gap_reason(self, end_s: float) -> str:
        """Why the power was not seen for a part of the segment, or was never above zero."""
        if self._last is None:
            return self._trouble or "was never read"
        late = [self._trouble] if self._last[0] < end_s and self._trouble else []
        reasons = "; ".join(dict.fromkeys([*self._reasons, *late]))
        if self.energy_j == 0.0:
            return reasons or "showed no power at all, and no running device draws nothing"
        return reasons
