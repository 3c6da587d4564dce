"""One execution of a stage: when, from which records, with what energy and emissions."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from joulecard.disclosure.document.conditions import Demand, When
from joulecard.disclosure.document.energies import StageEmissions, StageEnergy
from joulecard.disclosure.document.part import Conditional, Maybe, Part
from joulecard.disclosure.document.quantities import (
    ComputeQuantity,
    EnergyQuantity,
    MassQuantity,
    WaterUse,
)
from joulecard.disclosure.document.scalars import (
    Bytes,
    Closed,
    Digest,
    DocumentId,
    EachOnce,
    EnergyKwh,
    ExitStatus,
    Flag,
    Fraction,
    HostRef,
    Id,
    Line64,
    Line256,
    LineOfText,
    OwnDigest,
    Seconds,
    Timestamp,
    Uri,
    Uuid,
    Whole,
    above,
    between,
    items,
    line,
    names,
    text,
)
from joulecard.disclosure.phases import Phase

Watts = tuple[Annotated[float, between(0, 1e12)], ...]


class Artifact(Part):
    """A file or folder that a stage read or wrote."""

    uri: Uri
    digest: Maybe[Digest] = None
    size_bytes: Maybe[Bytes] = None


class Software(Part):
    """The code that a stage ran with."""

    tool: Line64
    version: Line64
    python: Maybe[Line64] = None
    os: Maybe[Annotated[str, line(128)]] = None
    git_commit: Maybe[Annotated[str, text("^[0-9a-f]{7,64}$", 7, 64)]] = None
    git_dirty: Maybe[Flag] = None


class StageTime(Part):
    """When a stage ran, on two clocks."""

    start: Timestamp
    end: Timestamp
    wall_s: Seconds
    monotonic_s: Maybe[Seconds] = None
    accelerator_s: Maybe[Seconds] = None


class StageSegment(Conditional):
    """What one process on one host saw of one execution, without a break."""

    id: Uuid
    execution_id: Maybe[Uuid] = None
    group: Maybe[Line256] = None
    host_ref: HostRef
    rank: Maybe[Annotated[int, Whole(0, 10_000_000)]] = None
    scope: Literal["node", "process"]
    within: Maybe[Uuid] = None
    status: Literal["completed", "failed", "interrupted"]
    exit_status: Maybe[ExitStatus] = None
    start: Timestamp
    end: Timestamp
    monotonic_s: Seconds
    clock_step_s: Annotated[float, between(-1e10, 1e10)]
    coverage: Fraction
    energy_it_kwh: Maybe[EnergyKwh] = None
    factor_ref: Maybe[Id] = None
    pue_ref: Maybe[Id] = None
    digest: OwnDigest

    conditions: ClassVar = (
        When("within", then=Demand(forbids=("energy_it_kwh",))),
        When("energy_it_kwh", otherwise=Demand(forbids=("factor_ref", "pue_ref"))),
    )


class StageWork(Part):
    """Units of one kind that a stage or a part of it got done, and what one of them cost."""

    name: Annotated[str, text("^[a-z][a-z0-9_]{0,63}$", 1, 64)]
    count: Annotated[float, above(0, 1e30)]
    energy_it: Maybe[EnergyQuantity] = None
    operational_location: Maybe[MassQuantity] = None


Works = Annotated[tuple[StageWork, ...], items(1000, least=1)]


class StagePart(Part):
    """An execution inside a stage that was recorded by itself; its energy is in the stage's own."""

    name: Line256
    execution_id: Uuid
    group: Maybe[Line256] = None
    part_of: Maybe[Uuid] = None  # absent: in the stage itself
    start: Timestamp
    end: Timestamp
    monotonic_s: Seconds
    energy_it: EnergyQuantity
    work_done: Maybe[Works] = None


class Series(Part):
    """Energy over time in equal steps; the last step may be cut short by the end."""

    start: Timestamp
    step_s: Annotated[float, between(0.001, 1e9)]
    it_energy_j: Annotated[tuple[Annotated[float, between(0, 1e18)], ...], items(600, least=1)]
    min_w: Maybe[Annotated[Watts, items(600)]] = None
    max_w: Maybe[Annotated[Watts, items(600)]] = None
    uri: Maybe[Uri] = None
    digest: Maybe[Digest] = None


class ReusedEnergy(Part):
    """What an earlier execution drew."""

    it_total: EnergyQuantity
    facility_total: EnergyQuantity


class ReusedFrom(Conditional):
    """The earlier numbers of a cached stage: counted in totals.including_reused, not in totals.new."""

    execution_id: Maybe[Uuid] = None  # unknown where no record is left
    document: Maybe[DocumentId] = None
    digest: Maybe[OwnDigest] = None
    energy: ReusedEnergy
    emissions: StageEmissions
    water: Maybe[WaterUse] = None
    compute: Maybe[ComputeQuantity] = None

    conditions: ClassVar = (When("energy.it_total.value", then=Demand(needs=("execution_id",))),)


Artifacts = Annotated[tuple[Artifact, ...], items(10_000)]
SystemName = Annotated[str, names("^[a-z][a-z0-9_]{0,63}$")]
Refs = Annotated[dict[SystemName, LineOfText], items(32), Closed()]

OF_WHAT_RAN = ("time", "energy", "emissions", "water", "compute", "work_done", "parts", "unattributed", "series")


class Stage(Conditional):
    """One execution of one stage of the pipeline."""

    id: Id
    name: Line256
    phase: Phase
    status: Literal["completed", "failed", "interrupted", "cached", "skipped"]
    attempt: Maybe[Annotated[int, Whole(1, 1_000_000)]] = None
    execution_id: Maybe[Uuid] = None
    group: Maybe[Line256] = None
    exit_status: Maybe[ExitStatus] = None
    superseded_by: Maybe[Id] = None
    depends_on: Maybe[Annotated[tuple[Id, ...], items(10_000), EachOnce()]] = None
    inputs: Maybe[Artifacts] = None
    outputs: Maybe[Artifacts] = None
    refs: Maybe[Refs] = None
    software: Maybe[Software] = None
    time: Maybe[StageTime] = None
    segments: Maybe[Annotated[tuple[StageSegment, ...], items(100_000)]] = None
    energy: Maybe[StageEnergy] = None
    emissions: Maybe[StageEmissions] = None
    water: Maybe[WaterUse] = None
    compute: Maybe[ComputeQuantity] = None
    work_done: Maybe[Works] = None
    parts: Maybe[Annotated[tuple[StagePart, ...], items(100_000, least=1)]] = None
    unattributed: Maybe[EnergyQuantity] = None
    series: Maybe[Series] = None
    reused_from: Maybe[ReusedFrom] = None

    conditions: ClassVar = (
        When(
            "status",
            ("completed", "failed", "interrupted"),
            then=Demand(needs=("attempt", "execution_id", "time", "energy", "emissions")),
            otherwise=Demand(forbids=OF_WHAT_RAN, empty=("segments",)),
        ),
        When("status", ("cached",), then=Demand(needs=("reused_from",)), otherwise=Demand(forbids=("reused_from",))),
        When("unattributed", then=Demand(needs=("parts",))),
    )
