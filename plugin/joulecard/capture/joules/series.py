"""Energy and CPU time over time in at most 600 equal steps, however long the segment becomes."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from joulecard.capture.clock import timestamp
from joulecard.capture.segment import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_STEPS = 600
FIRST_STEP_S = 1.0
HOUR_S = 3600.0
_MILLIWATTS = 1000.0


class SeriesBuilder:
    """Bins that double in length when there are too many; times are seconds since the segment began."""

    def __init__(self) -> None:
        self.step_s = FIRST_STEP_S
        self._energy_j = [0.0]
        self._cpu_s = [0.0]
        self._unclaimed_j = [0.0]
        self._unclaimed_s = [0.0]
        self._least_w: list[float | None] = [None]
        self._most_w: list[float | None] = [None]

    def add_energy(self, start_s: float, end_s: float, share_j: float, unclaimed_j: float = 0.0) -> None:
        """Spreads energy evenly over a span of time; `unclaimed_j` may still turn out to be ours."""
        for step, fraction in self._steps(start_s, end_s):
            self._energy_j[step] += share_j * fraction
            self._unclaimed_j[step] += unclaimed_j * fraction

    def add_cpu(self, start_s: float, end_s: float, cpu_s: float, unclaimed_s: float = 0.0) -> None:
        """Spreads CPU seconds evenly over a span of time."""
        for step, fraction in self._steps(start_s, end_s):
            self._cpu_s[step] += cpu_s * fraction
            self._unclaimed_s[step] += unclaimed_s * fraction

    def add_power(self, start_s: float, end_s: float, power_w: float) -> None:
        """Takes note of the power between two reads of all counters."""
        for step, _ in self._steps(start_s, end_s):
            self._least_w[step] = _of(min, self._least_w[step], power_w)
            self._most_w[step] = _of(max, self._most_w[step], power_w)

    def settle(self, fraction: float) -> None:
        """Moves this fraction of what nobody claimed to us (see attribution.late_fraction)."""
        for step in range(len(self._energy_j)):
            self._energy_j[step] += fraction * self._unclaimed_j[step]
            self._cpu_s[step] += fraction * self._unclaimed_s[step]
            self._unclaimed_j[step] *= 1 - fraction
            self._unclaimed_s[step] *= 1 - fraction

    def finish(self, start_ms: int, duration_s: float) -> Series:
        """The series of a segment that lasted so long; steps of an hour or more begin on whole hours of UTC."""
        list(self._steps(0.0, duration_s))  # quiet steps at the end count too
        if self.step_s >= HOUR_S:
            return self._on_whole_hours(start_ms, duration_s)
        return self._series(start_ms, duration_s)

    def _series(self, start_ms: int, end_s: float, start_s: float = 0.0) -> Series:
        """The steps as they are; of the first and the last only what lies between start and end was there."""
        energy_j, cpu_s = tuple(map(_short, self._energy_j)), tuple(map(_short, self._cpu_s))
        if not any(value is not None for value in self._least_w):
            return Series(timestamp(start_ms), self.step_s, energy_j, cpu_s)
        edges = (max(start_s, min(step * self.step_s, end_s)) for step in range(len(energy_j) + 1))
        lengths_s = (max(right_s - left_s, 1e-6) for left_s, right_s in pairwise(edges))
        mean_w = [joules / length_s for joules, length_s in zip(energy_j, lengths_s, strict=True)]
        least_w = tuple(_bounded(min, math.floor, *pair) for pair in zip(self._least_w, mean_w, strict=True))
        most_w = tuple(_bounded(max, math.ceil, *pair) for pair in zip(self._most_w, mean_w, strict=True))
        return Series(timestamp(start_ms), self.step_s, energy_j, cpu_s, least_w, most_w)

    def _on_whole_hours(self, start_ms: int, duration_s: float) -> Series:
        """The steps poured into hours, or two, four, eight, ...: what is in a step lies evenly in it."""
        early_ms = start_ms % int(HOUR_S * 1000)
        early_s, hours = early_ms / 1000, SeriesBuilder()
        hours.step_s = HOUR_S
        for step, joules in enumerate(self._energy_j):
            start_s = early_s + min(step * self.step_s, duration_s)
            end_s = early_s + min((step + 1) * self.step_s, duration_s)
            hours.add_energy(start_s, end_s, joules)
            hours.add_cpu(start_s, end_s, self._cpu_s[step])
            for power_w in (self._least_w[step], self._most_w[step]):
                if power_w is not None:
                    hours.add_power(start_s, end_s, power_w)
        return hours._series(start_ms - early_ms, early_s + duration_s, early_s)

    def _steps(self, start_s: float, end_s: float) -> Iterator[tuple[int, float]]:
        """The steps that a span touches and the fraction of the span in each; grows the series as far as needed."""
        while end_s > self.step_s * MAX_STEPS:
            self._double()
        first, last = int(start_s / self.step_s), self._last_step(end_s)
        missing = last + 1 - len(self._energy_j)
        for values in (self._energy_j, self._cpu_s, self._unclaimed_j, self._unclaimed_s):
            values.extend([0.0] * missing)
        for powers in (self._least_w, self._most_w):
            powers.extend([None] * missing)
        if first >= last:
            yield last, 1.0
            return
        edges = [start_s, *(self.step_s * step for step in range(first + 1, last + 1)), end_s]
        for step, (left_s, right_s) in enumerate(pairwise(edges), first):
            yield step, (right_s - left_s) / (end_s - start_s)

    def _last_step(self, end_s: float) -> int:
        """The step that an instant closes: an instant on an edge belongs to the step before it."""
        whole = int(end_s / self.step_s)
        return max(0, whole - 1 if whole * self.step_s == end_s else whole)

    def _double(self) -> None:
        self.step_s *= 2
        for values in (self._energy_j, self._cpu_s, self._unclaimed_j, self._unclaimed_s):
            values[:] = [sum(values[step : step + 2]) for step in range(0, len(values), 2)]
        self._least_w[:] = _paired(min, self._least_w)
        self._most_w[:] = _paired(max, self._most_w)


def _paired(choose: Callable[[float, float], float], values: list[float | None]) -> list[float | None]:
    padded = [*values, None] if len(values) % 2 else values
    return [_of(choose, padded[step], padded[step + 1]) for step in range(0, len(padded), 2)]


def _of(choose: Callable[[float, float], float], one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


def _bounded(
    choose: Callable[[float, float], float], outwards: Callable[[float], int], seen_w: float | None, mean_w: float
) -> float:
    """The extreme power seen in mW, never on the wrong side of the mean (a tick may end just after its step)."""
    power_w = mean_w if seen_w is None else choose(seen_w, mean_w)
    return outwards(round(power_w * _MILLIWATTS, 6)) / _MILLIWATTS


def _short(value: float) -> float:
    """Twelve digits: so many steps still sum to their total within 1e-9 of it."""
    return float(f"{value:.12g}")
