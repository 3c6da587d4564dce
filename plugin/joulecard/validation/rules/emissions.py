"""R03, second half: emissions and water line by line, and embodied emissions from SCI's inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import near, sums_to, unlike
from joulecard.validation.at import At, Finding, Json
from joulecard.validation.facts import Facts, quantity
from joulecard.validation.rules.components import same_refs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.validation.lines import Line

ON_LINES = "the energy on its lines"
FITTING = {
    "operational_location": frozenset({"grid_intensity"}),
    "operational_market": frozenset({"grid_intensity"}),
    "water": frozenset({"wue", "water_intensity"}),
}
AT_THE_SITE = "wue"


def energy_lines(facts: Facts) -> Iterator[Finding]:
    """Emissions or water that do not follow from their lines, or lines that do not carry the stage's energy."""
    for owner in [*facts.ran, *facts.reused]:
        for key, kinds in FITTING.items():
            found = quantity(owner, key)
            if found is None or found.number is None or not found.value.get("lines"):
                continue
            lines = facts.lines(owner, found)
            yield from (misfit for line in lines if (misfit := _misfit(line, kinds)))
            yield from same_refs(found, [(line.at, "factor_ref") for line in lines])
            if all(line.factor for line in lines):
                yield from _value(found, lines)
                yield from _energy(owner, lines)


def _misfit(line: Line, kinds: frozenset[str]) -> Finding | None:
    """What is wrong with the kind of a line's factor or PUE."""
    if line.factor and line.factor.value["kind"] not in kinds:
        told = f"names a {line.factor.value['kind']} where {' or '.join(sorted(kinds))} is needed"
        return Finding(f"{line.at.pointer}/factor_ref", told, (f"{line.factor.pointer}/kind",))
    if line.pue and "pue_ref" in line.at.value and line.pue.value["kind"] != "pue":  # else the facility energy names it
        told = f"names a {line.pue.value['kind']}, not a pue"
        return Finding(f"{line.at.pointer}/pue_ref", told, (f"{line.pue.pointer}/kind",))
    return None


def places(lines: list[Line]) -> tuple[str, ...]:
    """Every number and reference that lines rest on."""
    members = ("energy_kwh", "energy_basis", "factor_ref", "pue_ref")
    own = [f"{line.at.pointer}/{member}" for line in lines for member in members if member in line.at.value]
    factors = {f"{factor.pointer}/value": None for line in lines for factor in (line.factor, line.pue) if factor}
    return (*own, *factors)


def _value(found: At, lines: list[Line]) -> Iterator[Finding]:
    """Where sum(energy x factor) is not the quantity's value."""
    parts = [line.at.value["energy_kwh"] * line.factor.value["value"] for line in lines if line.factor]
    if not sums_to(found.value["value"], parts):
        told = unlike(found.value["value"], "sum(energy x factor) of its lines is", sum(parts), found.value["unit"])
        yield Finding(f"{found.pointer}/value", told, places(lines))


def _energy(owner: At, lines: list[Line]) -> Iterator[Finding]:
    """Where the lines, kind of factor by kind, do not carry exactly the energy of the stage."""
    energy = owner.member("energy")
    it_total, facility = (energy.member("it_total"), energy.member("facility_total")) if energy else (None, None)
    for kind in sorted({line.factor.value["kind"] for line in lines if line.factor}):
        group = [line for line in lines if line.factor and line.factor.value["kind"] == kind]
        at_facility = [line for line in group if line.at.value["energy_basis"] == "facility"]
        if it_total and it_total.number is not None:
            yield from _it_energy(it_total, facility, group)
        if facility and facility.number is not None and len(at_facility) == len(group):
            yield from _carries(facility, group, [line.at.value["energy_kwh"] for line in group], ON_LINES)
        elif facility and facility.number is not None and at_facility:
            told = "is not that of the other lines: all are on IT energy or all on facility energy"
            yield Finding(f"{group[0].at.pointer}/energy_basis", told, places(group))
        yield from _basis(kind, facility, group, at_facility)


def _basis(kind: str, facility: At | None, group: list[Line], at_facility: list[Line]) -> Iterator[Finding]:
    """Where a WUE multiplies more than IT energy, or another factor less than the facility energy that is known."""
    if kind == AT_THE_SITE and at_facility:
        told = "is facility, and a wue is litres for a kWh of IT energy"
        yield Finding(f"{at_facility[0].at.pointer}/energy_basis", told, places(group))
    if kind != AT_THE_SITE and facility and facility.number is not None and not at_facility:
        told = "is it, and the stage has facility energy: what was drawn from the grid is that"
        yield Finding(f"{group[0].at.pointer}/energy_basis", told, (f"{facility.pointer}/value", *places(group)))


def _it_energy(it_total: At, facility: At | None, group: list[Line]) -> Iterator[Finding]:
    """Where the IT energy inside the lines is not the stage's."""
    unknown = [line for line in group if line.opaque]
    if unknown:
        declared = (
            facility is not None and not facility.value.get("factor_refs") and facility.value["method"] == "declared"
        )
        if not declared:
            told = "is on facility energy; `pue_ref` must say which PUE is inside"
            silent = [line.at.pointer for line in unknown if "pue_ref" not in line.at.value]
            yield from (Finding(f"{pointer}/energy_basis", told) for pointer in silent)
        return
    parts = [line.at.value["energy_kwh"] / (line.pue.value["value"] if line.pue else 1.0) for line in group]
    with_pue = any(line.pue for line in group)
    yield from _carries(
        it_total, group, parts, "the IT energy inside its lines (energy / PUE)" if with_pue else ON_LINES
    )


def _carries(total: At, group: list[Line], parts_kwh: list[float], what: str) -> Iterator[Finding]:
    """Where energies of lines do not sum to the stage's energy on the same basis."""
    if not sums_to(total.value["value"], parts_kwh):
        expected = f"{total.pointer} is {total.value['value']:.9g} kWh"
        told = f"{what} sums to {sum(parts_kwh):.9g} kWh, and {expected}"
        pointer = f"{group[0].at.pointer}/energy_kwh"
        yield Finding(pointer, told, (f"{total.pointer}/value", *places(group)))


def pue_refs(facts: Facts) -> Iterator[Finding]:
    """A stage whose lines name other PUEs than its facility_total."""
    for owner in [*facts.ran, *facts.reused]:
        energy = owner.member("energy")
        total = energy and energy.member("facility_total")
        if not total or total.number is None:
            continue
        for key in FITTING:
            found = quantity(owner, key)
            named = [line for line in (found.items("lines") if found else ()) if "pue_ref" in line.value]
            if named:
                yield from same_refs(total, [(line, "pue_ref") for line in named])


def embodied(facts: Facts) -> Iterator[Finding]:
    """Embodied emissions that are not total_g x count x reserved_s / lifespan_s x reserved_units / total_units."""
    for owner in [*facts.ran, *facts.reused]:
        found = quantity(owner, "embodied")
        if found and found.number is not None and (lines := found.items("lines")):
            resources = [facts.resources.get(line.value["resource_ref"]) for line in lines]
            if None not in resources:
                yield from _embodied(found, lines, [resource for resource in resources if resource])


def _embodied(found: At, lines: list[At], resources: list[At]) -> Iterator[Finding]:
    """Where embodied lines do not give the value."""
    silent = [line for line, resource in zip(lines, resources, strict=True) if "embodied" not in resource.value]
    if silent:
        told = "names a resource without `embodied`: add what making it emitted, and its lifespan"
        yield from (Finding(f"{line.pointer}/resource_ref", told) for line in silent)
        return
    for line, resource in zip(lines, resources, strict=True):
        units, there = line.value["reserved_units"], resource.value["embodied"]["total_units"]
        if units > there:
            told = f"is {units:g}, and the resource has {there:g}"
            yield Finding(f"{line.pointer}/reserved_units", told, (f"{resource.pointer}/embodied/total_units",))
    yield from same_refs(found, [(resource, "factor_ref") for resource in _made(resources)])
    parts = [amortised_g(line.value, resource.value) for line, resource in zip(lines, resources, strict=True)]
    if not sums_to(found.value["value"], parts):
        own = [
            f"{line.pointer}/{member}" for line in lines for member in ("resource_ref", "reserved_s", "reserved_units")
        ]
        inputs = ("total_g", "lifespan_s", "total_units")
        theirs = [f"{resource.pointer}/embodied/{member}" for resource in resources for member in inputs]
        counts = [f"{resource.pointer}/count" for resource in resources]
        told = unlike(found.value["value"], "its lines give", sum(parts), "g")
        yield Finding(f"{found.pointer}/value", told, (*own, *theirs, *counts))


def _made(resources: list[At]) -> list[At]:
    """What making each of the resources emitted."""
    return [made for resource in resources if (made := resource.member("embodied"))]


def amortised_g(line: Json, resource: Json) -> float:
    """SCI: M = TE x TiR/EL x RR/ToR, in g."""
    made = resource["embodied"]
    time_share: float = line["reserved_s"] / made["lifespan_s"]
    unit_share: float = line["reserved_units"] / made["total_units"]
    return float(made["total_g"] * resource["count"] * time_share * unit_share)


def embodied_factors(facts: Facts) -> Iterator[Finding]:
    """A resource whose total_g is not the embodied factor it names."""
    for resource in facts.resources.values():
        made = resource.member("embodied")
        factor = facts.factors.get(made.value.get("factor_ref", "")) if made else None
        if (
            made
            and factor
            and (factor.value["kind"] != "embodied" or not near(made.value["total_g"], factor.value["value"]))
        ):
            related = (f"{made.pointer}/factor_ref", f"{factor.pointer}/value", f"{factor.pointer}/kind")
            yield Finding(
                f"{made.pointer}/total_g",
                f"is {made.value['total_g']:.9g} g, and the factor it names is {_told(factor)}",
                related,
            )


def _told(factor: At) -> str:
    """A factor in a sentence."""
    return f"{factor.value['value']:.9g} {factor.value['unit']} of the kind {factor.value['kind']}"


CHECKS = (energy_lines, pue_refs, embodied, embodied_factors)
