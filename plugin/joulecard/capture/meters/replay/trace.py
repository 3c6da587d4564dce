"""Reads the file of a recorded trace; its form stands in the package."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

from joulecard.capture.segment import ComponentKind
from joulecard.settings.sources import read_bytes
from joulecard.surroundings.reading import label

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIMIT_BYTES = 1 << 24
_MOST_DIGITS = 30
_UNITS = {"j": 1.0, "mj": 1e-3, "uj": 1e-6, "w": 1.0, "mw": 1e-3, "uw": 1e-6}
_QUANTITIES = {"energy_j", "energy_mj", "energy_uj", "power_w", "power_mw", "power_uw"}
_FORM = "a column is seconds or kind:domain:quantity, such as cpu:package-0:energy_uj"


class TraceError(ValueError):
    """Why a file is no trace: one sentence without its path and without anything it holds but names of columns."""


class Column(NamedTuple):
    """What one column of the trace shows."""

    kind: ComponentKind
    domain: str
    quantity: str
    range_counts: int | None

    @property
    def is_energy(self) -> bool:
        """Whether it is a running total."""
        return self.quantity.startswith("energy")

    @property
    def unit(self) -> float:
        """J or W of one count."""
        return _UNITS[self.quantity.rpartition("_")[2]]


class Line(NamedTuple):
    """One look: a count for each column, or why there was none."""

    seconds: float
    cells: tuple[int | str, ...]


class Trace(NamedTuple):
    """A whole recording."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def read_trace(path: str) -> Trace:
    """The trace in a file; raises TraceError."""
    try:
        content = read_bytes(path, _LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:
        raise TraceError(getattr(error, "strerror", None) or str(error)) from error
    if len(content) > _LIMIT_BYTES:
        raise TraceError("it is larger than 16 MiB")
    text = content.decode("utf-8-sig", "replace")
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    rows = list(_rows([(number, line) for number, line in lines if line and not line.startswith("#")]))
    if not rows:
        raise TraceError("it holds no look at any counter")
    return _trace(rows)


def _rows(lines: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each look as the cells by column, with its line number; raises TraceError."""
    if lines and lines[0][1].startswith("{"):
        for number, line in lines:
            yield number, _members(number, line)
        return
    names = [name.strip() for name in lines[0][1].split(",")] if lines else []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) != len(names) or len(set(names)) != len(names):
            raise TraceError(f"line {number}: it has {len(cells)} cells for {len(set(names))} columns")
        yield number, dict(zip(names, cells, strict=True))


def _members(number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise TraceError(f"line {number}: it is no JSON object")
    return row


def _trace(rows: list[tuple[int, dict[str, Any]]]) -> Trace:
    names = list(dict.fromkeys(name for _, row in rows for name in row if name != "seconds"))
    columns = tuple(map(_column, names))
    if not columns or len({column.domain for column in columns}) < len(columns):
        raise TraceError("each domain needs one column, and there must be one at least")
    lines: list[Line] = []
    for number, row in rows:
        seconds = _seconds(number, row.get("seconds"))
        if seconds <= (lines[-1].seconds if lines else -1.0) or (not lines and seconds):
            raise TraceError(f"line {number}: seconds must begin at 0 and rise")
        lines.append(Line(seconds, tuple(_cell(number, row.get(name)) for name in names)))
    return Trace(columns, tuple(lines))


def _column(name: str) -> Column:
    kind, domain, quantity, greatest = [*map(label, name.split(":")), "", "", "", ""][:4]
    is_known = kind in get_args(ComponentKind) and quantity in _QUANTITIES and domain and name.count(":") <= 3  # noqa: PLR2004
    if not is_known or not (greatest.isdecimal() or not greatest):
        raise TraceError(f"the column {label(name)[:60] or '(empty)'} is not understood; {_FORM}")
    return Column(cast("ComponentKind", kind), domain, quantity, int(greatest) if greatest else None)


def _seconds(number: int, value: object) -> float:
    try:
        seconds = float(cast("Any", value))
    except (TypeError, ValueError):
        seconds = math.nan
    if not math.isfinite(seconds):
        raise TraceError(f"line {number}: seconds are missing or no number")
    return seconds


def _cell(number: int, value: object) -> int | str:
    """A count, or in words why there is none."""
    if isinstance(value, str):
        value = int(value) if value.isdecimal() and len(value) <= _MOST_DIGITS else value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if value is None or (isinstance(value, str) and not _is_number(value)):
        return label(value or "")
    raise TraceError(f"line {number}: a count is no whole number of at least 0")


def _is_number(text: str) -> bool:
    """Whether it is meant as a number and so no reason."""
    try:
        float(text)
    except ValueError:
        return False
    return True
