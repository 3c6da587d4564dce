"""What a recording has added up so far: the cumulative state that every checkpoint of the journal holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

READINGS_PER_LINE = 6
_DECIMALS = 6


class ReadingTotal(NamedTuple):
    """One counter so far."""

    node_j: float
    share_j: float
    idle_j: float | None
    seen_s: float


class Totals(NamedTuple):
    """Everything so far; `elapsed_s` and what follows on the clocks is counted from the start of the segment."""

    elapsed_s: float  # on the monotonic clock
    wall_ms: int  # the wall clock at the same moment, since 1970
    suspended_s: float
    cpu_s: float
    node_cpu_s: float
    core_s: float
    memory_gb_s: float
    memory_peak_gb: float
    cpu_source: str
    reserved_by: str
    readings: tuple[ReadingTotal, ...]  # in the order of the counters in the journal's first line

    def to_lines(self) -> list[dict[str, Any]]:
        """The totals as one checkpoint line, after lines for the counters that it has no room for."""
        rest = range(READINGS_PER_LINE, len(self.readings), READINGS_PER_LINE)
        parts = [{"t": _short(self.elapsed_s), "n": first, "e": self._readings_from(first)} for first in rest]
        return [*parts, self._main_line()]

    def _main_line(self) -> dict[str, Any]:
        """Short names, because a line has at most 700 bytes."""
        usage = (self.cpu_s, self.node_cpu_s, self.core_s, self.memory_gb_s, self.memory_peak_gb)
        line: dict[str, Any] = {"t": _short(self.elapsed_s), "w": self.wall_ms, "z": _short(self.suspended_s)}
        line |= {"u": [_short(value) for value in usage], "s": self.cpu_source, "r": self.reserved_by}
        return {**line, "k": len(self.readings), "e": self._readings_from(0)}

    def _readings_from(self, first: int) -> list[list[float | None]]:
        readings = self.readings[first : first + READINGS_PER_LINE]
        return [[_short(value) for value in reading] for reading in readings]

    @classmethod
    def from_lines(cls, line: dict[str, Any], parts: Sequence[dict[str, Any]] = ()) -> Totals:
        """The totals of a checkpoint; raises KeyError, TypeError or ValueError where it is none or a part is lost."""
        readings = [*line["e"], *(values for part in parts if part["t"] == line["t"] for values in part["e"])]
        if len(readings) != line["k"]:
            raise ValueError("counters are missing")
        usage = [_number(value) for value in line["u"]]
        cpu_s, node_cpu_s, core_s, memory_gb_s, memory_peak_gb = usage
        return cls(
            _number(line["t"]),
            int(line["w"]),
            _number(line["z"]),
            cpu_s,
            node_cpu_s,
            core_s,
            memory_gb_s,
            memory_peak_gb,
            str(line["s"]),
            str(line["r"]),
            tuple(_reading(values) for values in readings),
        )


def _reading(values: Sequence[Any]) -> ReadingTotal:
    node_j, share_j, idle_j, seen_s = values
    return ReadingTotal(_number(node_j), _number(share_j), None if idle_j is None else _number(idle_j), _number(seen_s))


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
