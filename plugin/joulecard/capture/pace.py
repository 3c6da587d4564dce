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
# A tick may take this part of the time between two ticks; on machines where it takes more, ticks become rarer. In the
# first minute a kill is to lose no more than a second, and what is read for the first time costs more.
_TICK_CPU_FRACTION, _FIRST_TICKS_CPU_FRACTION = 1 / 3000, 1 / 50


class Pace:
    """How far apart ticks are, and how long a segment still lasts."""

    def __init__(self) -> None:
        self.tick_s = PACES_S[0]
        self._cost_s = 0.0  # CPU seconds that the last tick took
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
        """Makes ticks rarer where there are no counters, and where the last two of them cost much."""
        dearly_s, self._cost_s = min(cost_s, self._cost_s), cost_s
        is_first = totals.elapsed_s <= DENSE_S
        bare = not is_first and not totals.readings
        fraction = _FIRST_TICKS_CPU_FRACTION if is_first else _TICK_CPU_FRACTION
        wanted_s = max(TICK_WITHOUT_COUNTERS_S if bare else 0.0, dearly_s / fraction)
        allowed = [pace_s for pace_s in PACES_S if pace_s <= (self._rotate_s or PACES_S[-1])]
        self.tick_s = next((pace_s for pace_s in allowed if pace_s >= wanted_s), allowed[-1])

    def ends(self, totals: Totals) -> bool:
        """Whether the segment is to end here."""
        return self._rotate_s is not None and totals.elapsed_s >= self._left_s

    def begin(self, ended: Totals) -> None:
        """The next segment ends when it would have ended had this one not come to its end late."""
        if self._rotate_s:
            self._left_s = self._rotate_s - (ended.elapsed_s - self._left_s) % self._rotate_s
