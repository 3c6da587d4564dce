"""A what-if for programs: one object with a schema of its own, which no reader of disclosures takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from joulecard.accounting.intervals import COVERAGE
from joulecard.rendering.whatif import NOTICE
from joulecard.rendering.whatif.remarks import remarks

if TYPE_CHECKING:
    from joulecard.accounting.quantity import Quantity
    from joulecard.disclosure.counterfactual.ranking import Counterfactual
    from joulecard.disclosure.counterfactual.row import Pue, Row

SCHEMA = "urn:joulecard:whatif:1"


def whatif_json(found: Counterfactual, of: dict[str, str]) -> str:
    """The rows with all digits; `of` names the disclosure."""
    whole = {
        "schema": SCHEMA,
        "counterfactual": True,
        "notice": NOTICE,
        "of": of,
        "energy_basis": found.basis,
        "energy_it_kwh": found.energy_it_kwh,
        "profile": found.profile,
        "factor_edition": found.edition,
        "own_factors": found.has_own_factors,
        "ratio_to": found.base.kind if found.base else None,
        "disclosed": _row(found.disclosed),
        "rows": [{"rank": rank, **_row(row)} for rank, row in enumerate(found.rows, 1)],
        "notes": remarks(found),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _row(row: Row) -> dict[str, Any]:
    members = {
        "kind": row.kind,
        "name": row.name,
        "energy_kwh": row.energy.value,
        "pue": _pue(row.pue),
        "intensity_g_per_kwh": row.intensity_g_per_kwh,
        "co2e_g": _quantity(row.co2e, has_range=row.has_range),
        "ratio": _ratio(row),
        "factors": [factor.to_document() for factor in row.factors] or None,
        "assumes": list(row.assumes) or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _quantity(mass: Quantity, *, has_range: bool) -> dict[str, Any] | None:
    if mass.value is None:
        return None
    ends = dict(zip(("lower", "upper"), mass.interval(), strict=True)) | {"coverage": COVERAGE} if has_range else {}
    return {"value": mass.value, "method": mass.method, **ends}


def _ratio(row: Row) -> dict[str, Any] | None:
    """The ratio with the log-sd that each source leaves in it."""
    found = row.ratio
    if found is None:
        return None
    if not row.ratio_has_range:
        return {"value": found.value}
    return {
        "value": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "coverage": COVERAGE,
        "distinguishable": not found.holds_one,
        "sources": [{"source": name, "log_sd": abs(log_sd)} for name, log_sd in found.log_sds],
    }


def _pue(pue: Pue | None) -> dict[str, Any] | None:
    if pue is None:
        return None
    return {"origin": pue.origin} if pue.value is None else {"value": pue.value, "origin": pue.origin}
