"""What a chart says to a reader who hears it: the same numbers in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TOLD = 12


def sentence(title: str, told: Sequence[str]) -> str:
    """The title and the numbers; of very many the first, and how many there are beside them."""
    shown = list(told[:MOST_TOLD])
    more = len(told) - len(shown)
    if more:
        shown.append(f"and {more} more")
    return f"{title}: {'; '.join(shown)}." if shown else f"{title}."


def quantity(value: float | None, lower: float | None, upper: float | None, unit: str) -> str:
    """A value with its range where there is one, e.g. "430 kg (390 to 470 kg)"."""
    if value is None:
        return "not known"
    ends = (lower, upper) if lower is not None and upper is not None else None
    return str(numbers.amount(value, unit, ends))
