"""One row of a what-if: energy at one place, on one grid, and what it would have emitted there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from joulecard.accounting.quantity import Quantity, add

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from joulecard.accounting.quantity import Source
    from joulecard.accounting.ratios import Ratio
    from joulecard.disclosure.counterfactual.actual import Drawn
    from joulecard.factors import Factor, Uncertainty

Kind = Literal["disclosed", "same-place", "place", "reference"]
PueOrigin = Literal["disclosed", "premise", "own", "fleet"]


@dataclass(frozen=True, slots=True)
class Pue:
    """A power usage effectiveness and whose it is; "disclosed": facility energy is taken as it is disclosed."""

    value: float | None  # None where a disclosure tells facility energy alone
    origin: PueOrigin
    sources: tuple[Uncertainty, ...] = ()
    assumes: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What the disclosed energy would have emitted at a place; the row of kind "disclosed" is what it did emit."""

    kind: Kind
    name: str
    energy: Quantity  # kWh that the intensity multiplies
    co2e: Quantity  # g
    has_range: bool  # whether what makes the mass as wide as it is, is told
    pue: Pue | None  # None where the energy is IT energy
    factors: tuple[Factor, ...] = ()  # one a year; none where the disclosure's own factors are meant
    ratio: Ratio | None = None  # to the row that all are compared with
    ratio_has_range: bool = False

    @property
    def intensity_g_per_kwh(self) -> float | None:
        """Emissions by energy; None where no energy was drawn."""
        if not self.energy.value or self.co2e.value is None:
            return None
        return self.co2e.value / self.energy.value

    @property
    def assumes(self) -> tuple[str, ...]:
        """For what the factors and the PUE stand in, without the year, which is said once for all rows."""
        told = [told for factor in self.factors if (told := _without_year(factor))]
        return tuple(dict.fromkeys([*told, *([self.pue.assumes] if self.pue and self.pue.assumes else [])]))


class Intensity(NamedTuple):
    """A grid intensity in g/kWh with its sources of uncertainty and the factor that it is the value of, if any."""

    g_per_kwh: float
    sources: tuple[Source, ...]
    factor: Factor | None = None


def placed(kind: Kind, name: str, drawn: Sequence[Drawn], at: Callable[[int], Intensity], pue: Pue | None) -> Row:
    """The energy of each year on the grid of that year."""
    grids = [at(each.year) for each in drawn]
    energies = [energy_of(each, pue) for each in drawn]
    parts = [
        energy.times(grid.g_per_kwh, grid.sources, unit="g", factor_refs=(grid.factor.id,) if grid.factor else ())
        for energy, grid in zip(energies, grids, strict=True)
    ]
    factors = tuple({grid.factor.id: grid.factor for grid in grids if grid.factor}.values())
    return Row(kind, name, add(energies), add(parts), has_range=True, pue=pue, factors=factors)


def energy_of(drawn: Drawn, pue: Pue | None) -> Quantity:
    """The energy in kWh of one year: IT energy, that times a PUE, or facility energy as it is disclosed."""
    if pue is None:
        return drawn.it
    if pue.origin == "disclosed" or pue.value is None:
        return drawn.facility
    return drawn.it.times(pue.value, pue.sources)


def apart(sources: Iterable[Uncertainty], place: str) -> tuple[Uncertainty, ...]:
    """The sources as causes of their own: how far a place is from the mean of a fleet says nothing of another place."""
    return tuple(replace(source, id=f"{source.id}:{place}") for source in sources)


def _without_year(factor: Factor) -> str:
    """For what a factor stands in, other than another year; empty where it does not."""
    lead, _, rest = (factor.assumes or "").partition(": ")
    kept = [part for part in rest.split("; ") if part and not part.startswith(f"value of {factor.year} used for ")]
    return f"{lead}: {'; '.join(kept)}" if kept else ""
