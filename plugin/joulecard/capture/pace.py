"""When a recording looks next, and when it begins a new segment. Pure but for the steady clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from joulecard.capture import accepted
from joulecard.capture.journal.checkpoints import DENSE_S

if TYPE_CHECKING:
    from joulecard.capture.joules.totals import Totals

PACES_S = (1.0, 2.0, 4.0, 8.0)  # each tick of a longer one is a tick of the shorter ones too
TICK_WITHOUT_COUNTERS_S = 2.0  # after the first minute: CPU time alone needs no closer look
LEAST_ROTATION_S, MOST_ROTATION_S = 1.0, 1e9
# What recording may take of one CPU: 0.02 CPU s a minute. Where ticks take more than that they become rarer. In the
# first minute a kill is to lose no more than a second, and what is read for the first time costs more.
_CPU_FRACTION, _FIRST_CPU_FRACTION = 1 / 3000, 1 / 50
_WEIGHT = 1 / 8  # of the latest tick in the mean of what one takes: a single dear one changes nothing
_MARGIN = 0.75  # ticks become denser again only where they then stay so


class Pace:
    """How far apart ticks are, and how long a segment still lasts."""

    def __init__(self) -> None:
        self.tick_s = PACES_S[0]
        self._mean_s = 0.0  # CPU seconds that a tick takes
        self._rotate_s: float | None = None
        self._left_s = 0.0  # that the segment may still last

    def rotate_every(self, seconds: object) -> bool:
        """Begins a new segment every so many seconds; False where that is no number of at least 1."""
        try:
            number = accepted.number(seconds, "")
        except accepted.RefusedError:
            return False
        if not LEAST_ROTATION_S <= number <= MOST_ROTATION_S:
            return False
        self._rotate_s = self._left_s = number
        return True

    def pause_s(self) -> float:
        """Seconds until the next tick: all recorders of a host tick at the same moments, however long one takes."""
        return self.tick_s - time.monotonic() % self.tick_s

    def adapt(self, totals: Totals, cost_s: float) -> None:
        """Makes ticks rarer where there are no counters, and where they cost much; `cost_s` is the latest's CPU s."""
        self._mean_s += (cost_s - self._mean_s) * _WEIGHT
        is_first = totals.elapsed_s <= DENSE_S
        least_s = PACES_S[0] if is_first or totals.readings else TICK_WITHOUT_COUNTERS_S
        wanted_s = self._mean_s / (_FIRST_CPU_FRACTION if is_first else _CPU_FRACTION)
        allowed = [pace_s for pace_s in PACES_S if pace_s <= (self._rotate_s or PACES_S[-1])]
        enough = (pace_s for pace_s in allowed if pace_s >= least_s and self._lasting_s(pace_s) >= wanted_s)
        self.tick_s = next(enough, allowed[-1])

    def _lasting_s(self, pace_s: float) -> float:
        """What may be wanted for a pace to be taken: less where it is denser than the one now."""
        return pace_s * (_MARGIN if pace_s < self.tick_s else 1.0)

    def ends(self, totals: Totals) -> bool:
        """Whether the segment is to end here."""
        return self._rotate_s is not None and totals.elapsed_s >= self._left_s

    def begin(self, ended: Totals) -> None:
        """The next segment ends when it would have ended had this one not come to its end late."""
        if self._rotate_s:
            self._left_s = self._rotate_s - (ended.elapsed_s - self._left_s) % self._rotate_s
