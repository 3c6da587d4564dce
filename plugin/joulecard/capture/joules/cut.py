"""One observation told in segments: what each has is what came between two cuts, so that nothing is lost at a border.

Counters, idle baselines and CPU time that nobody has claimed yet go on over a cut; only the sums start anew.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.joules.series import SeriesBuilder
from joulecard.capture.joules.totals import ReadingTotal, Totals

if TYPE_CHECKING:
    from joulecard.capture.joules.observation import Observation

_NOTHING = ReadingTotal(0.0, 0.0, None, 0.0)


class Piece(NamedTuple):
    """What came between two cuts, or since the last one."""

    totals: Totals
    series: SeriesBuilder


class Cutter:
    """Tells what an observation has added up since it was last cut."""

    def __init__(self, observation: Observation) -> None:
        self._observation = observation
        self._before: Totals | None = None  # at the last cut

    def piece(self) -> Piece:
        """What came since the last cut, up to the last sample."""
        return Piece(since(self._before, self._observation.totals()), self._observation.series)

    def cut(self) -> Piece:
        """What came since the last cut; what comes after the last sample belongs to the next piece."""
        self._observation.settle(None)
        piece = self.piece()
        self._before = self._observation.totals()
        self._observation.series = SeriesFrom(self._before.elapsed_s)
        self._observation.restart_peak()
        return piece


class SeriesFrom(SeriesBuilder):
    """A series that begins within an observation: spans that began earlier are taken to begin with it."""

    def __init__(self, origin_s: float) -> None:
        super().__init__()
        self._origin_s = origin_s

    def add_energy(self, start_s: float, end_s: float, share_j: float, unclaimed_j: float = 0.0) -> None:
        """Spreads energy evenly over a span of time."""
        super().add_energy(self._own_s(start_s), self._own_s(end_s), share_j, unclaimed_j)

    def add_cpu(self, start_s: float, end_s: float, cpu_s: float, unclaimed_s: float = 0.0) -> None:
        """Spreads CPU seconds evenly over a span of time."""
        super().add_cpu(self._own_s(start_s), self._own_s(end_s), cpu_s, unclaimed_s)

    def add_power(self, start_s: float, end_s: float, power_w: float) -> None:
        """Takes note of the power between two reads of all counters."""
        super().add_power(self._own_s(start_s), self._own_s(end_s), power_w)

    def _own_s(self, at_s: float) -> float:
        return max(0.0, at_s - self._origin_s)


def since(before: Totals | None, now: Totals) -> Totals:
    """What was added between two states of one observation."""
    if before is None:
        return now
    added = ("elapsed_s", "suspended_s", "cpu_s", "node_cpu_s", "core_s", "memory_gb_s")
    differences = {name: max(0.0, getattr(now, name) - getattr(before, name)) for name in added}
    pairs = zip_longest(before.readings, now.readings, fillvalue=_NOTHING)  # instruments only join
    return now._replace(**differences, readings=tuple(_reading_since(*pair) for pair in pairs))


def _reading_since(before: ReadingTotal, now: ReadingTotal) -> ReadingTotal:
    return now._replace(
        node_j=max(0.0, now.node_j - before.node_j),
        share_j=max(0.0, now.share_j - before.share_j),
        idle_j=None if now.idle_j is None else max(0.0, now.idle_j - (before.idle_j or 0.0)),
        seen_s=max(0.0, now.seen_s - before.seen_s),
        held_s=None if now.held_s is None else max(0.0, now.held_s - (before.held_s or 0.0)),
    )
