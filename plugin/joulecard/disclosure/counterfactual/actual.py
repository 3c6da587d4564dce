"""What a disclosure tells of its headline: the energy by year, the emissions, the grid and the place behind them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from joulecard.accounting.quantity import Quantity, add, not_available
from joulecard.disclosure.merge.quantities import as_quantity, told, widths_shown
from joulecard.disclosure.merge.totals import headline_of
from joulecard.errors import InvalidInputError
from joulecard.surroundings.place import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.disclosure import document as doc
    from joulecard.factors.grid import Profile

Basis = Literal["it", "facility"]
IT, FACILITY, EMISSIONS = "energy_it", "energy_facility", "operational_location"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The energy of the stages that ended in one year."""

    year: int
    it: Quantity  # kWh
    facility: Quantity  # kWh


@dataclass(frozen=True, slots=True)
class Actual:
    """The headline of a disclosure, and on what it rests; None where it rests on several or on nothing that is told."""

    drawn: tuple[Drawn, ...]
    emissions: Quantity  # g
    energy_has_range: bool
    emissions_have_range: bool
    basis: Basis | None  # of the energy that emitted; None where it is not the same for all
    scopes: frozenset[str]  # of the grid factors: lifecycle, direct
    grid: doc.Factor | None  # the only grid factor
    grid_log_sds: tuple[tuple[str, float], ...]  # its sources of uncertainty
    locations: tuple[doc.Location, ...]
    left_out: str  # of the headline, in words; empty where nothing is

    @property
    def scope(self) -> Profile:
        """The profile of factors that is comparable with the disclosed ones: direct where they are, else lifecycle."""
        return "direct" if self.scopes == {"direct"} else "lifecycle"

    @property
    def years(self) -> tuple[int, ...]:
        """The years in which stages ended."""
        return tuple(drawn.year for drawn in self.drawn)

    @property
    def knows_it(self) -> bool:
        """Whether the IT energy of each year is known."""
        return all(drawn.it.value is not None for drawn in self.drawn)

    @property
    def knows_facility(self) -> bool:
        """Whether the facility energy of each year is known."""
        return all(drawn.facility.value is not None for drawn in self.drawn)

    @property
    def energy_it_kwh(self) -> float | None:
        """The IT energy of all years; None where it is not told."""
        return math.fsum(drawn.it.known for drawn in self.drawn) if self.knows_it else None

    @property
    def pue(self) -> float | None:
        """Facility energy by IT energy, as they are disclosed; None where one of them is not told."""
        if not self.energy_it_kwh or not self.knows_facility:
            return None
        return math.fsum(drawn.facility.known for drawn in self.drawn) / self.energy_it_kwh

    @property
    def energy(self) -> Quantity:
        """The energy that emitted, in kWh: of the facility where the emissions are of it."""
        return add([drawn.facility if self.basis == "facility" else drawn.it for drawn in self.drawn])


def actual_of(disclosure: doc.Disclosure) -> Actual:
    """The headline of a disclosure; raises InvalidInputError where no energy is known behind it."""
    total = headline_of(disclosure.totals)
    stages = _counted(disclosure)
    applied = _applied(disclosure, stages)
    grids = [factor for factor in applied if factor.kind == "grid_intensity"]
    only = grids[0] if len(grids) == 1 else None
    if total.energy_it.value is None and total.energy_facility.value is None:
        raise InvalidInputError(f"it tells no energy that could be drawn elsewhere: {total.energy_it.reason}")
    basis = _basis(disclosure, stages)
    energy = total.energy_facility if basis == "facility" else total.energy_it
    return Actual(
        drawn=_by_year(disclosure, stages, total),
        emissions=as_quantity(total.operational_location),
        energy_has_range=widths_shown([energy]),
        emissions_have_range=widths_shown([total.operational_location]),
        basis=basis,
        scopes=frozenset(factor.basis.scope for factor in grids if factor.basis),
        grid=only,
        grid_log_sds=_log_sds(disclosure, only),
        locations=_locations(disclosure),
        left_out=energy.reason or "" if energy.value is not None else "",
    )


def evidence_of(location: doc.Location) -> Evidence:
    """A location of a disclosure as evidence of a place, as exactly as it is told."""
    # Not as a setting: a region that no table knows stands for its country here, as it did for the disclosure.
    return Evidence("environment", "high", location.provider, location.region, location.country, location.subdivision)


def _counted(disclosure: doc.Disclosure) -> list[doc.Stage]:
    """The stages that the headline sums."""
    ran = [stage for stage in disclosure.stages if stage.energy]
    reused = [stage for stage in disclosure.stages if stage.reused_from]
    return ran if disclosure.totals.headline == "new" else [*ran, *reused]


def _by_year(disclosure: doc.Disclosure, stages: Iterable[doc.Stage], total: doc.Total) -> tuple[Drawn, ...]:
    """The energy by year; facility energy only where the headline has one, IT energy where all of that tells it."""
    known = {name for name in (IT, FACILITY) if getattr(total, name).value is not None}
    years: dict[int, dict[str, list[Quantity]]] = {}
    for stage in stages:
        parts = years.setdefault(_year(disclosure, stage), {})
        for name, quantity in told(stage).items():
            if name in known and quantity.value is not None:
                parts.setdefault(name, []).append(as_quantity(quantity))
    return tuple(
        Drawn(year, _sum(_whole_it(parts), total.energy_it), _sum(parts.get(FACILITY), total.energy_facility))
        for year, parts in sorted(years.items())
        if parts
    )


def _whole_it(parts: dict[str, list[Quantity]]) -> list[Quantity]:
    """The IT energies of a year; none where facility energy is told of more stages: no PUE could be applied to it."""
    found = parts.get(IT, [])
    return [] if len(found) < len(parts.get(FACILITY, [])) else found


def _sum(parts: Sequence[Quantity] | None, total: doc.Quantity) -> Quantity:
    return add(parts) if parts else not_available("kWh", total.reason or "it is not told for this year")


def _year(disclosure: doc.Disclosure, stage: doc.Stage) -> int:
    """The year in which a stage ended; for a reused one that of the disclosure."""
    period = disclosure.boundary.period
    end = stage.time.end if stage.time else period.end if period else disclosure.document.created
    return int(end[:4])


def _lines(stages: Iterable[doc.Stage]) -> list[doc.EnergyLine]:
    emissions = [(stage.reused_from or stage).emissions for stage in stages]
    return [line for each in emissions if each for line in each.operational_location.lines or ()]


def _applied(disclosure: doc.Disclosure, stages: Iterable[doc.Stage]) -> list[doc.Factor]:
    """The factors that made the emissions."""
    named = {line.factor_ref for line in _lines(stages)}
    return [factor for factor in disclosure.factors if factor.id in named]


def _basis(disclosure: doc.Disclosure, stages: Iterable[doc.Stage]) -> Basis | None:
    """The energy that the lines multiply; without lines that of the boundary."""
    found = {line.energy_basis for line in _lines(stages)}
    if not found:
        return "facility" if disclosure.boundary.scope_level == "facility" else "it"
    return found.pop() if len(found) == 1 else None


def _log_sds(disclosure: doc.Disclosure, factor: doc.Factor | None) -> tuple[tuple[str, float], ...]:
    sources = disclosure.uncertainty.sources if disclosure.uncertainty else ()
    named = set(factor.uncertainty_refs or ()) if factor else set()
    return tuple((source.id, source.log_sd) for source in sources if source.id in named)


def _locations(disclosure: doc.Disclosure) -> tuple[doc.Location, ...]:
    """The places of the hardware, each once; all that are named where no hardware names any."""
    used = {resource.location_ref for resource in disclosure.resources} - {None}
    found = [location for location in disclosure.locations if not used or location.id in used]
    return tuple({evidence_of(location): location for location in found}.values())
