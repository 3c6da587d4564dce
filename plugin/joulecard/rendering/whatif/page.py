"""A what-if as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard import numbers
from joulecard.disclosure.counterfactual.notes import ENERGIES
from joulecard.rendering.markdown import escape
from joulecard.rendering.whatif.cells import rows_of, title, unit_of
from joulecard.rendering.whatif.remarks import remarks

if TYPE_CHECKING:
    from joulecard.disclosure.counterfactual.ranking import Counterfactual
    from joulecard.rendering.whatif.cells import Cells


def whatif_markdown(found: Counterfactual, name: str) -> str:
    """A table with what a reader must know above and below it; the row that all are compared with is bold."""
    mass = f"{numbers.CO2E}, {unit_of(found)}"
    head = f"| on {ENERGIES[found.basis]} | g/kWh | PUE | {mass} | 90 % range | ratio | 90 % range |"
    rule = "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    notes = [f"- {escape(note, len(note))}." for note in remarks(found)]
    opening = title(found, name)
    return "\n".join(
        [f"**{escape(opening, len(opening))}**", "", head, rule, *map(_row, rows_of(found)), "", *notes, ""]
    )


def _row(row: Cells) -> str:
    name, *others = (escape(cell) for cell in row[:-1])
    first = f"**{name}**" if row.is_base else name
    return f"| {' | '.join([first, *others])} |"
