"""A what-if for the terminal: a ranked table, then what a reader must know."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from joulecard import numbers
from joulecard.disclosure.counterfactual.notes import ENERGIES
from joulecard.rendering.whatif.cells import rows_of, title, unit_of
from joulecard.rendering.whatif.remarks import remarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.disclosure.counterfactual.ranking import Counterfactual
    from joulecard.rendering.whatif.cells import Cells

WIDTH = 80
GAP = "  "
LEAST_NAME = 12


def whatif_text(found: Counterfactual, name: str) -> str:
    """The page, at most 80 columns wide where the numbers allow it."""
    head = textwrap.wrap(title(found, name), WIDTH)
    notes = [line for note in remarks(found) for line in _note(note)]
    return "\n".join([*head, "", *_table(found), "", *notes]) + "\n"


def _note(note: str) -> list[str]:
    return textwrap.wrap(f"{note}.", WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)


def _table(found: Counterfactual) -> list[str]:
    cells = rows_of(found)
    head = _head(found)
    columns = [head, *(_columns(row) for row in cells)]
    kept = [column for column in range(len(head)) if any(row[column] for row in columns[1:])]
    columns = [tuple(row[column] for column in kept) for row in columns]
    widths = [max(len(row[column]) for row in columns) for column in range(len(kept))]
    widths[0] = max(LEAST_NAME, min(widths[0], WIDTH - sum(widths[1:]) - len(GAP) * (len(kept) - 1)))
    lines = [_line(row, widths) for row in columns]
    return [lines[0], "-" * max(len(line) for line in lines), *lines[1:]]


def _head(found: Counterfactual) -> tuple[str, ...]:
    mass = f"{numbers.CO2E}, {unit_of(found)}"
    return (f"on {ENERGIES[found.basis]}", "g/kWh", "PUE", mass, "90 % range", "ratio", "90 % range")


def _columns(row: Cells) -> tuple[str, ...]:
    return (row.name, row.intensity, row.pue, row.mass, row.mass_range, row.ratio, row.ratio_range)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Names start at the left and are shortened, numbers end at the right."""
    first, *others = row
    name = first if len(first) <= widths[0] else f"{first[: widths[0] - 1]}…"
    cells = [name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
    return GAP.join(cells).rstrip()
