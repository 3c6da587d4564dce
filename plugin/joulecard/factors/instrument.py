"""A contract or certificate for electricity, as its user tells of it: what market-based emissions rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.factors.factor import Factor

InstrumentType = Literal["ppa", "rec", "go", "tariff", "credit", "other"]
OFFSET: InstrumentType = "credit"  # changes no number


@dataclass(frozen=True, slots=True)
class Instrument:
    """One contract; without an energy it covers all that is drawn where it holds."""

    id: str
    type: InstrumentType
    energy_kwh: float | None = None  # what it covers
    vintage: Mapping[str, str] | None = None  # start, end: the days on which that was generated
    zone: str | None = None  # the grid it belongs to: a country, subdivision, zone or cloud region; None: any
    supplier: str | None = None
    factor: Factor | None = None  # the emissions of one kWh under it, accounting "market"
    mass_g: float | None = None  # of a credit

    @property
    def counts(self) -> bool:
        """Whether energy can rest on it: an offset or a contract without a factor changes no number."""
        return self.type != OFFSET and self.factor is not None
