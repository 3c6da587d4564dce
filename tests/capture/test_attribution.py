"""Shares of the node's energy: conserved, never negative, never more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.capture.joules.attribution import IdleBaseline, Load, late_fraction, split

shares = st.floats(0.0, 1.0)
loads = st.builds(
    Load,
    seconds=st.floats(0.01, 100.0),
    own_cpu_s=st.floats(0.0, 500.0),
    busy_cpu_s=st.none() | st.floats(0.0, 1000.0),
    reserved_share=shares,
    cpus=st.integers(1, 256),
    beside_cpu_s=st.floats(0.0, 500.0),
)
attributions = st.sampled_from(["allocated", "machine", "process"])
baselines = st.none() | st.floats(0.0, 500.0)


@given(st.floats(0.0, 1e6), loads, baselines, attributions, shares)
def test_shares_and_the_unattributed_are_the_node(node_j, load, baseline_w, attribution, late) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """0 <= share <= node for every load, before and after CPU time that was found late is moved to us."""
    share = split(node_j, load, baseline_w, attribution)
    slack = node_j * 1e-9
    assert 0.0 <= share.share_j <= node_j + slack
    assert 0.0 <= share.unclaimed_j <= node_j + slack
    assert share.share_j + late * share.unclaimed_j <= node_j + slack
    assert share.idle_j is None or 0.0 <= share.idle_j <= share.share_j + slack


@given(st.floats(0.0, 1e6), st.floats(1.0, 1000.0), baselines, st.lists(shares, min_size=1, max_size=8))
def test_recorders_that_share_a_node_claim_at_most_all(
    node_j: float, busy_s: float, baseline_w: float | None, parts: list[float]
) -> None:
    """Recorders whose CPU times and reservations fit into the node have shares that fit into its energy."""
    whole = max(1.0, sum(parts))
    loads = [Load(10.0, busy_s * part / whole, busy_s, 1 / len(parts), 8) for part in parts]
    claimed_j = sum(split(node_j, load, baseline_w, "allocated").share_j for load in loads)
    assert claimed_j <= node_j * (1 + 1e-9)


def test_allocated() -> None:
    """A quarter of the CPUs and half of the busy time: a quarter of idle and half of active energy."""
    share = split(1000.0, Load(10.0, 4.0, 8.0, 0.25, 8), 40.0, "allocated")
    assert share == pytest.approx((0.25 * 400 + 0.5 * 600, 100.0, 300.0))


def test_without_a_baseline_all_is_active() -> None:
    """Where idle power is not known, the CPU time divides everything, and no idle part is stated."""
    share = split(1000.0, Load(10.0, 4.0, 8.0, 0.25, 8), None, "allocated")
    assert (share.share_j, share.idle_j) == (500.0, None)


def test_process_has_no_idle() -> None:
    """By process, nothing of the idle energy is ours."""
    assert split(1000.0, Load(10.0, 4.0, 8.0, 0.25, 8), 40.0, "process")[:2] == (300.0, 0.0)


def test_machine_is_all() -> None:
    """By machine, everything is ours."""
    assert split(1000.0, Load(10.0, 4.0, 8.0, 0.25, 8), 40.0, "machine") == (1000.0, 400.0, 0.0)


def test_unknown_node_time() -> None:
    """Where the system does not say how busy the node is, the reserved share stands in for the share of CPU time."""
    assert split(1000.0, Load(10.0, 4.0, None, 0.25, 8), None, "allocated").share_j == 250.0


def test_idle_baseline() -> None:
    """The least power while less than a twentieth of the CPU time was used; busy and very short spans do not count."""
    baseline = IdleBaseline()
    baseline.observe(100.0, Load(10.0, 0.0, 40.0, 1.0, 8))
    assert baseline.watts is None
    baseline.observe(300.0, Load(10.0, 0.0, 1.0, 1.0, 8))
    baseline.observe(200.0, Load(10.0, 0.0, 1.0, 1.0, 8))
    baseline.observe(0.0, Load(0.1, 0.0, 0.0, 1.0, 8))
    assert baseline.watts == 20.0


@pytest.mark.parametrize(("late", "unclaimed", "fraction"), [(0, 5, 0), (-1, 5, 0), (1, 4, 0.25), (9, 4, 1), (1, 0, 1)])
def test_late_fraction(late: float, unclaimed: float, fraction: float) -> None:
    """CPU seconds found late are taken from what nobody claimed, at most all of it."""
    assert late_fraction(late, unclaimed) == fraction
