"""Time x power x PUE x intensity: the arithmetic that most model cards use, without a name of its own.

Formulas, with symbols and units:

    E = t n P u PUE / 1000        t: h, n: devices, P: W a device, u: share of P that is drawn, E: kWh
    C = E I                       I: g/kWh, C: g
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.accounting.methods.bounds import amount, divisor, pue_ratio, share
from joulecard.accounting.methods.citation import Citation

if TYPE_CHECKING:
    from collections.abc import Iterable

CITATION = Citation(
    "time-power",
    "Device-hours times power times PUE times grid intensity, as model cards do it (Touvron et al., LLaMA, 2023)",
    "2023",
    "https://arxiv.org/abs/2302.13971",
)
WATTS_PER_KW = 1000.0


def device_hours(phases: Iterable[tuple[float, float]]) -> float:
    """Device-hours of phases of (devices, hours), as PaLM's two of 6,144 and 3,072 chips."""
    return math.fsum(amount(devices, "devices") * amount(hours, "hours") for devices, hours in phases)


def energy_kwh(device_h: float, power_w: float, pue: float = 1.0, utilisation: float = 1.0) -> float:
    """Energy in kWh of device-hours at a power in W a device; facility energy where a PUE is given."""
    drawn_w = amount(power_w, "power_w") * share(utilisation, "utilisation")
    return amount(device_h, "device_h") * drawn_w * pue_ratio(pue) / WATTS_PER_KW


def facility_kwh(it_kwh: float, pue: float) -> float:
    """Facility energy in kWh of IT energy in kWh."""
    return amount(it_kwh, "it_kwh") * pue_ratio(pue)


def co2e_g(used_kwh: float, intensity_g_per_kwh: float) -> float:
    """Emissions in g of an energy in kWh; an intensity of zero is allowed, for publications claim it."""
    return amount(used_kwh, "used_kwh") * amount(intensity_g_per_kwh, "intensity_g_per_kwh")


def total_power_w(parts_w: Iterable[float]) -> float:
    """Power in W of parts that draw together."""
    return math.fsum(amount(part, "a part in W") for part in parts_w)


def energy_per_device_hour_kwh(used_kwh: float, device_h: float) -> float:
    """Mean energy in kWh of one device-hour."""
    return amount(used_kwh, "used_kwh") / divisor(device_h, "device_h")


def mean_power_w(used_kwh: float, device_h: float) -> float:
    """Mean power in W of one device."""
    return WATTS_PER_KW * energy_per_device_hour_kwh(used_kwh, device_h)


def it_kwh(total_kwh: float, pue: float) -> float:
    """IT energy in kWh of facility energy in kWh."""
    return amount(total_kwh, "total_kwh") / pue_ratio(pue)


def market_g(used_kwh: float, residual_g_per_kwh: float, covered_share: float = 0.0) -> float:
    """Market-based emissions in g: contracts at zero cover a share of the energy, the residual mix has the rest."""
    return co2e_g(used_kwh, residual_g_per_kwh) * (1.0 - share(covered_share, "covered_share"))
