"""What one recording sees: its sampler, what was added up so far, and when it ended; used from any thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from joulecard.capture.joules.cut import Cutter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.capture.clock import Instant
    from joulecard.capture.closing import Ending
    from joulecard.capture.joules.cut import Piece
    from joulecard.capture.meters import Instrument
    from joulecard.capture.sampler import Sampler
    from joulecard.capture.segment import Attribution

LOCK_DEADLINE_S = 1.0
# Drivers that start late join within the first looks; what is plugged in later may wait: to look for it costs a sixth.
_EAGER_LOOKS, _LOOKS_BETWEEN = 60, 10
_LOST_PROCESSES = "some ended that nobody waited for: what they used after they were last seen is not known"


class Watch:
    """From the first sample to the last one, which `look` takes when it is given an ending."""

    def __init__(self, sampler: Sampler, attribution: Attribution) -> None:
        """Takes the first sample."""
        self._sampler = sampler
        self._observation = sampler.observe(attribution)
        self._cutter = Cutter(self._observation)
        self._lock = threading.Lock()
        self.ending: Ending | None = None
        self._looks = 0
        self._told: set[tuple[str, str]] = set()  # reasons that stood at the last cut

    @property
    def start(self) -> Instant:
        """When the first sample was taken."""
        return self._sampler.start

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Those that are read; others only join."""
        return self._sampler.instruments

    @property
    def in_company(self) -> bool:
        """Whether others recorded on this host at the latest look."""
        return self._sampler.in_company

    @property
    def node_time_known(self) -> bool:
        """Whether the system tells how busy its CPUs are."""
        return self._observation.node_time_known

    def glance(self) -> None:
        """Reads the counters alone; what they show is added with the next look."""
        if not self._sampler.asks_drivers:
            self._sampler.glance()
        elif self._lock.acquire(blocking=False):  # else somebody asks them just now
            try:
                self._sampler.glance()
            finally:
                self._lock.release()

    def look(self, pace_s: float, ending: Ending | None = None) -> Piece | None:
        """Takes a sample, the last one if the recording ends; None where it has ended already, or others hold us up.

        `pace_s` is how far apart reads of the counters are when all is well.
        """
        if not self._lock.acquire(timeout=LOCK_DEADLINE_S):
            return None
        try:
            if self.ending:
                return None
            self.ending = ending
            self._looks += 1
            if self._looks <= _EAGER_LOOKS or self._looks % _LOOKS_BETWEEN == 0:
                self._observation.join(self._sampler.joined())
            sample = self._sampler.sample(last=ending is not None)
            self._observation.advance(sample, pace_s, self._sampler.glances())
            return self._cutter.piece()
        finally:
            self._lock.release()

    def cut(self) -> Piece | None:
        """What came up to the last sample, with which something new begins; None where the recording has ended."""
        if not self._lock.acquire(timeout=LOCK_DEADLINE_S):
            return None
        try:
            return None if self.ending else self._cutter.cut()
        finally:
            self._lock.release()

    def finish(self, exact_cpu_s: float | None) -> Piece:
        """What came up to the end."""
        self._observation.settle(exact_cpu_s)
        return self._cutter.piece()

    def reasons(self) -> Iterator[tuple[str, str]]:
        """What misses something and why, as of now; an empty reason takes an earlier one back.

        What was said of clocks and processes before the last cut is not said again.
        """
        return (reason for reason in self._reasons() if reason not in self._told)

    def settle_reasons(self) -> None:
        """What is said by now belongs to what was cut off; counters tell by their coverage whether they miss more."""
        counters = {instrument.name for instrument in self.instruments}
        self._told = {reason for reason in self._reasons() if reason[0] not in counters}

    def _reasons(self) -> Iterator[tuple[str, str]]:
        if self._sampler.has_lost_processes:
            yield "processes", _LOST_PROCESSES
        yield from self._observation.reasons()

    def close(self) -> None:
        """Lets go of meters, files and our entry among the live recorders."""
        self._sampler.close()

    def forget(self) -> None:
        """In a forked child: lets go of what would outlive the parent."""
        self._sampler.forget()
