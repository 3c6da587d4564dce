"""Embodied emissions and SCI of a case, by the public methods."""

from __future__ import annotations

from tests.published.carbon import intensity
from tests.published.energy import DEVICE_H, DURATION, energy_kwh
from tests.published.reading import Missing, Reading

from joulecard.accounting.methods import embodied_share, luccioni, rollup, sci

UNIT_G = (
    r"^te$|^(?:total_)?embodied(?:_per_\w+|_default|_total)?$|^(?:node|server|gpu|device|unit|host)_embodied",
    r"embodied|^te_|manufactur|lca",
)
LIFE = (r"life|lifespan|years|expected",)
USED_H = (r"time_reserved|^tir$|reserved", *DURATION)
RESERVED = r"resources?_reserved|^rr$|^reserved"
TOTAL = r"resources?_total|^tor?r?$|^total_resources?$"
UNITS = r"^(?:functional_)?units?$|^r$|request|call|token|inference|user|prompt|quer(?:y|ies)|image|interaction"


def rate(reading: Reading) -> float:
    """Embodied g an hour of use of one unit."""
    return reading.best(
        lambda r: embodied_share.rate_g_per_h(r.one("g", *UNIT_G), r.one("h", *LIFE), _use_of_life(r)),
        lambda r: embodied_share.rate_g_per_h(r.one("g", *UNIT_G), r.one("h", *LIFE)),
        lambda r: embodied_share.rate_g_per_h(per_part(r), r.one("h", *LIFE), _use_of_life(r)),
        lambda r: embodied_share.rate_g_per_h(per_part(r), r.one("h", *LIFE)),
    )


def _use_of_life(reading: Reading) -> float:
    """Share of its life that a unit is in use; where something draws watts, a utilisation is its load instead."""
    if any(given.dimension == "W" for given in reading.given):
        raise Missing("a utilisation of the lifetime")
    return reading.one("", "utili[sz]ation")


def per_part(reading: Reading) -> float:
    """Embodied g of a part, as of one GPU of a node."""
    return embodied_share.per_part_g(reading.one("g", *UNIT_G), reading.one("", r"_per_|parts"))


def embodied(reading: Reading) -> float:
    """Embodied g that a case's use carries."""
    return reading.best(
        lambda r: luccioni.embodied_g(r.one("g", *UNIT_G), r.one("h", *LIFE), _use_of_life(r), _used_h(r)),
        lambda r: sci.units_over(rate(r), r.one("h", DEVICE_H, *USED_H)),
        lambda r: embodied_share.shared_g(
            r.one("g", *UNIT_G), r.one("", "time_share|^ts$"), r.one("", "resource_share|^rs$")
        ),
        lambda r: _amortised(r, embodied_share.resource_share(r.one("", RESERVED), r.one("", TOTAL))),
        lambda r: _amortised(r, rollup.total(r.all("", "_share$", at_least=1))),
        lambda r: _amortised(r, 1.0),
        components,
        server_share,
    )


def given_embodied(reading: Reading) -> float:
    """Embodied g as the case states them for the use at hand."""
    return reading.one("g", r"^embodied(?:_emissions|_carbon|_co2e?)?$|^m$")


def _used_h(reading: Reading) -> float:
    return reading.one("h", DEVICE_H, *USED_H)


def _amortised(reading: Reading, share: float) -> float:
    one = embodied_share.amortised_g(
        reading.one("g", *UNIT_G), reading.one("h", *USED_H), reading.one("h", *LIFE), share
    )
    return one * reading.maybe(1.0, "", "^(?:count|n|servers|instances|nodes|gpus|chips|devices)$")


def components(reading: Reading) -> float:
    """Embodied g of like components by die area, density, weight, or at a fixed figure each."""
    return reading.best(
        lambda r: _component(r, embodied_share.core_area(r.one("", "core"), r.one("mm2", "die|area")), r.one("g/mm2")),
        lambda r: _component(r, r.one("mm2", "die|area"), r.one("g/mm2")),
        lambda r: _component(
            r, embodied_share.dense_area(r.one("GB", "capacity|memory|size"), r.one("GB/mm2")), r.one("g/mm2")
        ),
        lambda r: _component(r, r.one("g", "weight|mass"), r.one("g/g", "")),
        lambda r: _component(r, r.one("g", "weight|mass"), r.one("", "factor|per_kg")),
        lambda r: embodied_share.component_g(
            r.one("", "units|count"), 0.0, 0.0, r.one("g", "base|impact|each|per_unit")
        ),
    )


def _component(reading: Reading, area: float, per_area_g: float) -> float:
    base_g = reading.maybe(0.0, "g", "base|assembly|packag")
    return embodied_share.component_g(reading.maybe(1.0, "", "^units?$|count"), area, per_area_g, base_g)


def server_share(reading: Reading) -> float:
    """Embodied g of a time share of a baseline server and what it has beyond (Impact Framework)."""
    extras = []
    for part in ("vcpu", "ssd", "hdd", "gpu"):
        count = reading.maybe(0.0, "", f"^{part}s?$") - reading.maybe(0.0, "", f"^baseline_{part}")
        extras.append((count, reading.maybe(0.0, "g", f"^{part}s?_factor")))
    more_gb = reading.maybe(0.0, "GB", "^(?:memory|ram)") - reading.maybe(0.0, "GB", "^baseline_(?:memory|ram)")
    extras.append((more_gb, reading.maybe(0.0, "g/GB", "^(?:memory|ram)_factor")))
    whole_g = embodied_share.server_g(reading.one("g", "^baseline"), extras)
    share = reading.maybe(1.0, "", "^usage$|^utili[sz]ation$|share")
    return embodied_share.amortised_g(whole_g, reading.one("h", *DURATION), reading.one("h", *LIFE), share)


def operational(reading: Reading) -> float:
    """Operational g of a case."""
    return reading.best(
        lambda r: r.one("g", "^operational"),
        lambda r: sci.operational_g(energy_kwh(r), intensity(r)),
        lambda r: sci.operational_g(sci.units_over(r.one("kWh/h"), 1.0), intensity(r)),
    )


def carbon(reading: Reading) -> float:
    """Operational and embodied g of a case; a case that gives rates an hour is read over one hour."""
    return reading.best(
        lambda r: r.one("g", "^(?:carbon|total|co2e?|emissions)$"),
        lambda r: sci.carbon_g(operational(r), given_embodied(r)),
        lambda r: sci.carbon_g(operational(r), embodied(r)),
        lambda r: sci.carbon_g(operational(r), sci.units_over(rate(r), 1.0)),
        lambda r: sci.carbon_g(operational(r)),
    )


def score(reading: Reading) -> float:
    """SCI in g a functional unit; without one, the g of the case as a whole."""
    return reading.best(lambda r: sci.per_unit_g(carbon(r), _units(r)), carbon)


def _units(reading: Reading) -> float:
    for dimension in ("", "1/h", "FLOP"):
        try:
            return reading.one(dimension, UNITS)
        except Missing:
            continue
    raise Missing("functional units")


def unit_rate(reading: Reading) -> float:
    """Functional units an hour."""
    return sci.units_over(reading.one("1/h"), 1.0)
