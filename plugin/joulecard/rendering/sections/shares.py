"""Which stage emitted what share of the headline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard.numbers import percent
from joulecard.rendering.figures import columns
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.stage_rows import stage_rows

if TYPE_CHECKING:
    from joulecard.rendering.stage_rows import Row

MOST_PARTS = 5
LONGEST_NAME = 44  # two lines of the key


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the bar: `fraction` of the whole, `tone` 0 (darkest) to 4."""

    name: str
    percent: str
    amount: str
    fraction: float
    tone: int


def shares(document: dict[str, Any]) -> tuple[Share, ...]:
    """At most five parts, the greatest first and the rest last; empty where nothing is known or all is zero."""
    totals = document["totals"]
    part = "reused_from" if totals["headline"] == "including_reused" else "energy"
    counted = [stage for stage in document["stages"] if "energy" in stage or part in stage]
    rows = stage_rows(counted, columns((totals["new"], totals["including_reused"])), most=MOST_PARTS - 1)
    known = [row for row in rows if row.grams and row.grams.value_g > 0]
    whole_g = math.fsum(_grams(row) for row in known)
    ranked = sorted(known, key=lambda row: (row.is_rest, -_grams(row)))
    return tuple(_share(row, _grams(row) / whole_g, tone) for tone, row in enumerate(ranked))


def _grams(row: Row) -> float:
    return row.grams.value_g if row.grams else 0.0


def _share(row: Row, fraction: float, tone: int) -> Share:
    return Share(plain(row.name, LONGEST_NAME), percent(fraction), row.carbon.text, fraction, tone)
