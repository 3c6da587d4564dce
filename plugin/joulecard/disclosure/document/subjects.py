"""What a document is, what it is about and what is inside its numbers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from joulecard.disclosure.document.conditions import Demand, When
from joulecard.disclosure.document.part import Conditional, Maybe, Part
from joulecard.disclosure.document.scalars import (
    Bytes,
    Digest,
    DocumentId,
    EachOnce,
    Fraction,
    Id,
    Line64,
    Line128,
    Line256,
    LineOfText,
    OwnDigest,
    Sentence,
    Timestamp,
    Uri,
    Whole,
    above,
    between,
    items,
)

Hosts = Annotated[int, Whole(0, 10_000_000)]


class Origin(Part):
    """One disclosure that this one was made from."""

    id: DocumentId
    digest: OwnDigest


class Document(Conditional):
    """What this document is and who answers for it."""

    id: DocumentId
    created: Timestamp
    status: Literal["draft", "final", "corrected", "withdrawn"]
    title: Maybe[Line256] = None
    supersedes: Maybe[Annotated[tuple[DocumentId, ...], items(1000), EachOnce()]] = None
    note: Maybe[Sentence] = None
    derived_from: Maybe[Annotated[tuple[Origin, ...], items(10_000)]] = None
    license: Maybe[Line128] = None
    publisher: Maybe[Line256] = None
    accountable: Maybe[Line256] = None
    contact: Maybe[Line256] = None
    audience: Maybe[Literal["public", "regulator", "internal"]] = None

    conditions: ClassVar = (
        When("status", ("corrected",), then=Demand(needs=("supersedes", "note"))),
        When("status", ("withdrawn",), then=Demand(needs=("note",))),
    )


class Identifier(Part):
    """A name of the subject in another system."""

    type: Literal["hub_repository", "mlflow_run", "mlflow_model", "dvc_revision", "git_commit", "purl", "doi", "other"]
    value: Uri


class Model(Part):
    """Facts on the model."""

    parameter_count: Maybe[Annotated[int, Whole(0, 2**53 - 1)]] = None
    architecture: Maybe[Line256] = None
    base_model: Maybe[Uri] = None
    precision: Maybe[Line64] = None


class Dataset(Part):
    """One data set."""

    name: Line256
    uri: Maybe[Uri] = None
    digest: Maybe[Digest] = None
    size_bytes: Maybe[Bytes] = None
    license: Maybe[Line128] = None


class QualityMetric(Part):
    """One result of evaluating the model."""

    name: Line128
    value: Annotated[float, between(-1e15, 1e15)]
    unit: Maybe[Line64] = None
    split: Maybe[Line128] = None
    stage_ref: Maybe[Id] = None


class Subject(Part):
    """What the numbers are about."""

    type: Literal["model", "pipeline", "run", "service"]
    name: Line256
    version: Maybe[Line128] = None
    description: Maybe[Sentence] = None
    digests: Maybe[Annotated[tuple[Digest, ...], items(10_000), EachOnce()]] = None
    identifiers: Maybe[Annotated[tuple[Identifier, ...], items(1000)]] = None
    model: Maybe[Model] = None
    datasets: Maybe[Annotated[tuple[Dataset, ...], items(1000)]] = None
    quality_metrics: Maybe[Annotated[tuple[QualityMetric, ...], items(1000)]] = None


class FunctionalUnit(Part):
    """What one unit of the result is; rates in totals.per_functional_unit divide by `quantity`."""

    id: Id
    name: Line256
    quantity: Annotated[float, above(0, 1e30)]
    unit: Line64
    basis: Maybe[Literal["gross", "effective"]] = None
    rationale: Maybe[Sentence] = None


class Period(Part):
    """A time span."""

    start: Timestamp
    end: Timestamp


LifecyclePart = Literal["operation", "embodied", "end_of_life"]

EquipmentPart = Literal["cpu", "memory", "accelerators", "storage", "network", "power_supply", "cooling"]

BoundaryPart = Literal[
    "cpu",
    "memory",
    "accelerators",
    "storage",
    "network",
    "power_supply",
    "cooling",
    "embodied",
    "end_of_life",
    "runs",
    "stages",
]


class Exclusion(Part):
    """Something left out on purpose."""

    part: Maybe[BoundaryPart] = None
    what: LineOfText
    reason: Sentence


class Boundary(Part):
    """What is inside the numbers and what is not."""

    scope_level: Literal["accelerator", "node", "facility"]
    attribution: Literal["allocated", "machine", "process", "mixed"]
    period: Maybe[Period] = None
    lifecycle_included: Annotated[tuple[LifecyclePart, ...], items(3, least=1), EachOnce()]
    equipment_included: Maybe[Annotated[tuple[EquipmentPart, ...], items(7), EachOnce()]] = None
    exclusions: Annotated[tuple[Exclusion, ...], items(1000)]
    runs_counted: Literal["final", "all"]
    coverage_fraction: Maybe[Fraction] = None
    nodes_seen: Maybe[Hosts] = None
    nodes_expected: Maybe[Hosts] = None
