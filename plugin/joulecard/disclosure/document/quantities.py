"""Numbers that say how they were got: quantities with unit, method, interval and factors."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Method = Literal["measured", "modelled", "estimated", "declared", "not_available"]
EnergyBasis = Literal["it", "facility"]
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
Kind = Literal["cpu", "gpu", "tpu", "accelerator", "dram", "disk", "network", "host", "other"]


class Part(BaseModel):
    """A closed, frozen object of the document; members that are None are left out when it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


class Contribution(Part):
    """What one source of uncertainty adds to one quantity."""

    source_ref: str
    amount: float


class Interval(Part):
    """A range around the mean."""

    lower: float
    upper: float
    coverage: float
    kind: Literal["lognormal", "declared"]
    contributions: tuple[Contribution, ...] | None = None


class Quantity(Part):
    """A value with its unit and how it was got; without a value it has a reason."""

    value: float | None = None
    unit: str
    method: Method
    reason: str | None = None
    measured_fraction: float | None = None
    factor_refs: tuple[str, ...] | None = None
    interval: Interval | None = None


class EnergyQuantity(Quantity):
    """An energy."""

    unit: Literal["kWh"] = "kWh"


class MassQuantity(Quantity):
    """A mass of greenhouse gases as CO2 equivalent."""

    unit: Literal["g"] = "g"


class WaterVolumeQuantity(Quantity):
    """A volume of water consumed."""

    unit: Literal["L"] = "L"


class ComputeQuantity(Quantity):
    """An amount of computation."""

    unit: Literal["FLOP"] = "FLOP"


class EnergyLine(Part):
    """One part of the energy and the factor it was multiplied with."""

    energy_kwh: float
    energy_basis: EnergyBasis
    factor_ref: str
    pue_ref: str | None = None
    location_ref: str | None = None
    instrument_ref: str | None = None


class EmbodiedLine(Part):
    """The part of one resource's embodied emissions that a stage uses up (SCI: M = TE x TiR/EL x RR/ToR)."""

    resource_ref: str
    reserved_s: float
    reserved_units: float


class LocationEmissions(MassQuantity):
    """Operational emissions, location-based."""

    lines: tuple[EnergyLine, ...] | None = None


class MarketEmissions(MassQuantity):
    """Operational emissions, market-based; stands beside the location-based number and is never subtracted from it."""

    lines: tuple[EnergyLine, ...] | None = None


class EmbodiedEmissions(MassQuantity):
    """Embodied emissions of the hardware, the part that this stage uses up."""

    lines: tuple[EmbodiedLine, ...] | None = None


class WaterUse(WaterVolumeQuantity):
    """Water consumed for this stage."""

    lines: tuple[EnergyLine, ...] | None = None
