"""Numbers that say how they were got: quantities with unit, method, interval and factors."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from joulecard.disclosure.document.conditions import Demand, When
from joulecard.disclosure.document.part import Conditional, Maybe, Part
from joulecard.disclosure.document.scalars import (
    Coverage,
    EachOnce,
    EnergyBasis,
    EnergyKwh,
    Fraction,
    Id,
    Method,
    Seconds,
    Sentence,
    between,
    items,
)

FactorRefs = Annotated[tuple[Id, ...], items(10_000), EachOnce()]
OfQuantity = Annotated[float, between(0, 1e40)]  # in the unit of the quantity

COMPUTED = ("measured", "modelled", "estimated")
ABSENT_WITHOUT_VALUE = ("value", "measured_fraction", "factor_refs", "interval")


class Contribution(Part):
    """What one source of uncertainty adds to one quantity."""

    source_ref: Id
    amount: OfQuantity


class Interval(Conditional):
    """A range around the mean."""

    lower: OfQuantity
    upper: OfQuantity
    coverage: Coverage
    kind: Literal["lognormal", "declared"]
    contributions: Maybe[Annotated[tuple[Contribution, ...], items(10_000)]] = None

    conditions: ClassVar = (When("kind", ("lognormal",), then=Demand(needs=("contributions",))),)


class Quantity(Conditional):
    """A value with its unit and how it was got; without a value it has a reason."""

    value: Maybe[Annotated[float, between(0, 1e15)]] = None
    unit: str
    method: Method
    reason: Maybe[Sentence] = None
    measured_fraction: Maybe[Fraction] = None
    factor_refs: Maybe[FactorRefs] = None
    interval: Maybe[Interval] = None

    fixed: ClassVar = ("unit",)
    conditions: ClassVar[tuple[When, ...]] = (
        When(
            "method",
            ("not_available",),
            then=Demand(needs=("reason",), forbids=ABSENT_WITHOUT_VALUE),
            otherwise=Demand(needs=("value",)),
        ),
    )


class EnergyQuantity(Quantity):
    """An energy."""

    value: Maybe[EnergyKwh] = None
    unit: Literal["kWh"] = "kWh"


class MassQuantity(Quantity):
    """A mass of greenhouse gases as CO2 equivalent."""

    unit: Literal["g"] = "g"


class WaterVolumeQuantity(Quantity):
    """A volume of water consumed."""

    unit: Literal["L"] = "L"


class ComputeQuantity(Quantity):
    """An amount of computation."""

    value: Maybe[OfQuantity] = None
    unit: Literal["FLOP"] = "FLOP"


class EnergyLine(Part):
    """One part of the energy and the factor it was multiplied with."""

    energy_kwh: EnergyKwh
    energy_basis: EnergyBasis
    factor_ref: Id
    pue_ref: Maybe[Id] = None
    location_ref: Maybe[Id] = None
    instrument_ref: Maybe[Id] = None


class EmbodiedLine(Part):
    """The part of one resource's embodied emissions that a stage uses up (SCI: M = TE x TiR/EL x RR/ToR)."""

    resource_ref: Id
    reserved_s: Seconds
    reserved_units: Annotated[float, between(0, 1e9)]


EnergyLines = Annotated[tuple[EnergyLine, ...], items(100_000)]

IN_LINES = (
    When(
        "method",
        ("not_available",),
        then=Demand(needs=("reason",), forbids=(*ABSENT_WITHOUT_VALUE, "lines")),
        otherwise=Demand(needs=("value",)),
    ),
    When("method", COMPUTED, then=Demand(needs=("lines",))),
)


class LocationEmissions(MassQuantity):
    """Operational emissions, location-based."""

    lines: Maybe[EnergyLines] = None

    conditions: ClassVar = IN_LINES


class MarketEmissions(MassQuantity):
    """Operational emissions, market-based; stands beside the location-based number and is never subtracted from it."""

    lines: Maybe[EnergyLines] = None

    conditions: ClassVar = IN_LINES


class EmbodiedEmissions(MassQuantity):
    """Embodied emissions of the hardware, the part that this stage uses up."""

    lines: Maybe[Annotated[tuple[EmbodiedLine, ...], items(100_000)]] = None

    conditions: ClassVar = IN_LINES


class WaterUse(WaterVolumeQuantity):
    """Water consumed for this stage."""

    lines: Maybe[EnergyLines] = None

    conditions: ClassVar = IN_LINES
