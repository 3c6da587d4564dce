"""What validation answers: a list of violations, never an exception for a wrong document."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.validation.at import Finding

Level = Literal["L0", "L1", "L2", "L3"]

MOST_VIOLATIONS = 500  # of one rule
MOST_RELATED = 2500  # places that one rule names beside its violations


@dataclass(frozen=True, slots=True)
class Violation:
    """One place that breaks the standard, the rule it breaks, and the places it was compared with."""

    pointer: str  # RFC 6901; "" is the whole document
    rule: str  # parse, schema, R01 ...
    message: str
    related: tuple[str, ...] = ()


def violations_of(rule: str, found: Iterable[Finding]) -> list[Violation]:
    """What a rule finds, cut where more would tell nobody anything."""
    violations: list[Violation] = []
    left = MOST_RELATED
    for finding in islice(found, MOST_VIOLATIONS):
        related = tuple(islice(finding.related, left))
        left -= len(related)
        violations.append(Violation(finding.pointer, rule, finding.message, related))
    return violations


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
