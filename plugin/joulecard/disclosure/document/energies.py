"""What a stage drew and emitted: the components of its energy, and its emissions."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from joulecard.disclosure.document.conditions import Demand, When
from joulecard.disclosure.document.part import Conditional, Maybe, Part
from joulecard.disclosure.document.quantities import (
    EmbodiedEmissions,
    EnergyQuantity,
    LocationEmissions,
    MarketEmissions,
)
from joulecard.disclosure.document.scalars import (
    EachOnce,
    EnergyKwh,
    Fraction,
    Id,
    Kind,
    Line256,
    Seconds,
    between,
    items,
    text,
)

Sensor = Literal[
    "rapl",
    "nvml",
    "amd_smi",
    "apple_silicon",
    "hwmon",
    "emi",
    "ipmi",
    "power_meter",
    "replay",
    "power_model",
    "cloud_api",
    "declared",
]


class ActivityTerm(Part):
    """An amount of activity and the power it draws."""

    amount: Annotated[float, between(0, 1e15)]
    unit: Literal["vCPU.s", "GB.s", "s"]
    factor_ref: Id


class Component(Conditional):
    """The energy of one resource as one sensor or model tells it."""

    id: Id
    kind: Kind
    resource_ref: Id
    sensor: Sensor
    reads: Maybe[Literal["energy", "power"]] = None
    quantity: Maybe[Annotated[str, text("^[A-Za-z0-9_.-]+$", 1, 64)]] = None
    model: Maybe[Line256] = None
    includes: Maybe[Annotated[tuple[Kind, ...], items(9, least=1), EachOnce()]] = None
    energy: EnergyQuantity
    node_kwh: Maybe[EnergyKwh] = None
    node_share: Maybe[Fraction] = None
    share_by: Maybe[Literal["whole", "even_split", "processes", "slices"]] = None
    share_declared: Maybe[Fraction] = None
    idle_kwh: Maybe[EnergyKwh] = None
    dynamic_kwh: Maybe[EnergyKwh] = None
    activity: Maybe[Annotated[tuple[ActivityTerm, ...], items(100_000, least=1)]] = None
    utilization: Maybe[Fraction] = None
    device_s: Maybe[Seconds] = None
    coverage: Maybe[Fraction] = None

    conditions: ClassVar = (
        When("sensor", ("power_model",), then=Demand(needs=("model",)), otherwise=Demand(forbids=("model",))),
        When(
            "share_by",
            ("slices",),
            then=Demand(needs=("share_declared",)),
            otherwise=Demand(forbids=("share_declared",)),
        ),
    )


class StageEnergy(Part):
    """What a stage drew."""

    it_total: EnergyQuantity
    facility_total: EnergyQuantity
    components: Maybe[Annotated[tuple[Component, ...], items(100_000)]] = None


class StageEmissions(Part):
    """What a stage emitted."""

    operational_location: LocationEmissions
    operational_market: Maybe[MarketEmissions] = None
    embodied: Maybe[EmbodiedEmissions] = None
