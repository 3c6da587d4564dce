"""A recorded trace, read again in step with the clock: the file that JOULECARD_REPLAY names, in place of every meter.

A CSV file, or JSON lines with the same names as members. The first line names the columns, each further line is one
look at the counters; lines that begin with # are comments:

    seconds,cpu:package-0:energy_uj:262143328850,dram:dram-0:energy_uj,gpu:gpu-0:power_mw
    0,18100000,5200000,61000
    1.02,83400000,7300000,250300
    2.01,permission denied,9400000,249900

`seconds` begin at 0 and rise. A column is kind:domain:quantity, and for a counter that starts again at 0 the greatest
count that it shows. Kinds: cpu, dram, gpu, accelerator, host. Quantities: energy_j, energy_mj, energy_uj, power_w,
power_mw, power_uw; counts are whole numbers of these units. A cell without a count says why there was none; an empty
one was not read. Between two lines a count goes straight from one to the other; one that went down jumps at the later
one. The trace begins with the first reading of the process, so that stages that follow one another read on in it, and
what lasts longer than the trace has a gap from its end on.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.meters import REPLAY, Counter, Failure, Gauge
from joulecard.capture.meters.replay.trace import Column, TraceError, read_trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.capture.meters import Job
    from joulecard.capture.meters.replay.trace import Trace

SENSOR = "replay"
IS_A_REPLAY = "the energy was read from a recorded trace and not from this machine"
_MAX_W = {"cpu": 1000.0, "dram": 1000.0, "gpu": 4000.0, "accelerator": 4000.0, "host": 30_000.0}
_NOT_READ = Failure("was not read when the trace was recorded")
_ENDED = Failure("the recorded trace has ended")

_began_s: dict[str, float] = {}  # by file: when this process first read from it


class ReplayMeter:
    """Gives the counts that a trace holds for the time since the process first read from it."""

    def __init__(self, job: Job) -> None:
        self._path = job.environ.get(REPLAY, "")
        self._trace: Trace | None = None
        if not self._path:
            return
        try:
            self._trace = read_trace(self._path)
        except TraceError as error:
            job.note(SENSOR, f"the trace that {REPLAY} names cannot be replayed: {error}")
        else:
            job.note(SENSOR, IS_A_REPLAY)

    def counters(self) -> tuple[Counter | Gauge, ...]:
        """One counter or gauge for each column."""
        return tuple(map(_instrument, self._trace.columns)) if self._trace else ()

    def read(self) -> Mapping[str, int | Failure]:
        """The counts at this time of the trace."""
        if not self._trace:
            return {}
        now_s = time.monotonic()
        return counts_at(self._trace, now_s - _began_s.setdefault(self._path, now_s))

    def close(self) -> None:
        """Nothing is held open."""


class _Look(NamedTuple):
    """One cell and when it was read."""

    at_s: float
    cell: int | str


def counts_at(trace: Trace, at_s: float) -> dict[str, int | Failure]:
    """What the columns show at a time of the trace, by domain."""
    later = bisect_right(trace.lines, at_s, key=lambda line: line.seconds)
    before = trace.lines[max(0, later - 1)]
    if later == len(trace.lines) and at_s > before.seconds:
        return {column.domain: _ENDED for column in trace.columns}
    after = trace.lines[later] if later < len(trace.lines) else before
    return {
        column.domain: _count(_Look(before.seconds, one), _Look(after.seconds, other), at_s)
        for column, one, other in zip(trace.columns, before.cells, after.cells, strict=True)
    }


def _count(before: _Look, after: _Look, at_s: float) -> int | Failure:
    """The count on the way from one look to the next."""
    if isinstance(before.cell, str):
        return Failure(before.cell) if before.cell else _NOT_READ
    if isinstance(after.cell, str) or after.cell < before.cell or after.at_s <= before.at_s:
        return before.cell
    fraction = (at_s - before.at_s) / (after.at_s - before.at_s)
    return before.cell + int((after.cell - before.cell) * fraction)


def _instrument(column: Column) -> Counter | Gauge:
    kind, max_w = column.kind, _MAX_W[column.kind]
    if column.is_energy:
        return Counter(kind, SENSOR, column.domain, column.unit, column.range_counts, max_w, reads="energy")
    return Gauge(kind, SENSOR, column.domain, column.unit, max_w)
