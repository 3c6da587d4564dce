"""Energy over time adds up to the energy of the stage and lies where it was spent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joulecard.capture.segment import Segment, Series
from joulecard.disclosure.series import MOST_BINS, Share, stage_curve

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Segment]

START = "2026-11-21T09:00:00.000Z"
AFTER_10_S = "2026-11-21T09:00:10.000Z"
joules = st.floats(0.001, 1e6)
weights = st.lists(st.floats(0, 1e4), min_size=1, max_size=40)


def test_each_kind_of_energy_follows_its_own_weights(segment: Maker) -> None:
    """Counters by their series, modelled activity by CPU time, the constant part by time alone."""
    series = Series(START, 2.0, counter_j=(1, 0, 0, 0, 0), cpu_s=(0, 1, 0, 0, 0))
    share = Share(segment(series=series), counter_j=100.0, active_j=50.0, constant_j=10.0)
    curve = stage_curve([share], START, AFTER_10_S, 160.0)
    assert curve is not None
    assert curve.energy_j == pytest.approx((102.0, 52.0, 2.0, 2.0, 2.0))


def test_without_a_series_energy_is_spread_evenly(segment: Maker) -> None:
    """A segment that kept no series says nothing of when it drew its energy."""
    curve = stage_curve([Share(segment(series=None), 10.0, 0.0, 0.0)], START, AFTER_10_S, 10.0)
    assert curve is not None
    assert curve.energy_j == pytest.approx((1.0,) * 10)


def test_a_resume_leaves_the_time_between_empty(segment: Maker) -> None:
    """Nothing was drawn while nothing ran."""
    parts = [segment(1, series=None), segment(2, from_s=20, until_s=30)]
    curve = stage_curve([Share(each, 10.0, 0.0, 0.0) for each in parts], START, "2026-11-21T09:00:30.000Z", 20.0)
    assert curve is not None
    assert curve.energy_j[10:20] == (0.0,) * 10


def test_the_last_bin_of_a_segment_may_be_cut_short(segment: Maker) -> None:
    """Ten seconds in steps of four: the third step holds two seconds of the constant part."""
    series = Series(START, 4.0, counter_j=(0.0,) * 3, cpu_s=(0.0,) * 3)
    curve = stage_curve([Share(segment(series=series), 0.0, 0.0, 10.0)], START, AFTER_10_S, 10.0)
    assert curve is not None
    assert curve.energy_j == pytest.approx((4.0, 4.0, 2.0))


def test_steps_of_an_hour_and_more_start_on_the_whole_hour(segment: Maker) -> None:
    """Then hourly grid data can be joined with the bins."""
    long = segment(start="2026-11-01T09:20:00.000Z", end="2026-11-21T09:20:00.000Z", monotonic_s=1728000.0, series=None)
    curve = stage_curve([Share(long, 1.0, 0.0, 0.0)], long.start, long.end, 1.0)
    assert curve is not None
    assert (curve.grid.start, curve.grid.step_s) == ("2026-11-01T09:00:00.000Z", 3600.0)


def test_a_series_may_begin_on_the_hour_before_its_segment(segment: Maker) -> None:
    """What its first bin holds was drawn after the segment's start, and every later bin stays in its own hour."""
    series = Series("2026-11-01T09:00:00.000Z", 3600.0, counter_j=(4.0, 6.0, 2.0), cpu_s=(0.0,) * 3)
    end = "2026-11-01T11:20:00.000Z"
    long = segment(start="2026-11-01T09:40:00.000Z", end=end, monotonic_s=6000.0, series=series)
    curve = stage_curve([Share(long, 12.0, 0.0, 0.0)], long.start, long.end, 12.0)
    assert curve is not None
    assert curve.grid.start == "2026-11-01T09:00:00.000Z"
    assert curve.energy_j == pytest.approx((4.0, 6.0, 2.0))


def test_no_energy_has_no_curve(segment: Maker) -> None:
    """A line of zeros would look like a measurement."""
    assert stage_curve([Share(segment(), 0.0, 0.0, 0.0)], START, AFTER_10_S, 0.0) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    step_s=st.sampled_from([1.0, 2.0, 16.0, 256.0, 4096.0]),
    counters=weights,
    cpu=weights,
    energies=st.tuples(joules, joules, joules),
    later_s=st.integers(0, 10**7),
)
def test_bins_sum_to_the_energy_of_the_stage(
    segment: Maker,
    step_s: float,
    counters: list[float],
    cpu: list[float],
    energies: tuple[float, float, float],
    later_s: int,
) -> None:
    """To 1e-9, in at most 600 bins, none negative, whatever the segments look like."""
    size = min(len(counters), len(cpu))
    series = Series(START, step_s, tuple(counters[:size]), tuple(cpu[:size]))
    one = segment(1, series=series, monotonic_s=step_s * size)
    days, rest = divmod(later_s, 86400)
    start = f"2027-{1 + days // 28:02}-{1 + days % 28:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.000Z"
    two = segment(2, series=None, start=start, end=f"{start[:-5]}.999Z", monotonic_s=0.999)
    total_j = math.fsum(energies) * 2
    curve = stage_curve([Share(one, *energies), Share(two, *energies)], START, two.end, total_j)
    assert curve is not None
    assert math.fsum(curve.energy_j) == pytest.approx(total_j, rel=1e-9)
    assert len(curve.energy_j) <= MOST_BINS
    assert min(curve.energy_j) >= 0
