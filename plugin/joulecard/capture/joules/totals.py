"""What a recording has added up so far: the cumulative state that every checkpoint of the journal holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.capture.segment import ShareBy

READINGS_PER_LINE = 6
_DECIMALS, _DECIMALS_OF_MANY, _MANY = 6, 3, 1000.0
_CODES: dict[str, ShareBy] = {"w": "whole", "e": "even_split", "p": "processes", "s": "slices"}
_CODE_OF = {by: code for code, by in _CODES.items()}


class ReadingTotal(NamedTuple):
    """One instrument so far: J, of a UseGauge seconds of use."""

    node_j: float
    share_j: float
    idle_j: float | None
    seen_s: float
    by: ShareBy | None = None  # how our part of a device was taken
    held_s: float | None = None  # of a UseGauge: our part of the device x the time that it was seen


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

    def _readings_from(self, first: int) -> list[list[float | str | None]]:
        return [_packed(each, self.elapsed_s) for each in self.readings[first : first + READINGS_PER_LINE]]

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
            tuple(_unpacked(values, _number(line["t"])) for values in readings),
        )


def _packed(reading: ReadingTotal, elapsed_s: float) -> list[float | str | None]:
    """What a line holds of a reading: node, unseen time, how it was shared, share, idle, held time.

    A share that is the whole, and all that is none at the end, is left out: a week of lines for a dozen counters
    is to stay small.
    """
    node_j, share_j, idle_j, seen_s, by, held_s = reading
    share = None if share_j == node_j else _short(share_j)
    values = [
        _short(node_j),
        _short(max(0.0, elapsed_s - seen_s)),
        _CODE_OF[by] if by else None,
        share,
        _short(idle_j),
        _short(held_s),
    ]
    while values[-1] is None:
        values.pop()
    return values


def _unpacked(values: Sequence[Any], elapsed_s: float) -> ReadingTotal:
    padded = [*values, None, None, None, None]
    node_j, unseen_s = _number(padded[0]), _number(padded[1])
    code, share, idle, held = padded[2:6]
    return ReadingTotal(
        node_j,
        node_j if share is None else _number(share),
        None if idle is None else _number(idle),
        max(0.0, elapsed_s - unseen_s),
        None if code is None else _CODES[code],
        None if held is None else _number(held),
    )


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _short(value: float | None) -> float | None:
    """Nine digits are enough, and order among numbers stays what it was."""
    if value is None:
        return None
    return round(value, _DECIMALS if abs(value) < _MANY else _DECIMALS_OF_MANY)
