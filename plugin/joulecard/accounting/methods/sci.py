"""Software Carbon Intensity, and SCI for AI with tokens, inferences or FLOPs as the functional unit.

Formulas, with symbols and units:

    SCI = (E I + M) / R         E: kWh, I: g/kWh, M: g embodied (embodied_share), R: functional units
    O   = E I                   g
    E   = h (n P c + m w) / 1000    n chips of P W TDP at coefficient c of it, m GB of memory at w W/GB
    E_network = GB k            k: kWh/GB
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.accounting.methods import time_power
from joulecard.accounting.methods.bounds import amount, divisor
from joulecard.accounting.methods.citation import Citation

if TYPE_CHECKING:
    from collections.abc import Iterable

CITATION = Citation(
    "sci-1.1",
    "Green Software Foundation, Software Carbon Intensity specification (ISO/IEC 21031:2024) and SCI for AI",
    "1.1; SCI for AI draft 2025",
    "https://sci.greensoftware.foundation",
)


def operational_g(energy_kwh: float, intensity_g_per_kwh: float) -> float:
    """Operational emissions in g: E x I."""
    return time_power.co2e_g(energy_kwh, intensity_g_per_kwh)


def carbon_g(operation_g: float, hardware_g: float = 0.0) -> float:
    """Operational and embodied emissions in g, the numerator of SCI."""
    return math.fsum((amount(operation_g, "operation_g"), amount(hardware_g, "hardware_g")))


def per_unit_g(total_g: float, units: float) -> float:
    """SCI in g a functional unit."""
    return amount(total_g, "total_g") / divisor(units, "units")


def score_g(energy_kwh: float, intensity_g_per_kwh: float, embodied_g: float, units: float) -> float:
    """SCI in g a functional unit: (E I + M) / R."""
    return per_unit_g(carbon_g(operational_g(energy_kwh, intensity_g_per_kwh), embodied_g), units)


def chip_kwh(hours: float, tdp_w: float, coefficient: float, chips: float = 1.0) -> float:
    """Energy in kWh of chips at a coefficient of their TDP in W; the coefficient may exceed 1 (1.02 at full load)."""
    full_w = amount(chips, "chips") * amount(tdp_w, "tdp_w")
    return time_power.energy_kwh(hours, full_w * amount(coefficient, "coefficient"))


def memory_kwh(hours: float, memory_gb: float, w_per_gb: float) -> float:
    """Energy in kWh of memory in GB."""
    return time_power.energy_kwh(hours, amount(memory_gb, "memory_gb") * amount(w_per_gb, "w_per_gb"))


def network_kwh(transfers_gb: Iterable[float], kwh_per_gb: float) -> float:
    """Energy in kWh of data in GB that was sent and received."""
    return math.fsum(amount(part, "a transfer in GB") for part in transfers_gb) * amount(kwh_per_gb, "kwh_per_gb")


def units_over(rate_per_h: float, hours: float = 1.0) -> float:
    """Functional units in a time, at a rate an hour."""
    return amount(rate_per_h, "rate_per_h") * amount(hours, "hours")
