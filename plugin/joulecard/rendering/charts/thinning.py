"""A power series with so few steps that a page shows them: its energy is kept, and no dip or peak is lost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST_STEPS = 2  # of a bucket: its least and its greatest mean


@dataclass(frozen=True, slots=True)
class Trace:
    """The mean power of even steps, and the least and greatest within each where they are known; watts and seconds."""

    label: str
    step_s: float
    mean_w: Sequence[float]
    min_w: Sequence[float] = ()
    max_w: Sequence[float] = ()

    @property
    def seconds(self) -> float:
        """How long the trace is."""
        return self.step_s * len(self.mean_w)

    @property
    def has_band(self) -> bool:
        """Whether the least and the greatest power of every step are known."""
        return bool(self.mean_w) and len(self.min_w) == len(self.max_w) == len(self.mean_w)


class Step(NamedTuple):
    """One level of the drawn line, and the band around it."""

    start_s: float
    end_s: float
    power_w: float
    least_w: float
    greatest_w: float


def thinned(trace: Trace, most: int, noise_w: float) -> list[Step]:
    """At most so many steps, below which lies the energy of the trace; the band holds the least and the greatest mean.

    A bucket of bins is one step at its mean, or, where its means differ by more than the noise, a step at the least and
    one at the greatest. Where most buckets differ so, lines from end to end would hide the mean: then all are one step.
    """
    count = len(trace.mean_w)
    if count <= max(most, FEWEST_STEPS):
        return [_step(trace, place, place + 1, trace.mean_w[place]) for place in range(count)]
    buckets = max(most // FEWEST_STEPS, 1)
    edges = [place * count // buckets for place in range(buckets + 1)]
    parts = [_bucket(trace, first, last, noise_w) for first, last in pairwise(edges)]
    if 2 * sum(len(steps) > 1 for steps in parts) > max(buckets, FEWEST_STEPS):
        parts = [_bucket(trace, first, last, math.inf) for first, last in pairwise(edges)]
    return [step for steps in parts for step in steps]


def allowances(traces: Sequence[Trace], most: int) -> list[int]:
    """How many of the steps each trace may have: by its length in time, and two at least."""
    whole_s = sum(trace.seconds for trace in traces)
    left = max(0, most - FEWEST_STEPS * len(traces))
    return [FEWEST_STEPS + int(left * trace.seconds / whole_s) for trace in traces]


def _bucket(trace: Trace, first: int, last: int, noise_w: float) -> tuple[Step, ...]:
    """One step, or one at the least mean and one at the greatest, so long that both together have the bucket's mean."""
    bins = range(first, last)
    least, greatest = min(bins, key=trace.mean_w.__getitem__), max(bins, key=trace.mean_w.__getitem__)
    whole = _step(trace, first, last, math.fsum(trace.mean_w[first:last]) / len(bins))
    one, other = (trace.mean_w[place] for place in sorted((least, greatest)))
    if abs(one - other) <= noise_w:
        return (whole,)
    turn_s = whole.start_s + (whole.end_s - whole.start_s) * (whole.power_w - other) / (one - other)
    return whole._replace(end_s=turn_s, power_w=one), whole._replace(start_s=turn_s, power_w=other)


def _step(trace: Trace, first: int, last: int, power_w: float) -> Step:
    lows, highs = (trace.min_w, trace.max_w) if trace.has_band else (trace.mean_w, trace.mean_w)
    return Step(first * trace.step_s, last * trace.step_s, power_w, min(lows[first:last]), max(highs[first:last]))
