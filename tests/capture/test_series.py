"""A series has at most 600 steps, loses no joule, and knows the least and the greatest power of each."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.capture.joules.series import HOUR_S, MAX_STEPS, SeriesBuilder
from joulecard.capture.segment import Series

YEAR_S = 365 * 86_400.0
START_MS = 1_790_000_123_456  # 2026-09-21T14:15:23.456Z
EARLY_S = START_MS % 3_600_000 / 1000


def edges_of(series: Series, duration_s: float) -> list[float]:
    """Where the steps begin and end, as far as they lie in the segment, in seconds since its start."""
    early_s = EARLY_S if series.step_s >= HOUR_S else 0.0
    edges = (step * series.step_s - early_s for step in range(len(series.counter_j) + 1))
    return [min(max(edge, 0.0), duration_s) for edge in edges]


courses = st.tuples(
    st.floats(1.0, YEAR_S),
    st.lists(st.tuples(st.floats(0.001, 1.0), st.floats(0.0, 2000.0), st.booleans()), min_size=1, max_size=50),
)


@given(courses)
def test_no_joule_is_lost_and_no_power_hidden(course: tuple[float, list[tuple[float, float, bool]]]) -> None:
    """From a second to a year: the steps sum to the whole within 1e-9, and min <= mean <= max in each."""
    duration_s, spans = course
    whole = sum(part for part, _, _ in spans)
    builder, at_s, true_j = SeriesBuilder(), 0.0, 0.0
    for part, power_w, all_seen in spans:
        end_s = min(duration_s, at_s + part / whole * duration_s)
        builder.add_energy(at_s, end_s, power_w * (end_s - at_s))
        builder.add_cpu(at_s, end_s, 0.5 * (end_s - at_s))
        if all_seen:
            builder.add_power(at_s, end_s, power_w)
        true_j, at_s = true_j + power_w * (end_s - at_s), end_s
    series = builder.finish(START_MS, duration_s)
    assert sum(series.counter_j) == pytest.approx(true_j, rel=1e-9, abs=1e-12)
    assert sum(series.cpu_s) == pytest.approx(0.5 * at_s, rel=1e-9)
    assert len(series.counter_j) == len(series.cpu_s) <= MAX_STEPS
    edges = edges_of(series, duration_s)
    assert edges[-1] == pytest.approx(duration_s)
    assert edges[-2] < duration_s
    steps = zip(pairwise(edges), series.counter_j, series.min_w, series.max_w, strict=False)
    for (left_s, right_s), joules, least_w, most_w in steps:
        assert 0 <= least_w <= joules / max(right_s - left_s, 1e-6) * (1 + 1e-9) + 1e-9
        assert joules / max(right_s - left_s, 1e-6) <= most_w * (1 + 1e-9) + 1e-9
    if series.min_w:
        seen_w = [power_w for _, power_w, all_seen in spans if all_seen]
        assert min(series.min_w) <= min(seen_w) + 1e-3
        assert max(series.max_w) >= max(seen_w) - 1e-9


@pytest.mark.parametrize(
    ("days", "step_s", "start"),
    [
        (0.006, 1.0, "2026-09-21T14:15:23.456Z"),
        (14.2, 2048.0, "2026-09-21T14:15:23.456Z"),
        (14.3, 3600.0, "2026-09-21T14:00:00.000Z"),
        (24.9, 3600.0, "2026-09-21T14:00:00.000Z"),
        (25.0, 7200.0, "2026-09-21T14:00:00.000Z"),
        (365.0, 57_600.0, "2026-09-21T14:00:00.000Z"),
    ],
)
def test_steps_of_an_hour_begin_on_whole_hours(days: float, step_s: float, start: str) -> None:
    """Below an hour the series begins with the segment; from then on with the hour, so that hourly factors fit."""
    builder = SeriesBuilder()
    builder.add_energy(0.0, days * 86_400, 1000.0)
    series = builder.finish(START_MS, days * 86_400)
    assert (series.step_s, series.start) == (step_s, start)
    assert len(series.counter_j) == -(-(days * 86_400 + (EARLY_S if step_s >= HOUR_S else 0.0)) // step_s)
    assert sum(series.counter_j) == pytest.approx(1000.0, rel=1e-9)


def test_a_spike_is_still_seen_after_a_year() -> None:
    """One second of 900 W in a year of 100 W: its step says so, and at most the two beside it, which hours overlap."""
    builder = SeriesBuilder()
    for start_s, end_s, power_w in ((0.0, 1e7, 100.0), (1e7, 1e7 + 1, 900.0), (1e7 + 1, YEAR_S, 100.0)):
        builder.add_energy(start_s, end_s, power_w * (end_s - start_s))
        builder.add_power(start_s, end_s, power_w)
    series = builder.finish(START_MS, YEAR_S)
    assert (min(series.min_w), max(series.max_w)) == (100.0, 900.0)
    assert 1 <= series.max_w.count(900.0) <= 3


def test_memory_is_flat() -> None:
    """A hundred times as many spans need no more memory."""
    builder = SeriesBuilder()

    def add(first: int, last: int) -> int:
        for second in range(first, last):
            builder.add_energy(second * 60.0, second * 60.0 + 60.0, 6000.0, 1.0)
            builder.add_power(second * 60.0, second * 60.0 + 60.0, 100.0)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first_bytes, later_bytes = add(0, 300), add(300, 30_000)
    finally:
        tracemalloc.stop()
    assert later_bytes - first_bytes < 64 * 1024
