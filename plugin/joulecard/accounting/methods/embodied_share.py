"""The share of a device's making that a run carries: by time, by part of the device, with or without utilisation.

Formulas, with symbols and units:

    r = M / (L u)                           M: g to make a unit, L: h of its life, u: share of L in use (1 = left out)
    m = r h                                 h: unit-hours of the run, m: g
    m = n TE (TiR / EL) (RR / ToR)          SCI: TE: g, TiR: h reserved, EL: h of life, RR of ToR: parts of the unit
    m = TE TS RS                            the same with the two shares given
    M_part = n (A f + b)                    components: A: area (cores x mm2, or GB over GB/cm2), f: g an area, b: g
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.accounting.methods.bounds import amount, divisor, share
from joulecard.accounting.methods.citation import Citation

if TYPE_CHECKING:
    from collections.abc import Iterable

CITATION = Citation(
    "sci-embodied",
    "Software Carbon Intensity specification, embodied emissions; with utilisation as in BLOOM; "
    "components as in BoaviztAPI",
    "ISO/IEC 21031:2024",
    "https://sci.greensoftware.foundation",
)


def per_part_g(unit_g: float, parts: float) -> float:
    """Embodied g of one of the equal parts of a unit, as a GPU of a node."""
    return amount(unit_g, "unit_g") / divisor(parts, "parts")


def rate_g_per_h(unit_g: float, lifetime_h: float, utilisation: float = 1.0) -> float:
    """Embodied g an hour of a unit in use; a utilisation below 1 lets hours in use carry the idle ones."""
    in_use_h = divisor(lifetime_h, "lifetime_h") * divisor(share(utilisation, "utilisation"), "utilisation")
    return amount(unit_g, "unit_g") / in_use_h


def amortised_g(unit_g: float, used_h: float, lifetime_h: float, resource_share: float = 1.0) -> float:
    """Embodied g of hours of a share of a unit: TE x TiR/EL x RR/ToR."""
    return rate_g_per_h(unit_g, lifetime_h) * amount(used_h, "used_h") * amount(resource_share, "resource_share")


def shared_g(unit_g: float, time_share: float, resource_share: float = 1.0) -> float:
    """Embodied g of a unit by its share of time and its share of resources: TE x TS x RS."""
    return amount(unit_g, "unit_g") * share(time_share, "time_share") * share(resource_share, "resource_share")


def resource_share(reserved: float, total: float) -> float:
    """Share of a unit that its reserved parts are: RR/ToR."""
    return amount(reserved, "reserved") / divisor(total, "total")


def component_g(units: float, area: float, per_area_g: float, base_g: float = 0.0) -> float:
    """Embodied g of like components of a die area (or a mass), at g an area and g of packaging and assembly each."""
    one_g = amount(area, "area") * amount(per_area_g, "per_area_g") + amount(base_g, "base_g")
    return amount(units, "units") * one_g


def core_area(cores: float, area_per_core: float) -> float:
    """Die area of cores, in the unit of the area of one."""
    return amount(cores, "cores") * amount(area_per_core, "area_per_core")


def dense_area(capacity_gb: float, density_gb_per_area: float) -> float:
    """Die area of memory or storage by its capacity in GB and density in GB an area."""
    return amount(capacity_gb, "capacity_gb") / divisor(density_gb_per_area, "density_gb_per_area")


def server_g(baseline_g: float, extras: Iterable[tuple[float, float]]) -> float:
    """Embodied g of a baseline server and its extras of (count beyond the baseline, g each)."""
    added = (count * amount(each_g, "each_g") for count, each_g in extras)
    return amount(math.fsum((amount(baseline_g, "baseline_g"), *added)), "what is left of the baseline")
