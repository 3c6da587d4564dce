"""What ran, where, with which factors and uncertainties: the facts that quantities point to."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from joulecard.disclosure.document.conditions import Demand, When
from joulecard.disclosure.document.part import Conditional, Maybe, Part
from joulecard.disclosure.document.scalars import (
    Country,
    Coverage,
    Date,
    Digest,
    EachOnce,
    Flag,
    Fraction,
    HostRef,
    Id,
    Kind,
    Line64,
    Line128,
    Line256,
    Sentence,
    Subdivision,
    Uri,
    Whole,
    above,
    between,
    items,
)

Watts = Annotated[float, between(0, 1e6)]


class DatePeriod(Part):
    """A span of days, both included."""

    start: Date
    end: Date


class Embodied(Part):
    """Embodied emissions of one device and over what they are spread (SCI: TE, EL, ToR)."""

    total_g: Annotated[float, between(0, 1e12)]
    lifespan_s: Annotated[float, between(1, 1e10)]
    total_units: Annotated[float, above(0, 1e9)]
    factor_ref: Maybe[Id] = None


class Resource(Part):
    """Hardware of one kind on one host that stages drew energy from."""

    id: Id
    kind: Kind
    model: Maybe[Line256] = None
    vendor: Maybe[Line128] = None
    architecture: Maybe[Line64] = None
    count: Annotated[int, Whole(1, 10_000_000)]
    logical_cpus: Maybe[Annotated[int, Whole(1, 1_000_000)]] = None
    physical_cores: Maybe[Annotated[int, Whole(1, 1_000_000)]] = None
    sockets: Maybe[Annotated[int, Whole(1, 10_000)]] = None
    virtual: Maybe[Flag] = None
    memory_gb: Maybe[Annotated[float, between(0, 1e9)]] = None
    tdp_w: Maybe[Watts] = None
    power_limit_w: Maybe[Watts] = None
    clock_limit_mhz: Maybe[Annotated[float, between(0, 1e6)]] = None
    share: Maybe[Fraction] = None
    host_ref: Maybe[HostRef] = None
    device_ref: Maybe[HostRef] = None
    location_ref: Maybe[Id] = None
    embodied: Maybe[Embodied] = None


class GridZones(Part):
    """Zone names of grid data providers."""

    electricity_maps: Maybe[Line64] = None
    watttime: Maybe[Line64] = None


class PlaceEvidence(Part):
    """One sign of where the machine stood."""

    source: Literal["setting", "cloud-init", "dmi", "environment", "metadata-service", "time-zone", "declared"]
    confidence: Literal["high", "medium", "low"]
    provider: Maybe[Line64] = None
    region: Maybe[Line64] = None
    country: Maybe[Country] = None
    subdivision: Maybe[Subdivision] = None


class Location(Part):
    """Where hardware stands, as exactly as the publisher wants to say."""

    id: Id
    country: Maybe[Country] = None
    subdivision: Maybe[Subdivision] = None
    provider: Maybe[Line64] = None
    region: Maybe[Line64] = None
    zone: Maybe[Line64] = None
    grid_zones: Maybe[GridZones] = None
    precision: Literal["zone", "region", "subdivision", "country", "continent", "unknown"]
    evidence: Maybe[Annotated[tuple[PlaceEvidence, ...], items(100)]] = None


class FactorBasis(Part):
    """What is inside a grid factor."""

    attribution: Literal["average", "marginal"]
    accounting: Literal["location", "market", "residual"]
    scope: Literal["lifecycle", "direct"]
    flow: Maybe[Literal["consumption", "production"]] = None
    gases: Maybe[Literal["CO2e", "CO2"]] = None
    gwp_set: Maybe[Literal["SAR", "AR4", "AR5", "AR6"]] = None


class FactorSource(Part):
    """Where a factor was taken from."""

    name: Line256
    publisher: Maybe[Line256] = None
    version: Maybe[Line128] = None
    uri: Maybe[Uri] = None
    retrieved: Maybe[Date] = None
    digest: Maybe[Digest] = None
    license: Maybe[Line128] = None


# The units that each kind of factor may have, and its least and greatest value.
FACTOR_KINDS: Final[dict[str, tuple[tuple[str, ...], float, float]]] = {
    "grid_intensity": (("g/kWh",), 0, 2500),
    "pue": (("1",), 1, 10),
    "wue": (("L/kWh",), 0, 1000),
    "water_intensity": (("L/kWh",), 0, 1000),
    "embodied": (("g",), 0, 1e15),
    "power_model": (("W/vCPU", "W/GB", "W"), 0, 1e6),
    "gwp": (("1",), 0, 1e6),
}


def _of_kind(kind: str) -> When:
    units, least, most = FACTOR_KINDS[kind]
    return When("kind", (kind,), then=Demand(words={"unit": units}, bounds={"value": (least, most)}))


class Factor(Conditional):
    """A number that turns one quantity into another, with all that a reader needs to judge it."""

    id: Id
    kind: Literal["grid_intensity", "pue", "wue", "water_intensity", "embodied", "power_model", "gwp"]
    name: Line256
    value: Annotated[float, between(0, 1e15)]
    unit: Literal["g/kWh", "1", "L/kWh", "g", "W/vCPU", "W/GB", "W"]
    zone: Maybe[Line64] = None
    basis: Maybe[FactorBasis] = None
    valid: Maybe[DatePeriod] = None
    granularity: Maybe[Literal["hourly", "daily", "monthly", "yearly", "multi-year", "constant"]] = None
    estimated: Maybe[Flag] = None
    estimation_method: Maybe[Sentence] = None
    fallback_level: Maybe[Literal["zone", "subdivision", "country", "world"]] = None
    series_digest: Maybe[Digest] = None
    uncertainty_refs: Maybe[Annotated[tuple[Id, ...], items(10_000), EachOnce()]] = None
    source: FactorSource
    note: Maybe[Sentence] = None

    conditions: ClassVar = (
        *map(_of_kind, FACTOR_KINDS),
        When("kind", ("grid_intensity",), then=Demand(needs=("basis",))),
    )


class UncertaintySource(Part):
    """One source of uncertainty; all that depends on it moves together."""

    id: Id
    class_: Id = Field(alias="class")
    log_sd: Annotated[float, between(0, 5)]
    derivation: Maybe[Sentence] = None


class Driver(Part):
    """One source's part in the width of the headline's emissions."""

    source_ref: Id
    variance_share: Fraction
    advice: Maybe[Sentence] = None


class Uncertainty(Part):
    """The sources of uncertainty and how they were combined."""

    method: Literal["lognormal-moments", "declared"]
    coverage: Coverage
    sources: Annotated[tuple[UncertaintySource, ...], items(100_000)]
    drivers: Maybe[Annotated[tuple[Driver, ...], items(1000)]] = None
    notes: Maybe[Sentence] = None
