"""Writes disclosures by arithmetic of its own, so that the rules are tested against numbers they did not compute."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

SCHEMA = "urn:joulecard:mlcd:1.0.0-draft:"
Z = 1.645
METHODS = ["measured", "modelled", "estimated", "declared"]
NO_HARDWARE = {"unit": "g", "method": "not_available", "reason": "embodied carbon of the hardware is not assessed"}
NO_WATER = {"unit": "L", "method": "not_available", "reason": "no water usage effectiveness is known for this place"}
NO_PUE = {"unit": "kWh", "method": "not_available", "reason": "no PUE is known for this place"}

LOG_SD = {
    "rapl-package": 0.03,
    "rapl-dram": 0.06,
    "nvml-energy-counter": 0.03,
    "share-mig-slices": 0.92,
    "cpu-tdp-model": 0.20,
    "memory-watts-per-gb": 0.30,
    "pue-declared": 0.02,
    "grid-country-lifecycle": 0.32,
    "grid-year-shift": 0.19,
    "embodied-component": 0.42,
}
LOCATION_BASIS = {
    "attribution": "average",
    "accounting": "location",
    "scope": "lifecycle",
    "flow": "production",
    "gases": "CO2e",
}
DIRECT_BASIS = {**LOCATION_BASIS, "scope": "direct"}
MARKET_BASIS = {"attribution": "average", "accounting": "residual", "scope": "direct", "gases": "CO2"}
EMBER = {"name": "Yearly electricity data", "publisher": "Ember", "version": "2026-10", "license": "CC-BY-4.0"}
DECLARED = {"name": "declared by the operator"}
DAY = {"start": "2026-11-21", "end": "2026-11-21"}


def _factor(name: str, kind: str, value: float, unit: str, classes: tuple[str, ...], **more: Any) -> Json:
    refs = [f"{each}@{name}" for each in classes]
    source = more.pop("source", DECLARED)
    told = {"id": name, "kind": kind, "name": more.pop("title", name), "value": value, "unit": unit, **more}
    return {**told, **({"uncertainty_refs": refs} if refs else {}), "source": source}


def _grid(name: str, title: str, value: float, **more: Any) -> Json:
    valid = {"start": "2025-01-01", "end": "2025-12-31"}
    known = {
        "zone": title,
        "basis": LOCATION_BASIS,
        "valid": valid,
        "granularity": "yearly",
        "fallback_level": "country",
    }
    classes = ("grid-country-lifecycle", "grid-year-shift")
    return _factor(
        name, "grid_intensity", value, "g/kWh", classes, **{"title": title, **known, "source": EMBER, **more}
    )


FACTORS = {
    item["id"]: item
    for item in (
        _factor("f-mem", "power_model", 0.3725, "W/GB", ("memory-watts-per-gb",), title="memory-watts-per-gb"),
        _factor("f-idle", "power_model", 1.1, "W/vCPU", ("cpu-tdp-model",), title="cpu-tdp"),
        {**_factor("f-active", "power_model", 3.6, "W/vCPU", ()), "uncertainty_refs": ["cpu-tdp-model@f-idle"]},
        _factor("f-pue", "pue", 1.2, "1", ("pue-declared",), title="pue-declared"),
        _factor("f-pue-2", "pue", 1.35, "1", ("pue-declared",), title="pue-declared"),
        _grid("f-swe", "SWE", 35.4),
        _grid("f-fra", "FRA", 41.2),
        _grid("f-swe-2024", "SWE", 35.4, valid={"start": "2024-01-01", "end": "2024-12-31"}),
        _grid("f-us-ca", "US-CA", 195.5, basis=DIRECT_BASIS, fallback_level="subdivision"),
        _grid("f-us-wa", "US-WA", 88.25, basis=DIRECT_BASIS, fallback_level="subdivision"),
        _grid("f-hour-9", "SE-SE3", 20.5, valid=DAY, granularity="hourly", fallback_level="zone"),
        _grid("f-hour-10", "SE-SE3", 24.75, valid=DAY, granularity="hourly", fallback_level="zone"),
        _factor("f-residual", "grid_intensity", 62.1, "g/kWh", (), basis=MARKET_BASIS, zone="SE", source=EMBER),
        _factor("f-wue", "wue", 0.18, "L/kWh", ()),
        _factor("f-plants", "water_intensity", 3.0, "L/kWh", ()),
        _factor("f-server", "embodied", 1_200_000.0, "g", ("embodied-component",)),
    )
}


@dataclass
class Amount:
    """A quantity while it is being computed: its mean, and what each source adds."""

    value: float
    unit: str
    method: str
    measured: float  # the part of the value that was measured
    adds: dict[str, float] = field(default_factory=dict)
    refs: tuple[str, ...] = ()
    partial: str = ""

    def with_source(self, name: str) -> Amount:
        """The same with one more source of uncertainty over all of it."""
        log_sd = LOG_SD[name.split("@", 1)[0]]
        own = self.value * math.sqrt(math.exp(log_sd * log_sd) - 1)
        return Amount(self.value, self.unit, self.method, self.measured, {**self.adds, name: own}, self.refs)

    def times(self, factor_id: str, unit: str) -> Amount:
        """The quantity times a factor, with the factor's sources."""
        factor = FACTORS[factor_id]
        gain = factor["value"]
        scaled = {name: amount * gain for name, amount in self.adds.items()}
        method = max(self.method, "modelled", key=METHODS.index)
        result = Amount(self.value * gain, unit, method, self.measured * gain, scaled, (factor_id,))
        for name in factor.get("uncertainty_refs", ()):
            result = result.with_source(name)
        return result

    def document(self, **more: Any) -> Json:
        """The quantity as the standard writes it."""
        told: Json = {"value": self.value, "unit": self.unit, "method": self.method, **more}
        if self.partial:
            told["reason"] = self.partial
        if self.method != "measured" and self.value:
            told["measured_fraction"] = self.measured / self.value
        if self.refs:
            told["factor_refs"] = list(self.refs)
        return {**told, "interval": self._interval()} if self.adds else told

    def _interval(self) -> Json:
        variance = math.log(math.prod(1 + (amount / self.value) ** 2 for amount in self.adds.values()))
        ends = [self.value * math.exp(-variance / 2 + sign * Z * math.sqrt(variance)) for sign in (-1, 1)]
        pairs = [{"source_ref": name, "amount": amount} for name, amount in self.adds.items()]
        return {"lower": ends[0], "upper": ends[1], "coverage": 0.9, "kind": "lognormal", "contributions": pairs}


def total(parts: list[Amount]) -> Amount:
    """The sum of quantities: contributions added source by source, the weakest method."""
    adds: dict[str, float] = {}
    for part in parts:
        for name, amount in part.adds.items():
            adds[name] = adds.get(name, 0.0) + amount
    method = max((part.method for part in parts), key=METHODS.index)
    refs = tuple(dict.fromkeys(ref for part in parts for ref in part.refs))
    values = math.fsum(part.value for part in parts)
    return Amount(values, parts[0].unit, method, math.fsum(part.measured for part in parts), adds, refs)


def counter(kwh: float, source: str) -> Amount:
    """Energy that a counter measured."""
    return Amount(kwh, "kWh", "measured", kwh).with_source(source)


def modelled(terms: list[tuple[float, str]]) -> Amount:
    """Energy that power models give: amounts and their factors."""
    parts = []
    for amount, name in terms:
        part = Amount(amount * FACTORS[name]["value"] / 3.6e6, "kWh", "modelled", 0.0)
        for source in FACTORS[name]["uncertainty_refs"]:
            part = part.with_source(source)
        parts.append(part)
    return total(parts)
