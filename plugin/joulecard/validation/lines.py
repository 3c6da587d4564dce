"""Energy lines: one energy, the factor that multiplies it, and the PUE inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from joulecard.validation.at import At


class Line(NamedTuple):
    """An energy line with the factors it names; None where a reference does not resolve or is not needed."""

    at: At
    factor: At | None
    pue: At | None

    @property
    def gain(self) -> float:
        """What one kWh of IT energy becomes on this line, in the unit of the quantity."""
        value: float = self.factor.value["value"] if self.factor else 0.0
        return value * (self.pue.value["value"] if self.pue else 1.0)

    @property
    def opaque(self) -> bool:
        """Whether the line is on facility energy and nobody says which PUE is inside."""
        return self.pue is None and self.at.value["energy_basis"] == "facility"


def lines_of(owner: At, found: At, factors: Mapping[str, At]) -> list[Line]:
    """The energy lines of a quantity of a stage, each with its factor and, for facility energy, its PUE."""
    facility = owner.value.get("energy", {}).get("facility_total", {})
    shared = facility.get("factor_refs", ())
    return [_line(at, shared, factors) for at in found.items("lines")]


def _line(at: At, shared: Sequence[str], factors: Mapping[str, At]) -> Line:
    """One line; its PUE is the one it names, else the only one of the stage."""
    name = None
    if at.value["energy_basis"] == "facility":
        name = at.value.get("pue_ref", shared[0] if len(shared) == 1 else None)
    return Line(at, factors.get(at.value["factor_ref"]), factors.get(name) if name else None)
