"""Whose a device is that several recorders hold, and what is known of one that tells no energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.test_observation import CPUS, sample

from joulecard.capture.joules.observation import Held, Node, Observation
from joulecard.capture.joules.totals import Totals
from joulecard.capture.meters import Counter, Failure, UseGauge

if TYPE_CHECKING:
    from joulecard.capture.meters import Instrument
    from joulecard.capture.segment import Attribution

GPU = Counter("gpu", "nvml", "gpu-0", 1e-3, 1 << 64, 4000.0, "ab" * 6, "NVIDIA H100", "energy")


def gpu_observation(attribution: Attribution) -> Observation:
    """A recording of one GPU that nobody else claims yet."""
    first = sample(0.0, 0.0, 0.0, 0.0)._replace(counts={GPU.name: 0})
    return Observation(Node(CPUS, attribution, "cpuset"), [GPU], first)


@given(st.lists(st.tuples(st.floats(0.1, 12.0), st.integers(1, 5), st.booleans()), min_size=1, max_size=30))
def test_a_gpu_is_split_by_those_who_claim_it(course: list[tuple[float, int, bool]]) -> None:
    """Whoever comes and goes, and whatever the CPUs do: ours is an even part of each span."""
    observed, at_s, most_j = gpu_observation("allocated"), 0.0, 0.0
    before = 1
    for seconds, holders, fails in course:
        at_s += seconds
        most_j += 300.0 * seconds / max(before, holders)
        counts = {GPU.name: Failure("timeout") if fails else int(at_s * 300_000)}
        told = {"ab" * 6: Held(1 / holders, "even_split")} if holders > 1 else {}
        observed.advance(sample(at_s, 0.0, 4 * at_s, None)._replace(counts=counts, held=told))
        before = holders
    observed.advance(sample(at_s + 1e-6, 0.0, 4 * at_s, None)._replace(counts={GPU.name: int(at_s * 300_000)}))
    observed.settle(at_s)
    [reading] = observed.totals().readings
    assert reading.share_j <= reading.node_j
    assert reading.share_j == pytest.approx(most_j, rel=1e-3, abs=1e-2)
    assert reading.idle_j is None


@pytest.mark.parametrize(("attribution", "share_j"), [("allocated", 250.0), ("process", 250.0), ("machine", 500.0)])
def test_whose_a_gpu_is(attribution: Attribution, share_j: float) -> None:
    """Its holders share it evenly, however much CPU time each uses; by machine it is ours whole."""
    observed = gpu_observation(attribution)
    held = {"ab" * 6: Held(0.5, "processes")}
    observed.advance(sample(1.0, 0.9, 1.0, None)._replace(counts={GPU.name: 500_000}, held=held))
    [reading] = observed.totals().readings
    assert (reading.node_j, reading.share_j) == (500.0, share_j)


def seen(instrument: Instrument, *looks: tuple[float, int | Failure, Held | None]) -> Observation:
    """A recording of one device: when it was looked at, what it showed, and which part of it was ours then."""
    first, *later = (
        sample(at_s, 0.0, 4 * at_s, None)._replace(
            counts={instrument.name: value}, held={instrument.device_ref or "": held} if held else {}
        )
        for at_s, value, held in looks
    )
    observed = Observation(Node(CPUS, "allocated", "cpuset"), [instrument], first)
    for each in later:
        observed.advance(each, 1.0)
    return observed


def test_how_a_device_was_shared() -> None:
    """Whole as long as nobody else was there; else the last way by which it was split, at the lesser of both ends."""
    half, third, whole = Held(0.5, "even_split"), Held(1 / 3, "processes"), Held(1.0, "whole")
    for looks, by, share_j in (
        ((None, None, whole), "whole", 600.0),
        ((None, half, None), "even_split", 300.0),
        ((half, third, None), "processes", 200.0),
    ):
        told = [(float(at_s), at_s * 300_000, held) for at_s, held in enumerate(looks)]
        [reading] = seen(GPU, *told).totals().readings
        assert (reading.by, round(reading.share_j, 6), reading.node_j) == (by, share_j, 600.0)


def test_slices_of_a_device() -> None:
    """Of a partitioned device the declared part, and of that the part that others of ours leave; by machine all."""
    mig = GPU._replace(share_declared=0.25)
    [reading] = seen(mig, (0.0, 0, None), (1.0, 400_000, Held(0.5, "even_split"))).totals().readings
    assert (reading.node_j, reading.share_j, reading.by) == (400.0, 50.0, "slices")
    by_machine = Observation(Node(CPUS, "machine", "machine"), [mig], sample(0, 0, 0, 0)._replace(counts={mig.name: 0}))
    by_machine.advance(sample(1.0, 0.0, 4.0, None)._replace(counts={mig.name: 400_000}))
    [reading] = by_machine.totals().readings
    assert (reading.share_j, reading.by) == (400.0, "whole")


def test_use_is_no_energy() -> None:
    """A device that tells only how busy it is gives seconds of use and of holding; idle all the time is no gap."""
    use = UseGauge("gpu", "nvml", "gpu-0", 0.01, "ab" * 6, "NVIDIA A10")
    observed = seen(use, (0.0, 100, None), (1.0, 50, None), (2.0, 50, Held(0.5, "even_split")), (3.0, 200, None))
    [reading] = observed.totals().readings
    assert (reading.node_j, reading.share_j, reading.held_s, reading.seen_s) == (1.25, 1.0, 1.5, 2.0)
    assert dict(observed.reasons())[use.name] == "shows more use than there is time"
    assert sum(observed.series.finish(0, 3.0).counter_j) == 0.0
    *parts, line = observed.totals().to_lines()
    assert Totals.from_lines(line, parts).readings == (reading,)
    idle = seen(use, (0.0, 0, None), (1.0, 0, None))
    assert (idle.totals().readings[0].held_s, dict(idle.reasons())[use.name]) == (1.0, "")
