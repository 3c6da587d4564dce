"""What estimated figures cover and what they do not, and everything that was assumed for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from joulecard.disclosure import document as doc
from joulecard.disclosure.document.subjects import EquipmentPart
from joulecard.disclosure.instants import instant
from joulecard.disclosure.untimed import DURATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.disclosure.estimate.facts import Facts
    from joulecard.disclosure.estimate.stage import Estimated
    from joulecard.disclosure.tally import Assumption

NOT_STATED = "the facts that this was made from do not tell it"
WORDS: dict[str, str] = {
    "embodied": "embodied carbon of the hardware",
    "end_of_life": "end of life of the hardware",
    "cpu": "processors beside the accelerators",
    "memory": "memory of the nodes",
    "accelerators": "accelerators",
    "storage": "storage",
    "network": "network",
    "power_supply": "power supplies, fans and mainboards",
    "cooling": "cooling and power distribution of the facility",
}
OF_KIND: dict[str, tuple[EquipmentPart, ...]] = {
    "cpu": ("cpu",),
    "dram": ("memory",),
    **dict.fromkeys(("gpu", "tpu", "accelerator"), ("accelerators",)),
    "other": ("cpu", "memory", "power_supply"),
    "host": ("cpu", "memory", "accelerators", "storage", "power_supply"),
}


def boundary(facts: Facts, found: Sequence[Estimated], *, facility: bool, embodied: bool) -> doc.Boundary:
    """What is inside the numbers and what is left out."""
    included = _equipment(found, facility=facility)
    alone = all(each.accelerators_alone for each in found)
    scope = "facility" if facility else "accelerator" if alone else "node"
    times = [each.stage.time for each in found if each.stage.time]
    lifecycle = ("operation", "embodied") if embodied else ("operation",)
    return doc.Boundary.model_validate(
        {
            "scope_level": scope,
            "attribution": "machine",
            "period": {
                "start": min((time.start for time in times), key=instant),
                "end": max((time.end for time in times), key=instant),
            },
            "lifecycle_included": lifecycle,
            "equipment_included": included or None,
            "exclusions": (*_exclusions({*included, *lifecycle}), *_runs(facts)),
            "runs_counted": facts.runs,
        }
    )


def _equipment(found: Sequence[Estimated], *, facility: bool) -> tuple[EquipmentPart, ...]:
    """The parts that the components stand for."""
    components = [part for each in found if each.stage.energy for part in each.stage.energy.components or ()]
    kinds = {kind for part in components for kind in (part.kind, *(part.includes or ()))}
    parts = {part for kind in kinds for part in OF_KIND[kind]} | ({"cooling"} if facility else set())
    return tuple(part for part in get_args(EquipmentPart) if part in parts)


def _exclusions(included: set[str]) -> list[doc.Exclusion]:
    """Each part that no number contains."""
    left_out = [part for part in WORDS if part not in included]
    return [
        doc.Exclusion.model_validate({"part": part, "what": WORDS[part], "reason": NOT_STATED}) for part in left_out
    ]


def _runs(facts: Facts) -> list[doc.Exclusion]:
    """The searches and trials before the run, unless the facts say that they are in."""
    if facts.runs == "all":
        return []
    return [doc.Exclusion(part="runs", what="searches, trials and failed runs", reason=NOT_STATED)]


def gaps(found: Sequence[Estimated]) -> tuple[doc.Gap, ...]:
    """The duration of each stage of which nothing tells it: its start and end are those of the time it lies in."""
    untold = (each.stage.id for each in found if not each.is_timed)
    return tuple(doc.Gap(what=DURATION, reason=NOT_STATED, stage_ref=stage_id) for stage_id in untold)


def assumptions(
    found: Sequence[Estimated], contradictions: Iterable[str], factors: Iterable[doc.Factor]
) -> tuple[doc.Assumption, ...]:
    """What was taken for true, each once with the stages it touches, and where the publication contradicts itself."""
    known = {factor.id for factor in factors}
    touched: dict[Assumption, list[str]] = {}
    for each in found:
        for item in each.basis.assumptions:
            touched.setdefault(item, []).append(each.stage.id)
    listed = [_assumption(item, refs, known, len(found)) for item, refs in touched.items()]
    listed += [
        {"statement": f"What is published contradicts itself. {told}", "default": False} for told in contradictions
    ]
    return tuple(doc.Assumption.model_validate({"id": f"a{n}", **item}) for n, item in enumerate(listed, 1))


def _assumption(item: Assumption, refs: Sequence[str], known: set[str], stages: int) -> dict[str, object]:
    own: dict[str, object] = {"statement": item.statement, "default": item.default}
    if item.factor_ref in known:
        own |= {"value": item.value, "unit": item.unit, "factor_ref": item.factor_ref}
    named = tuple(dict.fromkeys(refs))
    return {**own, "stage_refs": named if len(named) < stages else None}
