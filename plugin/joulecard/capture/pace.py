"""When a recording looks or glances next, and when it begins a new segment. Pure but for the steady clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture import accepted
from joulecard.capture.journal.checkpoints import DENSE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.joules.totals import Totals

PACES_S = (1.0, 2.0, 5.0, 10.0)  # on whole seconds of a clock that all share
LOOK_WITHOUT_COUNTERS_S = 2.0  # after the first minute: CPU time alone needs no closer look
LEAST_ROTATION_S, MOST_ROTATION_S = 1.0, 1e9
# What recording may take of one CPU: 0.02 CPU s a minute. Where more would be needed to look at everything each second,
# most ticks are glances at the counters alone; where that is still too much, ticks become rarer. In the first minute a
# kill is to lose no more than a second, and what is read for the first time costs more.
_CPU_FRACTION, _FIRST_CPU_FRACTION = 1 / 3000, 1 / 50
# Recorders of one host split what a counter gives by what each knows of CPU time from look to look. If they looked at
# other moments, their parts might together be more than the whole: so in company all look every second, at up to this.
_COMPANY_CPU_FRACTION = 1 / 500
_WEIGHT = 1 / 8  # of the latest tick in the mean of what one takes: a single dear one changes nothing
_WAKING = 0.5  # of a glance: what it takes to wake up, before a look too
_MARGIN = 0.75  # ticks become denser again only where they then stay so
_EARLY_S = 0.001  # what is a rounding error before a whole second is one
# Of what a glance is known to cost, at each look before which there was none: only those that are made can be measured,
# so they are taken to be cheap until they prove dear, and are tried again some minutes later.
_FORGOTTEN = 1 / 32


class _Rhythm(NamedTuple):
    """How far apart ticks are, and those among them that look at everything."""

    tick_s: float
    look_s: float

    def cpu_fraction(self, glance_s: float, look_s: float) -> float:
        """What it takes of one CPU where a glance and a look take so many CPU s."""
        return (look_s + glance_s * (self.look_s / self.tick_s - 1)) / self.look_s


# The best first: to read the counters often comes before to look often at the rest. Ticks must meet each look, else
# some come later than told.
_RHYTHMS = tuple(_Rhythm(tick_s, look_s) for tick_s in PACES_S for look_s in PACES_S if look_s % tick_s == 0.0)


class Pace:
    """How far apart ticks are, which of them look at everything, and how long a segment still lasts."""

    def __init__(self, period_s: float = PACES_S[-1], steady_s: Callable[[], float] = time.monotonic) -> None:
        """Looks are no farther apart than the period: a checkpoint holds what the latest saw."""
        self._most_s, self._steady_s = period_s, steady_s
        self._rhythm = _RHYTHMS[0]
        self.tick_s, self.look_s = self._rhythm  # between two ticks, and between two that look at everything
        self._latest_look_s = 0.0  # on the steady clock
        self._glances = 0  # since then
        self._rounds = 0  # of glances, so far
        self._look_mean_s = 0.0  # CPU seconds that a look takes
        self._glance_mean_s = 0.0  # and a glance
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
        self._most_s = min(self._most_s, number)
        return True

    def ahead(self) -> tuple[float, bool]:
        """Seconds until the next tick, and whether that looks at everything, else it is a glance.

        All recorders of a host tick at the same moments, however long one takes; a look that was missed is made up for.
        """
        now_s, tick_s = self._steady_s(), self.tick_s
        pause_s = tick_s - now_s % tick_s
        looks = (now_s + pause_s + _EARLY_S) // self.look_s > self._latest_look_s // self.look_s
        self._glances += not looks
        return pause_s, looks

    def looked(
        self, totals: Totals, look_s: float, before_s: float = 0.0, kept_s: float = 0.0, *, in_company: bool = False
    ) -> None:
        """Makes ticks as dense as they may be by the CPU s that a look took just now, and all since the one before.

        `kept_s` went into the checkpoint after that one, of which there are fewer once the first minute is over;
        `in_company` of other live recorders of this host.
        """
        self._latest_look_s = self._steady_s()
        if self._glances:
            glance_s = before_s / (self._glances + _WAKING)
            look_s += glance_s * _WAKING
            self._rounds += 1
            self._glance_mean_s += (glance_s - self._glance_mean_s) * max(_WEIGHT, 1 / self._rounds)
        else:
            look_s += before_s  # to wake up
            self._glance_mean_s *= 1 - _FORGOTTEN
        is_first = totals.elapsed_s <= DENSE_S
        look_s += 0.0 if is_first else kept_s
        self._look_mean_s += (look_s - self._look_mean_s) * _WEIGHT
        self._glances = 0
        may_take = _COMPANY_CPU_FRACTION if in_company else _CPU_FRACTION
        may_take = _FIRST_CPU_FRACTION if is_first else may_take
        may_glance = totals.readings and not in_company
        least_s = PACES_S[0] if is_first or totals.readings else LOOK_WITHOUT_COUNTERS_S
        allowed = [one for one in _RHYTHMS if one.look_s <= self._most_s]
        fit = (one for one in allowed if one.tick_s >= least_s and (may_glance or one.tick_s == one.look_s))
        self._rhythm = next((one for one in fit if self._takes(one) <= may_take), allowed[-1])
        self.tick_s, self.look_s = self._rhythm

    def _takes(self, one: _Rhythm) -> float:
        """Of one CPU; more than that where it is denser than the one now, which is taken only where it will stay."""
        fraction = one.cpu_fraction(self._glance_mean_s, self._look_mean_s)
        return fraction / _MARGIN if _RHYTHMS.index(one) < _RHYTHMS.index(self._rhythm) else fraction

    def ends(self, totals: Totals) -> bool:
        """Whether the segment is to end here."""
        return self._rotate_s is not None and totals.elapsed_s >= self._left_s

    def begin(self, ended: Totals) -> None:
        """The next segment ends when it would have ended had this one not come to its end late."""
        if self._rotate_s:
            self._left_s = self._rotate_s - (ended.elapsed_s - self._left_s) % self._rotate_s
