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
    stated = facts.boundary.value
    for exclusion, part in _left_out(facts):
        place = next((f"/boundary/{name}" for name in _LISTS if part in stated.get(name, ())), "")
        if part == "runs" and stated["runs_counted"] == "all":
            place = "/boundary/runs_counted"
        if place:
            told = f"leaves out {part}, which {place} counts in"
            yield Finding(f"{exclusion.pointer}/part", told, (place, *_items(facts, part)))


_LISTS = ("lifecycle_included", "equipment_included")


def _left_out(facts: Facts) -> list[tuple[At, str]]:
    """The exclusions that name a part, with that part."""
    listed = facts.boundary.items("exclusions")
    return [(item, item.value["part"]) for item in listed if "part" in item.value]


def _items(facts: Facts, part: str) -> Iterator[str]:
    """Where lists of included things name a part."""
    return (pointer for member in _LISTS for pointer, name in facts.boundary.texts(member) if name == part)


def cooling(facts: Facts) -> Iterator[Finding]:
    """Cooling that is included without facility energy, or left out with it."""
    stated, facility = facts.boundary.value, facts.boundary.value["scope_level"] == "facility"
    included = COOLING in stated.get("equipment_included", ())
    if included and not facility:
        told = "includes cooling, and the energy does not reach beyond the node: scope_level is not facility"
        yield from (Finding(place, told, (SCOPE,)) for place in _items(facts, COOLING))
    if facility and not included and "equipment_included" in stated:
        yield Finding(
            EQUIPMENT, "does not name cooling, which is in facility energy: scope_level is facility", (SCOPE,)
        )
    for exclusion, part in _left_out(facts):
        if facility and part == COOLING:
            told = "leaves out cooling, which is in facility energy: scope_level is facility"
            yield Finding(f"{exclusion.pointer}/part", told, (SCOPE,))


def shown(facts: Facts) -> Iterator[Finding]:
    """A part whose energy components show and which is left out or not named, or one that no component shows."""
    parts = _shown(facts)
    for exclusion, part in _left_out(facts):
        if part in parts:
            told = f"leaves out {part}, and a component shows energy of it"
            yield Finding(f"{exclusion.pointer}/part", told, (f"{parts[part].pointer}/kind",))
    listed = facts.boundary.value.get("equipment_included")
    if listed is None:
        return
    for part, component in parts.items():
        if part not in listed:
            told = f"does not name {part}, and a component shows energy of it"
            yield Finding(EQUIPMENT, told, (f"{component.pointer}/kind",))
    unseen = sorted({*listed} - parts.keys() - {COOLING})
    for part in unseen if unseen and _all_shown(facts) else ():
        kinds = tuple(f"{component.pointer}/kind" for component in parts.values())
        told = f"includes {part}, and no component shows energy of it"
        yield from (Finding(place, told, kinds) for place in _items(facts, part))


def _counted(facts: Facts) -> Iterator[At]:
    """The components that have energy."""
    return (part for _, part in facts.components if "value" in part.value["energy"])


def _shown(facts: Facts) -> dict[str, At]:
    """The first component of each part of the equipment."""
    found: dict[str, At] = {}
    for component in _counted(facts):
        for kind in _kinds(component):
            if kind in PART_OF_KIND:
                found.setdefault(PART_OF_KIND[kind], component)
    return found


def _kinds(component: At) -> tuple[str, ...]:
    """The kinds of hardware whose energy is in a component."""
    return (component.value["kind"], *component.value.get("includes", ()))


def _all_shown(facts: Facts) -> bool:
    """Whether every energy in the totals shows its components, and each component is of one part alone."""
    owners = [(owner, quantity(owner, "energy_it")) for owner in [*facts.ran, *facts.reused]]
    drew = [owner.value["energy"] for owner, energy in owners if energy and energy.number is not None]
    kinds = {kind for component in _counted(facts) for kind in _kinds(component)}
    return bool(drew) and all(energy.get("components") for energy in drew) and kinds <= PART_OF_KIND.keys()


def accelerators_alone(facts: Facts) -> Iterator[Finding]:
    """A boundary of accelerators alone around other equipment."""
    if facts.boundary.value["scope_level"] != "accelerator":
        return
    for pointer, name in facts.boundary.texts("equipment_included"):
        if name != "accelerators":
            yield Finding(
                pointer, f"includes {name}, and the scope_level accelerator counts accelerators alone", (SCOPE,)
            )
    other = next((part for part in _counted(facts) if not ACCELERATORS.issuperset(_kinds(part))), None)
    if other:
        kind = next(kind for kind in _kinds(other) if kind not in ACCELERATORS)
        yield Finding(
            SCOPE, f"is accelerator, and energy of a {kind} is counted: the scope is node", (f"{other.pointer}/kind",)
        )


CHECKS = (one_side, cooling, shown, accelerators_alone)
