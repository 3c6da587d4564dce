"""CPU seconds of commands, and costs judged by bars: what the benchmarks have in common."""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Cost:
    """A measure with and without what it is about: medians of runs by turns."""

    name: str
    with_it: float
    without_it: float
    difference: float  # median of the differences of neighbouring runs
    bar: float | None = None  # None: told for comparison

    @classmethod
    def of(cls, name: str, pairs: Iterable[tuple[float, float]], bar: float | None = None) -> Cost:
        """The cost of pairs of neighbouring runs, with and without."""
        known = list(pairs)
        return cls(
            name,
            statistics.median(ours for ours, _ in known),
            statistics.median(theirs for _, theirs in known),
            statistics.median(ours - theirs for ours, theirs in known),
            bar,
        )

    @property
    def verdict(self) -> str:
        """Whether the bar is kept; empty where there is none."""
        if self.bar is None:
            return ""
        return "kept" if self.difference <= self.bar else "EXCEEDED"


def cpu_s(command: tuple[str, ...], environ: dict[str, str]) -> float:
    """CPU seconds of one run of a command and all its children; raises RuntimeError where it fails."""
    pid = os.posix_spawnp(command[0], command, environ)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime
