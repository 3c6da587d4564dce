"""A factor: one named number of a table edition, with all that is needed to cite it and to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

FactorKind = Literal["grid_intensity", "pue", "wue", "water_intensity", "embodied", "power_model"]
FallbackLevel = Literal["zone", "subdivision", "country", "world"]


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A named cause of error; two values that carry the same id err together."""

    id: str  # class@thing; what stands after the first @ is a factor's or a resource's name, with its own colons
    class_name: str
    log_sd: float  # standard deviation of the natural logarithm
    derivation: str  # how the width was found, one sentence

    def to_document(self) -> dict[str, Any]:
        """The source as the standard describes it."""
        return {"id": self.id, "class": self.class_name, "log_sd": self.log_sd}


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One number to multiply energy or activity with; its id is unique in its edition and says what it is."""

    id: str  # grid:SWE:2025, grid:SWE:2025~2026 (standing in for 2026), pue:aws, power:vcpu-unknown:idle
    kind: FactorKind
    name: str
    value: float
    unit: str
    uncertainty: tuple[Uncertainty, ...]
    source: Mapping[str, str]  # name, publisher, version, uri, license: what is known of them
    zone: str | None = None
    basis: Mapping[str, str] | None = None  # attribution, accounting, scope, flow, gases
    valid: Mapping[str, str] | None = None  # start, end: dates
    granularity: str | None = None
    fallback_level: FallbackLevel | None = None
    assumes: str | None = None  # what is taken for true by using it here, one sentence without its full stop
    is_default: bool = False  # nobody chose it: taken because nothing better is known about this run
    how_estimated: str | None = None  # where the source calls it an estimate
    series_digest: str | None = None  # of the hourly values that it is the mean of
    note: str | None = None  # what a reader must know: flags of the table, the notice that the licence asks for

    @property
    def year(self) -> int | None:
        """The data year; None where the factor has none."""
        return int(self.valid["start"][:4]) if self.valid else None

    def to_document(self) -> dict[str, Any]:
        """The factor as the standard describes it; members that are None are left out."""
        members = {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "zone": self.zone,
            "basis": dict(self.basis) if self.basis else None,
            "valid": dict(self.valid) if self.valid else None,
            "granularity": self.granularity,
            "estimated": True if self.how_estimated else None,
            "estimation_method": self.how_estimated,
            "fallback_level": self.fallback_level,
            "series_digest": self.series_digest,
            "uncertainty_refs": [source.id for source in self.uncertainty],
            "source": dict(self.source),
            "note": self.note,
        }
        return {name: value for name, value in members.items() if value is not None}
