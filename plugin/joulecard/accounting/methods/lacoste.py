"""ML CO2 Impact, the calculator of Quantifying the Carbon Emissions of Machine Learning (Lacoste et al. 2019).

Formulas, with symbols and units:

    E = P t / 1000          P: W (TDP), t: h, E: kWh; no PUE
    I = g/kWh of the region, cut to whole grams, then kg/kWh with two decimals
    C = E I                 kg; offset = C x offset_percent / 100; driven = C / (0.398 kg/mile) in km

The calculator rounds E, I, C and the offset to two decimals, each from the rounded ones before it;
`rounded=False` leaves that out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from joulecard.accounting.methods import time_power
from joulecard.accounting.methods.bounds import amount, share
from joulecard.accounting.methods.citation import Citation

CITATION = Citation(
    "lacoste-2019",
    "Lacoste, Luccioni, Schmidt and Dandres, Quantifying the Carbon Emissions of Machine Learning; ML CO2 Impact",
    "mlco2.github.io/impact",
    "https://arxiv.org/abs/1910.09700",
)
CAR_KG_PER_MILE = 0.398
KM_PER_MILE = 1.609344
CENT = Decimal("0.01")
PER_THOUSAND = 1000.0
WHOLE_FROM = 2.0**53  # from where a double has no decimals


@dataclass(frozen=True, slots=True)
class Impact:
    """What the calculator shows: kWh, the intensity it used, kg CO2e, kg offset, and km driven by an average car."""

    energy_kwh: float
    intensity_kg_per_kwh: float
    co2e_kg: float
    offset_kg: float
    driven_km: float


def impact(
    power_w: float, hours: float, intensity_g_per_kwh: float, offset_share: float = 0.0, *, rounded: bool = True
) -> Impact:
    """The calculator's result; with its own rounding at each step unless `rounded` is False."""
    energy_kwh = _shown(time_power.energy_kwh(hours, power_w), rounded=rounded)
    known_g = amount(intensity_g_per_kwh, "intensity_g_per_kwh")
    whole_g = math.trunc(known_g) if rounded else known_g
    intensity_kg = _shown(whole_g / PER_THOUSAND, rounded=rounded)
    co2e_kg = _shown(energy_kwh * intensity_kg, rounded=rounded)
    offset_kg = _shown(co2e_kg * share(offset_share, "offset_share"), rounded=rounded)
    return Impact(energy_kwh, intensity_kg, co2e_kg, offset_kg, driven_km(co2e_kg))


def driven_km(co2e_kg: float) -> float:
    """Distance in km that an average US car drives for the same kg CO2e."""
    return amount(co2e_kg, "co2e_kg") * KM_PER_MILE / CAR_KG_PER_MILE


def _shown(value: float, *, rounded: bool) -> float:
    """Two decimals of the exact binary value, an exact half upwards, as JavaScript's toFixed(2) has it."""
    return float(Decimal(value).quantize(CENT, ROUND_HALF_UP)) if rounded and value < WHOLE_FROM else value
