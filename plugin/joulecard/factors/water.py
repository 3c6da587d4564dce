"""Water usage effectiveness: litres that a data centre consumes for a kWh of IT energy, as its operator publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.factors.factor import Factor
from joulecard.factors.geography import provider_name
from joulecard.factors.uncertainties import uncertainty

if TYPE_CHECKING:
    from joulecard.factors.tables import Tables

FISCAL = "FY"  # Microsoft's fiscal year 25 ends with June 2025


def fleet_wue(tables: Tables, provider: str | None) -> Factor | None:
    """The provider's fleet mean in L/kWh of IT energy; None for an unknown provider and for one that publishes none."""
    row = tables.row("constants", f"wue_{provider.lower()}_fleet") if provider else None
    if provider is None or row is None:
        return None
    factor_id, owner = f"wue:{provider.lower()}", provider_name(provider)
    return Factor(
        id=factor_id,
        kind="wue",
        name=f"{owner} fleet mean",
        value=float(row["value"]),
        unit=row["unit"],
        uncertainty=(uncertainty(tables, "wue-fleet-default", factor_id),),
        source=tables.source(row["source_id"]),
        valid=_days(row["note"]),
        granularity="yearly",
        assumes=f"The fleet mean of {owner} for {row['note']} stands for the WUE of the region",
        is_default=True,
    )


def _days(year: str) -> dict[str, str]:
    """First and last day of a year or, written FY25, of a fiscal year from July to June."""
    if year.startswith(FISCAL):
        last = 2000 + int(year.removeprefix(FISCAL))
        return {"start": f"{last - 1}-07-01", "end": f"{last}-06-30"}
    return {"start": f"{year}-01-01", "end": f"{year}-12-31"}
