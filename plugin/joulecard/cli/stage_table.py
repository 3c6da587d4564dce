"""A disclosure as a small table for the terminal: a line per stage, each number with its range and how it was got."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from joulecard import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_GAP = "   "


def stage_table(document: Mapping[str, Any], unrecorded: Mapping[str, str], only: Sequence[str] = ()) -> list[str]:
    """The lines of the table: stages that have figures, the total, then stages that have none with the reason."""
    entries = [entry for entry in document["stages"] if "energy" in entry and (not only or _names(entry) & set(only))]
    missing = [(stage, reason) for stage, reason in unrecorded.items() if not only or stage in only]
    lines = _figures(document, entries, with_total=not only) if entries else []
    widest = max((len(stage) for stage, _ in missing), default=0)
    lines += [f"{stage.ljust(widest)}{_GAP}no figures ({reason})" for stage, reason in missing]
    return [printable(line) for line in lines]


def remarks(document: Mapping[str, Any], place: str | None = None) -> list[str]:
    """What the reader of the table should know, and what would make it better; `place` is the one set by now."""
    is_world = any(factor.get("fallback_level") == "world" for factor in document["factors"])
    if not is_world or all(location["precision"] != "unknown" for location in document["locations"]):
        return []
    unknown = "The place was unknown while recording, so the world's average is used."
    if place:
        now = f"For this run:       joulecard dvc report --place {place}"
        return [unknown, f"For the next runs:  {place}, as set by now", now]
    return [
        f"{unknown} Say your own, for instance:",
        'For the next runs:  place = "FR" in joulecard.toml (a country, or a region: "aws/eu-north-1")',
        "For this run:       joulecard dvc report --place FR",
    ]


def _figures(document: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], *, with_total: bool) -> list[str]:
    units = _units(entries)
    head = ("stage", f"energy, {units[0]}", "90 % range", "method", f"{numbers.CO2E}, {units[1]}", "90 % range")
    rows = [_row(_label(entry), entry["energy"]["it_total"], _emissions(entry), units) for entry in entries]
    if not with_total:
        return _aligned([head, *rows])
    total = document["totals"][document["totals"]["headline"]]
    lines = _aligned([head, *rows, _row("total", total["energy_it"], total["operational_location"], units)])
    rule = "-" * max(len(line) for line in lines)
    return [*lines[:-1], rule, lines[-1]]


def printable(text: str) -> str:
    """The text as far as standard output can show it."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return numbers.plain(text).encode(encoding, "replace").decode(encoding)
    return text


def _names(entry: Mapping[str, Any]) -> set[str]:
    return {entry["name"], entry.get("refs", {}).get("dvc_stage", entry["name"])}


def _label(entry: Mapping[str, Any]) -> str:
    """The stage's name, with its status where it did not simply complete."""
    return str(entry["name"]) if entry["status"] == "completed" else f"{entry['name']} ({entry['status']})"


def _emissions(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = entry["emissions"]["operational_location"]
    return found


def _units(entries: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """One unit for each column, that of its greatest stage."""
    energies = [entry["energy"]["it_total"].get("value") or 0.0 for entry in entries]
    masses = [_emissions(entry).get("value") or 0.0 for entry in entries]
    return numbers.common_unit(energies, numbers.ENERGY_STEPS), numbers.common_unit(masses, numbers.MASS_STEPS)


def _row(name: str, energy: Mapping[str, Any], emissions: Mapping[str, Any], units: tuple[str, str]) -> tuple[str, ...]:
    return (
        name,
        *_printed(energy, numbers.energy, units[0]),
        "" if "value" not in energy else str(energy["method"]),
        *_printed(emissions, numbers.mass, units[1]),
    )


def _printed(quantity: Mapping[str, Any], printer: Any, unit: str) -> tuple[str, str]:
    if quantity.get("value") is None:
        return "unknown", ""
    ends = quantity.get("interval")
    shown = printer(quantity["value"], (ends["lower"], ends["upper"]) if ends else None, unit)
    return shown.value, f"{shown.lower} to {shown.upper}" if shown.lower else ""


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns of equal width; numbers end at the right, words start at the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if column in (0, 3) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(_GAP.join(cells).rstrip())
    return lines
