"""Operational carbon: IT energy times PUE is facility energy; energy times grid intensity is emissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.accounting.quantity import Quantity, Source


def facility_energy(energy_it: Quantity, pue: float, sources: Iterable[Source], factor_id: str) -> Quantity:
    """Facility energy in kWh of IT energy in kWh: times power usage effectiveness (ISO/IEC 30134-2), applied once."""
    return energy_it.times(pue, sources, factor_refs=(factor_id,))


def operational_emissions(
    energy: Quantity, intensity_g_per_kwh: float, sources: Iterable[Source], factor_id: str
) -> Quantity:
    """Location-based emissions in g CO2e of energy in kWh (GHG Protocol Scope 2 Guidance, chapter 6)."""
    return energy.times(intensity_g_per_kwh, sources, unit="g", factor_refs=(factor_id,))
