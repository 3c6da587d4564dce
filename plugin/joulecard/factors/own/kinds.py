"""The kinds of factors that a user may give, their units and bounds, and the words that describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.factors.own.values import SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.factors.factor import FactorKind

ACCOUNTINGS = ("location", "market", "residual")
CHOICES = {
    "scope": SCOPES,
    "accounting": ACCOUNTINGS,
    "attribution": ("average",),
    "flow": ("consumption", "production"),
    "gases": ("CO2e", "CO2"),
    "gwp_set": ("SAR", "AR4", "AR5", "AR6"),
}
LB_PER_MWH = 0.45359237  # g/kWh; the international pound, exact


class Kind(NamedTuple):
    """What a kind of factor is given in and how great it may be, both as the standard says."""

    name: FactorKind
    unit: str
    units: Mapping[str, float]  # accepted units, each in that of the standard
    least: float
    most: float
    of_device: bool = False


_PER_ENERGY = {"g/kWh": 1.0, "kg/MWh": 1.0, "kg/kWh": 1e3, "t/MWh": 1e3, "lb/MWh": LB_PER_MWH}
_VOLUME = {"L/kWh": 1.0, "m3/MWh": 1.0, "L/MWh": 1e-3}
KINDS = {
    "grid_intensity": Kind("grid_intensity", "g/kWh", _PER_ENERGY, 0, 2500),
    "pue": Kind("pue", "1", {"1": 1.0}, 1, 10),
    "wue": Kind("wue", "L/kWh", _VOLUME, 0, 1000),
    "water_intensity": Kind("water_intensity", "L/kWh", _VOLUME, 0, 1000),
    "embodied": Kind("embodied", "g", {"g": 1.0, "kg": 1e3, "t": 1e6}, 0, 1e15, of_device=True),
    "power_model": Kind("power_model", "W", {"W": 1.0, "kW": 1e3, "W/GB": 1.0}, 0, 1e6, of_device=True),
}
