"""Where a stage ran, told from local evidence alone: no look-up ever leaves the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Source = Literal["setting", "cloud-init", "dmi", "environment", "metadata-service", "time-zone"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One local sign of where the machine stands."""

    source: Source
    confidence: Literal["high", "medium", "low"]
    provider: str | None = None  # aws, gcp, azure, oci, ...
    region: str | None = None  # the provider's region name
    country: str | None = None  # ISO 3166-1 alpha-2
    subdivision: str | None = None  # ISO 3166-2


@dataclass(frozen=True, slots=True)
class Place:
    """All evidence found, best first (the first one counts), and the PUE that the operator declared."""

    evidence: tuple[Evidence, ...] = ()
    pue: float | None = None

    @property
    def best(self) -> Evidence | None:
        """The evidence that counts; None where the place is unknown."""
        return self.evidence[0] if self.evidence else None

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Place:
        """The place of a checked segment document."""
        return cls(tuple(Evidence(**item) for item in document.get("evidence", ())), document.get("pue"))
