"""What the authors of a run know of it, each number in one unit; what they do not tell is None."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from joulecard.disclosure.phases import Phase
    from joulecard.errors import InvalidInputError

EnergyBasis = Literal["it", "facility"]
Covers = Literal["accelerators", "node"]
Scope = Literal["lifecycle", "direct"]


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What was trained."""

    name: str
    type: Literal["model", "pipeline", "run", "service"] = "model"
    version: str | None = None
    description: str | None = None
    parameters: float | None = None
    architecture: str | None = None
    base_model: str | None = None
    hub: str | None = None
    doi: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """Where the facts were published; the source of every factor that they state."""

    name: str = "stated by the authors"
    publisher: str | None = None
    version: str | None = None
    uri: str | None = None
    license: str | None = None


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A functional unit and how many of it the run stands for."""

    name: str
    quantity: float
    unit: str


@dataclass(frozen=True, slots=True)
class QualityFacts:
    """One result of evaluating the model."""

    name: str
    value: float
    unit: str | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True)
class StageFacts:
    """One stage as its authors tell it; `at` gives the error of a key with the line where it stands."""

    at: Callable[..., InvalidInputError]
    name: str
    phase: Phase | None = None
    place: str | None = None
    accelerator: str | None = None
    energy_kwh: float | None = None
    energy_basis: EnergyBasis | None = None
    covers: Covers | None = None
    device_hours: float | None = None
    devices: float | None = None
    duration_h: float | None = None
    device_power_w: float | None = None
    device_power_is: Literal["metered", "rated"] | None = None
    power_utilisation: float | None = None
    flop: float | None = None
    flop_per_s: float | None = None  # of one device, as achieved
    peak_flop_per_s: float | None = None  # of one device, as its vendor rates it
    flop_utilisation: float | None = None
    bill: float | None = None
    price_per_kwh: float | None = None
    currency: str | None = None
    host_power_w: float | None = None
    pue: float | None = None
    year: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    intensity_g_per_kwh: float | None = None
    intensity_scope: Scope | None = None
    co2e_g: float | None = None
    market_co2e_g: float | None = None
    water_l: float | None = None
    wue_l_per_kwh: float | None = None
    water_intensity_l_per_kwh: float | None = None
    embodied: Literal["tables"] | None = None
    embodied_per_device_g: float | None = None
    lifespan_years: float | None = None
    lifespan_utilisation: float | None = None
    stated_energy_kwh: float | None = None
    stated_energy_basis: EnergyBasis | None = None
    stated_co2e_g: float | None = None
    stated_embodied_g: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """A whole file of facts."""

    subject: SubjectFacts
    publication: Publication
    stages: tuple[StageFacts, ...]
    units: tuple[UnitFacts, ...] = ()
    quality: tuple[QualityFacts, ...] = ()
    runs: Literal["final", "all"] = "final"
    stated_co2e_g: float | None = None
    stated_energy_kwh: float | None = None
