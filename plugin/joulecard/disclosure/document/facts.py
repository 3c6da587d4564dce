"""What ran, where, with which factors and uncertainties: the facts that quantities point to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from joulecard.disclosure.document.quantities import Kind, Part


class DatePeriod(Part):
    """A span of days, both included."""

    start: str
    end: str


class Embodied(Part):
    """Embodied emissions of one device and over what they are spread (SCI: TE, EL, ToR)."""

    total_g: float
    lifespan_s: float
    total_units: float
    factor_ref: str | None = None


class Resource(Part):
    """Hardware of one kind on one host that stages drew energy from."""

    id: str
    kind: Kind
    model: str | None = None
    vendor: str | None = None
    architecture: str | None = None
    count: int
    logical_cpus: int | None = None
    physical_cores: int | None = None
    sockets: int | None = None
    virtual: bool | None = None
    memory_gb: float | None = None
    tdp_w: float | None = None
    power_limit_w: float | None = None
    share: float | None = None
    host_ref: str | None = None
    device_ref: str | None = None
    location_ref: str | None = None
    embodied: Embodied | None = None


class GridZones(Part):
    """Zone names of grid data providers."""

    electricity_maps: str | None = None
    watttime: str | None = None


class PlaceEvidence(Part):
    """One sign of where the machine stood."""

    source: Literal["setting", "cloud-init", "dmi", "environment", "metadata-service", "time-zone", "declared"]
    confidence: Literal["high", "medium", "low"]
    provider: str | None = None
    region: str | None = None
    country: str | None = None
    subdivision: str | None = None


class Location(Part):
    """Where hardware stands, as exactly as the publisher wants to say."""

    id: str
    country: str | None = None
    subdivision: str | None = None
    provider: str | None = None
    region: str | None = None
    zone: str | None = None
    grid_zones: GridZones | None = None
    precision: Literal["zone", "region", "subdivision", "country", "continent", "unknown"]
    evidence: tuple[PlaceEvidence, ...] | None = None


class FactorBasis(Part):
    """What is inside a grid factor."""

    attribution: Literal["average", "marginal"]
    accounting: Literal["location", "market", "residual"]
    scope: Literal["lifecycle", "direct"]
    flow: Literal["consumption", "production"] | None = None
    gases: Literal["CO2e", "CO2"] | None = None


class FactorSource(Part):
    """Where a factor was taken from."""

    name: str
    publisher: str | None = None
    version: str | None = None
    uri: str | None = None
    retrieved: str | None = None
    digest: str | None = None
    license: str | None = None


class Factor(Part):
    """A number that turns one quantity into another, with all that a reader needs to judge it."""

    id: str
    kind: Literal["grid_intensity", "pue", "wue", "water_intensity", "embodied", "power_model", "gwp"]
    name: str
    value: float
    unit: Literal["g/kWh", "1", "L/kWh", "g", "W/vCPU", "W/GB", "W"]
    zone: str | None = None
    basis: FactorBasis | None = None
    valid: DatePeriod | None = None
    granularity: Literal["hourly", "daily", "monthly", "yearly", "multi-year", "constant"] | None = None
    estimated: bool | None = None
    estimation_method: str | None = None
    fallback_level: Literal["zone", "subdivision", "country", "world"] | None = None
    series_digest: str | None = None
    uncertainty_refs: tuple[str, ...] | None = None
    source: FactorSource
    note: str | None = None


class UncertaintySource(Part):
    """One source of uncertainty; all that depends on it moves together."""

    id: str
    class_: str = Field(alias="class")
    log_sd: float
    derivation: str | None = None


class Driver(Part):
    """One source's part in the width of the headline's emissions."""

    source_ref: str
    variance_share: float
    advice: str | None = None


class Uncertainty(Part):
    """The sources of uncertainty and how they were combined."""

    method: Literal["lognormal-moments", "declared"]
    coverage: float
    sources: tuple[UncertaintySource, ...]
    drivers: tuple[Driver, ...] | None = None
    notes: str | None = None
