"""From the counts of an instrument to joules: wraps, failed reads and jumps become joules or a stated gap.

A read of a counter that fails loses nothing: the counter goes on, so the next good read covers the time since the last
good one. Power and use that were not looked at are lost: between two looks they are taken to go straight from one to
the other, and a look that failed or came too late was there to tell that they do not.
"""

from __future__ import annotations

from joulecard.capture.joules.track import Passage, Span, Track
from joulecard.capture.meters import Counter, Failure, Gauge, Instrument, UseGauge

__all__ = ["CounterTrack", "GaugeTrack", "Passage", "Span", "Track", "UseTrack", "track_of"]

# 32-bit counters in the finest unit that RAPL knows (15.3 uJ) start again after this; taken where no range is told
LEAST_RANGE_J = 65_536.0
# Counters are refreshed in steps and firmware answers late: a short span may hold the energy of this much more time.
SLACK_S = 1.0
# A counter that is refreshed every millisecond moves on an idle machine too: after so many steps it must have moved.
# Two looks, or a long one, that find it where it was are told; it is lost after 2 s without a step, any other counter
# after 10 s while its machine works.
FINE_STEP_S, MUST_MOVE_STEPS, FINE_STUCK_AFTER_S, STUCK_AFTER_S = 0.01, 100, 2.0, 10.0
LONG_LOOK_S = 0.5
_FELL = "the counter went down and its range cannot be read"
_JUMPED = "the counter jumped by more than any device can draw: it was reset"
# A look may come late by half of the time between two, or as late as a busy system wakes a thread: a straight line
# stands for no more. Ticks come at least every 10 s, so that nothing is bridged for longer than 15 s.
PACES, LEAST_LOOK_S = 1.5, 3.0


def track_of(instrument: Instrument) -> Track:
    """The track that fits an instrument."""
    if isinstance(instrument, Counter):
        return CounterTrack(instrument)
    return GaugeTrack(instrument) if isinstance(instrument, Gauge) else UseTrack(instrument)


class CounterTrack(Track):
    """Follows one energy counter."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self._counter = counter
        self._is_fine = 0 < counter.step_s <= FINE_STEP_S
        self._stuck_after_s = FINE_STUCK_AFTER_S if self._is_fine else STUCK_AFTER_S
        self._still_looks, self._still_s = 0, 0.0  # since the counter last moved
        self._odd_s = 0.0  # of these, the time in which it should have moved
        self._is_doubted = False  # whether that time has been taken back
        self._fell_from: float | None = None

    def gap_reason(self, end_s: float) -> str:
        """Why the counter was not seen for a part of the segment, or moved never; empty where nothing is missing."""
        reason = super().gap_reason(end_s)
        if reason or self.amount > 0:
            return "; ".join(dict.fromkeys(filter(None, [reason, self._standstill()])))
        if end_s > STUCK_AFTER_S:
            return "stuck: the counter never moved, and no running machine draws nothing"
        if end_s <= self._counter.step_s:
            return "the time was too short for the counter to move"
        return f"{'stuck: ' if self._must_have_moved(end_s) else ''}the counter did not move in {end_s:.3g} s"

    def _good(self, value: int) -> int | Failure:
        range_counts = self._counter.range_counts
        if range_counts and value > range_counts:
            return Failure("shows more than its own range")
        if value == 0 and self._last and self._last[1] > 0:  # a wrap or a new start is told by the next look too
            return Failure("fell to 0")
        return Failure("shows less than nothing") if value < 0 else value

    def _between(self, before: tuple[float, float], now: tuple[float, float]) -> float:
        """J; after a fall that was no wrap, what rises above the height before it: the fall may have been a misread."""
        least = before[1] if self._fell_from is None or now[1] < self._fell_from else self._fell_from
        counts, range_counts = now[1] - least, self._counter.range_counts
        return (counts % range_counts if range_counts else counts) * self._counter.joules_per_count

    def _lost(self, before: tuple[float, float], now: tuple[float, float], passage: Passage) -> str:
        doubt = self._doubt(before, now, passage)
        if doubt:
            self._fell_from = before[1] if now[1] < before[1] and doubt in {_FELL, _JUMPED} else None
        return doubt

    def _doubt(self, before: tuple[float, float], now: tuple[float, float], passage: Passage) -> str:
        """Why two counts do not tell the energy between them; a counter goes on while the system is suspended."""
        counter, seconds = self._counter, now[0] - before[0] + passage.slept_s
        range_j = counter.range_counts * counter.joules_per_count if counter.range_counts else LEAST_RANGE_J
        if seconds * counter.max_w > range_j:
            return "too long between two reads: the counter may have wrapped unseen"
        if now[1] < before[1] and passage.slept_s:
            return "the counter went down while the system was suspended: it was reset or wrapped"
        if now[1] < before[1] and counter.range_counts is None:
            return _FELL
        if self._between(before, now) > (seconds + SLACK_S) * counter.max_w:
            return _JUMPED
        return ""

    def _see(self, seconds: float, amount: float, passage: Passage) -> None:
        """Counts the time as seen, but takes back that of a counter that stands still and should not."""
        self._fell_from = None
        if amount > 0:
            self._move_on()
            self.seen_s += seconds
            return
        self._still_looks += 1
        self._still_s += seconds
        self._odd_s += seconds if self._is_fine or passage.busy else 0.0
        if self._is_doubted:
            return
        self.seen_s += seconds
        is_odd = self._must_have_moved(self._odd_s) and (self._still_looks > 1 or self._odd_s > LONG_LOOK_S)
        if is_odd or self._odd_s > self._stuck_after_s:
            self._is_doubted, self.seen_s = True, max(0.0, self.seen_s - self._still_s)

    def _move_on(self) -> None:
        """Ends a standstill: what was short comes with the next step, what was long is lost."""
        if self._odd_s > self._stuck_after_s:
            self._lose(self._standstill())
        elif self._is_doubted:
            self.seen_s += self._still_s
        self._still_looks, self._still_s, self._odd_s, self._is_doubted = 0, 0.0, 0.0, False

    def _must_have_moved(self, seconds: float) -> bool:
        return self._is_fine and seconds > MUST_MOVE_STEPS * self._counter.step_s

    def _standstill(self) -> str:
        """Why the time since it last moved is not seen; empty where it is."""
        if not self._is_doubted:
            return ""
        if self._odd_s <= self._stuck_after_s:
            return f"stuck: the counter did not move in the last {self._still_s:.3g} s"
        while_busy = "" if self._is_fine or self._counter.device_ref else " while the CPUs were busy"
        return f"stuck: the counter stood still for more than {self._stuck_after_s:.0f} s{while_busy}"


class _LookTrack(Track):
    """Adds up what one looks at: the mean of two looks times the time between them."""

    def __init__(self, instrument: Gauge | UseGauge, per_count: float, most: float, complaint: str) -> None:
        super().__init__(instrument)
        self._per_count, self._most, self._complaint = per_count, most, complaint

    def _good(self, value: int) -> float | Failure:
        shown = value * self._per_count
        return shown if 0 <= shown <= self._most else Failure(self._complaint)

    def _between(self, before: tuple[float, float], now: tuple[float, float]) -> float:
        return (before[1] + now[1]) / 2 * (now[0] - before[0])

    def _lost(self, before: tuple[float, float], now: tuple[float, float], passage: Passage) -> str:
        if self._trouble:
            return self._trouble
        if passage.slept_s:
            return "the system was suspended between two looks"
        late = now[0] - before[0] > max(LEAST_LOOK_S, PACES * passage.pace_s)
        return "two looks were too far apart to know what it did between" if late else ""


class GaugeTrack(_LookTrack):
    """Adds up the power that a gauge shows."""

    def __init__(self, gauge: Gauge) -> None:
        super().__init__(gauge, gauge.watts_per_count, gauge.max_w, "shows more power than any device can draw")

    def gap_reason(self, end_s: float) -> str:
        """Why the power was not seen for a part of the segment, or was never above zero."""
        reason = super().gap_reason(end_s)
        return reason or ("" if self.amount > 0 else "showed no power at all, and no running device draws nothing")


class UseTrack(_LookTrack):
    """Adds up the time that a device was in use."""

    def __init__(self, gauge: UseGauge) -> None:
        super().__init__(gauge, gauge.fraction_per_count, 1.0, "shows more use than there is time")

    @property
    def energy_j(self) -> float:
        """None: use is no energy."""
        return 0.0
