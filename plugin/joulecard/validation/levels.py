"""Conformance levels: computed from what a valid disclosure holds, never claimed by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard.validation.at import At
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


def _recomputable(facts: Facts) -> Iterator[Lack]:
    """What keeps a reader from recomputing energy and emissions."""
    for name in ("resources", "locations", "factors"):
        if not facts.root.value[name]:
            yield Lack(f"/{name}", "is empty")
    if not any("version" in factor.value["source"] for factor in facts.factors.values()):
        yield Lack("/factors", "no factor names the version of its source")
    if not facts.ran:
        yield Lack("/stages", "no stage ran")
    for stage in facts.ran:
        for key in ("energy_it", "operational_location"):
            found = quantity(stage, key)
            if found is None or found.value["method"] not in COMPUTED:
                yield Lack(
                    found.pointer if found else stage.pointer, "is not computed from parts that the document shows"
                )
        energy = stage.member("energy")
        for component in energy.items("components") if energy else ():
            if component.value["energy"]["method"] == "declared":
                yield Lack(f"{component.pointer}/energy", "is declared, not computed")


def _traced(facts: Facts) -> Iterator[Lack]:
    """What keeps a reader from tracing every number to a record, its data and its width."""
    if not facts.root.value["boundary"]["exclusions"]:
        yield Lack("/boundary/exclusions", "says nothing of what is left out")
    for stage in facts.stages:
        for member in ("depends_on", "inputs", "outputs"):
            if member not in stage.value:
                yield Lack(stage.pointer, f"has no `{member}`")
        for artifact in [*stage.items("inputs"), *stage.items("outputs")]:
            if "digest" not in artifact.value:
                yield Lack(artifact.pointer, "has no `digest`")
    for reused in facts.reused:
        if "digest" not in reused.value:
            yield Lack(reused.pointer, "has no `digest`")
    for stage in facts.ran:
        yield from _traced_stage(facts, stage)


def _traced_stage(facts: Facts, stage: At) -> Iterator[Lack]:
    """What keeps a reader from tracing one stage that ran."""
    if not stage.value.get("segments"):
        yield Lack(stage.pointer, "lists no segments")
    for key in ("energy_it", "operational_location"):
        found = quantity(stage, key)
        if found and found.number is not None and "interval" not in found.value:
            yield Lack(found.pointer, "has no interval")
    unseen = [item for item in facts.counted[stage] if item.value["coverage"] < 1]
    gaps = facts.root.value["gaps"]
    if unseen and not any(gap.get("stage_ref", stage.value["id"]) == stage.value["id"] for gap in gaps):
        yield Lack(f"{unseen[0].pointer}/coverage", "is below 1, and no gap says what was not seen")


def _attested(facts: Facts) -> Iterator[Lack]:
    """What keeps the document from carrying someone else's word."""
    publisher = facts.root.value["document"].get("publisher")
    if publisher is None:
        yield Lack("/document", "names no `publisher`")
    others = [item for item in facts.root.items("attestations") if _by_another(item, publisher)]
    if not others:
        yield Lack("/attestations", "holds no signed statement by someone other than the publisher")


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
        "Energy and location-based emissions of every stage that ran are computed from components, resources, places "
        "and factors that the document shows, at least one factor with the version of its source.",
        _recomputable,
    ),
    Step(
        "L2",
        "traced",
        "Every stage that ran lists its segments, inputs, outputs and dependencies with digests; energy and emissions "
        "have intervals; what was not seen is a gap and what was left out an exclusion.",
        _traced,
    ),
    Step(
        "L3",
        "attested",
        "Someone other than the publisher has signed a statement on the document's bytes. Whether the signature "
        "verifies is not part of the level.",
        _attested,
    ),
)


def level_of(document: dict[str, Any]) -> tuple[Level, tuple[Lack, ...]]:
    """The level of a valid disclosure, and what it lacks for the next one."""
    facts = Facts(document)
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
