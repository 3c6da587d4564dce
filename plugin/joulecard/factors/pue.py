"""Power usage effectiveness: the operator's own figure, or the fleet mean that a cloud provider publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.errors import InvalidInputError
from joulecard.factors.factor import Factor
from joulecard.factors.geography import REGIONS, provider_name
from joulecard.factors.uncertainties import uncertainty

if TYPE_CHECKING:
    from joulecard.factors.tables import Tables

MOST = 10  # of the standard


def fleet_pue(tables: Tables, provider: str | None, region: str | None = None) -> Factor | None:
    """The provider's fleet mean; None for an unknown provider and for one that publishes none."""
    key = f"{provider},{region}" if region else provider or ""
    row = tables.row(REGIONS, key) or tables.row(REGIONS, provider or "") if provider else None
    if row is None or not row["pue"]:
        return None
    factor_id = f"pue:{row['provider']}"
    year = row["pue_year"]
    return Factor(
        id=factor_id,
        kind="pue",
        name=f"{provider_name(row['provider'])} fleet mean",
        value=float(row["pue"]),
        unit="1",
        uncertainty=(uncertainty(tables, "pue-fleet-default", factor_id),),
        source=tables.source(row["source_id"].split(";")[-1]),
        valid={"start": f"{year}-01-01", "end": f"{year}-12-31"},
        granularity="yearly",
        assumes=f"The fleet mean of {provider_name(row['provider'])} for {year} stands for the PUE of the region",
        is_default=True,
    )


def declared_pue(tables: Tables, value: float) -> Factor:
    """The operator's own figure; raises InvalidInputError where it is not within 1 to 10."""
    if not 1 <= value <= MOST:
        raise InvalidInputError(f"a PUE of {value:g} is not possible", where="pue", mend="give a number from 1 to 10")
    factor_id = f"pue:declared:{float(value)!r}"  # 1 and 1.0 are one PUE
    return Factor(
        id=factor_id,
        kind="pue",
        name="declared",
        value=value,
        unit="1",
        uncertainty=(uncertainty(tables, "pue-declared", factor_id),),
        source={"name": "declared by the operator"},
    )
