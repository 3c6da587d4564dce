"""The disclosure as a whole."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from joulecard.disclosure.document.facts import Factor, Location, Resource, Uncertainty
from joulecard.disclosure.document.part import Conditional, Maybe
from joulecard.disclosure.document.scalars import DOMAIN, Closed, items, line, names
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

Extensions = Annotated[dict[Annotated[str, names(DOMAIN)], dict[str, Any]], items(64), Closed()]


class Disclosure(Conditional):
    """Energy, carbon and water of a machine-learning pipeline, stage by stage."""

    schema_: Literal["urn:joulecard:mlcd:1.0.0-draft:disclosure"] = Field(default=DISCLOSURE_SCHEMA, alias="schema")
    document: Document
    subject: Subject
    boundary: Boundary
    functional_units: Maybe[Annotated[tuple[FunctionalUnit, ...], items(1000)]] = None
    resources: Annotated[tuple[Resource, ...], items(100_000)]
    locations: Annotated[tuple[Location, ...], items(10_000)]
    factors: Annotated[tuple[Factor, ...], items(100_000)]
    uncertainty: Maybe[Uncertainty] = None
    stages: Annotated[tuple[Stage, ...], items(100_000, least=1)]
    totals: Totals
    instruments: Maybe[Annotated[tuple[Instrument, ...], items(10_000)]] = None
    methodology: Maybe[Annotated[str, line(2000)]] = None
    assumptions: Annotated[tuple[Assumption, ...], items(10_000)]
    gaps: Annotated[tuple[Gap, ...], items(100_000)]
    generator: Generator
    evidence: Maybe[Annotated[tuple[Evidence, ...], items(100_000)]] = None
    attestations: Maybe[Annotated[tuple[Attestation, ...], items(1000)]] = None
    extensions: Maybe[Extensions] = None

    fixed: ClassVar = ("schema_",)

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
