"""One execution of a stage: when, from which records, with what energy and emissions."""

from __future__ import annotations

from typing import Literal

from joulecard.disclosure.document.quantities import (
    ComputeQuantity,
    EmbodiedEmissions,
    EnergyQuantity,
    Kind,
    LocationEmissions,
    MarketEmissions,
    Part,
    Sensor,
    WaterUse,
)
from joulecard.disclosure.phases import Phase


class Artifact(Part):
    """A file or folder that a stage read or wrote."""

    uri: str
    digest: str | None = None
    size_bytes: int | None = None


class Software(Part):
    """The code that a stage ran with."""

    tool: str
    version: str
    python: str | None = None
    os: str | None = None
    git_commit: str | None = None
    git_dirty: bool | None = None


class StageTime(Part):
    """When a stage ran, on two clocks."""

    start: str
    end: str
    wall_s: float
    monotonic_s: float | None = None
    accelerator_s: float | None = None


class StageSegment(Part):
    """What one process on one host saw of one execution, without a break."""

    id: str
    execution_id: str | None = None
    group: str | None = None
    host_ref: str
    rank: int | None = None
    scope: Literal["node", "process"]
    within: str | None = None
    status: Literal["completed", "failed", "interrupted"]
    exit_status: int | None = None
    start: str
    end: str
    monotonic_s: float
    clock_step_s: float
    coverage: float
    energy_it_kwh: float | None = None
    factor_ref: str | None = None
    pue_ref: str | None = None
    digest: str


class ActivityTerm(Part):
    """An amount of activity and the power it draws."""

    amount: float
    unit: Literal["vCPU.s", "GB.s", "s"]
    factor_ref: str


class Component(Part):
    """The energy of one resource as one sensor or model tells it."""

    id: str
    kind: Kind
    resource_ref: str
    sensor: Sensor
    reads: Literal["energy", "power"] | None = None
    model: str | None = None
    energy: EnergyQuantity
    node_kwh: float | None = None
    node_share: float | None = None
    idle_kwh: float | None = None
    dynamic_kwh: float | None = None
    activity: tuple[ActivityTerm, ...] | None = None
    utilization: float | None = None
    device_s: float | None = None
    coverage: float | None = None


class StageEnergy(Part):
    """What a stage drew."""

    it_total: EnergyQuantity
    facility_total: EnergyQuantity
    components: tuple[Component, ...] | None = None


class StageEmissions(Part):
    """What a stage emitted."""

    operational_location: LocationEmissions
    operational_market: MarketEmissions | None = None
    embodied: EmbodiedEmissions | None = None


class Series(Part):
    """Energy over time in equal steps; the last step may be cut short by the end."""

    start: str
    step_s: float
    it_energy_j: tuple[float, ...]
    min_w: tuple[float, ...] | None = None
    max_w: tuple[float, ...] | None = None
    uri: str | None = None
    digest: str | None = None


class ReusedEnergy(Part):
    """What an earlier execution drew."""

    it_total: EnergyQuantity
    facility_total: EnergyQuantity


class ReusedFrom(Part):
    """The earlier numbers of a cached stage: counted in totals.including_reused, not in totals.new."""

    execution_id: str | None = None  # unknown where no record is left
    document: str | None = None
    digest: str | None = None
    energy: ReusedEnergy
    emissions: StageEmissions
    water: WaterUse | None = None
    compute: ComputeQuantity | None = None


class Stage(Part):
    """One execution of one stage of the pipeline."""

    id: str
    name: str
    phase: Phase
    status: Literal["completed", "failed", "interrupted", "cached", "skipped"]
    attempt: int | None = None
    execution_id: str | None = None
    group: str | None = None
    exit_status: int | None = None
    superseded_by: str | None = None
    depends_on: tuple[str, ...] | None = None
    inputs: tuple[Artifact, ...] | None = None
    outputs: tuple[Artifact, ...] | None = None
    refs: dict[str, str] | None = None
    software: Software | None = None
    time: StageTime | None = None
    segments: tuple[StageSegment, ...] | None = None
    energy: StageEnergy | None = None
    emissions: StageEmissions | None = None
    water: WaterUse | None = None
    compute: ComputeQuantity | None = None
    series: Series | None = None
    reused_from: ReusedFrom | None = None
