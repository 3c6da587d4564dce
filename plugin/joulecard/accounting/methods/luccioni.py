"""Estimating the Carbon Footprint of BLOOM (Luccioni, Viguier, Ligozat 2022): dynamic, idle, embodied.

Formulas, with symbols and units:

    E_dynamic = h P / 1000                        h: GPU-hours, P: W (TDP), E: kWh; no PUE
    E_idle    = (P_infrastructure + P_idle) h/N   P: kW of the cluster (W in the code), N: GPUs, h/N: wall hours
    r         = M / (years 8760 u)                M: g a unit, u: share of its life that a unit is in use, r: g/h
    C         = E_dynamic I + E_idle I + r h_unit
"""

from __future__ import annotations

import math

from joulecard.accounting.methods import embodied_share, time_power
from joulecard.accounting.methods.bounds import amount, divisor
from joulecard.accounting.methods.citation import Citation

CITATION = Citation(
    "luccioni-2022",
    "Luccioni, Viguier and Ligozat, Estimating the Carbon Footprint of BLOOM, a 176B Parameter Language Model, JMLR 24",
    "arXiv v1",
    "https://arxiv.org/abs/2211.02001",
)


def dynamic_kwh(gpu_h: float, power_w: float) -> float:
    """Energy in kWh of GPU-hours at their TDP in W: neither idle nodes nor PUE."""
    return time_power.energy_kwh(gpu_h, power_w)


def idle_kwh(infrastructure_w: float, idle_w: float, gpu_h: float, gpus: float) -> float:
    """Energy in kWh of the cluster's infrastructure and idle draw in W while the run lasted, gpu_h / gpus hours."""
    wall_h = amount(gpu_h, "gpu_h") / divisor(gpus, "gpus")
    return time_power.energy_kwh(wall_h, time_power.total_power_w([infrastructure_w, idle_w]))


def co2e_g(used_kwh: float, intensity_g_per_kwh: float) -> float:
    """Emissions in g of an energy in kWh."""
    return time_power.co2e_g(used_kwh, intensity_g_per_kwh)


def embodied_g(unit_g: float, lifetime_h: float, utilisation: float, unit_h: float) -> float:
    """Embodied emissions in g of unit-hours, spread over the hours that a unit is in use during its life."""
    return embodied_share.rate_g_per_h(unit_g, lifetime_h, utilisation) * amount(unit_h, "unit_h")


def total_g(dynamic_g: float, idle_g: float, hardware_g: float) -> float:
    """Life-cycle emissions in g of the three parts in g."""
    return math.fsum((dynamic_g, idle_g, hardware_g))
