"""R15: what the boundary includes and leaves out agrees with itself and with the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.at import At, Finding
from joulecard.validation.facts import ACCELERATORS, Facts, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

EQUIPMENT = "/boundary/equipment_included"
SCOPE = "/boundary/scope_level"
COOLING = "cooling"  # all that a PUE stands for: no component shows it
PART_OF_KIND = {
    "cpu": "cpu",
    "dram": "memory",
    **dict.fromkeys(ACCELERATORS, "accelerators"),
    "disk": "storage",
    "network": "network",
}


def one_side(facts: Facts) -> Iterator[Finding]:
    """A part that is both included and left out, or runs that are left out although all are counted."""
    stated = facts.boundary
    included = {name: pointer for member in _LISTS for pointer, name in stated.texts(member)}
    if stated.value["runs_counted"] == "all":
        included["runs"] = "/boundary/runs_counted"
    for exclusion in stated.items("exclusions"):
        place = included.get(exclusion.value.get("part", ""))
        if place:
            told = f"leaves out {exclusion.value['part']}, which {place} counts in"
            yield Finding(f"{exclusion.pointer}/part", told, (place,))


_LISTS = ("lifecycle_included", "equipment_included")


def cooling(facts: Facts) -> Iterator[Finding]:
    """Cooling that is included without facility energy, or left out with it."""
    stated, facility = facts.boundary, facts.boundary.value["scope_level"] == "facility"
    listed = {name: pointer for pointer, name in stated.texts("equipment_included")}
    if COOLING in listed and not facility:
        told = "includes cooling, and the energy does not reach beyond the node: scope_level is not facility"
        yield Finding(listed[COOLING], told, (SCOPE,))
    if facility and COOLING not in listed and "equipment_included" in stated.value:
        yield Finding(
            EQUIPMENT, "does not name cooling, which is in facility energy: scope_level is facility", (SCOPE,)
        )
    for exclusion in stated.items("exclusions") if facility else ():
        if exclusion.value.get("part") == COOLING:
            told = "leaves out cooling, which is in facility energy: scope_level is facility"
            yield Finding(f"{exclusion.pointer}/part", told, (SCOPE,))


def shown(facts: Facts) -> Iterator[Finding]:
    """A part whose energy components show and which is left out or not named, or one that no component shows."""
    stated, parts = facts.boundary, _shown(facts)
    for exclusion in stated.items("exclusions"):
        component = parts.get(exclusion.value.get("part", ""))
        if component:
            told = f"leaves out {exclusion.value['part']}, and a component shows energy of it"
            yield Finding(f"{exclusion.pointer}/part", told, (f"{component.pointer}/kind",))
    if "equipment_included" not in stated.value:
        return
    listed = {name: pointer for pointer, name in stated.texts("equipment_included")}
    for part, component in parts.items():
        if part not in listed:
            told = f"does not name {part}, and a component shows energy of it"
            yield Finding(EQUIPMENT, told, (f"{component.pointer}/kind",))
    if _all_shown(facts):
        for part in sorted(listed.keys() - parts.keys() - {COOLING}):
            kinds = tuple(f"{component.pointer}/kind" for component in parts.values())
            yield Finding(listed[part], f"includes {part}, and no component shows energy of it", kinds)


def _counted(facts: Facts) -> Iterator[At]:
    """The components that have energy."""
    return (part for _, part in facts.components if "value" in part.value["energy"])


def _shown(facts: Facts) -> dict[str, At]:
    """The first component of each part of the equipment."""
    found: dict[str, At] = {}
    for component in _counted(facts):
        part = PART_OF_KIND.get(component.value["kind"])
        if part:
            found.setdefault(part, component)
    return found


def _all_shown(facts: Facts) -> bool:
    """Whether every energy in the totals shows its components, and each component is of one part alone."""
    owners = [(owner, quantity(owner, "energy_it")) for owner in [*facts.ran, *facts.reused]]
    drew = [owner.value["energy"] for owner, energy in owners if energy and energy.number is not None]
    kinds = {component.value["kind"] for component in _counted(facts)}
    return bool(drew) and all(energy.get("components") for energy in drew) and kinds <= PART_OF_KIND.keys()


def accelerators_alone(facts: Facts) -> Iterator[Finding]:
    """A boundary of accelerators alone around other equipment."""
    if facts.boundary.value["scope_level"] != "accelerator":
        return
    for pointer, name in facts.boundary.texts("equipment_included"):
        if name != "accelerators":
            yield Finding(pointer, f"includes {name}, and scope_level is accelerator: those alone", (SCOPE,))
    other = next((part for part in _counted(facts) if part.value["kind"] not in ACCELERATORS), None)
    if other:
        told = f"is accelerator, and energy of a {other.value['kind']} is counted: the scope is node"
        yield Finding(SCOPE, told, (f"{other.pointer}/kind",))


CHECKS = (one_side, cooling, shown, accelerators_alone)
