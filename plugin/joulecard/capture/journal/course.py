"""The course of a recording as its checkpoints tell it: what came between two of them, spread evenly.

The recorder follows it too: a journal that has grown long is written anew with the course so far in a few lines, and
what recover makes of it is the same as before.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from joulecard.capture.joules.series import SeriesBuilder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.capture.closing import Opening
    from joulecard.capture.joules.totals import Totals
    from joulecard.capture.segment import Series

_STEPS_PER_LINE = 16  # 700 bytes a line
_DECIMALS = 6
_LONGEST_STEP_S = 1e9


class Course:
    """Energy and CPU time over time, from one cumulative checkpoint to the next."""

    def __init__(self) -> None:
        self._series = SeriesBuilder()
        self._at_s = self._energy_j = self._cpu_s = 0.0

    def follow(self, opening: Opening, totals: Totals) -> None:
        """Spreads what has come since the last checkpoint over the time between."""
        pairs = zip(opening.sources, totals.readings, strict=False)
        energy_j = sum(reading.share_j for source, reading in pairs if not source.use)
        if totals.elapsed_s > self._at_s:
            self._series.add_energy(self._at_s, totals.elapsed_s, max(0.0, energy_j - self._energy_j))
            self._series.add_cpu(self._at_s, totals.elapsed_s, max(0.0, totals.cpu_s - self._cpu_s))
        self._at_s, self._energy_j, self._cpu_s = totals.elapsed_s, energy_j, totals.cpu_s

    def finish(self, start_ms: int, elapsed_s: float) -> Series:
        """The series of a segment that lasted so long."""
        return self._series.finish(start_ms, elapsed_s)

    def to_lines(self) -> Iterator[dict[str, Any]]:
        """The course so far as lines of a journal; its checkpoint has to follow them."""
        series = self.finish(0, self._at_s)
        pairs = zip(series.counter_j, series.cpu_s, strict=True)
        steps = [[round(joules, _DECIMALS), round(cpu_s, _DECIMALS)] for joules, cpu_s in pairs]
        for first in range(0, len(steps) if self._at_s else 0, _STEPS_PER_LINE):
            yield {"c": first, "q": series.step_s, "b": steps[first : first + _STEPS_PER_LINE]}

    def read_line(self, line: dict[str, Any]) -> None:
        """Takes steps from their line; raises KeyError, TypeError or ValueError where it is none, or comes too late.

        Steps of a line that was lost are spread evenly with the next checkpoint.
        """
        step_s, first = float(line["q"]), int(line["c"])
        steps = [(float(joules), float(cpu_s)) for joules, cpu_s in line["b"]]
        amounts = [amount for step in steps for amount in step]
        if self._at_s or not (0 < step_s < _LONGEST_STEP_S and 0 <= first <= _LONGEST_STEP_S):
            raise ValueError("no steps of the course so far")
        if not all(math.isfinite(amount) and amount >= 0 for amount in amounts):
            raise ValueError("not an amount")
        for step, (joules, cpu_s) in enumerate(steps, first):
            self._series.add_energy(step * step_s, (step + 1) * step_s, joules)
            self._series.add_cpu(step * step_s, (step + 1) * step_s, cpu_s)
            self._energy_j += joules
            self._cpu_s += cpu_s
