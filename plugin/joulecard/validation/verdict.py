"""What validation answers: a list of violations, never an exception for a wrong document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["L0", "L1", "L2", "L3"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One place that breaks the standard, the rule it breaks, and the places it was compared with."""

    pointer: str  # RFC 6901; "" is the whole document
    rule: str  # parse, schema, R01 ...
    message: str
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that the next level asks for and the document does not hold."""

    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer on one document: valid when `violations` is empty; `level` only for a valid disclosure."""

    violations: tuple[Violation, ...]
    level: Level | None = None
    document: dict[str, Any] | None = None  # None where the text could not be parsed
    warnings: tuple[Violation, ...] = ()
    lacks: tuple[Lack, ...] = ()  # what the next level needs
    kind: Literal["disclosure", "segment", "stage-record"] | None = None

    @property
    def valid(self) -> bool:
        """Whether the document follows the schema and every rule that is not a warning."""
        return not self.violations
