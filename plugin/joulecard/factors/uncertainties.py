"""How wide each class of factor and reading is: the table uncertainty.csv, and nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.errors import InvalidInputError
from joulecard.factors.factor import Uncertainty

if TYPE_CHECKING:
    from joulecard.factors.tables import Tables

YEAR_SHIFT = "grid-year-shift"


def uncertainty(tables: Tables, class_name: str, thing: str, country: str = "") -> Uncertainty:
    """The source `class@thing`; with a country (alpha-3) its own width where the table has one."""
    rows = tables.rows("uncertainty", f"{class_name},{country}") or tables.rows("uncertainty", f"{class_name},")
    if not rows:
        raise InvalidInputError(f"edition {tables.edition} knows no uncertainty class {class_name}")
    row = rows[0]
    return Uncertainty(f"{class_name}@{thing}", class_name, float(row["log_sd"]), row["derivation"])


def year_shift(tables: Tables, thing: str, factor_year: int, year: int) -> Uncertainty:
    """The error of a factor's year standing for another one: a random walk, so it grows with the root of the years."""
    step = uncertainty(tables, YEAR_SHIFT, thing)
    years = abs(year - factor_year)
    return Uncertainty(
        f"{YEAR_SHIFT}@{thing}:{factor_year}-{year}", YEAR_SHIFT, step.log_sd * math.sqrt(years), step.derivation
    )
