"""Power of a processor by how busy it is: Teads' curve, Boavizta's logarithm, Cloud Carbon Footprint's line.

Formulas, with symbols and units:

    factor(u): share of TDP at utilisation u, straight between 0: 0.12, 10 %: 0.32, 50 %: 0.75, 100 %: 1.02 (Teads)
    P = a ln(b (100 u + c)) + d                           W; a, b, c, d: fitted to a range of CPUs (Boavizta)
    E = factor TDP s / 3.6e6 x allocated/total            s: s of run time, TDP: W, vCPUs allocated of the chip's
    E = n h (P_min + u (P_max - P_min)) / 1000 x PUE      n: vCPUs, P: W a vCPU (Cloud Carbon Footprint)
    E_memory = GB h 0.000392 PUE                          kWh
"""

from __future__ import annotations

import math
from itertools import pairwise

from joulecard.accounting.methods import time_power
from joulecard.accounting.methods.bounds import amount, divisor, pue_ratio, share
from joulecard.accounting.methods.citation import Citation
from joulecard.errors import InvalidInputError

CITATION = Citation(
    "power-curves",
    "Teads, Building an AWS EC2 Carbon Emissions Dataset; BoaviztAPI, CPU consumption profiles; "
    "Cloud Carbon Footprint methodology",
    "Teads 2021; BoaviztAPI 1; Cloud Carbon Footprint",
    "https://www.cloudcarbonfootprint.org/docs/methodology",
)
Curve = tuple[tuple[float, float], ...]
Profile = tuple[float, float, float, float]
TEADS: Curve = ((0.0, 0.12), (0.1, 0.32), (0.5, 0.75), (1.0, 1.02))
MEMORY_KWH_PER_GBH = 0.000392
XEON_PLATINUM: Profile = (171.1813, 0.0354, 36.8953, -10.1336)  # BoaviztAPI's example of a range
PERCENT = 100.0
FEWEST_POINTS = 2


def curve_factor(utilisation: float, curve: Curve = TEADS) -> float:
    """Share of TDP at a utilisation from 0 to 1, straight between the points of a curve; ends are its ends."""
    if len(curve) < FEWEST_POINTS or any(left >= right for (left, _), (right, _) in pairwise(curve)):
        raise InvalidInputError("a power curve needs two points or more, by rising utilisation")
    busy = min(max(share(utilisation, "utilisation"), curve[0][0]), curve[-1][0])
    for (left, low), (right, high) in pairwise(curve):
        if busy <= right:
            return low + (high - low) * (busy - left) / (right - left)
    return curve[-1][1]


def logarithmic_power_w(utilisation: float, profile: Profile) -> float:
    """Power in W of a CPU at a utilisation from 0 to 1, by the four parameters of its range (a, b, c, d)."""
    a, b, c, d = profile
    argument = divisor(b * (PERCENT * share(utilisation, "utilisation") + c), "b (utilisation + c)")
    return amount(a * math.log(argument) + d, "the power that the four parameters give")


def curve_power_w(tdp_w: float, factor: float) -> float:
    """Power in W of a chip at a share of its TDP."""
    return amount(tdp_w, "tdp_w") * amount(factor, "factor")


def linear_power_w(utilisation: float, min_w: float, max_w: float) -> float:
    """Power in W on the straight line from idle to full load."""
    return min_w + share(utilisation, "utilisation") * (amount(max_w, "max_w") - amount(min_w, "min_w"))


def curve_kwh(hours: float, power_w: float, vcpu_share: float = 1.0) -> float:
    """Energy in kWh of the vCPUs that were allocated, as a share of the chip's."""
    return time_power.energy_kwh(hours, power_w) * share(vcpu_share, "vcpu_share")


def vcpu_share(allocated: float, total: float) -> float:
    """Share of a chip's vCPUs that was allocated."""
    return amount(allocated, "allocated") / divisor(total, "total")


def linear_kwh(vcpu_h: float, power_w: float, pue: float = 1.0) -> float:
    """Energy in kWh of vCPU-hours at W a vCPU, PUE included where one is given."""
    return time_power.energy_kwh(vcpu_h, power_w, pue)


def memory_kwh(gb_h: float, kwh_per_gbh: float = MEMORY_KWH_PER_GBH, pue: float = 1.0) -> float:
    """Energy in kWh of GB-hours of memory, PUE included where one is given."""
    return amount(gb_h, "gb_h") * amount(kwh_per_gbh, "kwh_per_gbh") * pue_ratio(pue)
