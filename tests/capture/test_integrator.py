"""Whatever a counter does, what is reported is never more than was used, and the rest is a stated gap."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.capture.joules.integrator import LEAST_LOOK_S, LEAST_RANGE_J, PACES, CounterTrack, GaugeTrack, Passage
from joulecard.capture.joules.track import Read
from joulecard.capture.meters import Counter, Failure, Gauge
from joulecard.capture.pace import PACES_S

MAX_W = 1000.0


def counter(range_counts: int | None, joules_per_count: float = 1e-6) -> Counter:
    """A package counter with a range."""
    return Counter("cpu", "rapl", "package-0", joules_per_count, range_counts, MAX_W)


class Step(NamedTuple):
    """Some seconds at some power, and whether the read at their end fails."""

    seconds: float
    power_w: float
    fails: bool


steps = st.lists(
    st.builds(
        Step,
        seconds=st.floats(0.01, 400.0),
        power_w=st.floats(0.0, MAX_W),
        fails=st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


@given(steps, st.sampled_from([None, 65_536_000_000, 262_143_328_850]), st.integers(0, 65_536_000_000 - 1))
def test_reported_is_at_most_true(course: list[Step], range_counts: int | None, start: int) -> None:
    """With random power, wraps and failed reads: 0 <= reported <= true, and unless all was seen there is a reason."""
    track = CounterTrack(counter(range_counts))
    track.advance(0.0, start)
    now_s, true_uj, spans = 0.0, 0, []
    hidden = range_counts or 65_536_000_000  # a counter whose range cannot be read wraps too
    for step in course:
        now_s += step.seconds
        true_uj += int(step.power_w * step.seconds * 1e6)
        value = Failure("cannot be read") if step.fails else (start + true_uj) % hidden
        spans.append(track.advance(now_s, value))
    assert 0.0 <= track.energy_j <= true_uj * 1e-6 * (1 + 1e-9) + 1e-6
    assert 0.0 <= track.seen_s <= now_s * (1 + 1e-9)
    assert sum(span.amount for span in spans if span) == pytest.approx(track.energy_j)
    if track.seen_s < now_s * (1 - 1e-9):
        assert track.gap_reason(now_s)
    elif true_uj > 0:
        assert track.energy_j == pytest.approx(true_uj * 1e-6, abs=1e-5)


@given(steps)
def test_what_is_seen_is_exact(course: list[Step]) -> None:
    """Of a counter that is read often enough nothing is lost, however many wraps and failed reads there were."""
    range_counts = 262_143_328_850
    track, now_s, true_uj = CounterTrack(counter(range_counts)), 0.0, 0
    track.advance(0.0, 0)
    for step in course:
        seconds = min(step.seconds, 6.0)
        now_s += seconds
        true_uj += int(step.power_w * seconds * 1e6)
        track.advance(now_s, Failure("busy") if step.fails else true_uj % range_counts)
    now_s += 1.0
    track.advance(now_s, true_uj % range_counts)
    assert track.energy_j == pytest.approx(true_uj * 1e-6, abs=1e-6)
    assert track.seen_s == pytest.approx(now_s)


def test_stuck() -> None:
    """A counter that stands still for more than ten seconds is stuck."""
    track = CounterTrack(counter(None))
    for second in range(12):
        track.advance(float(second), 7)
    assert track.gap_reason(11.0).startswith("stuck")


def test_never_read() -> None:
    """A counter that was never read gives its last failure as the reason."""
    track = CounterTrack(counter(None))
    track.advance(0.0, Failure("permission denied"))
    assert track.gap_reason(1.0) == "permission denied"


def test_readable_late() -> None:
    """The time before the first good read is not seen."""
    track = CounterTrack(counter(None))
    track.advance(0.0, Failure("no such file"))
    track.advance(1.0, 0)
    track.advance(3.0, 6_000_000)
    assert (round(track.energy_j, 6), track.seen_s, track.gap_reason(3.0)) == (6.0, 2.0, "no such file")


def test_lost_at_the_end() -> None:
    """A counter that fails for good keeps what it gave and says why the rest is missing."""
    track = CounterTrack(counter(None))
    track.advance(0.0, 0)
    track.advance(1.0, 6_000_000)
    track.advance(2.0, Failure("no such device"))
    assert (round(track.energy_j, 6), track.seen_s, track.gap_reason(2.0)) == (6.0, 1.0, "no such device")


def test_stuck_in_the_middle() -> None:
    """Time at which a counter stood still though the CPUs worked is not seen, and what comes after is again."""
    track = CounterTrack(counter(None))
    counts = [*range(21), *[20] * 30, *range(21, 31)]
    for second, count in enumerate(counts):
        track.advance(float(second), count * 50_000_000, Passage(busy=True))
    assert (round(track.energy_j), track.seen_s) == (1500, 30.0)
    assert track.gap_reason(60.0) == "stuck: the counter stood still for more than 10 s while the CPUs were busy"


def test_slow_but_not_stuck() -> None:
    """A counter that moves every few seconds has been seen all the time."""
    track = CounterTrack(counter(None))
    for second in range(61):
        track.advance(float(second), second // 8 * 400_000_000, Passage(busy=True))
    assert (track.seen_s, track.gap_reason(60.0)) == (60.0, "")


@given(steps, st.integers(1, 12))
def test_glances_change_no_sum(course: list[Step], every: int) -> None:
    """A counter that is glanced at between looks gives what it gives without, in parts that add up."""
    range_counts = 262_143_328_850
    with_glances, without = CounterTrack(counter(range_counts)), CounterTrack(counter(range_counts))
    for track in (with_glances, without):
        track.advance(0.0, 7)
    now_s, true_uj, between = 0.0, 0, list[Read]()
    for place, step in enumerate(course, 1):
        now_s += min(step.seconds, 3.0)
        true_uj += int(step.power_w * min(step.seconds, 3.0) * 1e6)
        value = Failure("busy") if step.fails else (7 + true_uj) % range_counts
        if place % every and place < len(course):
            between.append(Read(now_s, value))
            continue
        span, same = with_glances.advance(now_s, value, between=between), without.advance(now_s, value)
        between = []
        assert (span is None) == (same is None)
        if span and same:
            assert (span.start_s, span.end_s) == (same.start_s, same.end_s)
            assert span.amount == pytest.approx(same.amount, abs=1e-9)
            parts = span.parts or (span,)
            assert sum(part.amount for part in parts) == pytest.approx(span.amount)
            assert [part.end_s for part in parts[:-1]] == [part.start_s for part in parts[1:]]
    assert with_glances.energy_j == pytest.approx(without.energy_j)
    assert with_glances.seen_s == pytest.approx(without.seen_s)


GAUGE = Gauge("gpu", "nvml", "gpu-0", 1e-3, MAX_W)


@given(steps, st.sampled_from([1.0, 2.0, 10.0]))
def test_power_is_added_up_between_looks_alone(course: list[Step], pace_s: float) -> None:
    """The energy is the mean of two looks in turn times the time between; what was not looked at is none, and said."""
    track, now_s, expected_j, seen_s = GaugeTrack(GAUGE), 0.0, 0.0, 0.0
    last: tuple[float, int] | None = None
    for step in course:
        now_s += step.seconds
        power_mw = int(step.power_w * 1000)
        span = track.advance(now_s, Failure("timeout") if step.fails else power_mw, Passage(pace_s))
        if step.fails:
            assert span is None
            last = None
            continue
        if last and now_s - last[0] <= max(LEAST_LOOK_S, PACES * pace_s):
            expected_j += (last[1] + power_mw) / 2000 * (now_s - last[0])
            seen_s += now_s - last[0]
        last = (now_s, power_mw)
    assert track.energy_j == pytest.approx(expected_j)
    assert track.seen_s == pytest.approx(seen_s)
    if seen_s < now_s - course[0].seconds - 1e-9 or track.energy_j == 0.0:
        assert track.gap_reason(now_s)


@given(steps)
def test_power_that_is_glanced_at_counts_as_looked_at(course: list[Step]) -> None:
    """The same reads in the same order give the same energy, time seen and reasons, whether glances or looks."""
    glanced, looked = GaugeTrack(GAUGE), GaugeTrack(GAUGE)
    for track in (glanced, looked):
        track.advance(0.0, 50_000)
    now_s, between = 0.0, list[Read]()
    for step in course:
        now_s += step.seconds
        value = Failure("timeout") if step.fails else int(step.power_w * 1000)
        between.append(Read(now_s, value))
        looked.advance(now_s, value, Passage(1.0))
    glanced.advance(now_s + 1.0, 50_000, Passage(1.0), between)
    looked.advance(now_s + 1.0, 50_000, Passage(1.0))
    assert (glanced.energy_j, glanced.seen_s) == (looked.energy_j, looked.seen_s)
    assert glanced.gap_reason(now_s + 1.0) == looked.gap_reason(now_s + 1.0)


def test_a_counter_that_starts_anew_between_a_glance_and_a_look() -> None:
    """It had counted from 0, so that the 0 at the look is a count like that before: what comes next begins there."""
    track = CounterTrack(counter(None))
    track.advance(0.0, 0)
    span = track.advance(4.0, 0, between=[Read(1.0, 50_000_000)])
    assert span
    assert (span.amount, span.end_s, track.last_s) == (50.0, 1.0, 4.0)
    assert track.advance(5.0, 10_000_000)
    assert track.seen_s == 2.0
    assert "went down" in track.gap_reason(5.0)


def test_power_at_glances_without_a_good_look_is_a_gap() -> None:
    """Who had the device until then is known with the look alone."""
    track = GaugeTrack(GAUGE)
    track.advance(0.0, 50_000)
    assert track.advance(5.0, Failure("timeout"), Passage(1.0), [Read(1.0, 50_000), Read(2.0, 50_000)]) is None
    assert (track.energy_j, track.seen_s, track.gap_reason(5.0)) == (0.0, 0.0, "timeout")


def test_power_over_sleep_between_two_glances_is_a_gap() -> None:
    """What was drawn in sleep nobody saw; the seconds around it are seen."""
    track = GaugeTrack(GAUGE)
    track.advance(0.0, 50_000)
    reads = [Read(1.0, 50_000), Read(2.0, 50_000, slept_s=30.0), Read(3.0, 50_000)]
    span = track.advance(4.0, 50_000, Passage(1.0, slept_s=30.0), reads)
    assert span
    assert (span.amount, span.seen_s, track.seen_s) == (150.0, 3.0, 3.0)
    assert track.gap_reason(4.0) == "the system was suspended between two looks"


def test_power_that_cannot_be() -> None:
    """More than any device draws is no reading; a device that shows nothing at all is a gap, and no zero."""
    track = GaugeTrack(GAUGE)
    for second, power_mw in enumerate((100_000, 100_000, 4_000_000_000, 100_000, 100_000)):
        track.advance(float(second), power_mw)
    assert (track.energy_j, track.seen_s) == (200.0, 2.0)
    assert track.gap_reason(4.0) == "shows more power than any device can draw"
    silent = GaugeTrack(GAUGE)
    for second in range(3):
        silent.advance(float(second), 0)
    assert "no power at all" in silent.gap_reason(2.0)


def test_a_gauge_that_is_lost() -> None:
    """What it gave stays; the rest has the driver's word for it."""
    track = GaugeTrack(GAUGE)
    for second in range(2):
        track.advance(float(second), 50_000)
    track.advance(2.0, Failure("GPU is lost"))
    assert (track.energy_j, track.last_s, track.gap_reason(2.0)) == (50.0, 1.0, "GPU is lost")


def test_no_counter_can_wrap_between_two_ticks() -> None:
    """Ticks come often enough for the shortest range at the greatest power, and at least once a minute."""
    assert PACES_S[-1] <= 60
    assert (PACES_S[-1] + 1) * MAX_W < LEAST_RANGE_J


def test_a_misread_fall() -> None:
    """A counter that shows too little for once gives no energy out of nothing: only what rises above is counted."""
    track = CounterTrack(counter(None))
    for second, joules in enumerate((1000, 3, 1010, 1020)):
        track.advance(float(second), joules * 10**6)
    assert (round(track.energy_j, 6), track.seen_s) == (20.0, 2.0)
    assert "went down" in track.gap_reason(3.0)


FINE = counter(None)._replace(step_s=0.001)


def test_stuck_for_some_seconds() -> None:
    """A counter that steps every millisecond and stands still for five seconds is stuck, busy machine or not."""
    for is_busy in (False, True):
        track = CounterTrack(FINE)
        for second, joules in enumerate((0, 50, 100, 100, 100, 100, 100, 100, 150, 200)):
            track.advance(float(second), joules * 10**6, Passage(busy=is_busy))
        assert (round(track.energy_j), track.seen_s) == (200, 4.0)
        assert track.gap_reason(9.0) == "stuck: the counter stood still for more than 2 s"


def test_stuck_for_the_whole_of_a_short_stage() -> None:
    """What never moved is not said to have had too little time."""
    track = CounterTrack(FINE)
    for second in range(5):
        track.advance(float(second), 7)
    assert (track.seen_s, track.gap_reason(4.0)) == (0.0, "stuck: the counter did not move in 4 s")
    coarse = CounterTrack(counter(None)._replace(step_s=0.1))
    coarse.advance(0.0, 7)
    coarse.advance(4.0, 7)
    assert coarse.gap_reason(4.0) == "the counter did not move in 4 s"


def test_stuck_at_the_end() -> None:
    """Two looks at the end that find it where it was are enough; if it goes on after all, nothing is missing."""
    track = CounterTrack(FINE)
    for at_s, joules in ((0.0, 0), (1.0, 50), (1.25, 50)):
        track.advance(at_s, joules * 10**6)
    assert (track.seen_s, track.gap_reason(1.25)) == (1.25, "")
    track.advance(2.0, 50 * 10**6)
    assert (track.seen_s, track.gap_reason(2.0)) == (1.0, "stuck: the counter did not move in the last 1 s")
    track.advance(2.5, 125 * 10**6)
    assert (round(track.energy_j), track.seen_s, track.gap_reason(2.5)) == (125, 2.5, "")


def test_stuck_at_the_end_where_looks_are_rare() -> None:
    """One look after a long time tells as much."""
    track = CounterTrack(FINE)
    for at_s, joules in ((0.0, 0), (4.0, 200), (5.9, 200)):
        track.advance(at_s, joules * 10**6)
    assert (track.seen_s, track.gap_reason(5.9)) == (4.0, "stuck: the counter did not move in the last 1.9 s")


def test_two_looks_within_a_step() -> None:
    """Looks that come at once find the same count, and that is no standstill."""
    track = CounterTrack(FINE)
    for at_s, joules in ((0.0, 0), (1.0, 50), (1.0002, 50), (1.0004, 50)):
        track.advance(at_s, joules * 10**6)
    assert (track.seen_s, track.gap_reason(1.0004)) == (1.0004, "")
