"""What the merged numbers cover and what they do not."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Literal

from joulecard.disclosure import document as doc
from joulecard.disclosure.instants import instant
from joulecard.disclosure.limits import EQUIPMENT, EQUIPMENT_PARTS, LEFT_OUT, kinds_of
from joulecard.disclosure.merge.quantities import told
from joulecard.disclosure.merge.units import nodes_expected
from joulecard.disclosure.merge.words import told_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from joulecard.disclosure.document.subjects import EquipmentPart
    from joulecard.disclosure.merge.source import Source

LIFECYCLE: tuple[Literal["operation", "embodied", "end_of_life"], ...] = ("operation", "embodied", "end_of_life")
ENDED_WELL = "completed"
BESIDE_ACCELERATORS = doc.Exclusion(what="all equipment but accelerators", reason="its energy is not in the numbers")


def boundary(
    stages: Sequence[doc.Stage],
    totals: doc.Totals,
    sources: Sequence[Source],
    lost: Iterable[doc.Exclusion],
) -> doc.Boundary:
    """The boundary around all stages; `lost` is what could not be carried over.

    Equipment that any disclosure includes is included; where another excludes it, that is said without naming the
    part, for a part of the boundary cannot be both.
    """
    ran = [stage for stage in stages if stage.energy]
    seen = _nodes_seen(stages, sources)
    scope = _scope(stages, sources)
    equipment = _equipment(stages, sources, facility=scope == "facility")
    lifecycle = _lifecycle(totals, sources)
    runs = _runs_counted(ran, sources)
    inside: set[str] = {*lifecycle, *(equipment or ()), *_shown(stages)}
    inside |= ({"cooling"} if scope == "facility" else set()) | ({"runs"} if runs == "all" else set())
    return doc.Boundary(
        scope_level=scope,
        attribution=_attribution(sources),
        period=_period(ran),
        lifecycle_included=lifecycle,
        equipment_included=equipment,
        exclusions=tuple(dict.fromkeys((*_exclusions(sources, inside, scope), *lost))),
        runs_counted=runs,
        coverage_fraction=_coverage(ran, sources),
        nodes_seen=seen,
        nodes_expected=nodes_expected(sources, seen),
    )


def _scope(stages: Sequence[doc.Stage], sources: Sequence[Source]) -> Literal["accelerator", "node", "facility"]:
    """Facility where that energy is known for all that drew some; accelerator where no disclosure reaches further."""
    parts = [told(stage) for stage in stages if stage.energy] or [told(stage) for stage in stages if stage.reused_from]
    drew = [part["energy_facility"].value for part in parts if part["energy_it"].value is not None]
    levels = {source.document.boundary.scope_level for source in sources}
    if (drew and None not in drew) or (not drew and levels == {"facility"}):
        return "facility"
    return "accelerator" if levels == {"accelerator"} else "node"


def _attribution(sources: Sequence[Source]) -> Literal["allocated", "machine", "process", "mixed"]:
    found = {source.document.boundary.attribution for source in sources}
    return found.pop() if len(found) == 1 else "mixed"


def _period(ran: Sequence[doc.Stage]) -> doc.Period | None:
    times = [stage.time for stage in ran if stage.time]
    if not times:
        return None
    start, end = (time.start for time in times), (time.end for time in times)
    return doc.Period(start=min(start, key=instant), end=max(end, key=instant))


def _lifecycle(
    totals: doc.Totals, sources: Sequence[Source]
) -> tuple[Literal["operation", "embodied", "end_of_life"], ...]:
    """What any disclosure includes; embodied where the merged total has it."""
    found = {part for source in sources for part in source.document.boundary.lifecycle_included} - {"embodied"}
    made = totals.new.embodied
    found |= {"embodied"} if made and made.value is not None else set()
    return tuple(part for part in LIFECYCLE if part in found)


def _shown(stages: Sequence[doc.Stage]) -> set[EquipmentPart]:
    """The parts of the equipment that components with energy stand for; a whole host may or may not hold a part."""
    return {part for kind in _kinds(stages) - {"host"} for part in EQUIPMENT.get(kind, ())}


def _kinds(stages: Sequence[doc.Stage]) -> set[str]:
    components = [part for stage in stages if stage.energy for part in stage.energy.components or ()]
    return {kind for part in components if part.energy.value is not None for kind in kinds_of(part)}


def _all_shown(stages: Sequence[doc.Stage]) -> bool:
    """Whether each energy shows its components, and each of these stands for one part."""
    drew = [stage for stage in stages if (found := told(stage).get("energy_it")) and found.value is not None]
    singly = all(len(EQUIPMENT.get(kind, ())) == 1 for kind in _kinds(stages))
    return singly and all(stage.energy and stage.energy.components for stage in drew)


def _equipment(
    stages: Sequence[doc.Stage], sources: Sequence[Source], *, facility: bool
) -> tuple[EquipmentPart, ...] | None:
    """What components show and, where not all is shown, what any disclosure includes; cooling with facility energy."""
    given = [source.document.boundary.equipment_included for source in sources]
    if all(each is None for each in given):
        return None
    found = _shown(stages)
    if not _all_shown(stages):
        found |= {part for each in given for part in each or ()}
    found = (found | {"cooling"}) if facility else found - {"cooling"}
    return tuple(part for part in EQUIPMENT_PARTS if part in found) or None


def _exclusions(sources: Sequence[Source], included: Collection[str], scope: str) -> Iterable[doc.Exclusion]:
    """What any disclosure leaves out, each once."""
    holders: dict[doc.Exclusion, list[Source]] = {}
    for source in sources:
        for item in source.document.boundary.exclusions:
            holders.setdefault(item, []).append(source)
    for item, where in holders.items():
        yield _in_part(item, where) if item.part in included else item
    told_of = {item.part for item in holders}
    cooled = any(source.document.boundary.scope_level == "facility" for source in sources)
    if cooled and scope != "facility" and "cooling" not in told_of:
        yield from (item for item in LEFT_OUT if item.part == "cooling")
    narrow = [source for source in sources if source.document.boundary.scope_level == "accelerator"]
    if narrow and scope != "accelerator":
        yield _in_part(BESIDE_ACCELERATORS, narrow)


def _in_part(item: doc.Exclusion, where: Sequence[Source]) -> doc.Exclusion:
    """An exclusion that holds for some of the merged numbers only."""
    return item.model_copy(update={"part": None, "reason": told_by(where, item.reason)})


def _runs_counted(ran: Sequence[doc.Stage], sources: Sequence[Source]) -> Literal["final", "all"]:
    """`all` where any disclosure says so, an execution ended badly or was replaced, or stages of one name meet."""
    if any(source.document.boundary.runs_counted == "all" for source in sources):
        return "all"
    if any(stage.status != ENDED_WELL or stage.superseded_by for stage in ran):
        return "all"
    most: Counter[str] = Counter()
    for source in sources:
        most |= Counter(stage.name for stage in source.document.stages if stage.energy)
    return "all" if Counter(stage.name for stage in ran) - most else "final"


def _coverage(ran: Sequence[doc.Stage], sources: Sequence[Source]) -> float | None:
    """Share of the recorded time that was observed; None where some stages list no records to compute it from."""
    counted = [[segment for segment in stage.segments or () if segment.within is None] for stage in ran]
    own = [segment for segments in counted for segment in segments]
    recorded_s = math.fsum(segment.monotonic_s for segment in own)
    if not own:
        return _agreed({source.document.boundary.coverage_fraction for source in sources})
    if recorded_s <= 0 or not all(counted):
        return None
    return min(1.0, math.fsum(segment.coverage * segment.monotonic_s for segment in own) / recorded_s)


def _nodes_seen(stages: Sequence[doc.Stage], sources: Sequence[Source]) -> int | None:
    """The hosts of all records; without records only what one disclosure alone says."""
    hosts = {segment.host_ref for stage in stages for segment in stage.segments or ()}
    if hosts:
        return len(hosts)
    return sources[0].document.boundary.nodes_seen if len(sources) == 1 else None


def _agreed(values: set[float | None]) -> float | None:
    return values.pop() if len(values) == 1 else None
