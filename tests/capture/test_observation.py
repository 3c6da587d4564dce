"""What the ticks add up to: series, totals and checkpoints agree, and nothing is created or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.capture.joules.attribution import IdleBaseline
from joulecard.capture.joules.glances import Glance
from joulecard.capture.joules.observation import Node, Observation, Sample
from joulecard.capture.joules.series import MAX_STEPS, SeriesBuilder
from joulecard.capture.joules.totals import Totals
from joulecard.capture.joules.track import coarse
from joulecard.capture.journal.lines import LINE_BYTES, encoded
from joulecard.capture.meters import Counter, Failure, Gauge

if TYPE_CHECKING:
    from joulecard.capture.segment import Attribution

PACKAGE = Counter("cpu", "rapl", "package-0", 1e-6, 262_143_328_850, 1000.0)
CPUS = 4


def sample(at_s: float, own_s: float, busy_s: float | None, energy_j: float | None) -> Sample:
    """One tick on a node with four CPUs, of which one is ours."""
    count = Failure("busy") if energy_j is None else int(energy_j * 1e6)
    return Sample(at_s, int(at_s * 1000), 0.0, own_s, busy_s, 0.5, 1.0, 4.0, {PACKAGE.name: count})


def observation(attribution: Attribution = "allocated") -> Observation:
    """A recording that begins at 0."""
    return Observation(Node(CPUS, attribution, "cpuset"), [PACKAGE], sample(0.0, 0.0, 0.0, 0.0))


def test_late_claims_of_recordings_side_by_side() -> None:
    """What turns out late to be theirs is taken from what none of them had claimed: together never more than all."""
    both = [observation("process") for _ in range(2)]
    for one in both:  # a second at 1,000 W of which both have seen half each, then one at 100 W that nobody has seen
        one.advance(sample(1.0, 2.0, 4.0, 1000.0)._replace(peers=2))
        one.advance(sample(2.0, 2.0, 8.0, 1100.0)._replace(peers=2))
        one.settle(4.0)
    shares_j = [one.totals().readings[0].share_j for one in both]
    assert sum(shares_j) == pytest.approx(1100.0)


def test_an_instrument_that_joins() -> None:
    """It counts from its first look on; before that it was not seen, and the others are as they were."""
    observed, device = observation("machine"), Counter("gpu", "nvml", "gpu-0", 1e-3, 1 << 64, 4000.0, "ab" * 6)
    for second in (1.0, 2.0, 3.0):
        if second == 2.0:
            observed.join([device])
        tick = sample(second, second, second, 100 * second)
        observed.advance(tick._replace(counts={**tick.counts, device.name: 70_000 + int(second * 300_000)}))
    package, joined = observed.totals().readings
    assert package.node_j == joined.node_j == joined.share_j == pytest.approx(300.0)
    assert (package.seen_s, joined.seen_s) == (3.0, 1.0)
    assert observed.tracks[1].gap_reason(3.0).startswith("it was not there from the start")


def glance(at_s: float, energy_j: float) -> Glance:
    """A read of the counter alone."""
    return Glance(at_s, int(at_s * 1000), 0.0, {PACKAGE.name: int(energy_j * 1e6)})


def test_glances_tell_the_course_of_a_look() -> None:
    """Half of the CPU time is ours: so is half of the energy of each second, with the power that it had."""
    observed = observation()
    glances = [glance(1.0, 10.0), glance(2.0, 110.0), glance(3.0, 120.0)]
    observed.advance(sample(4.0, 4.0, 8.0, 140.0), 1.0, glances)
    [reading] = observed.totals().readings
    assert (reading.node_j, reading.seen_s) == (140.0, 4.0)
    series = observed.series.finish(0, 4.0)
    assert series.counter_j == pytest.approx((5.0, 50.0, 5.0, 10.0))
    assert series.min_w == series.max_w == pytest.approx((5.0, 50.0, 5.0, 10.0))
    assert series.cpu_s == (1.0,) * 4
    assert sum(series.counter_j) == pytest.approx(reading.share_j)


def test_an_instrument_that_joins_after_glances() -> None:
    """They did not see it: it counts from the look on, and the course of the other is as it was."""
    observed, device = observation("machine"), Counter("gpu", "nvml", "gpu-0", 1e-3, 1 << 64, 4000.0, "ab" * 6)
    observed.join([device])
    for end_s in (2.0, 4.0):
        tick = sample(end_s, end_s, end_s, 100 * end_s)
        observed.advance(
            tick._replace(counts={**tick.counts, device.name: int(end_s * 300_000)}),
            1.0,
            [glance(end_s - 1, 100 * end_s - 30)],
        )
    package, joined = observed.totals().readings
    assert (package.node_j, joined.node_j) == pytest.approx((400.0, 600.0))
    assert observed.series.finish(0, 4.0).counter_j == pytest.approx((170.0, 30.0, 470.0, 330.0))


SLEEPS = [  # J that the counter has gained in the second of half a minute's sleep; what is then ours, and of it idle
    (None, 900.0, 9 * 85.0, 9 * 5.0),  # it starts anew: of that second nothing is known
    (130.0, 1030.0, 9 * 85.0 + 32.5, 9 * 5.0 + 32.5),  # less than it draws when idle
]


@pytest.mark.parametrize(("gained_j", "node_j", "share_j", "idle_j"), SLEEPS)
@pytest.mark.parametrize("looks", [{10}, {4, 10}, set(range(1, 11))])
def test_sleep_between_two_reads(
    looks: set[int], gained_j: float | None, node_j: float, share_j: float, idle_j: float
) -> None:
    """The seconds around it are as busy as without, looked at or glanced at: 100 W, of which 20 W are idle."""
    node = Node(CPUS, "allocated", "cpuset")
    observed = Observation(node, [PACKAGE], sample(0.0, 0.0, 0.0, 1000.0), lambda _: IdleBaseline(20.0))
    glances = list[Glance]()
    for second in range(1, 11):
        energy_j, slept_s = 1000 + 100.0 * second, 0.0
        if second > 5:
            energy_j += gained_j - 100 if gained_j else -1599
            slept_s = 30.0
        tick = sample(second, 2.0 * second, 2.0 * second, energy_j)
        tick = tick._replace(wall_ms=int((second + slept_s) * 1000), suspended_s=slept_s)
        if second in looks:
            observed.advance(tick, 1.0, glances)
            glances = []
        else:
            glances.append(Glance(second, tick.wall_ms, slept_s, tick.counts))
    [reading] = observed.totals().readings
    assert (reading.node_j, reading.share_j, reading.idle_j) == pytest.approx((node_j, share_j, idle_j))
    asleep_j = 32.5 if gained_j else 0.0
    course_j = [85.0] * 5 + [asleep_j] + [85.0] * 4
    assert observed.series.finish(0, 10.0).counter_j == pytest.approx(course_j)


def test_a_part_of_a_look_that_was_lost() -> None:
    """Of a gauge that failed once the seconds that were seen have the idle power of as many seconds, and no more."""
    gauge = Gauge("host", "hwmon", "power1", 1e-6, 3000.0)
    first = sample(0.0, 0.0, 0.0, None)._replace(counts={gauge.name: 40_000_000})
    observed = Observation(Node(CPUS, "allocated", "cpuset"), [gauge], first)
    idle = sample(4.0, 0.0, 0.0, None)._replace(counts={gauge.name: 40_000_000})
    observed.advance(idle, 1.0)
    glances = [
        Glance(at_s, int(at_s * 1000), 0.0, {gauge.name: count})
        for at_s, count in ((5.0, 40_000_000), (6.0, Failure("timeout")), (7.0, 40_000_000))
    ]
    observed.advance(idle._replace(elapsed_s=8.0, wall_ms=8000), 1.0, glances)
    [reading] = observed.totals().readings
    assert (reading.node_j, reading.seen_s) == (80.0, 2.0)
    assert reading.idle_j == pytest.approx(80.0 / CPUS)


ticks = st.lists(
    st.tuples(st.floats(0.05, 30.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 900.0), st.booleans()),
    min_size=1,
    max_size=30,
)


@given(ticks, st.sampled_from(["allocated", "machine", "process"]), st.floats(1.0, 3.0))
def test_series_and_totals_agree(course, attribution, late) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """For any course of ticks 0 <= share <= node, checkpoints only grow, and the series sums to the totals."""
    observed = observation(attribution)
    at_s = own_s = busy_s = energy_j = 0.0
    before = observed.totals()
    for seconds, own, others, power_w, fails in course:
        at_s += seconds
        own_s += own * seconds
        busy_s += min(CPUS * seconds, (own + others * 3) * seconds)
        energy_j += power_w * seconds
        observed.advance(sample(at_s, own_s, busy_s, None if fails else energy_j))
        now = observed.totals()
        assert now.readings[0].share_j >= before.readings[0].share_j - 1e-9
        before = now
    observed.settle(own_s * late)
    totals = observed.totals()
    [reading] = totals.readings
    assert 0.0 <= reading.share_j <= reading.node_j <= energy_j + 1e-5
    assert reading.idle_j is None or 0.0 <= reading.idle_j <= reading.share_j * (1 + 1e-9)
    series = observed.series.finish(0, totals.elapsed_s)
    assert sum(series.counter_j) == pytest.approx(reading.share_j, rel=1e-6, abs=1e-6)
    assert sum(series.cpu_s) == pytest.approx(totals.cpu_s, rel=1e-6, abs=1e-6)
    assert min(series.counter_j) >= 0.0
    assert len(series.counter_j) <= MAX_STEPS


def test_exact_total_moves_unclaimed_energy_to_us() -> None:
    """Half of the node's active time turns out to be ours at the end: so does half of its energy, in every step."""
    observed = observation()
    for second in range(1, 11):
        observed.advance(sample(second, 0.0, 2.0 * second, 100.0 * second))
    assert observed.totals().readings[0].share_j == 0.0
    observed.settle(10.0)
    totals = observed.totals()
    assert (totals.cpu_s, totals.cpu_source) == (10.0, "wait4")
    assert totals.readings[0].share_j == pytest.approx(500.0)
    assert observed.series.finish(0, 10.0).counter_j == pytest.approx((50.0,) * 10)


def test_own_time_never_goes_back() -> None:
    """A child that ends unseen takes its CPU time with it; what was seen of it stays."""
    observed = observation()
    observed.advance(sample(1.0, 3.0, 4.0, 1.0))
    observed.advance(sample(2.0, 1.0, 4.0, 2.0))
    assert observed.totals().cpu_s == 3.0


def test_a_failed_read_is_made_good() -> None:
    """A span over a failed read is divided by the CPU time of all of it."""
    observed = observation()
    observed.advance(sample(1.0, 1.0, 1.0, None))
    observed.advance(sample(2.0, 1.0, 4.0, 400.0))
    assert observed.totals().readings[0].share_j == pytest.approx(100.0)


def test_reserved_time() -> None:
    """CPU and memory reserved, times the time; by process it is what we hold ourselves."""
    for attribution, core_s, memory_gb_s in (("allocated", 10.0, 40.0), ("process", 0.0, 5.0)):
        observed = observation(attribution)  # type: ignore[arg-type]
        observed.advance(sample(10.0, 1.0, 1.0, 1.0))
        totals = observed.totals()
        assert (totals.core_s, totals.memory_gb_s) == (core_s, memory_gb_s)


def test_who_comes_and_leaves() -> None:
    """What is reserved at only one end of an interval is not ours for all of it: neither first nor last claims all."""
    observed = observation()
    for at_s, cpus, memory_gb in ((1.0, 0.5, 2.0), (2.0, 0.25, 1.0), (3.0, 4.0, 16.0)):
        later = sample(at_s, 0.0, 0.0, 100.0 * at_s)
        observed.advance(later._replace(reserved_cpus=cpus, reserved_gb=memory_gb))
    totals = observed.totals()
    assert (totals.core_s, totals.memory_gb_s) == (0.5 + 0.25 + 0.25, 2.0 + 1.0 + 1.0)
    assert totals.readings[0].idle_j == pytest.approx(100.0 * (0.5 + 0.25 + 0.25) / CPUS)


def test_a_counter_stuck_on_a_busy_node() -> None:
    """A counter that stops while the CPUs work was not seen from then on; on an idle node it may stand still."""
    for busy, seen_s in ((1.0, 20.0), (0.01, 60.0)):
        observed = observation()
        for second in range(1, 61):
            observed.advance(sample(second, 0.0, busy * second, min(second, 20) * 50.0))
        [track] = observed.tracks
        assert (track.energy_j, track.seen_s) == (1000.0, seen_s)
        assert track.gap_reason(60.0).startswith("stuck") == (busy == 1.0)


def test_a_gauge_is_not_bridged_over_sleep() -> None:
    """What it shows after the system woke up says nothing of the time asleep, nor of the second around it."""
    gauge = Gauge("gpu", "nvml", "gpu-0", 1e-3, 1000.0, "ab" * 6)
    first = sample(0.0, 0.0, 0.0, None)._replace(counts={gauge.name: 100_000})
    observed = Observation(Node(CPUS, "allocated", "cpuset"), [gauge], first)
    for at_s, slept_s in ((1.0, 0.0), (2.0, 600.0), (3.0, 600.0)):
        observed.advance(sample(at_s, 0.0, 4.0, None)._replace(counts={gauge.name: 100_000}, suspended_s=slept_s), 1.0)
    [reading] = observed.totals().readings
    assert (reading.node_j, reading.seen_s) == (200.0, 2.0)
    assert dict(observed.reasons())[gauge.name] == "the system was suspended between two looks"


def test_energy_of_a_sleeping_system() -> None:
    """A counter that goes on while the system sleeps is shared as idle goes, and teaches nothing of idle power."""
    observed = observation()
    observed.advance(sample(10.0, 0.0, 0.1, 100.0))  # idle: 10 W
    observed.advance(sample(11.0, 1.0, 1.1, 310.0)._replace(suspended_s=100.0))
    [reading] = observed.totals().readings
    assert (reading.node_j, reading.seen_s) == (310.0, 11.0)
    assert reading.idle_j == pytest.approx(310.0 / CPUS)
    assert reading.share_j == pytest.approx(310.0 / CPUS)


@pytest.mark.parametrize(
    ("group", "source", "cpu_s"), [((5.0, 6.0, 9.0), "cgroup", 4.0), ((5.0, None, 9.0), "wait4", 3.5)]
)
def test_the_control_group_knows_best(group: tuple[float | None, ...], source: str, cpu_s: float) -> None:
    """Its total is taken where it never held anybody else; else that of wait4."""
    observed = Observation(
        Node(CPUS, "allocated", "cpuset"), [PACKAGE], sample(0.0, 0.0, 0.0, 0.0)._replace(group_cpu_s=group[0])
    )
    for second in (1, 2):
        observed.advance(sample(second, 1.5 * second, 4.0 * second, 1.0)._replace(group_cpu_s=group[second]))
    observed.settle(3.5)
    totals = observed.totals()
    assert (totals.cpu_source, totals.cpu_s) == (source, cpu_s)


def test_a_failed_look_at_the_node() -> None:
    """One that fails costs nothing but where the time lay; after two in a row nobody knows how busy the node is."""
    observed = observation("process")
    for second, busy_s in ((1.0, 4.0), (2.0, None), (3.0, 12.0)):
        observed.advance(sample(second, 2 * second, busy_s, 100 * second))
    assert observed.node_time_known
    assert (observed.totals().cpu_s, observed.totals().node_cpu_s) == (6.0, 12.0)
    assert observed.totals().readings[0].share_j == pytest.approx(50 + 25 + 50)  # the middle one by what is reserved
    for second in (4.0, 5.0):
        observed.advance(sample(second, 2 * second, None, 100 * second))
    assert not observed.node_time_known


def grouped(at_s: float, own_s: float, group_s: float | None) -> Sample:
    """A tick on a node that is busy all the time, whose processes were seen to use so much, and our control group."""
    tick = sample(at_s, own_s, 4.0 * at_s, 100.0 * at_s)
    return tick._replace(claim_cpu_s=own_s, group_cpu_s=group_s)


def test_what_only_the_control_group_saw_has_its_energy() -> None:
    """CPU time of processes that polling never saw: half of the node's, and so half of its energy."""
    observed = Observation(Node(CPUS, "process", "none"), [PACKAGE], grouped(0.0, 0.0, 0.0))
    for second in (1.0, 2.0):
        observed.advance(grouped(second, 0.5 * second, 2.0 * second))
    observed.settle(None)
    assert observed.totals().cpu_s == 4.0
    assert observed.totals().readings[0].share_j == pytest.approx(100.0)


def test_a_control_group_that_others_joined() -> None:
    """What strangers used there before they were found is not ours; what was seen of ours goes on."""
    observed = Observation(Node(CPUS, "process", "none"), [PACKAGE], grouped(0.0, 0.0, 0.0))
    for second, group_s in ((1.0, 1.5), (2.0, 1.5), (3.0, None), (4.0, None)):
        observed.advance(grouped(second, second, group_s))
    observed.settle(None)
    assert (observed.totals().cpu_source, observed.totals().cpu_s) == ("proc", 4.0)


@pytest.mark.parametrize(("step_s", "seconds", "part"), [(0.1, 0.5, "20%"), (0.1, 0.05, "all of it"), (0.1, 11.0, "")])
def test_a_stage_of_a_few_steps_says_so(step_s: float, seconds: float, part: str) -> None:
    """A counter that moves ten times a second is exact over minutes; of half a second its fifth may be missing."""
    said = coarse(step_s, seconds)
    assert said.endswith(part)
    assert bool(said) == bool(part)


def test_memory_of_a_process_is_shared_too() -> None:
    """By process, recordings side by side hold its memory together."""
    observed = observation("process")
    observed.advance(sample(10.0, 1.0, 1.0, 1.0)._replace(peers=2))
    assert observed.totals().memory_gb_s == 2.5


@given(st.lists(st.floats(0.01, 5000.0), min_size=1, max_size=60))
def test_series_never_outgrows(lengths: list[float]) -> None:
    """However long a segment is, there are at most 600 steps of equal length, and the energy in them is all there."""
    builder, at_s = SeriesBuilder(), 0.0
    for length_s in lengths:
        builder.add_energy(at_s, at_s + length_s, length_s)
        at_s += length_s
    series = builder.finish(0, at_s)
    assert len(series.counter_j) <= MAX_STEPS
    assert (len(series.counter_j) - 1) * series.step_s <= at_s <= len(series.counter_j) * series.step_s
    assert sum(series.counter_j) == pytest.approx(at_s, rel=1e-6)


@pytest.mark.parametrize("counters", [0, 1, 6, 7, 20])
def test_checkpoints_are_short_and_read_back(counters: int) -> None:
    """No checkpoint line has more than 700 bytes, however many counters there are, and it reads back as it was."""
    many = [PACKAGE._replace(domain=f"package-{number}") for number in range(counters)]
    first = sample(0.0, 0.0, 0.0, 0.0)._replace(counts={counter.name: 0 for counter in many})
    observed = Observation(Node(CPUS, "allocated", "even_split"), many, first)
    for at_s, joules in ((1.0, 33.333333), (600_000.123456, 1.2345678e5)):
        counts = {counter.name: int(joules * 1e6) for counter in many}
        observed.advance(first._replace(elapsed_s=at_s, own_cpu_s=at_s / 3, busy_cpu_s=at_s, counts=counts))
    totals = observed.totals()
    *parts, line = totals.to_lines()
    assert max(len(encoded(one)) for one in (*parts, line)) <= LINE_BYTES
    assert Totals.from_lines(line, parts).to_lines() == totals.to_lines()
    if parts:
        with pytest.raises(ValueError, match="missing"):
            Totals.from_lines(line, parts[1:])
