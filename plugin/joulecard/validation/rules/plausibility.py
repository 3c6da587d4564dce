"""R04 and R05: numbers that physics forbids or makes unlikely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.units import JOULES_PER_KWH
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_G_PER_KWH = 2500  # above any grid: lignite with poor plants and losses stays below 1,500
BEYOND_DESIGN = 1.2  # a device may pass its design power for a while, and a clock be a little off


def implied_intensity(facts: Facts) -> Iterator[Finding]:
    """Emissions that no grid could have caused with that energy."""
    for owner in [*facts.ran, *facts.reused]:
        yield from _implied(owner, {key: quantity(owner, key) for key in _KEYS})
    for block, _ in facts.blocks:
        yield from _implied(block, {key: block.member(key) for key in _KEYS})


_EMISSIONS = ("operational_location", "operational_market")
_KEYS = ("energy_it", "energy_facility", *_EMISSIONS)


def _implied(_owner: At, found: dict[str, At | None]) -> Iterator[Finding]:
    """Where g over kWh is above any grid."""
    energies = [at for name in ("energy_facility", "energy_it") if (at := found[name]) and at.number is not None]
    if not energies:
        return
    energy = energies[0]
    for name in _EMISSIONS:
        emitted = found[name]
        if emitted and emitted.number is not None and emitted.number > MOST_G_PER_KWH * energy.value["value"]:
            drawn = f"{emitted.number:.9g} g with {energy.value['value']:.9g} kWh"
            told = f"{drawn} is more than {MOST_G_PER_KWH} g/kWh, as no grid is: check both units"
            yield Finding(f"{emitted.pointer}/value", told, (f"{energy.pointer}/value",))


def beyond_design_power(facts: Facts) -> Iterator[Finding]:
    """A component that drew more than its devices are designed for."""
    for stage, component in facts.components:
        time = stage.member("time")
        resource = facts.resources.get(component.value["resource_ref"])
        drawn_kwh = component.value["energy"].get("value", 0.0)
        if time and resource and "tdp_w" in resource.value:
            longest_s = max(time.value["wall_s"], time.value.get("monotonic_s", 0.0))  # the wall clock may be moved
            yield from _beyond(component, resource, drawn_kwh, longest_s)


def _beyond(component: At, resource: At, drawn_kwh: float, longest_s: float) -> Iterator[Finding]:
    """Where drawn energy passes count x tdp x time x 1.2."""
    most_kwh = resource.value["count"] * resource.value["tdp_w"] * longest_s * BEYOND_DESIGN / JOULES_PER_KWH
    if drawn_kwh > most_kwh:
        told = f"{drawn_kwh:.6g} kWh is more than count x tdp_w x time x {BEYOND_DESIGN} = {most_kwh:.6g} kWh"
        related = (f"{resource.pointer}/tdp_w", f"{resource.pointer}/count")
        yield Finding(f"{component.pointer}/energy/value", told, related)
