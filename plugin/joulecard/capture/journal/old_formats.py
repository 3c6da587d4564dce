"""Journals of every earlier format, made into what today's reader reads: none is ever refused for its age."""

from __future__ import annotations

from typing import Any

from joulecard.capture.journal.lines import FORMAT

_MEMBER = "joulecard_journal"
_PLAIN_READINGS = 3  # the last format whose checkpoints held node, share, idle and seen time of each counter


def format_of(first: dict[str, Any]) -> int:
    """The format of a journal; raises KeyError or TypeError for no first line, ValueError for a newer format."""
    number = first[_MEMBER]
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise TypeError("not a format")
    if number > FORMAT:
        raise ValueError(f"a newer joulecard wrote it (format {number}, this one reads up to {FORMAT}): update it")
    return number


def lifted_opening(first: dict[str, Any]) -> dict[str, Any]:
    """A first line as one of today's format; raises KeyError, TypeError or ValueError where it is none."""
    number = format_of(first)
    line = {**first, _MEMBER: FORMAT}
    if number == 1:  # knew of no recorder but ours
        software = dict(first["software"])
        line["software"] = {"tool": "joulecard", "version": software.pop("joulecard"), **software}
    return line


def lifted(line: dict[str, Any], number: int) -> dict[str, Any]:
    """Any later line as one of today's format; raises KeyError, TypeError or ValueError where it is none."""
    if number > _PLAIN_READINGS or "e" not in line:
        return line
    elapsed_s = float(line["t"])
    return {**line, "e": [_reading(elapsed_s, *values) for values in line["e"]]}


def _reading(elapsed_s: float, node_j: float, share_j: float, idle_j: float | None, seen_s: float) -> list[Any]:
    return [node_j, max(0.0, elapsed_s - seen_s), None, share_j, idle_j]
