"""The hardware that a stage ran on, as the system describes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One kind of accelerator as its driver names it."""

    model: str
    count: int
    vendor: str | None = None
    memory_gb: float | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """CPU, memory and accelerators of the host; strings as read, None where the system does not say."""

    cpu_model: str | None
    logical_cpus: int
    memory_gb: float | None
    architecture: str
    cpu_vendor: str | None = None
    physical_cores: int | None = None
    sockets: int | None = None
    virtual: bool | None = None  # the CPU says that a hypervisor is present
    accelerators: tuple[Accelerator, ...] = ()

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Machine:
        """The machine of a checked segment document."""
        parts = tuple(Accelerator(**part) for part in document.get("accelerators", ()))
        return cls(**{**document, "accelerators": parts})
