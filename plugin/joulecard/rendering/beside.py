"""What stands beside the location-based headline: market-based emissions, hardware, water, the SCI score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard.rendering.figures import columns, mass_of_one, volume_of
from joulecard.rendering.foreign_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.rendering.figures import Figure

LONGEST_UNIT = 40
MOST_UNITS = 3
WHERE = {"wue": " at the site", "water_intensity": " at the power plants"}
MASSES = {
    "operational_market": "Emissions, market-based",
    "embodied": "Embodied in the hardware",
    "operational_and_embodied": "Emissions with embodied",
}


@dataclass(frozen=True, slots=True)
class BesideLine:
    """One of them by its name; the figure is always known."""

    name: str
    figure: Figure


def beside(document: dict[str, Any]) -> tuple[BesideLine, ...]:
    """Those that the headline's totals know, masses in the units of the totals."""
    totals = document["totals"]
    headline = totals[totals["headline"]]
    units = columns((totals["new"], totals["including_reused"]))
    masses = ((name, headline.get(key, {})) for key, name in MASSES.items())
    lines = [BesideLine(name, units.mass_of(found)) for name, found in masses if "value" in found]
    if "value" in (water := headline.get("water", {})):
        lines.append(BesideLine(f"Water consumed{where_used(document, water)}", volume_of(water)))
    return (*lines, *_scores(document))


def where_used(document: dict[str, Any], water: dict[str, Any]) -> str:
    """Where the water was consumed, if that is one place alone: " at the site"; empty where it is both or not told."""
    applied = set(water.get("factor_refs") or ())
    kinds = {factor["kind"] for factor in document["factors"] if factor["id"] in applied}
    return WHERE.get(kinds.pop(), "") if len(kinds) == 1 else ""


def _scores(document: dict[str, Any]) -> Iterator[BesideLine]:
    """The SCI score for each of the first functional units: operational and embodied emissions of one of them."""
    units = {unit["id"]: unit["unit"] for unit in document.get("functional_units", ())}
    for rate in document["totals"].get("per_functional_unit", ())[:MOST_UNITS]:
        if "value" in (score := rate.get("operational_and_embodied", {})):
            unit = plain(units[rate["functional_unit_ref"]], LONGEST_UNIT)
            yield BesideLine(f"SCI score, for one {unit}", mass_of_one(score))
