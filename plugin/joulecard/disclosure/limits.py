"""What the numbers cover and what they do not: boundary, exclusions, assumptions and gaps, in words."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Literal

from joulecard.disclosure import document as doc
from joulecard.disclosure.sums import facility_sum

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from joulecard.capture.segment import Gap, Segment
    from joulecard.disclosure.lineage import Lineage, StageLineage
    from joulecard.disclosure.tallied import Tallied
    from joulecard.disclosure.tally import Assumption

Placed = tuple[str, "Tallied"]  # a stage's id with its execution

EVEN_SPLIT = "No reservation was set, so the host's idle power was split evenly among the recorders alive on it"
NOTHING_INSIDE = "no meter or model of this disclosure covers them"


def boundary(ran: Sequence[Tallied], reused: Sequence[Tallied], lineage: Lineage | None) -> doc.Boundary:
    """What is inside the numbers and what is not; period, nodes and coverage are those of the stages that ran."""
    segments = [segment for joined in ran for segment in joined.execution.segments]
    counted = [segment for joined in ran or reused for segment in joined.execution.counted]
    facility = facility_sum([*ran, *reused])[0].value is not None
    return doc.Boundary(
        scope_level="facility" if facility else "node",
        attribution=_attribution(counted),
        period=_period(segments) if segments else None,
        lifecycle_included=("operation",),
        exclusions=_exclusions(facility=facility),
        runs_counted=_runs_counted(ran),
        coverage_fraction=_coverage(counted) if ran else None,
        nodes_seen=len({segment.host_ref for segment in segments}) or None,
        nodes_expected=_nodes_expected(segments, lineage) if ran else None,
    )


def assumptions(placed: Sequence[Placed]) -> tuple[doc.Assumption, ...]:
    """What the tallies took for true, each once with the stages it touches."""
    found: dict[str, Assumption] = {}
    touched: dict[str, list[str]] = {}
    even: list[str] = []
    for stage_id, joined in placed:
        for item in joined.total.assumptions:
            found.setdefault(item.statement, item)
            touched.setdefault(item.statement, []).append(stage_id)
        if any(segment.activity.reserved_by == "even_split" for segment in joined.execution.counted):
            even.append(stage_id)
    listed = [
        {"statement": text, "value": item.value, "unit": item.unit, "default": item.default, "refs": touched[text]}
        for text, item in found.items()
    ]
    listed += [{"statement": EVEN_SPLIT, "default": True, "refs": even}] if even else []
    return tuple(_assumption(f"a{n}", members, len(placed)) for n, members in enumerate(listed, 1))


def gaps(placed: Sequence[Placed], lineage: Lineage | None, limits: doc.Boundary) -> tuple[doc.Gap, ...]:
    """What was not seen: by segment, by stage, by node."""
    return (
        *(gap for stage_id, joined in placed for gap in _of_stage(stage_id, joined)),
        *_missing_stages(lineage, {joined.execution.first.stage for _, joined in placed}),
        *_missing_nodes(limits),
    )


def _assumption(assumption_id: str, members: Mapping[str, object], stages: int) -> doc.Assumption:
    """An assumption; the stages are named only where it does not touch all of them."""
    refs = members["refs"]
    named = tuple(refs) if isinstance(refs, list) and len(refs) < stages else None
    rest = {name: value for name, value in members.items() if name != "refs"}
    return doc.Assumption.model_validate({"id": assumption_id, **rest, "stage_refs": named})


def _period(segments: Sequence[Segment]) -> doc.Period:
    return doc.Period(start=min(segment.start for segment in segments), end=max(segment.end for segment in segments))


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


def _nodes_expected(segments: Iterable[Segment], lineage: Lineage | None) -> int | None:
    """How many nodes the launcher gave the job, where it says so."""
    if lineage and lineage.nodes_expected:
        return lineage.nodes_expected
    told = (dict(segment.refs).get("nodes_expected", "") for segment in segments)
    counts = [int(text) for text in told if text.isascii() and text.isdigit() and 0 < len(text) < 8]  # noqa: PLR2004
    return max(counts, default=0) or None


def _exclusions(*, facility: bool) -> tuple[doc.Exclusion, ...]:
    """What no number of a recorded pipeline contains."""
    left_out = {
        "embodied carbon": "making and transporting the hardware is not assessed",
        "end of life of the hardware": "not assessed",
        "storage and network outside the node": NOTHING_INSIDE,
        "power supply losses, fans, mainboard and local disks": NOTHING_INSIDE,
    }
    if not facility:
        left_out["cooling and power distribution of the facility"] = "its PUE is not known for every stage"
    return tuple(doc.Exclusion(what=what, reason=reason) for what, reason in left_out.items())


def _of_stage(stage_id: str, joined: Tallied) -> Iterable[doc.Gap]:
    for segment in joined.execution.segments:
        yield from (_gap(gap, stage_id, segment) for gap in segment.gaps)
    for segment, part in zip(joined.execution.counted, joined.parts, strict=True):
        yield from (_gap(gap, stage_id, segment) for gap in part.gaps)
    if joined.execution.orphaned:
        yield doc.Gap(
            what="outer record",
            reason="the record of the recorder around this stage is missing; the records inside it are the total",
            stage_ref=stage_id,
        )


def _gap(gap: Gap, stage_id: str, segment: Segment) -> doc.Gap:
    return doc.Gap(
        what=gap.what,
        reason=gap.reason,
        seconds=gap.seconds,
        stage_ref=stage_id,
        segment_ref=segment.id,
        host_ref=segment.host_ref,
    )


def _missing_stages(lineage: Lineage | None, recorded: set[str]) -> Iterable[doc.Gap]:
    for stage in lineage.stages if lineage else ():
        if stage.name not in recorded or stage.unrecorded:
            yield doc.Gap(what="stage", reason=_why_missing(stage)[:2000])


def _why_missing(stage: StageLineage) -> str:
    if stage.unrecorded:
        return f"{stage.name}: {stage.unrecorded}"
    if stage.cached:
        return f"{stage.name}: its result was restored from the cache and no record of the execution behind it is here"
    return f"{stage.name}: no record of this stage is here"


def _missing_nodes(limits: doc.Boundary) -> Iterable[doc.Gap]:
    seen, expected = limits.nodes_seen or 0, limits.nodes_expected or 0
    if expected > seen:
        yield doc.Gap(what="node", reason=f"records of {seen} of {expected} nodes are here")
