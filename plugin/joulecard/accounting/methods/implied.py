"""Factors that a publication uses without printing them, from what it prints.

Formulas, with symbols and units:

    I = C / E                   g/kWh; of device-hours and watts it is PUE x I
    P = C / (h PUE I)           W a device
    E = C / I                   kWh
    PUE = E_facility / E_it
"""

from __future__ import annotations

from joulecard.accounting.methods import time_power
from joulecard.accounting.methods.bounds import amount, divisor, pue_ratio
from joulecard.accounting.methods.citation import Citation

CITATION = Citation(
    "implied-factor",
    "Division of printed results by printed inputs, as in Dodge et al., Measuring the Carbon Intensity of AI in Cloud "
    "Instances, 2022, Table 4",
    "2022",
    "https://arxiv.org/abs/2206.05229",
)


def intensity_g_per_kwh(emissions_g: float, energy_kwh: float) -> float:
    """Intensity in g/kWh that emissions in g and an energy in kWh imply; times PUE where the energy is without it."""
    return amount(emissions_g, "emissions_g") / divisor(energy_kwh, "energy_kwh")


def energy_kwh(emissions_g: float, g_per_kwh: float) -> float:
    """Energy in kWh that emissions in g at an intensity imply."""
    return amount(emissions_g, "emissions_g") / divisor(g_per_kwh, "g_per_kwh")


def power_w(emissions_g: float, device_h: float, pue: float, g_per_kwh: float) -> float:
    """Power in W a device that emissions in g imply."""
    it_kwh = energy_kwh(emissions_g, g_per_kwh) / pue_ratio(pue)
    return time_power.mean_power_w(it_kwh, device_h)


def device_hours(used_kwh: float, drawn_w: float, pue: float = 1.0) -> float:
    """Device-hours that an energy in kWh at W a device implies."""
    return amount(used_kwh, "used_kwh") * time_power.WATTS_PER_KW / (divisor(drawn_w, "drawn_w") * pue_ratio(pue))


def pue(facility_kwh: float, it_kwh: float) -> float:
    """Power usage effectiveness that facility and IT energy in kWh imply, whatever it is: below 1 is a slip."""
    return amount(facility_kwh, "facility_kwh") / divisor(it_kwh, "it_kwh")
