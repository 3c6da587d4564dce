"""What the numbers cover and what they do not: boundary, exclusions, assumptions and gaps, in words."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Literal, get_args

from joulecard.disclosure import document as doc
from joulecard.disclosure.document.subjects import EquipmentPart
from joulecard.disclosure.fallbacks import MOST_NAMED, market_fallback, profile_fallback
from joulecard.disclosure.from_segment import unread_accelerators
from joulecard.disclosure.instants import instant
from joulecard.disclosure.stage_gaps import Placed, stage_gaps
from joulecard.disclosure.sums import facility_sum
from joulecard.disclosure.work import done

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.lineage import Lineage, StageLineage
    from joulecard.disclosure.tallied import Tallied
    from joulecard.disclosure.tally import Assumption

EVEN_SPLIT = "No reservation was set, so the host's idle power was split evenly among the recorders alive on it"
COUNTED = (
    "How much work was done is what the programs of the stages counted themselves, and nothing here checks it; one "
    "unit costs what its whole stage did over the count, also where the stage did other things beside"
)
ALONE = 0.999  # of the node's CPUs reserved over the time, from which nobody shared them
MISSING_STAGE = "stage:"  # before the name of a stage of which no record is here, in a gap's `what`
NOTHING_INSIDE = "no meter or model of this disclosure covers it"


EQUIPMENT_PARTS: tuple[EquipmentPart, ...] = get_args(EquipmentPart)
EQUIPMENT: dict[str, tuple[EquipmentPart, ...]] = {
    "cpu": ("cpu",),
    "dram": ("memory",),
    **dict.fromkeys(("gpu", "tpu", "accelerator"), ("accelerators",)),
    "disk": ("storage",),
    "network": ("network",),
    "host": ("cpu", "memory", "accelerators", "storage", "power_supply"),
    "node": ("storage", "power_supply"),  # of a host's meter that says what else it holds
}
LEFT_OUT = (
    doc.Exclusion(
        part="embodied", what="embodied carbon", reason="making and transporting the hardware is not assessed"
    ),
    doc.Exclusion(part="end_of_life", what="end of life of the hardware", reason="not assessed"),
    doc.Exclusion(part="storage", what="storage outside the node", reason=NOTHING_INSIDE),
    doc.Exclusion(part="network", what="network outside the node", reason=NOTHING_INSIDE),
    doc.Exclusion(
        part="power_supply", what="power supply losses, fans, mainboard and local disks", reason=NOTHING_INSIDE
    ),
    doc.Exclusion(
        part="cooling",
        what="cooling and power distribution of the facility",
        reason="its PUE is not known for every stage",
    ),
)


def boundary(
    ran: Sequence[Tallied], reused: Sequence[Tallied], lineage: Lineage | None, kinds: Iterable[str]
) -> doc.Boundary:
    """What is inside the numbers and what is not; period, nodes and coverage are those of the stages that ran.

    `kinds` are those of the components that energy was told of.
    """
    segments = [segment for joined in ran for segment in joined.execution.segments]
    counted = [segment for joined in ran or reused for segment in joined.execution.counted]
    facility = facility_sum(ran or reused)[0].value is not None
    included, lifecycle = _equipment(kinds, facility=facility), _lifecycle([*ran, *reused])
    nodes_seen = len({segment.host_ref for segment in segments})
    return doc.Boundary(
        scope_level="facility" if facility else "node",
        attribution=_attribution(counted),
        period=_period(segments) if segments else None,
        lifecycle_included=lifecycle,
        equipment_included=included or None,
        exclusions=_exclusions(_unread_accelerators(counted), {*included, *lifecycle}),
        runs_counted=_runs_counted(ran),
        coverage_fraction=_coverage(counted) if ran else None,
        nodes_seen=nodes_seen or None,
        nodes_expected=_nodes_expected(segments, lineage, nodes_seen) if ran else None,
    )


def kinds_of(component: doc.Component) -> tuple[str, ...]:
    """The kinds of hardware whose energy is in a component; "node" for what only a host's meter sees."""
    included = component.includes or ()
    return ("node" if component.kind == "host" and included else component.kind, *included)


def assumptions(
    placed: Sequence[Placed], listed: Sequence[doc.Factor], without_direct: Sequence[str] = ()
) -> tuple[doc.Assumption, ...]:
    """What the tallies took for true, each once with the stages it touches; `listed` are the document's factors."""
    known = {factor.id for factor in listed}
    touched: dict[Assumption, list[str]] = {}
    even: list[str] = []
    counted: list[str] = []
    for stage_id, joined, _ in placed:
        for item in joined.total.assumptions:
            touched.setdefault(item, []).append(stage_id)
        if has_split_idle(joined):
            even.append(stage_id)
        if done(joined.execution.segments):
            counted.append(stage_id)
    found = [{**_of_factor(item, known), "refs": refs} for item, refs in touched.items()]
    found += [{"statement": EVEN_SPLIT, "default": True, "refs": even}] if even else []
    found += [{"statement": COUNTED, "default": False, "refs": counted}] if counted else []
    numbered = [_assumption(f"a{n}", members, len(placed)) for n, members in enumerate(found, 1)]
    return (*profile_fallback(without_direct), *market_fallback(placed), *numbered)


def has_split_idle(joined: Tallied) -> bool:
    """Whether idle power that was told apart was split among recorders: not where one was alone and took it whole."""
    return any(
        segment.activity.reserved_by == "even_split"
        and segment.activity.core_s < ALONE * segment.machine.logical_cpus * segment.monotonic_s
        and any(component.idle_kwh is not None for component in part.components)
        for segment, part in zip(joined.execution.counted, joined.parts, strict=True)
    )


def _of_factor(item: Assumption, known: set[str]) -> dict[str, object]:
    """An assumption with its factor; the models behind reused results are not listed and stand in its words alone."""
    said: dict[str, object] = {"statement": item.statement, "default": item.default}
    if item.factor_ref is None or item.factor_ref not in known:
        return said
    return {**said, "value": item.value, "unit": item.unit, "factor_ref": item.factor_ref}


def gaps(placed: Sequence[Placed], lineage: Lineage | None, limits: doc.Boundary) -> tuple[doc.Gap, ...]:
    """What was not seen: by segment, by stage, by node."""
    return (
        *(gap for each in placed for gap in stage_gaps(each)),
        *_missing_stages(lineage, {each.joined.execution.first.stage for each in placed}),
        *missing_nodes(limits),
    )


def _assumption(assumption_id: str, members: Mapping[str, object], stages: int) -> doc.Assumption:
    """An assumption; the stages are named only where it does not touch all of them."""
    refs = members["refs"]
    named = tuple(refs) if isinstance(refs, list) and len(refs) < stages else None
    rest = {name: value for name, value in members.items() if name != "refs"}
    return doc.Assumption.model_validate({"id": assumption_id, **rest, "stage_refs": named})


def _period(segments: Sequence[Segment]) -> doc.Period:
    starts, ends = (segment.start for segment in segments), (segment.end for segment in segments)
    return doc.Period(start=min(starts, key=instant), end=max(ends, key=instant))


def _attribution(segments: Sequence[Segment]) -> Literal["machine", "process", "allocated", "mixed"]:
    found = {segment.attribution for segment in segments}
    return found.pop() if len(found) == 1 else "mixed"


def _runs_counted(ran: Sequence[Tallied]) -> Literal["final", "all"]:
    """`all` where failed, interrupted or repeated executions are among those counted."""
    names = Counter(joined.execution.first.stage for joined in ran)
    repeated = any(count > 1 for count in names.values())
    return "all" if repeated or any(joined.execution.status != "completed" for joined in ran) else "final"


def _coverage(segments: Sequence[Segment]) -> float | None:
    """Share of the recorded time that was observed; None where no time was recorded."""
    recorded_s = math.fsum(segment.monotonic_s for segment in segments)
    if recorded_s <= 0:
        return None
    return min(1.0, math.fsum(segment.coverage * segment.monotonic_s for segment in segments) / recorded_s)


def _nodes_expected(segments: Iterable[Segment], lineage: Lineage | None, nodes_seen: int) -> int | None:
    """How many nodes launchers gave, where one says so; several jobs may have seen more than one of them was given."""
    told = (dict(segment.refs).get("nodes_expected", "") for segment in segments)
    counts = [int(text) for text in told if text.isascii() and text.isdigit() and 0 < len(text) < 8]  # noqa: PLR2004
    expected = (lineage and lineage.nodes_expected) or max(counts, default=0)
    return max(expected, nodes_seen) if expected else None


def _unread_accelerators(segments: Iterable[Segment]) -> list[str]:
    """The models of the accelerators that a host had and no meter read."""
    return sorted({part.model for segment in segments for part in unread_accelerators(segment)})


def _equipment(kinds: Iterable[str], *, facility: bool) -> tuple[EquipmentPart, ...]:
    """The parts of the equipment that the components stand for; a whole host holds them all but the network's own."""
    found = {part for kind in kinds for part in EQUIPMENT.get(kind, ())} | ({"cooling"} if facility else set())
    return tuple(part for part in EQUIPMENT_PARTS if part in found)


def _lifecycle(joined: Iterable[Tallied]) -> tuple[Literal["operation", "embodied"], ...]:
    """The parts of the hardware's life that totals hold: its making too where any execution tells that."""
    made = (each.beside.embodied for each in joined)
    return ("operation", "embodied") if any(each and each.total.value is not None for each in made) else ("operation",)


def _exclusions(unread: Sequence[str], included: Collection[str]) -> tuple[doc.Exclusion, ...]:
    """What no number of a recorded pipeline contains; `unread` are the accelerators that no meter read."""
    told = [item for item in LEFT_OUT if item.part not in included]
    if unread:
        told.append(
            doc.Exclusion(
                part=None if "accelerators" in included else "accelerators",
                what="accelerators",
                reason=f"no meter read the {', '.join(unread[:MOST_NAMED])} of the nodes",
            )
        )
    return tuple(told)


def _missing_stages(lineage: Lineage | None, recorded: set[str]) -> Iterable[doc.Gap]:
    for stage in lineage.stages if lineage else ():
        if stage.name not in recorded or stage.unrecorded:
            yield doc.Gap(what=f"{MISSING_STAGE}{stage.name}"[:512], reason=_why_missing(stage)[:2000])


def _why_missing(stage: StageLineage) -> str:
    if stage.unrecorded:
        return f"{stage.name}: {stage.unrecorded}"
    if stage.cached:
        return f"{stage.name}: its result was restored from the cache and no record of the execution behind it is here"
    return f"{stage.name}: no record of this stage is here"


def missing_nodes(limits: doc.Boundary) -> Iterable[doc.Gap]:
    """The nodes that a launcher gave and no record is of."""
    seen, expected = limits.nodes_seen or 0, limits.nodes_expected or 0
    if expected > seen:
        yield doc.Gap(what="node", reason=f"records of {seen} of {expected} nodes are here")
