"""Conformance levels: computed from what a valid disclosure holds, never claimed by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard.validation.at import At
from joulecard.validation.attestations import document_digest
from joulecard.validation.facts import Facts, quantity
from joulecard.validation.verdict import Lack, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMPUTED = frozenset({"measured", "modelled", "estimated"})
MOST_LACKS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """A level, its sentence in the standard, and what finds that it is not reached."""

    level: Level
    name: str
    sentence: str
    lacks: Callable[[Facts], Iterator[Lack]] | None


TO_BE_TOLD = ("storage", "network", "cooling", "end_of_life")
LISTS = {
    "resources": "list the hardware, and name it in `resource_ref` of each component",
    "locations": "say where the hardware stands, and name the place in `location_ref` of each resource",
    "factors": "list every number that energy was multiplied with, such as the intensity of the grid, with its source",
}
PARTS = {
    "energy_it": "show `components`, each with what its counter read or the activity that its model was applied to",
    "operational_location": "show `lines`, each with an energy and its `factor_ref`",
}
LINEAGE = {
    "depends_on": "name the stages whose outputs it reads",
    "inputs": "list the files that it read, each with `uri` and `digest`",
    "outputs": "list the files that it wrote, each with `uri` and `digest`",
}
DIGEST = 'has no `digest`: add "sha256:" and the hex digits that sha256sum prints for the file'


def _recomputable(facts: Facts) -> Iterator[Lack]:
    """What keeps a reader from recomputing energy and emissions."""
    for name, advice in LISTS.items():
        if not facts.root.value[name]:
            yield Lack(f"/{name}", f"is empty: {advice}")
    if facts.factors and not any("version" in factor.value["source"] for factor in facts.factors.values()):
        yield Lack("/factors", "no factor tells the `version` of its `source`: add the edition or date of the table")
    if not facts.ran:
        yield Lack("/stages", "no stage ran, and reused results show no parts: disclose the stages that made them")
    for stage in facts.ran:
        for key, advice in PARTS.items():
            found = quantity(stage, key)
            if found is None or found.value["method"] not in COMPUTED:
                method = found.value["method"] if found else "not_available"
                told = f"is {method}, so that nobody can recompute it: {advice}"
                yield Lack(found.pointer if found else stage.pointer, told)
        yield from _untold_place(facts, stage)
        yield from _told_by_hand(stage)


def _told_by_hand(stage: At) -> Iterator[Lack]:
    """The steps to a stage's energy that nobody can take again."""
    energy, facility = stage.member("energy"), quantity(stage, "energy_facility")
    for component in energy.items("components") if energy else ():
        if component.value["energy"]["method"] == "declared":
            told = "is declared, so that nobody can recompute it: name the counter, or the model and its activity"
            yield Lack(f"{component.pointer}/energy", told)
    if facility and facility.value["method"] == "declared":
        yield Lack(facility.pointer, "is declared, so that nobody can recompute it: name the PUE in `factor_refs`")


def _untold_place(facts: Facts, stage: At) -> Iterator[Lack]:
    """The hardware of a stage of which neither it nor an emission line says where it stands."""
    emitted, energy = quantity(stage, "operational_location"), stage.member("energy")
    lines = emitted.items("lines") if emitted else []
    if lines and all("location_ref" in line.value for line in lines):
        return
    for component in energy.items("components") if energy else ():
        resource = facts.resources.get(component.value["resource_ref"])
        if resource and "location_ref" not in resource.value:
            yield Lack(resource.pointer, "has no `location_ref`: name the place in `locations` where it stands")


def _traced(facts: Facts) -> Iterator[Lack]:
    """What keeps a reader from tracing every number to a record, its data and its width."""
    yield from _untold(facts)
    for stage in facts.stages:
        for member, advice in LINEAGE.items():
            if member not in stage.value:
                yield Lack(stage.pointer, f"has no `{member}`: {advice}; [] where there are none")
        for artifact in [*stage.items("inputs"), *stage.items("outputs")]:
            if "digest" not in artifact.value:
                yield Lack(artifact.pointer, DIGEST)
    for reused in facts.reused:
        if "digest" not in reused.value:
            yield Lack(
                reused.pointer, "has no `digest`: add that of the disclosure or segment with the earlier numbers"
            )
    gaps_of = {gap.value.get("stage_ref") for gap in facts.root.items("gaps")}
    for stage in facts.ran:
        yield from _untraced_stage(facts, stage, no_gap=not gaps_of & {None, stage.value["id"]})


def _untold(facts: Facts) -> Iterator[Lack]:
    """The parts of which the boundary does not say whether they are inside."""
    stated = facts.boundary.value
    told = {item.get("part") for item in stated["exclusions"]}
    told.update(stated["lifecycle_included"], stated.get("equipment_included", ()))
    for part in TO_BE_TOLD:
        if part not in told:
            member = "lifecycle_included" if part == "end_of_life" else "equipment_included"
            advice = f'leave it out here with "part": "{part}" and a reason, or name it in `{member}`'
            yield Lack("/boundary/exclusions", f"{part} is neither included nor left out: {advice}")


def _untraced_stage(facts: Facts, stage: At, *, no_gap: bool) -> Iterator[Lack]:
    """What keeps a reader from tracing one stage that ran."""
    if not stage.value.get("segments"):
        yield Lack(stage.pointer, "lists no `segments`: add what each process on each host saw of it, and when")
    for key in PARTS:
        found = quantity(stage, key)
        if found and found.number is not None and found.value.get("interval", {}).get("kind") != "lognormal":
            told = "has no `interval` that recomputes: give it with what each source in `uncertainty` contributes to it"
            yield Lack(found.pointer, told)
    unseen = next((item for item in facts.counted[stage] if item.value["coverage"] < 1), None)
    if unseen and no_gap:
        told = "is below 1, and no entry in `gaps` says what was not seen and why"
        yield Lack(f"{unseen.pointer}/coverage", told)


def _attested(facts: Facts) -> Iterator[Lack]:
    """What keeps the document from carrying someone else's word."""
    publisher = facts.root.value["document"].get("publisher")
    if publisher is None:
        yield Lack(
            "/document", "names no `publisher`: add who publishes it, as `joulecard assemble --publisher NAME` does"
        )
    others = [item for item in facts.root.items("attestations") if _by_another(item, publisher)]
    own = document_digest(facts.root.value) if others else ""
    stale = [item for item in others if item.value["digest"] != own]
    if others and len(stale) == len(others):
        told = "is not that of this document, which was changed since: let the statement be made and signed again"
        yield from (Lack(f"{item.pointer}/digest", told) for item in stale)
    if not others:
        told = (
            "holds no signed statement by someone other than the publisher: let someone check the numbers and sign, "
            "as `joulecard sign` does"
        )
        yield Lack("/attestations", told)


def _by_another(attestation: At, publisher: str | None) -> bool:
    """Whether a statement is signed, names the bytes it is about and comes from outside."""
    value = attestation.value
    outside = (
        value["type"] != "self"
        and publisher is not None
        and value["by"].strip().casefold() != publisher.strip().casefold()
    )
    return outside and "signature" in value and "digest" in value


STEPS = (
    Step("L0", "declared", "The document is valid: numbers with their methods, a subject and a boundary.", None),
    Step(
        "L1",
        "recomputable",
        "Energy, that of the facility too, and location-based emissions of every stage that ran are computed, and none "
        "declared, from components whose hardware has a place, and factors that the document shows, at least one with "
        "the version of its source.",
        _recomputable,
    ),
    Step(
        "L2",
        "traced",
        "Every stage lists its inputs and outputs with digests and its dependencies, one that ran its segments, and "
        "reused numbers the digest of where they come from; energy and emissions have intervals that recompute; where "
        "a segment's coverage is below 1, a gap of its stage or of all says why; storage, network, cooling and the "
        "end of life of the hardware are each included or left out.",
        _traced,
    ),
    Step(
        "L3",
        "attested",
        "Someone other than the publisher, whom the document names, has signed a statement with the digest of this "
        "document. Whether the signature verifies is not part of the level.",
        _attested,
    ),
)


def level_of(document: dict[str, Any]) -> tuple[Level, tuple[Lack, ...]]:
    """The level of a valid disclosure, and what it lacks for the next one."""
    return level_from(Facts(document))


def level_from(facts: Facts) -> tuple[Level, tuple[Lack, ...]]:
    """The level of the valid disclosure that the facts are of, and what it lacks for the next one."""
    reached: Level = "L0"
    for step in STEPS:
        lacks = tuple(_first(step.lacks(facts))) if step.lacks else ()
        if lacks:
            return reached, lacks
        reached = step.level
    return reached, ()


def _first(lacks: Iterator[Lack]) -> list[Lack]:
    """The first few of what is lacking."""
    return [lack for _, lack in zip(range(MOST_LACKS), lacks, strict=False)]
