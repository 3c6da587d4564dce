"""The disclosure as a whole."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from joulecard.disclosure.document.facts import Factor, Location, Resource, Uncertainty
from joulecard.disclosure.document.quantities import Part
from joulecard.disclosure.document.stages import Stage
from joulecard.disclosure.document.subjects import Boundary, Document, FunctionalUnit, Subject
from joulecard.disclosure.document.totals import (
    Assumption,
    Attestation,
    Evidence,
    Gap,
    Generator,
    Instrument,
    Totals,
)

DISCLOSURE_SCHEMA: Final = "urn:joulecard:mlcd:1.0.0-draft:disclosure"


class Disclosure(Part):
    """Energy, carbon and water of a machine-learning pipeline, stage by stage."""

    schema_: Literal["urn:joulecard:mlcd:1.0.0-draft:disclosure"] = Field(default=DISCLOSURE_SCHEMA, alias="schema")
    document: Document
    subject: Subject
    boundary: Boundary
    functional_units: tuple[FunctionalUnit, ...] | None = None
    resources: tuple[Resource, ...]
    locations: tuple[Location, ...]
    factors: tuple[Factor, ...]
    uncertainty: Uncertainty | None = None
    stages: tuple[Stage, ...]
    totals: Totals
    instruments: tuple[Instrument, ...] | None = None
    methodology: str | None = None
    assumptions: tuple[Assumption, ...]
    gaps: tuple[Gap, ...]
    generator: Generator
    evidence: tuple[Evidence, ...] | None = None
    attestations: tuple[Attestation, ...] | None = None
    extensions: dict[str, dict[str, Any]] | None = None

    def to_json(self) -> bytes:
        """The document as indented UTF-8 with a final newline; members that are None are left out."""
        return self.model_dump_json(indent=2, exclude_none=True, by_alias=True).encode() + b"\n"
