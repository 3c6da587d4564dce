"""One entry of `stages`: an execution, or a result that was taken over from an earlier one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.canonical import digest
from joulecard.disclosure import document as doc
from joulecard.disclosure import sums
from joulecard.disclosure.inner_entry import stage_parts, stage_work, unattributed
from joulecard.disclosure.instants import seconds_between
from joulecard.disclosure.phases import phase_of
from joulecard.disclosure.series_entry import stage_series
from joulecard.disclosure.tallied import Tallied, energy_quantity, location_emissions, pue_ref_of

if TYPE_CHECKING:
    from joulecard.capture.segment import Segment
    from joulecard.disclosure.lineage import Artifact, StageLineage
    from joulecard.disclosure.tally import Component, SegmentTally

ACCELERATORS = frozenset({"gpu", "tpu", "accelerator"})


def executed_stage(stage_id: str, joined: Tallied, known: StageLineage | None) -> doc.Stage:
    """The entry of a stage that ran."""
    execution, first = joined.execution, joined.execution.first
    return doc.Stage(
        id=stage_id,
        name=first.stage,
        phase=phase_of(first.stage),
        status=execution.status,
        attempt=first.attempt,
        execution_id=first.execution_id,
        group=first.group,
        exit_status=_exit_status(execution.counted),
        inputs=_artifacts(known.inputs) if known else None,
        outputs=_artifacts(known.outputs) if known else None,
        refs=_refs(execution.counted, known),
        software=_software(execution.counted),
        time=_time(joined),
        segments=_segments(joined),
        energy=_energy(joined),
        emissions=_emissions(joined),
        water=_water(joined),
        compute=sums.computed(joined),
        work_done=stage_work(joined),
        parts=stage_parts(joined),
        unattributed=unattributed(joined),
        series=stage_series(joined),
    )


def cached_stage(stage_id: str, joined: Tallied, known: StageLineage) -> doc.Stage:
    """The entry of a stage whose results an earlier execution had made."""
    first = joined.execution.first
    total, left_out = joined.total, joined.left_out
    return doc.Stage(
        id=stage_id,
        name=first.stage,
        phase=phase_of(first.stage),
        status="cached",
        inputs=_artifacts(known.inputs),
        outputs=_artifacts(known.outputs),
        refs=dict(known.refs),
        reused_from=doc.ReusedFrom(
            execution_id=first.execution_id,
            digest=digest(first.to_document()) if len(joined.execution.segments) == 1 else None,
            energy=doc.ReusedEnergy(
                it_total=energy_quantity(total.energy_it, left_out),
                facility_total=energy_quantity(total.energy_facility, left_out),
            ),
            emissions=_emissions(joined),
            water=_water(joined),
            compute=sums.computed(joined),
        ),
    )


def unseen_stage(stage_id: str, known: StageLineage) -> doc.Stage:
    """The entry of a stage whose results were taken over from an execution of which no record is here."""
    missing: sums.Missing = {"method": "not_available", "reason": sums.unseen_reason(known.name)}
    return doc.Stage(
        id=stage_id,
        name=known.name,
        phase=phase_of(known.name),
        status="cached",
        inputs=_artifacts(known.inputs),
        outputs=_artifacts(known.outputs),
        refs=dict(known.refs),
        reused_from=doc.ReusedFrom(
            energy=doc.ReusedEnergy(
                it_total=doc.EnergyQuantity(**missing), facility_total=doc.EnergyQuantity(**missing)
            ),
            emissions=doc.StageEmissions(
                operational_location=doc.LocationEmissions(**missing),
                embodied=doc.EmbodiedEmissions(**sums.NO_EMBODIED),
            ),
            water=doc.WaterUse(**sums.NO_WATER),
        ),
    )


def _artifacts(artifacts: tuple[Artifact, ...]) -> tuple[doc.Artifact, ...]:
    return tuple(doc.Artifact(uri=artifact.uri, digest=artifact.digest) for artifact in artifacts)


def _refs(segments: tuple[Segment, ...], known: StageLineage | None) -> dict[str, str]:
    refs = {name: str(value) for segment in reversed(segments) for name, value in segment.refs}
    return {**refs, **dict(known.refs)} if known else refs


def _software(segments: tuple[Segment, ...]) -> doc.Software | None:
    """What all segments ran with; None where they differ."""
    first = segments[0].software
    if any(segment.software != first for segment in segments):
        return None
    return doc.Software(
        tool=first.tool,
        version=first.version,
        python=first.python,
        os=first.os,
        git_commit=first.git_commit,
        git_dirty=first.git_dirty,
    )


def _exit_status(segments: tuple[Segment, ...]) -> int | None:
    """The first that tells of a failure, else that of the first segment."""
    return next((segment.exit_status for segment in segments if segment.exit_status), segments[0].exit_status)


def _time(joined: Tallied) -> doc.StageTime:
    start, end = joined.execution.start, joined.execution.end
    return doc.StageTime(
        start=start,
        end=end,
        wall_s=max(0.0, seconds_between(start, end)),
        monotonic_s=joined.total.duration_s,
        accelerator_s=_accelerator_s(joined),
    )


def _accelerator_s(joined: Tallied) -> float | None:
    """Accelerators x the time that they were held; None where that is not known of each."""
    held_s = [part.device_s for part in joined.total.components if part.kind in ACCELERATORS]
    known_s = [seconds for seconds in held_s if seconds is not None]
    return math.fsum(known_s) if known_s and len(known_s) == len(held_s) else None


def _segments(joined: Tallied) -> tuple[doc.StageSegment, ...]:
    execution = joined.execution
    counted = (_segment(segment, part) for segment, part in zip(execution.counted, joined.parts, strict=True))
    within = execution.first.execution_id
    return (*counted, *(_segment(segment, within=within) for segment in execution.inside))


def _segment(segment: Segment, part: SegmentTally | None = None, *, within: str | None = None) -> doc.StageSegment:
    """A segment, with its energy and the factors applied to it where something was seen."""
    line = part.lines[0] if part and part.lines else None
    return doc.StageSegment(
        id=segment.id,
        execution_id=segment.execution_id if within else None,
        group=segment.group if within else None,
        host_ref=segment.host_ref,
        rank=segment.rank,
        scope=segment.scope,
        within=within,
        status=segment.status,
        exit_status=segment.exit_status,
        start=segment.start,
        end=segment.end,
        monotonic_s=segment.monotonic_s,
        clock_step_s=segment.clock_step_s,
        coverage=segment.coverage,
        energy_it_kwh=part.energy_it.value if part else None,
        factor_ref=line.factor.id if line else None,
        pue_ref=pue_ref_of(part) if part and line else None,
        digest=digest(segment.to_document()),
    )


def _energy(joined: Tallied) -> doc.StageEnergy:
    total = joined.total
    return doc.StageEnergy(
        it_total=energy_quantity(total.energy_it, joined.left_out),
        facility_total=energy_quantity(total.energy_facility, joined.left_out),
        components=tuple(_component(f"c{n}", component) for n, component in enumerate(total.components, 1)),
    )


def _component(component_id: str, component: Component) -> doc.Component:
    terms = ({"amount": term.amount, "unit": term.unit, "factor_ref": term.factor.id} for term in component.activity)
    return doc.Component.model_validate(
        {
            "id": component_id,
            "kind": component.kind,
            "resource_ref": component.resource,
            "sensor": component.sensor,
            "reads": component.reads,
            "quantity": component.quantity,
            "model": component.model,
            "includes": component.includes,
            "energy": energy_quantity(component.energy),
            "node_kwh": component.node_kwh or None,  # of nothing there is no share
            "node_share": component.node_share,
            "share_by": component.share_by,
            "share_declared": component.share_declared,
            "idle_kwh": component.idle_kwh,
            "dynamic_kwh": component.dynamic_kwh,
            "activity": tuple(terms) or None,
            "utilization": component.utilization,
            "device_s": component.device_s,
            "coverage": component.coverage,
        }
    )


def _emissions(joined: Tallied) -> doc.StageEmissions:
    seen = (part for part in joined.parts if part.energy_it.value is not None)
    market, embodied = joined.beside.market, joined.beside.embodied
    return doc.StageEmissions(
        operational_location=location_emissions(joined.total.co2e, seen, joined.left_out),
        operational_market=doc.MarketEmissions.model_validate(market.members) if market else None,
        embodied=doc.EmbodiedEmissions.model_validate(embodied.members if embodied else sums.NO_EMBODIED),
    )


def _water(joined: Tallied) -> doc.WaterUse:
    water = joined.beside.water
    return doc.WaterUse.model_validate(water.members if water else sums.NO_WATER)
