"""What a reader of a valid disclosure may ask its authors: declared figures that look like a slip.

No rule is broken and no level is lost; the standard says nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.accounting.slips import Stated, slips
from joulecard.validation.facts import Facts, quantity
from joulecard.validation.verdict import Violation

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from joulecard.validation.at import At

OF_PERSONS = frozenset({"declared", "estimated"})  # what a counter tells has no slips of the pen
SECONDS_PER_HOUR = 3600.0
MOST_ADVICE = 50
NOT_A_RULE = "advice"


def advice(document: dict[str, Any]) -> tuple[Violation, ...]:
    """The slips that the declared figures of a valid disclosure show, each at its place; the first 50."""
    facts = Facts(document)
    found = (*_factors(facts), *_emissions(facts), *_components(facts))
    return tuple(found[:MOST_ADVICE])


def _factors(facts: Facts) -> Iterator[Violation]:
    """Grid factors in another unit than they are told in."""
    for factor in facts.factors.values():
        told = factor.value
        if told["kind"] == "grid_intensity" and told.get("basis", {}).get("accounting") == "location":
            yield from _told(f"{factor.pointer}/value", Stated(intensity_g_per_kwh=told["value"]))


def _emissions(facts: Facts) -> Iterator[Violation]:
    """Declared emissions against the energy beside them: those that rest on lines are recomputed by R03."""
    for stage in (*facts.ran, *facts.reused):
        carbon = quantity(stage, "operational_location")
        if carbon is None or carbon.number is None or carbon.value["method"] != "declared" or "lines" in carbon.value:
            continue
        facility, energy = (_number(stage, name) for name in ("energy_facility", "energy_it"))
        stated = Stated(energy_kwh=energy, energy_basis="it", facility_kwh=facility, co2e_g=carbon.number)
        yield from _told(f"{carbon.pointer}/value", stated)


def _components(facts: Facts) -> Iterator[Violation]:
    """Declared and estimated energies of hardware that are the power of its design; R05 knows those beyond it."""
    for stage, component in facts.components:
        energy, resource = component.member("energy"), facts.resources.get(component.value["resource_ref"])
        if not energy or not resource or energy.value["method"] not in OF_PERSONS:
            continue
        hours, most_w = stage.value["time"]["wall_s"] / SECONDS_PER_HOUR, resource.value.get("tdp_w")
        count = float(resource.value["count"])
        stated = Stated(energy_kwh=energy.number, energy_basis="it", devices=count, hours=hours, nameplate_w=most_w)
        yield from _told(f"{energy.pointer}/value", stated, but={"above-nameplate"})


def _number(owner: At, name: str) -> float | None:
    found = quantity(owner, name)
    return found.number if found else None


def _told(pointer: str, stated: Stated, but: Container[str] = ()) -> Iterator[Violation]:
    """The slips at one place, but for those of some codes."""
    for slip in slips(stated):
        if slip.code not in but:
            yield Violation(pointer, NOT_A_RULE, slip.sentence)
