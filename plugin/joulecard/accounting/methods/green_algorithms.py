"""Green Algorithms (Lannelongue, Grealey, Inouye 2021), calculator v3.0.

Formulas, with symbols and units:

    P = PUE (n_c P_c u_c + n_g P_g u_g + m P_m)     P: W; n_c: CPU cores, P_c: W a core; n_g: GPUs, P_g: W a GPU;
                                                    u: usage 0 to 1; m: GB of memory asked for, P_m: 0.3725 W/GB
    E = P t PSF / 1000                              t: h, PSF: how often the job was run, E: kWh
    C = E I                                         g

Memory counts as asked for, whatever its use, and the PUE multiplies it too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from joulecard.accounting.methods import time_power
from joulecard.accounting.methods.bounds import amount, pue_ratio, share
from joulecard.accounting.methods.citation import Citation
from joulecard.errors import InvalidInputError

CITATION = Citation(
    "green-algorithms-3",
    "Lannelongue, Grealey and Inouye, Green Algorithms: Quantifying the Carbon Footprint of Computation, "
    "Advanced Science 8(12), 2021",
    "calculator v3.0",
    "https://doi.org/10.1002/advs.202100707",
)
MEMORY_W_PER_GB = 0.3725
TREE_G_PER_MONTH = 11_000 / 12  # a mature tree takes up about 11 kg CO2 a year
CAR_EU_G_PER_KM = 175.0
CAR_US_G_PER_KM = 251.0
FLIGHT_G = {"paris-london": 50_000.0, "new york-san francisco": 570_000.0, "new york-melbourne": 2_310_000.0}


@dataclass(frozen=True, slots=True)
class Processors:
    """Like processors of a job: cores or GPUs, W each, and the share of it that they draw (0 to 1)."""

    count: float
    power_w: float
    usage: float = 1.0


@dataclass(frozen=True, slots=True)
class Equivalents:
    """The same emissions as months of a tree's uptake and as kilometres of a car in the EU and the US."""

    tree_months: float
    car_eu_km: float
    car_us_km: float


def power_w(
    processors: tuple[Processors, ...], memory_gb: float, pue: float, memory_w_per_gb: float = MEMORY_W_PER_GB
) -> float:
    """Power in W of processors and memory, PUE included."""
    busy = (
        amount(part.count, "count") * amount(part.power_w, "power_w") * share(part.usage, "usage")
        for part in processors
    )
    return pue_ratio(pue) * (math.fsum(busy) + memory_power_w(memory_gb, memory_w_per_gb))


def memory_power_w(memory_gb: float, memory_w_per_gb: float = MEMORY_W_PER_GB) -> float:
    """Power in W of memory in GB, used or not."""
    return amount(memory_gb, "memory_gb") * amount(memory_w_per_gb, "memory_w_per_gb")


def energy_kwh(hours: float, drawn_w: float, scaling: float = 1.0) -> float:
    """Energy in kWh of a power in W (PUE in it) over hours, times the pragmatic scaling factor."""
    return time_power.energy_kwh(hours, drawn_w) * amount(scaling, "scaling")


def co2e_g(used_kwh: float, intensity_g_per_kwh: float) -> float:
    """Emissions in g."""
    return time_power.co2e_g(used_kwh, intensity_g_per_kwh)


def equivalents(emissions_g: float) -> Equivalents:
    """Emissions in g as tree-months and car kilometres."""
    known_g = amount(emissions_g, "emissions_g")
    return Equivalents(known_g / TREE_G_PER_MONTH, known_g / CAR_EU_G_PER_KM, known_g / CAR_US_G_PER_KM)


def flights(emissions_g: float, route: str) -> float:
    """Emissions in g as flights of one passenger on a route of FLIGHT_G; raises InvalidInputError for another."""
    if route not in FLIGHT_G:
        raise InvalidInputError(f"there is no flight {route!r}", mend=f"known are {', '.join(FLIGHT_G)}")
    return amount(emissions_g, "emissions_g") / FLIGHT_G[route]
