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


class Ticking:
    """A stage that ticks on a clock of its own."""

    def __init__(self, period_s: float = 10.0, totals: Totals = LATER) -> None:
        self.now_s, self._totals, self.in_company = 1000.3, totals, False
        self.pace = Pace(period_s, lambda: self.now_s)

    @property
    def rhythm(self) -> tuple[float, float]:
        """How far apart ticks and looks are."""
        return self.pace.tick_s, self.pace.look_s

    def tick(self) -> bool:
        """Waits for the next tick; whether it is a look."""
        pause_s, looks = self.pace.ahead()
        assert 0 < pause_s <= self.pace.tick_s
        self.now_s += pause_s
        return looks

    def look(self, looks: int, look_ms: float, glance_ms: float = 0.15) -> list[tuple[float, float]]:
        """The rhythm after each of so many looks, which take as much with the waking before them: half a glance."""
        found: list[tuple[float, float]] = []
        glances = 0
        while len(found) < looks:
            if self.tick():
                waking_ms = glance_ms / 2 if glances else 0.0
                before_s = (glances * glance_ms + waking_ms) / 1000
                self.pace.looked(self._totals, (look_ms - waking_ms) / 1000, before_s, in_company=self.in_company)
                found.append(self.rhythm)
                glances = 0
            else:
                glances += 1
        return found

    def go_on(self) -> None:
        """Lets the first minute be over."""
        self._totals = LATER


def after_the_first_minute(look_ms: float, glance_ms: float) -> Ticking:
    """A stage some minutes on, at whose beginning there was no glance from which to know what one costs."""
    stage = Ticking(totals=LATER._replace(elapsed_s=30.0))
    assert set(stage.look(60, look_ms)) == {(1.0, 1.0)} or look_ms > 20
    stage.go_on()
    stage.look(60, look_ms, glance_ms)
    return stage


COSTS = [  # CPU ms of a look and of a glance, and how far apart ticks and looks then are
    (0.2, 0.1, (1.0, 1.0)),
    (0.32, 0.1, (1.0, 1.0)),
    (0.5, 0.15, (1.0, 2.0)),
    (0.9, 0.15, (1.0, 5.0)),
    (1.5, 0.18, (1.0, 10.0)),
    (2.5, 0.18, (2.0, 10.0)),
    (3.0, 0.18, (5.0, 10.0)),
    (3.0, 1.0, (10.0, 10.0)),
    (50.0, 1.0, (10.0, 10.0)),
]


@pytest.mark.parametrize(("look_ms", "glance_ms", "rhythm"), COSTS)
def test_ticks_take_a_three_thousandth_of_one_cpu_at_most(
    look_ms: float, glance_ms: float, rhythm: tuple[float, float]
) -> None:
    """That is 0.02 CPU seconds a minute; counters are read each second as long as that allows it at all."""
    assert after_the_first_minute(look_ms, glance_ms).rhythm == rhythm
    tick_s, look_s = rhythm
    taken = (look_ms + (look_s / tick_s - 1) * glance_ms) / 1000 / look_s
    assert taken <= 1 / 3000 or rhythm == (10.0, 10.0)


@pytest.mark.parametrize(("look_ms", "tick_s"), [(0.2, 1.0), (0.9, 1.0), (1.4, 1.0), (50.0, 10.0)])
def test_in_company_all_look_at_the_same_moments(look_ms: float, tick_s: float) -> None:
    """Who split by other spans of time might together claim more than there is; only what is very dear is rarer."""
    stage = after_the_first_minute(look_ms, 0.15)
    stage.in_company = True
    assert stage.look(60, look_ms)[-1] == (tick_s, tick_s)
    stage.in_company = False
    assert stage.look(60, 0.9)[-1] in {(1.0, 5.0), (1.0, 10.0)}


def test_checkpoints_count_where_they_are_rare() -> None:
    """In the first minute each look has one; by what they took then ticks would be rarer for minutes after it."""
    pace = Pace()
    for second in range(1, 62):
        pace.looked(LATER._replace(elapsed_s=float(second)), 0.0003, kept_s=0.002)
    assert (pace.tick_s, pace.look_s) == (1.0, 2.0)
    for second in range(70, 1000, 10):
        pace.looked(LATER._replace(elapsed_s=float(second)), 0.0003, kept_s=0.002)
    assert (pace.tick_s, pace.look_s) == (1.0, 10.0)


def test_without_counters_there_is_nothing_to_glance_at() -> None:
    """CPU time adds up by itself: what is read each second would tell nothing more."""
    stage = Ticking(totals=LATER._replace(readings=()))
    assert stage.look(60, 0.9)[-1] == (5.0, 5.0)
    assert stage.look(60, 0.1)[-1] == (2.0, 2.0)


def test_the_first_minute_is_looked_at_each_second() -> None:
    """A kill is then to lose no more than a second."""
    assert set(Ticking(totals=LATER._replace(elapsed_s=30.0)).look(60, 5.0)) == {(1.0, 1.0)}


def test_one_dear_look_changes_nothing() -> None:
    """A disk that takes its time, once."""
    stage = Ticking()
    assert {*stage.look(20, 0.2), *stage.look(1, 1.0), *stage.look(20, 0.2)} == {(1.0, 1.0)}


def test_looks_become_denser_only_where_they_stay_so() -> None:
    """What is about as dear as one pace allows does not go to and fro between two."""
    stage = Ticking()
    assert stage.look(60, 0.45)[-1] == (1.0, 2.0)
    assert set(stage.look(60, 0.3)) == {(1.0, 2.0)}
    assert stage.look(60, 0.2)[-1] == (1.0, 1.0)


def test_counters_are_read_each_second_again_after_a_dear_hour() -> None:
    """What is not read cannot be measured: it is tried again, some minutes later."""
    stage = after_the_first_minute(3.0, 2.9)
    assert stage.rhythm == (10.0, 10.0)
    began_s = stage.now_s
    while stage.rhythm[0] > 1.0:
        stage.look(1, 0.9, 0.15)
    assert stage.now_s - began_s < 900


@pytest.mark.parametrize(("period_s", "look_s"), [(1.0, 1.0), (3.0, 2.0), (10.0, 10.0), (60.0, 10.0)])
def test_looks_are_no_rarer_than_checkpoints(period_s: float, look_s: float) -> None:
    """A checkpoint holds what the latest look saw: however dear looks are, a kill loses no more than a period."""
    assert Ticking(period_s).look(60, 50.0, 50.0)[-1] == (look_s, look_s)


@pytest.mark.parametrize("period_s", [1.0, 2.0, 5.0, 9.5, 60.0])
@pytest.mark.parametrize("look_ms", [0.2, 0.5, 1.0, 1.6, 2.5, 50.0])
def test_looks_are_as_far_apart_as_told(period_s: float, look_ms: float) -> None:
    """Whatever the rhythm, ticks fall on each moment at which everything is to be looked at."""
    stage = Ticking(period_s)
    stage.look(1, look_ms)
    for _ in range(200):
        looked_s, (_, look_s) = stage.now_s, stage.rhythm
        stage.look(1, look_ms, 0.3 * look_ms)
        assert stage.now_s - looked_s <= look_s + 1e-6 <= period_s + 1e-6


def test_all_tick_at_the_same_moments() -> None:
    """On whole seconds of a clock that all recorders of a host share; of ten ticks one is a look."""
    stage = Ticking()
    stage.look(60, 1.5, 0.18)
    assert stage.rhythm == (1.0, 10.0)
    ticks = [(stage.tick(), stage.now_s) for _ in range(9)]
    assert [looks for looks, _ in ticks] == [False] * 9
    assert stage.tick()
    assert stage.now_s % 10 == pytest.approx(0.0)
    stage.now_s += 0.7  # nobody looked, but waited: the look is made up for
    assert stage.tick()


@pytest.mark.parametrize("look_s", [1.0, 2.0, 4.0, 5.0, 10.0])
def test_a_kill_loses_no_more_than_a_period(look_s: float) -> None:
    """However far apart looks are, the last one that still lies within the period is written."""
    checkpoints = Checkpoints(GapBook(), Work(), 10.0, lambda _: None)
    kept_s = [60.0]
    for look in range(1, 60):
        totals = LATER._replace(elapsed_s=60.0 + look * look_s)
        if checkpoints.are_due(totals, look_s):
            checkpoints.keep(totals)
            kept_s.append(totals.elapsed_s)
    apart_s = {later - earlier for earlier, later in pairwise(kept_s[1:])}
    assert apart_s == {10.0 // look_s * look_s}
