"""Energy over time of one execution: the series of its segments on one grid, summing to its IT energy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.disclosure.instants import instant, seconds_between
from joulecard.units import joules_from_kwh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.tally import SegmentTally

MOST_BINS = 600
HOUR_S = 3600
LAST_STEP_BELOW_HOUR_S = 2048  # doubling from 1 s; then whole hours, so that hourly grid data fit


@dataclass(frozen=True, slots=True)
class Share:
    """The joules of one segment by what they follow in time."""

    segment: Segment
    counter_j: float  # follow the counters' own series
    active_j: float  # modelled on CPU time: follow cpu_s
    constant_j: float  # modelled on what was reserved: the same all the time

    @property
    def total_j(self) -> float:
        """All joules of the segment."""
        return self.counter_j + self.active_j + self.constant_j


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal bins that cover an execution from its start."""

    start: str
    step_s: float
    bins: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Energy in J per bin of a grid."""

    grid: Grid
    energy_j: tuple[float, ...]


def stage_curve(shares: Sequence[Share], start: str, end: str, total_j: float) -> Curve | None:
    """The joules of an execution over its time, summing to `total_j`; None where there is none to place."""
    if not shares or total_j <= 0:
        return None
    grid = _grid(shares, start, end)
    bins = [0.0] * grid.bins
    for share in shares:
        offset_s = seconds_between(grid.start, share.segment.start)
        for from_s, until_s, energy_j in _pieces(share):
            _pour(bins, (offset_s + from_s) / grid.step_s, (offset_s + until_s) / grid.step_s, energy_j)
    placed_j = math.fsum(bins)
    if placed_j <= 0:
        return None
    return Curve(grid, tuple(energy_j * (total_j / placed_j) for energy_j in bins))


def hours_of(segment: Segment) -> range:
    """The UTC hours that a segment lies in, counted from 1970-01-01T00Z."""
    start_s = instant(segment.start).timestamp()  # from here by the steady clock, as the energy is placed
    first, after = int(start_s // HOUR_S), math.ceil(round(start_s + segment.monotonic_s, 3) / HOUR_S)
    return range(first, max(first + 1, after))


def joules_by_hour(share: Share) -> dict[int, float]:
    """The joules of a segment by the UTC hour that they fell in."""
    hours = hours_of(share.segment)
    if len(hours) == 1:
        return {hours[0]: share.total_j}
    start_s = instant(share.segment.start).timestamp()
    found = over_hours((start_s + from_s, start_s + until_s, energy_j) for from_s, until_s, energy_j in _pieces(share))
    late_j = math.fsum(found.pop(hour) for hour in list(found) if hour not in hours)  # less than a millisecond after
    return {**found, hours[-1]: found.get(hours[-1], 0.0) + late_j} if late_j else found


def over_hours(pieces: Iterable[tuple[float, float, float]]) -> dict[int, float]:
    """The joules of stretches (from and until in seconds since 1970, energy) by the hours they lie in."""
    found: dict[int, list[float]] = {}
    for from_s, until_s, energy_j in pieces:
        if until_s <= from_s:
            found.setdefault(int(from_s // HOUR_S), []).append(energy_j)
            continue
        for hour in range(int(from_s // HOUR_S), math.ceil(until_s / HOUR_S)):
            inside_s = min(until_s, (hour + 1) * HOUR_S) - max(from_s, hour * HOUR_S)
            found.setdefault(hour, []).append(energy_j * max(0.0, inside_s) / (until_s - from_s))
    return {hour: joules for hour, parts in found.items() if (joules := math.fsum(parts)) > 0}


def share_of(segment: Segment, part: SegmentTally) -> Share:
    """The joules of a segment by what they follow in time."""
    modelled = [component for component in part.components if component.activity]
    counter_kwh = math.fsum(component.energy.known for component in part.components if not component.activity)
    active_kwh = math.fsum(component.dynamic_kwh or 0.0 for component in modelled)
    constant_kwh = math.fsum(component.energy.known for component in modelled) - active_kwh
    return Share(
        segment,
        counter_j=joules_from_kwh(counter_kwh),
        active_j=joules_from_kwh(active_kwh),
        constant_j=joules_from_kwh(max(0.0, constant_kwh)),
    )


def _grid(shares: Iterable[Share], start: str, end: str) -> Grid:
    """The finest grid that no segment's own series is coarser than and that stays within the greatest length."""
    step_s = max(share.segment.series.step_s if share.segment.series else 1.0 for share in shares)
    while seconds_between(_edge(start, step_s), end) > step_s * MOST_BINS:
        step_s = step_s * 2 if step_s != LAST_STEP_BELOW_HOUR_S else float(HOUR_S)
    edge = _edge(start, step_s)
    return Grid(edge, step_s, max(1, math.ceil(seconds_between(edge, end) / step_s - 1e-9)))


def _edge(start: str, step_s: float) -> str:
    """Where the first bin begins: at the start, or on the whole hour before it where bins are that long."""
    return start if step_s < HOUR_S else f"{start[:13]}:00:00.000Z"


def _pieces(share: Share) -> Iterator[tuple[float, float, float]]:
    """Stretches of a segment as (from_s, until_s, energy_j), counted from its start."""
    duration_s = share.segment.monotonic_s
    series = share.segment.series
    if series is None or not series.cpu_s or duration_s <= 0:
        yield 0.0, duration_s, share.total_j
        return
    early_s = min(0.0, seconds_between(share.segment.start, series.start))  # long bins begin on the hour before
    counter_j = _spread(series.counter_j, len(series.cpu_s), share.counter_j)
    active_j = _spread(series.cpu_s, len(series.cpu_s), share.active_j)
    for index, energy_j in enumerate(map(float.__add__, counter_j, active_j)):
        from_s, until_s = (min(max(0.0, early_s + edge * series.step_s), duration_s) for edge in (index, index + 1))
        yield from_s, until_s, energy_j + share.constant_j * (until_s - from_s) / duration_s


def _spread(weights: Sequence[float], bins: int, energy_j: float) -> list[float]:
    """Joules spread over bins in proportion to the weights; evenly where these are missing or all zero."""
    total = math.fsum(weights)
    if total <= 0 or len(weights) != bins:
        return [energy_j / bins] * bins
    return [energy_j * (weight / total) for weight in weights]


def _pour(bins: list[float], start: float, end: float, energy_j: float) -> None:
    """Add joules to the bins between two places on the grid, by overlap; what lies outside goes to the edge bins."""
    last = len(bins) - 1
    first_bin = min(max(int(start), 0), last)
    last_bin = min(max(math.ceil(end) - 1, first_bin), last)
    if first_bin == last_bin:
        bins[first_bin] += energy_j
        return
    for index in range(first_bin, last_bin + 1):
        overlap = min(end, index + 1) - max(start, index)
        bins[index] += energy_j * max(overlap, 0.0) / (end - start)
