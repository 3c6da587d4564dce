"""How often a recording looks: every second, as long as that takes next to nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest

from joulecard.capture.gaps import GapBook
from joulecard.capture.joules.totals import ReadingTotal, Totals
from joulecard.capture.journal.checkpoints import Checkpoints
from joulecard.capture.pace import Pace
from joulecard.capture.work import Work

COUNTED = ReadingTotal(1.0, 1.0, None, 60.0)
LATER = Totals(100.0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "proc", "none", (COUNTED,))  # after the first minute


def ticking(pace: Pace, ticks: int, cost_s: float) -> list[float]:
    """How far apart the ticks of a stage with a counter are after its first minute, each of which takes as much."""
    found = []
    for _ in range(ticks):
        pace.adapt(LATER, cost_s)
        found.append(pace.tick_s)
    return found


@pytest.mark.parametrize(("cost_ms", "tick_s"), [(0.2, 1.0), (0.32, 1.0), (0.5, 2.0), (1.2, 4.0), (50.0, 8.0)])
def test_ticks_take_a_three_thousandth_of_one_cpu_at_most(cost_ms: float, tick_s: float) -> None:
    """That is 0.02 CPU seconds a minute, as long as ticks need be no rarer than the rarest."""
    pace = Pace()
    assert ticking(pace, 60, cost_ms / 1000)[-1] == tick_s
    assert cost_ms / 1000 / tick_s <= 1 / 3000 or tick_s == 8.0


def test_one_dear_tick_changes_nothing() -> None:
    """A disk that takes its time, once."""
    pace = Pace()
    assert {*ticking(pace, 20, 0.0002), *ticking(pace, 1, 0.001), *ticking(pace, 20, 0.0002)} == {1.0}


def test_ticks_become_denser_only_where_they_stay_so() -> None:
    """What is about as dear as one pace allows does not go to and fro between two."""
    pace = Pace()
    assert ticking(pace, 60, 0.0004)[-1] == 2.0
    assert set(ticking(pace, 60, 0.0003)) == {2.0}
    assert ticking(pace, 60, 0.0002)[-1] == 1.0


@pytest.mark.parametrize("look_s", [1.0, 2.0, 4.0])
def test_a_kill_loses_no_more_than_a_period(look_s: float) -> None:
    """However far apart looks are, the last one that still lies within the period is written."""
    checkpoints = Checkpoints(GapBook(), Work(), 10.0, lambda _: None)
    kept_s = [60.0]
    for look in range(1, 60):
        totals = LATER._replace(elapsed_s=60.0 + look * look_s)
        if checkpoints.are_due(totals):
            checkpoints.keep(totals)
            kept_s.append(totals.elapsed_s)
    apart_s = {later - earlier for earlier, later in pairwise(kept_s[1:])}
    assert apart_s == {10.0 // look_s * look_s}
