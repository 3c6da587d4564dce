"""Segments joined with a factor edition: energy per component, facility energy, emissions, and where each comes from.

The one join that assembling and the hosts' flat figures share. Standard library only. What a meter did not see is not
scaled up: energy is what was seen, coverage and gaps say how much that is, and nothing seen at all is not available.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from joulecard.accounting.carbon import facility_energy, operational_emissions
from joulecard.accounting.quantity import Quantity, add, not_available
from joulecard.disclosure.components import REPLAY, Component, Term, merged
from joulecard.disclosure.from_segment import components_of
from joulecard.errors import InvalidInputError, JoulecardError
from joulecard.units import WH_PER_KWH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from joulecard.capture.segment import Gap, Segment
    from joulecard.factors import Edition, Factor, Uncertainty
    from joulecard.factors.grid import Profile
    from joulecard.surroundings.place import Evidence

__all__ = [
    "Assumption",
    "Component",
    "Line",
    "SegmentTally",
    "Term",
    "assumed",
    "best_place",
    "combine",
    "place_of",
    "stage_record",
    "tally",
    "zoned_countries",
]

T = TypeVar("T")
Basis = Literal["node", "facility"]
EnergyBasis = Literal["it", "facility"]

NO_PUE = "the PUE of this place is not known"
REPLAYED = (
    "What the sensor replay tells is a recording of an earlier run, read again in step with the clock: it stands for "
    "what this hardware would have drawn and was not measured while this ran"
)


@dataclass(frozen=True, slots=True)
class Line:
    """Energy times one grid factor."""

    energy_kwh: float
    energy_basis: EnergyBasis
    factor: Factor


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something taken for true that this run did not show."""

    statement: str
    default: bool  # nobody chose it
    value: float | None = None
    unit: str | None = None
    factor_ref: str | None = None  # the factor whose value it is


@dataclass(frozen=True, slots=True)
class SegmentTally:
    """Energy and emissions of one segment, or of several combined, with all that they rest on.

    `energy_it`, `energy_facility` and `co2e` are always quantities: where there is no value their method is
    "not_available" and they carry a reason. `basis` tells whether the emissions are of facility or of IT energy.
    """

    segments: tuple[Segment, ...]  # those that are summed; a segment within another recorder's is not
    components: tuple[Component, ...]
    energy_it: Quantity  # kWh
    energy_facility: Quantity  # kWh
    co2e: Quantity  # g
    lines: tuple[Line, ...]
    basis: Basis
    pue: Factor | None  # None where unknown or, in a combination, not the same everywhere
    grid: Factor | None
    evidence: Evidence | None  # the evidence that the grid factor was looked up with
    factors: tuple[Factor, ...]
    sources: tuple[Uncertainty, ...]
    assumptions: tuple[Assumption, ...]
    gaps: tuple[Gap, ...]  # energy that nothing saw; the segments' own gaps are not repeated

    @property
    def energy_wh(self) -> float | None:
        """IT energy of this stage's share in Wh; None where nothing was seen."""
        return None if self.energy_it.value is None else self.energy_it.value * WH_PER_KWH

    @property
    def co2e_g(self) -> float | None:
        """Operational, location-based emissions in g CO2e, on the energy that `basis` names; None without them."""
        return self.co2e.value

    @property
    def duration_s(self) -> float:
        """Seconds recorded, one segment after the other."""
        return math.fsum(segment.monotonic_s for segment in self.segments)


def tally(
    segment: Segment,
    edition: Edition,
    profile: Profile = "lifecycle",
    *,
    strict: bool = False,
    zoned: frozenset[str] = frozenset(),
) -> SegmentTally:
    """The tally of one segment; `zoned` as from `zoned_countries` over all segments of the document.

    Raises InvalidInputError for a place that the user named wrongly, and under `strict` for an unknown one.
    """
    energy = _energy(segment, edition)
    evidence, grid = place_of(segment, edition, profile, strict=strict, zoned=zoned)
    return _with_carbon(energy, grid, _pue(segment, edition, evidence), evidence)


def zoned_countries(segments: Iterable[Segment], edition: Edition) -> frozenset[str]:
    """The countries (alpha-3) whose zones some segment names: all segments there take the source that has zones."""
    evidence = {item for segment in segments for item in _considered(segment)}
    return frozenset(country for item in evidence if (country := edition.zoned_country(item)))


def lacks_direct(tallies: Iterable[SegmentTally]) -> tuple[str, ...]:
    """The names of the grids that energy was multiplied with and that have no direct factor.

    Where there is any, everything that is summed with it takes lifecycle factors: sums on two bases mean nothing.
    """
    grids = [line.factor for part in tallies for line in part.lines]
    return tuple(dict.fromkeys(grid.name for grid in grids if not grid.basis or grid.basis["scope"] != "direct"))


def combine(tallies: Sequence[SegmentTally]) -> SegmentTally:
    """The sum: equal sources of error add up linearly, components by kind, resource and sensor.

    A segment within a recorder that is here too is left out, since that one's counters saw it. Segments in which
    nothing was seen add nothing but a gap. Raises InvalidInputError for no tallies at all.
    """
    if not tallies:
        raise InvalidInputError("there is no segment to add up")
    counted = outermost(tallies)
    segments = tuple(segment for part in counted for segment in part.segments)
    seen = [part for part in counted if part.energy_it.value is not None]
    if not seen:
        return replace(counted[0], segments=segments, gaps=tuple(gap for part in counted for gap in part.gaps))
    return SegmentTally(
        segments=segments,
        components=merged(component for part in seen for component in part.components),
        energy_it=add([part.energy_it for part in seen]),
        energy_facility=add([part.energy_facility for part in seen]),
        co2e=add([part.co2e for part in seen]),
        lines=_merged_lines(line for part in seen for line in part.lines),
        basis="facility" if all(part.basis == "facility" for part in seen) else "node",
        pue=_common([part.pue for part in seen]),
        grid=_common([part.grid for part in seen]),
        evidence=seen[0].evidence,
        factors=_distinct((factor for part in seen for factor in part.factors), lambda factor: factor.id),
        sources=_distinct((source for part in seen for source in part.sources), lambda source: source.id),
        assumptions=tuple(dict.fromkeys(item for part in seen for item in part.assumptions)),
        gaps=tuple(gap for part in counted for gap in part.gaps),
    )


def outermost(tallies: Sequence[SegmentTally]) -> list[SegmentTally]:
    """Those whose segments do not lie within the segment of a recorder that is among them."""
    arounds: dict[str, set[str | None]] = {}
    for segment in (segment for part in tallies for segment in part.segments):
        arounds.setdefault(segment.execution_id, set()).add(segment.within)
    return [part for part in tallies if not any(_is_inside(segment, arounds) for segment in part.segments)]


def _is_inside(segment: Segment, arounds: dict[str, set[str | None]]) -> bool:
    """Whether the recorder around the segment is there; in the same execution, only its own `within` tells it apart."""
    return segment.within is not None and bool(arounds.get(segment.within, set()) - {segment.within})


def stage_record(
    segments: Sequence[Segment],
    edition: Edition,
    profile: Profile = "lifecycle",
    *,
    strict: bool = False,
    no_carbon: str = "",
) -> dict[str, Any]:
    """The flat figures of a stage with the segments they come from: energy_wh, co2e_g, duration_s and their making.

    A figure that is not available is left out and its reason stands in `tally`: a place that cannot be looked up
    costs the emissions, never the record. Without a direct factor for every place all factors are lifecycle ones.
    `no_carbon` is why none is to be told at all, where there is a reason.
    """
    if no_carbon:
        return _flat([_without_carbon(segment, edition, no_carbon) for segment in segments], edition)
    zoned = _or_nothing(lambda: zoned_countries(segments, edition)) or frozenset()
    tallies = [_forgiving(segment, edition, profile, strict=strict, zoned=zoned) for segment in segments]
    if profile == "direct" and lacks_direct(outermost(tallies)):
        return stage_record(segments, edition, "lifecycle", strict=strict)
    return _flat(tallies, edition)


def _flat(tallies: Sequence[SegmentTally], edition: Edition) -> dict[str, Any]:
    """The record of these tallies, one a segment."""
    total = combine(tallies)
    figures = {"energy_wh": total.energy_wh, "co2e_g": total.co2e_g, "duration_s": total.duration_s}
    return {
        **{name: value for name, value in figures.items() if value is not None},
        "tally": [_making(combine(group), edition) for group in _by_place(outermost(tallies))],
        "segments": [segment.to_document() for part in tallies for segment in part.segments],
    }


def _energy(segment: Segment, edition: Edition) -> SegmentTally:
    """The tally of a segment as far as no place is needed."""
    components, gaps = components_of(segment, edition)
    if components:
        energy_it = add([component.energy for component in components])
    else:
        energy_it = not_available("kWh", "neither a counter nor the CPU activity of this stage was seen")
    terms = [term for component in components for term in component.activity]
    models = _distinct((term.factor for term in terms), lambda factor: factor.id)
    return SegmentTally(
        segments=(segment,),
        components=tuple(components),
        energy_it=energy_it,
        energy_facility=not_available("kWh", energy_it.reason or NO_PUE),
        co2e=not_available("g", energy_it.reason or "no grid intensity was looked up"),
        lines=(),
        basis="node",
        pue=None,
        grid=None,
        evidence=None,
        factors=models,
        sources=_distinct((source for part in components for source in part.sources), lambda source: source.id),
        assumptions=(*_replayed(components), *(assumed(factor) for factor in models if factor.assumes)),
        gaps=tuple(gaps),
    )


def _with_carbon(energy: SegmentTally, grid: Factor, pue: Factor | None, evidence: Evidence | None) -> SegmentTally:
    """The same with facility energy where a PUE is known, and emissions."""
    if energy.energy_it.value is None:
        return replace(energy, grid=grid, pue=pue, evidence=evidence)
    facility = facility_energy(energy.energy_it, pue.value, pue.uncertainty, pue.id) if pue else energy.energy_facility
    base = facility if pue else energy.energy_it
    added = [factor for factor in (pue, grid) if factor]
    return replace(
        energy,
        energy_facility=facility,
        co2e=operational_emissions(base, grid.value, grid.uncertainty, grid.id),
        lines=(Line(base.known, "facility" if pue else "it", grid),),
        basis="facility" if pue else "node",
        pue=pue,
        grid=grid,
        evidence=evidence,
        factors=(*energy.factors, *added),
        sources=(*energy.sources, *(source for factor in added for source in factor.uncertainty)),
        assumptions=(*energy.assumptions, *(assumed(factor) for factor in added if factor.assumes)),
    )


def place_of(
    segment: Segment,
    edition: Edition,
    profile: Profile = "lifecycle",
    *,
    strict: bool = False,
    zoned: frozenset[str] = frozenset(),
) -> tuple[Evidence | None, Factor]:
    """The best evidence for whose place there is a factor, with that factor; else none and the world's."""
    considered, year = _considered(segment), int(segment.end[:4])
    return best_place(considered, year, edition, profile, strict=strict, zoned=zoned)


def best_place(
    considered: Sequence[Evidence],
    year: int,
    edition: Edition,
    profile: Profile = "lifecycle",
    *,
    strict: bool = False,
    zoned: frozenset[str] = frozenset(),
) -> tuple[Evidence | None, Factor]:
    """The same of signs of a place, best first, and a year.

    What the user said is final: where it has no factor, no weaker sign of another place takes its stead.
    """
    for evidence in considered:
        factor = edition.grid(evidence, year, profile, zoned=zoned)
        if factor.fallback_level != "world":
            return evidence, factor
    best = considered[0] if considered else None
    said = best if best and best.source == "setting" else None
    return said, edition.grid(best, year, profile, strict=strict, zoned=zoned)


def _considered(segment: Segment) -> tuple[Evidence, ...]:
    """The evidence that may tell the place: what the user said alone, else all signs."""
    said = tuple(item for item in segment.place.evidence if item.source == "setting")
    return said or segment.place.evidence


def _pue(segment: Segment, edition: Edition, evidence: Evidence | None) -> Factor | None:
    """The user's own factor, what the operator declared, or the fleet mean of the cloud that the machine stands in."""
    own = edition.own_pue(evidence, int(segment.end[:4]))
    if own:
        return own
    if segment.place.pue is not None:
        return edition.declared_pue(segment.place.pue)
    clouds = (item for item in segment.place.evidence if item.provider and item.confidence != "low")
    cloud = next(clouds, None)
    return edition.pue(cloud.provider, cloud.region) if cloud else None


def assumed(factor: Factor) -> Assumption:
    """What is taken for true by using a factor."""
    return Assumption(factor.assumes or "", factor.is_default, factor.value, factor.unit, factor.id)


def _replayed(components: Iterable[Component]) -> tuple[Assumption, ...]:
    """That what a replay tells was measured at another time."""
    return (Assumption(REPLAYED, default=False),) if any(part.sensor == REPLAY for part in components) else ()


def _merged_lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.factor.id, line.energy_basis), []).append(line)
    return tuple(
        replace(group[0], energy_kwh=math.fsum(line.energy_kwh for line in group)) for group in groups.values()
    )


def _common(factors: Sequence[Factor | None]) -> Factor | None:
    """The factor that all have in common; None where they differ."""
    return factors[0] if len({factor.id if factor else None for factor in factors}) == 1 else None


def _distinct(items: Iterable[T], key: Callable[[T], str]) -> tuple[T, ...]:
    found: dict[str, T] = {}
    for item in items:
        found.setdefault(key(item), item)
    return tuple(found.values())


def _forgiving(
    segment: Segment, edition: Edition, profile: Profile, *, strict: bool, zoned: frozenset[str]
) -> SegmentTally:
    """The tally; without emissions, and with the reason, where the place cannot be looked up."""
    try:
        return tally(segment, edition, profile, strict=strict, zoned=zoned)
    except JoulecardError as error:
        return _without_carbon(segment, edition, str(error))


def _without_carbon(segment: Segment, edition: Edition, reason: str) -> SegmentTally:
    return replace(_energy(segment, edition), co2e=not_available("g", reason))


def _or_nothing(compute: Callable[[], T]) -> T | None:
    try:
        return compute()
    except JoulecardError:
        return None


def _by_place(tallies: Iterable[SegmentTally]) -> list[list[SegmentTally]]:
    """The tallies in groups of equal grid factor and PUE."""
    groups: dict[tuple[str, str], list[SegmentTally]] = {}
    for part in tallies:
        key = (part.grid.id if part.grid else "", part.pue.id if part.pue else "")
        groups.setdefault(key, []).append(part)
    return list(groups.values())


def _making(part: SegmentTally, edition: Edition) -> dict[str, Any]:
    """How the figures of one place came about."""
    document = {
        "factor_edition": edition.name,
        "energy_wh": part.energy_it.in_unit("Wh", WH_PER_KWH).to_document(),
        "co2e_g": part.co2e.to_document(),
        "energy_basis": "facility" if part.basis == "facility" else "it",
        "grid_zone": part.grid.zone if part.grid else None,
        "grid_intensity_g_per_kwh": part.grid.value if part.grid else None,
        "grid_year": part.grid.year if part.grid else None,
        "pue": part.pue.value if part.pue else None,
    }
    return {name: value for name, value in document.items() if value is not None}
