"""A comparison for programs: every number with all its digits. It is no disclosure and has a schema name of its own."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any, Final

from joulecard.accounting.intervals import COVERAGE
from joulecard.canonical import digest

if TYPE_CHECKING:
    from joulecard.disclosure.comparison import Comparison, Pair
    from joulecard.disclosure.comparison.four_ms import Number, Row
    from joulecard.disclosure.comparison.side import Side

SCHEMA: Final = "urn:joulecard:comparison:1"


def as_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as an object; ratios are those of each disclosure to the first."""
    return {
        "schema": SCHEMA,
        "coverage": COVERAGE,
        "disclosures": [_side(side) for side in comparison.sides],
        "comparisons": [_pair(pair) for pair in comparison.pairs],
        "notes": list(comparison.notes),
    }


def _side(side: Side) -> dict[str, Any]:
    document = side.disclosure.model_dump(mode="json", exclude_none=True, by_alias=True)
    carbon, energy = side.totals["operational_location"], side.totals["energy_it"]
    return {
        "label": side.label,
        "file": os.path.basename(side.file),
        "id": side.disclosure.document.id,
        "digest": digest(document),
        "subject": side.disclosure.subject.name,
        "boundary": side.disclosure.boundary.scope_level,
        "stages": [stage.name for stage in side.stages],
        "energy_it_kwh": energy.value,
        "energy_method": energy.method,
        "co2e_g": carbon.value,
        "co2e_method": carbon.method,
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "of": pair.other.label,
        "to": pair.one.label,
        "distinguishable": pair.carbon.is_distinguishable,
        "co2e": _row(pair.carbon),
        "factors": [_row(row) for row in pair.factors],
        "per_unit": [_row(row) for row in pair.rates],
        "quality": [{"name": name, "to": one, "of": other} for name, one, other in pair.results],
        "per_quality": [_row(row) for row in pair.quality],
        "beside": [_row(row) for row in pair.beside],
        "notes": list(pair.notes),
    }


def _row(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"name": row.key, "unit": row.unit}
    if row.per:
        found["per"] = row.per
    found |= {"to": _number(row.one), "of": _number(row.other), "ratio": {"value": row.ratio.value}}
    if row.is_told:
        found["ratio"] |= {"lower": row.ratio.lower, "upper": row.ratio.upper, "drivers": _drivers(row)}
    found["distinguishable"] = row.is_distinguishable
    return found


def _number(number: Number) -> dict[str, float]:
    ends = number.ends
    return {"value": number.value} | ({"lower": ends[0], "upper": ends[1]} if ends else {})


def _drivers(row: Row) -> list[dict[str, Any]]:
    """The sources of the ratio's width, widest first, with their shares of the variance of its logarithm."""
    whole = math.fsum(sd * sd for _, sd in row.ratio.log_sds)
    ranked = sorted(row.ratio.log_sds, key=lambda item: (-abs(item[1]), item[0]))
    return [{"source": name, "log_sd": abs(sd), "variance_share": sd * sd / whole} for name, sd in ranked]
