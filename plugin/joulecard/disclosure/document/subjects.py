"""What a document is, what it is about and what is inside its numbers."""

from __future__ import annotations

from typing import Literal

from joulecard.disclosure.document.quantities import Part


class Origin(Part):
    """One disclosure that this one was made from."""

    id: str
    digest: str


class Document(Part):
    """What this document is and who answers for it."""

    id: str
    created: str
    status: Literal["draft", "final", "corrected", "withdrawn"]
    title: str | None = None
    supersedes: tuple[str, ...] | None = None
    derived_from: tuple[Origin, ...] | None = None
    license: str | None = None
    publisher: str | None = None
    accountable: str | None = None
    contact: str | None = None
    audience: Literal["public", "regulator", "internal"] | None = None


class Identifier(Part):
    """A name of the subject in another system."""

    type: Literal["hub_repository", "mlflow_run", "mlflow_model", "dvc_revision", "git_commit", "purl", "doi", "other"]
    value: str


class Model(Part):
    """Facts on the model."""

    parameter_count: int | None = None
    architecture: str | None = None
    base_model: str | None = None
    precision: str | None = None


class Dataset(Part):
    """One data set."""

    name: str
    uri: str | None = None
    digest: str | None = None
    size_bytes: int | None = None
    license: str | None = None


class QualityMetric(Part):
    """One result of evaluating the model."""

    name: str
    value: float
    split: str | None = None
    stage_ref: str | None = None


class Subject(Part):
    """What the numbers are about."""

    type: Literal["model", "pipeline", "run", "service"]
    name: str
    version: str | None = None
    description: str | None = None
    digests: tuple[str, ...] | None = None
    identifiers: tuple[Identifier, ...] | None = None
    model: Model | None = None
    datasets: tuple[Dataset, ...] | None = None
    quality_metrics: tuple[QualityMetric, ...] | None = None


class FunctionalUnit(Part):
    """What one unit of the result is; rates in totals.per_functional_unit divide by `quantity`."""

    id: str
    name: str
    quantity: float
    unit: str
    basis: Literal["gross", "effective"] | None = None
    rationale: str | None = None


class Period(Part):
    """A time span."""

    start: str
    end: str


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

    part: BoundaryPart | None = None
    what: str
    reason: str


class Boundary(Part):
    """What is inside the numbers and what is not."""

    scope_level: Literal["accelerator", "node", "facility"]
    attribution: Literal["allocated", "machine", "process", "mixed"]
    period: Period | None = None
    lifecycle_included: tuple[Literal["operation", "embodied", "end_of_life"], ...]
    equipment_included: tuple[EquipmentPart, ...] | None = None
    exclusions: tuple[Exclusion, ...]
    runs_counted: Literal["final", "all"]
    coverage_fraction: float | None = None
    nodes_seen: int | None = None
    nodes_expected: int | None = None
