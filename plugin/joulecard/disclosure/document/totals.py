"""Sums over stages, and what beside the stages a reader must know to trust them."""

from __future__ import annotations

from typing import Literal

from joulecard.disclosure.document.facts import DatePeriod
from joulecard.disclosure.document.quantities import (
    ComputeQuantity,
    EnergyQuantity,
    MassQuantity,
    Part,
    WaterVolumeQuantity,
)
from joulecard.disclosure.phases import Phase


class Total(Part):
    """Sums over stages."""

    energy_it: EnergyQuantity
    energy_facility: EnergyQuantity
    operational_location: MassQuantity
    operational_market: MassQuantity | None = None
    embodied: MassQuantity | None = None
    operational_and_embodied: MassQuantity | None = None
    water: WaterVolumeQuantity | None = None
    compute: ComputeQuantity | None = None


class PhaseTotal(Part):
    """Sums over the stages of one phase that ran."""

    phase: Phase
    energy_it: EnergyQuantity
    energy_facility: EnergyQuantity | None = None
    operational_location: MassQuantity
    operational_market: MassQuantity | None = None
    embodied: MassQuantity | None = None
    operational_and_embodied: MassQuantity | None = None
    water: WaterVolumeQuantity | None = None
    compute: ComputeQuantity | None = None


class UnitTotal(Part):
    """The headline total divided by the quantity of a functional unit; the units read `per functional unit`."""

    functional_unit_ref: str
    energy_it: EnergyQuantity | None = None
    energy_facility: EnergyQuantity | None = None
    operational_location: MassQuantity | None = None
    operational_market: MassQuantity | None = None
    embodied: MassQuantity | None = None
    operational_and_embodied: MassQuantity | None = None
    water: WaterVolumeQuantity | None = None
    compute: ComputeQuantity | None = None


class Totals(Part):
    """Sums that anyone can recompute from the stages (rule R07)."""

    headline: Literal["new", "including_reused"]
    new: Total
    including_reused: Total
    by_phase: tuple[PhaseTotal, ...] | None = None
    per_functional_unit: tuple[UnitTotal, ...] | None = None


class Instrument(Part):
    """A contract or certificate. Reported apart; never subtracted from anything."""

    id: str
    type: Literal["ppa", "rec", "go", "tariff", "credit", "other"]
    energy_kwh: float | None = None
    mass_g: float | None = None
    vintage: DatePeriod | None = None
    zone: str | None = None
    supplier: str | None = None
    factor_ref: str | None = None
    evidence_refs: tuple[str, ...] | None = None


class Assumption(Part):
    """Something taken as given."""

    id: str
    statement: str
    value: float | None = None
    unit: str | None = None
    default: bool
    factor_ref: str | None = None
    stage_refs: tuple[str, ...] | None = None


class Gap(Part):
    """Something that could not be seen."""

    what: str
    reason: str
    seconds: float | None = None
    stage_ref: str | None = None
    segment_ref: str | None = None
    component_ref: str | None = None
    host_ref: str | None = None
    estimate: EnergyQuantity | None = None


class Environment(Part):
    """What the generator ran in."""

    os: str | None = None
    python: str | None = None
    packages_digest: str | None = None


class Generator(Part):
    """What wrote this document."""

    name: str
    version: str
    factor_edition: str | None = None
    profile: Literal["lifecycle", "direct"] | None = None
    digest: str | None = None
    environment: Environment | None = None


class Evidence(Part):
    """A file that backs the numbers."""

    id: str | None = None
    role: Literal[
        "raw_samples", "segment", "tool_output", "meter_log", "cloud_export", "invoice", "certificate", "other"
    ]
    uri: str | None = None
    digest: str
    media_type: str | None = None
    stage_ref: str | None = None


class Signature(Part):
    """A detached signature."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    value: str


class Attestation(Part):
    """A statement by someone on this document, over its RFC 8785 bytes without `attestations`."""

    type: Literal["self", "second_party", "third_party"]
    by: str
    date: str
    expires: str | None = None
    statement: str
    digest: str | None = None
    signature: Signature | None = None
