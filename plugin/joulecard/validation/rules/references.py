"""R01: ids and references."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING

from joulecard.validation.at import At, Finding, name_places, names_in
from joulecard.validation.facts import Facts, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_COMPARED = 100  # names of which the nearest is looked for
ON_A_HOST = frozenset({"cpu", "dram", "gpu"})
LINED = ("operational_location", "operational_market", "water")
COLLECTIONS = (
    "functional_units",
    "resources",
    "locations",
    "factors",
    "stages",
    "instruments",
    "assumptions",
    "evidence",
)
Reference = tuple[At, str, str]  # an object, its member that names something or several things, and what holds those

OF_LINES = (
    ("factor_ref", "factors"),
    ("pue_ref", "factors"),
    ("location_ref", "locations"),
    ("instrument_ref", "instruments"),
)
OF_LISTS = {
    "resources": (("location_ref", "locations"),),
    "factors": (("uncertainty_refs", "uncertainty.sources"),),
    "instruments": (("factor_ref", "factors"), ("evidence_refs", "evidence")),
    "assumptions": (("stage_refs", "stages"),),
    "gaps": (("stage_ref", "stages"), ("segment_ref", "segments")),
    "evidence": (("stage_ref", "stages"),),
}


def unique_ids(facts: Facts) -> Iterator[Finding]:
    """An id that two things of one kind share."""
    uncertainty = facts.root.member("uncertainty")
    groups = [facts.root.items(name) for name in COLLECTIONS]
    groups.append(uncertainty.items("sources") if uncertainty else [])
    groups += [energy.items("components") for stage in facts.ran if (energy := stage.member("energy"))]
    for group in groups:
        yield from _repeated(group)


def _repeated(group: list[At]) -> Iterator[Finding]:
    first: dict[str, At] = {}
    for item in group:
        name = item.value.get("id")
        if name in first:
            yield Finding(
                f"{item.pointer}/id", f"the id {name!r} is taken: give each its own", (f"{first[name].pointer}/id",)
            )
        elif name is not None:
            first[name] = item


def resolve(facts: Facts) -> Iterator[Finding]:
    """A reference that names nothing in the document, or a factor that nothing was computed with."""
    known = _known(facts)
    used: set[str] = set()
    for item, member, among in _computing(facts):
        if member in item.value:
            names = names_in(item, member)
            if among == "factors":
                used.update(names)
            if not known[among].issuperset(names):
                yield from _unknown(item, member, among, known[among])
    for item, member, among in _telling(facts):
        if member in item.value and not known[among].issuperset(names_in(item, member)):
            yield from _unknown(item, member, among, known[among])
    for name, factor in facts.factors.items():
        if name not in used:
            told = f"nothing in the document is computed with the factor {name!r}: refer to it, or take it out"
            yield Finding(f"{factor.pointer}/id", told, (f"{factor.pointer}/value",))


def _known(facts: Facts) -> dict[str, set[str]]:
    """The ids of each kind of thing that references name."""
    known = {name: {item.value["id"] for item in facts.root.items(name) if "id" in item.value} for name in COLLECTIONS}
    known["uncertainty.sources"] = {*facts.sources}
    known["segments"] = {segment.value["id"] for stage in facts.stages for segment in stage.items("segments")}
    return known


def _unknown(item: At, member: str, among: str, known: set[str]) -> Iterator[Finding]:
    """The names that a member holds and nothing has."""
    for pointer, name in name_places(item, member):
        if name not in known:
            yield Finding(pointer, f"names {name!r}, which is not in `{among}`{_near(name, known)}")


def _near(name: str, known: set[str]) -> str:
    """The nearest name that there is, as a question."""
    near = get_close_matches(name, sorted(known), n=1) if len(known) <= MOST_COMPARED else []
    return f"; did you mean {near[0]!r}?" if near else ""


def _computing(facts: Facts) -> Iterator[Reference]:
    """Every reference that takes part in computing something."""
    for stage in facts.stages:
        for segment in stage.items("segments"):
            yield segment, "factor_ref", "factors"
            yield segment, "pue_ref", "factors"
    for _, component in facts.components:
        yield component, "resource_ref", "resources"
        yield from ((term, "factor_ref", "factors") for term in component.items("activity"))
    for owner in [*facts.ran, *facts.reused]:
        yield from _of_lines(owner)
    for found in (*facts.stage_quantities, *facts.estimates):
        if "factor_refs" in found.value:
            yield found, "factor_refs", "factors"
    yield from _of_lists(facts)


def _of_lists(facts: Facts) -> Iterator[Reference]:
    """The references of hardware, factors, contracts, gaps and evidence."""
    for collection, members in OF_LISTS.items():
        for item in facts.root.items(collection):
            yield from ((item, member, among) for member, among in members)
    for resource in facts.resources.values():
        if embodied := resource.member("embodied"):
            yield embodied, "factor_ref", "factors"


def _of_lines(owner: At) -> Iterator[Reference]:
    """The references of energy lines and of embodied ones."""
    for key in LINED:
        found = quantity(owner, key)
        for line in found.items("lines") if found else ():
            yield from ((line, member, among) for member, among in OF_LINES)
    embodied = quantity(owner, "embodied")
    for line in embodied.items("lines") if embodied else ():
        yield line, "resource_ref", "resources"


def _telling(facts: Facts) -> Iterator[Reference]:
    """Every reference that only tells of something: a factor that is named here alone was not used."""
    for item in facts.root.items("assumptions"):
        yield item, "factor_ref", "factors"
    for stage in facts.stages:
        yield stage, "depends_on", "stages"
        yield stage, "superseded_by", "stages"
    if uncertainty := facts.root.member("uncertainty"):
        yield from ((driver, "source_ref", "uncertainty.sources") for driver in uncertainty.items("drivers"))
    if subject := facts.root.member("subject"):
        yield from ((metric, "stage_ref", "stages") for metric in subject.items("quality_metrics"))
    for rate in facts.totals.items("per_functional_unit"):
        yield rate, "functional_unit_ref", "functional_units"
    for found in (*facts.total_quantities, *facts.inner_quantities):
        yield found, "factor_refs", "factors"


def contributing_sources(facts: Facts) -> Iterator[Finding]:
    """A contribution of a source of uncertainty that is not listed."""
    known = {*facts.sources}
    for found in facts.quantities:
        interval = found.member("interval")
        listed = interval.value.get("contributions", ()) if interval else ()
        if interval and not known.issuperset(item["source_ref"] for item in listed):
            for item in interval.items("contributions"):
                yield from _unknown(item, "source_ref", "uncertainty.sources", known)


def component_kinds(facts: Facts) -> Iterator[Finding]:
    """A component that names hardware of another kind."""
    for _, component in facts.components:
        resource = facts.resources.get(component.value["resource_ref"])
        if resource and resource.value["kind"] != component.value["kind"]:
            told = f"is {component.value['kind']}, and its resource is {resource.value['kind']}"
            related = (f"{component.pointer}/resource_ref", f"{resource.pointer}/kind")
            yield Finding(f"{component.pointer}/kind", told, related)


def component_hosts(facts: Facts) -> Iterator[Finding]:
    """A component that names hardware of a host that its stage was never seen on."""
    hosts = {stage.pointer: {segment.value["host_ref"] for segment in stage.items("segments")} for stage in facts.ran}
    for stage, component in facts.components:
        resource = facts.resources.get(component.value["resource_ref"])
        there = hosts[stage.pointer]
        if not resource or not there:
            continue
        place, host = f"{component.pointer}/resource_ref", resource.value.get("host_ref")
        if host is None and resource.value["kind"] in ON_A_HOST:
            told = "the member `host_ref` is missing where a stage lists its segments"
            yield Finding(resource.pointer, told, (place, f"{resource.pointer}/host_ref"))
        elif host is not None and host not in there:
            own = (f"{segment.pointer}/host_ref" for segment in stage.items("segments"))
            told = "names hardware of a host on which no segment of the stage ran"
            yield Finding(place, told, chain((f"{resource.pointer}/host_ref",), own))


CHECKS = (unique_ids, resolve, contributing_sources, component_kinds, component_hosts)
