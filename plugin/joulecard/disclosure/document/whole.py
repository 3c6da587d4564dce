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
from joulecard.errors import InvalidInputError

DISCLOSURE_SCHEMA: Final = "urn:joulecard:mlcd:1.0.0-draft:disclosure"
MIB = 1024 * 1024
INDENTED_UP_TO = MIB  # bytes; what is larger is read by programs alone
MOST = 16 * MIB  # bytes of a document, by the standard


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
        """The document as UTF-8 with a final newline, indented while it is small; members that are None are left out.

        Raises InvalidInputError where it is larger than the standard allows.
        """
        data = self._written(indent=2)
        data = data if len(data) <= INDENTED_UP_TO else self._written(indent=None)
        if len(data) > MOST:
            size = f"{len(self.stages)} stages make a disclosure of {len(data) / MIB:.1f} MiB"
            raise InvalidInputError(
                f"{size}, and the standard allows {MOST // MIB} MiB", mend="assemble fewer records at a time"
            )
        return data

    def _written(self, *, indent: int | None) -> bytes:
        return self.model_dump_json(indent=indent, exclude_none=True, by_alias=True).encode() + b"\n"
