"""R01: ids and references."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

ON_A_HOST = frozenset({"cpu", "dram", "gpu"})
LINED = ("operational_location", "operational_market", "water")
UNUSING = ("/assumptions", "/totals")  # they tell of factors, and nothing is multiplied there
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


class Reference(NamedTuple):
    """A place that names something, what it names, and the collection that should hold it."""

    pointer: str
    name: str
    among: str


def unique_ids(facts: Facts) -> Iterator[Finding]:
    """An id that two things of one kind share."""
    uncertainty = facts.root.member("uncertainty")
    groups = [facts.root.items(name) for name in COLLECTIONS]
    groups.append(uncertainty.items("sources") if uncertainty else [])
    groups += [energy.items("components") for stage in facts.ran if (energy := stage.member("energy"))]
    for group in groups:
        yield from _repeated(group)


def _repeated(group: list[At]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for item in group:
        if (name := item.value.get("id")) is None:
            continue
        if name in first:
            yield Finding(f"{item.pointer}/id", f"the id {name!r} is taken", (f"{first[name]}/id",))
        first.setdefault(name, item.pointer)


def resolve(facts: Facts) -> Iterator[Finding]:
    """A reference that names nothing in the document, or a factor that nothing was computed with."""
    known = {name: {item.value.get("id") for item in facts.root.items(name)} for name in COLLECTIONS}
    known["uncertainty.sources"] = set(facts.sources)
    known["segments"] = {segment.value["id"] for stage in facts.stages for segment in stage.items("segments")}
    used = set()
    for reference in references(facts):
        if reference.name not in known[reference.among]:
            yield Finding(reference.pointer, f"names {reference.name!r}, which is not in `{reference.among}`")
        elif reference.among == "factors" and not reference.pointer.startswith(UNUSING):
            used.add(reference.name)
    for name, factor in facts.factors.items():
        if name not in used:
            told = f"nothing in the document uses the factor {name!r}"
            yield Finding(f"{factor.pointer}/id", told, (f"{factor.pointer}/value",))


def references(facts: Facts) -> Iterator[Reference]:
    """Every reference of the document."""
    yield from _of_facts(facts)
    for stage in facts.stages:
        yield from _texts(stage, "depends_on", "stages")
        yield from _one(stage, "superseded_by", "stages")
        for segment in stage.items("segments"):
            yield from _one(segment, "factor_ref", "factors")
            yield from _one(segment, "pue_ref", "factors")
    for _, component in facts.components:
        yield from _one(component, "resource_ref", "resources")
        for term in component.items("activity"):
            yield from _one(term, "factor_ref", "factors")
    for owner in [*facts.ran, *facts.reused]:
        yield from _of_lines(owner)
    for found in facts.quantities:
        yield from _of_quantity(found)


def _of_facts(facts: Facts) -> Iterator[Reference]:
    """References outside stages and quantities."""
    singles = {
        "resources": {"location_ref": "locations"},
        "instruments": {"factor_ref": "factors"},
        "assumptions": {"factor_ref": "factors"},
        "gaps": {"stage_ref": "stages", "segment_ref": "segments"},
        "evidence": {"stage_ref": "stages"},
    }
    lists = {
        "factors": {"uncertainty_refs": "uncertainty.sources"},
        "instruments": {"evidence_refs": "evidence"},
        "assumptions": {"stage_refs": "stages"},
    }
    for collection, members in singles.items():
        for item in facts.root.items(collection):
            for member, among in members.items():
                yield from _one(item, member, among)
    for collection, members in lists.items():
        for item in facts.root.items(collection):
            for member, among in members.items():
                yield from _texts(item, member, among)
    yield from _of_single_objects(facts)


def _of_single_objects(facts: Facts) -> Iterator[Reference]:
    for resource in facts.resources.values():
        if embodied := resource.member("embodied"):
            yield from _one(embodied, "factor_ref", "factors")
    if uncertainty := facts.root.member("uncertainty"):
        for driver in uncertainty.items("drivers"):
            yield from _one(driver, "source_ref", "uncertainty.sources")
    if subject := facts.root.member("subject"):
        for metric in subject.items("quality_metrics"):
            yield from _one(metric, "stage_ref", "stages")
    for rate in facts.totals.items("per_functional_unit"):
        yield from _one(rate, "functional_unit_ref", "functional_units")


def _of_lines(owner: At) -> Iterator[Reference]:
    among = {
        "factor_ref": "factors",
        "pue_ref": "factors",
        "location_ref": "locations",
        "instrument_ref": "instruments",
    }
    for key in LINED:
        found = quantity(owner, key)
        for line in found.items("lines") if found else ():
            for member, collection in among.items():
                yield from _one(line, member, collection)
    embodied = quantity(owner, "embodied")
    for line in embodied.items("lines") if embodied else ():
        yield from _one(line, "resource_ref", "resources")


def _of_quantity(found: At) -> Iterator[Reference]:
    yield from _texts(found, "factor_refs", "factors")
    interval = found.member("interval")
    for contribution in interval.items("contributions") if interval else ():
        yield from _one(contribution, "source_ref", "uncertainty.sources")


def _one(item: At, member: str, among: str) -> Iterator[Reference]:
    if (name := item.value.get(member)) is not None:
        yield Reference(f"{item.pointer}/{member}", name, among)


def _texts(item: At, member: str, among: str) -> Iterator[Reference]:
    for pointer, name in item.texts(member):
        yield Reference(pointer, name, among)


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
            own = tuple(f"{segment.pointer}/host_ref" for segment in stage.items("segments"))
            yield Finding(place, "names hardware of a host without a segment", (f"{resource.pointer}/host_ref", *own))


CHECKS = (unique_ids, resolve, component_kinds, component_hosts)
