"""Sums over stages, and what beside the stages a reader must know to trust them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from joulecard.disclosure.document.conditions import Demand, When
from joulecard.disclosure.document.facts import DatePeriod
from joulecard.disclosure.document.part import Conditional, Maybe, Part
from joulecard.disclosure.document.quantities import (
    ComputeQuantity,
    EnergyQuantity,
    MassQuantity,
    WaterVolumeQuantity,
)
from joulecard.disclosure.document.scalars import (
    Date,
    Digest,
    EnergyKwh,
    Flag,
    HostRef,
    Id,
    Line64,
    Line128,
    Line256,
    LineOfText,
    OwnDigest,
    Seconds,
    Sentence,
    Uri,
    Uuid,
    between,
    items,
    text,
)
from joulecard.disclosure.phases import Phase


class Total(Part):
    """Sums over stages."""

    energy_it: EnergyQuantity
    energy_facility: EnergyQuantity
    operational_location: MassQuantity
    operational_market: Maybe[MassQuantity] = None
    embodied: Maybe[MassQuantity] = None
    operational_and_embodied: Maybe[MassQuantity] = None
    water: Maybe[WaterVolumeQuantity] = None
    compute: Maybe[ComputeQuantity] = None


class PhaseTotal(Part):
    """Sums over the stages of one phase that ran."""

    phase: Phase
    energy_it: EnergyQuantity
    energy_facility: Maybe[EnergyQuantity] = None
    operational_location: MassQuantity
    operational_market: Maybe[MassQuantity] = None
    embodied: Maybe[MassQuantity] = None
    operational_and_embodied: Maybe[MassQuantity] = None
    water: Maybe[WaterVolumeQuantity] = None
    compute: Maybe[ComputeQuantity] = None


class UnitTotal(Part):
    """The headline total divided by the quantity of a functional unit; the units read `per functional unit`."""

    functional_unit_ref: Id
    energy_it: Maybe[EnergyQuantity] = None
    energy_facility: Maybe[EnergyQuantity] = None
    operational_location: Maybe[MassQuantity] = None
    operational_market: Maybe[MassQuantity] = None
    embodied: Maybe[MassQuantity] = None
    operational_and_embodied: Maybe[MassQuantity] = None
    water: Maybe[WaterVolumeQuantity] = None
    compute: Maybe[ComputeQuantity] = None


class Totals(Part):
    """Sums that anyone can recompute from the stages (rule R07)."""

    headline: Literal["new", "including_reused"]
    new: Total
    including_reused: Total
    by_phase: Maybe[Annotated[tuple[PhaseTotal, ...], items(9)]] = None
    per_functional_unit: Maybe[Annotated[tuple[UnitTotal, ...], items(1000)]] = None


class Instrument(Part):
    """A contract or certificate. Reported apart; never subtracted from anything."""

    id: Id
    type: Literal["ppa", "rec", "go", "tariff", "credit", "other"]
    energy_kwh: Maybe[EnergyKwh] = None
    mass_g: Maybe[Annotated[float, between(0, 1e15)]] = None
    vintage: Maybe[DatePeriod] = None
    zone: Maybe[Line64] = None
    supplier: Maybe[Line256] = None
    factor_ref: Maybe[Id] = None
    evidence_refs: Maybe[Annotated[tuple[Id, ...], items(100)]] = None


class Assumption(Part):
    """Something taken as given."""

    id: Id
    statement: Sentence
    value: Maybe[Annotated[float, between(-1e15, 1e15)]] = None
    unit: Maybe[Line64] = None
    default: Flag
    factor_ref: Maybe[Id] = None
    stage_refs: Maybe[Annotated[tuple[Id, ...], items(10_000)]] = None


class Gap(Part):
    """Something that could not be seen."""

    what: LineOfText
    reason: Sentence
    seconds: Maybe[Seconds] = None
    stage_ref: Maybe[Id] = None
    segment_ref: Maybe[Uuid] = None
    component_ref: Maybe[Id] = None
    host_ref: Maybe[HostRef] = None
    estimate: Maybe[EnergyQuantity] = None


class Environment(Part):
    """What the generator ran in."""

    os: Maybe[Line128] = None
    python: Maybe[Line64] = None
    packages_digest: Maybe[Digest] = None


class Generator(Part):
    """What wrote this document."""

    name: Line128
    version: Line64
    factor_edition: Maybe[Line64] = None
    profile: Maybe[Literal["lifecycle", "direct"]] = None
    digest: Maybe[Digest] = None
    environment: Maybe[Environment] = None


class Evidence(Part):
    """A file that backs the numbers."""

    id: Maybe[Id] = None
    role: Literal[
        "raw_samples", "segment", "tool_output", "meter_log", "cloud_export", "invoice", "certificate", "other"
    ]
    uri: Maybe[Uri] = None
    digest: Digest
    media_type: Maybe[Line128] = None
    stage_ref: Maybe[Id] = None


class Signature(Conditional):
    """A detached signature."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: Annotated[str, text("^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$", 44, 44)]
    value: Annotated[str, text("^[A-Za-z0-9+/]{85}[AQgw]==$", 88, 88)]

    fixed: ClassVar = ("algorithm",)


class Attestation(Conditional):
    """A statement by someone on this document without its member `attestations`."""

    type: Literal["self", "second_party", "third_party"]
    by: Line256
    date: Date
    expires: Maybe[Date] = None
    statement: Sentence
    digest: Maybe[OwnDigest] = None
    signature: Maybe[Signature] = None

    conditions: ClassVar = (When("signature", then=Demand(needs=("digest",))),)
