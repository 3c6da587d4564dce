"""Intensity by the hour instead of the year's: which hours are wanted of whom, and tallies with what came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from joulecard.accounting.carbon import operational_emissions
from joulecard.disclosure.hourly_mean import Mean, Site, hourly_factor, hours_told
from joulecard.disclosure.series import hours_of
from joulecard.disclosure.tally import Assumption, assumed, place_of
from joulecard.factors import edition as plain_edition
from joulecard.factors.grid import PROFILES
from joulecard.factors.providers.gathering import INCOMPLETE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.tally import SegmentTally
    from joulecard.factors import Edition, Factor
    from joulecard.factors.grid import Profile
    from joulecard.factors.providers.gathering import Gathered
    from joulecard.surroundings.place import Evidence

ZONES = "Electricity Maps"  # the publisher whose names of zones serve for all providers


@dataclass(frozen=True, slots=True)
class Hourly:
    """What a provider told of the sites of a disclosure."""

    gathered: Gathered
    sites: tuple[Site, ...]

    @property
    def zoned(self) -> frozenset[str]:
        """Countries whose hours are of Electricity Maps: their yearly values are its too, one source a country."""
        query = self.gathered.query
        if query.scope != "lifecycle" or query.provider.terms.source["publisher"] != ZONES:
            return frozenset()
        return frozenset(site.country for site in self.sites if self.gathered.hours(site.zone))


def site_of(evidence: Evidence | None, edition: Edition, year: int) -> Site | None:
    """The site of a place; None where it is unknown, no zone names it, or the user gives a factor of their own."""
    if evidence is None:
        return None
    tables = plain_edition(edition.name)
    yearly = tables.grid(evidence, year)
    if yearly.fallback_level == "world" or _has_own(evidence, edition, year):
        return None
    country = tables.zoned_country(evidence) or yearly.zone or ""
    named = tables.grid(evidence, year, zoned=frozenset({country}))
    is_zone = named.source.get("publisher") == ZONES
    if not is_zone or not named.zone:
        return None
    of_its_year = tables.grid(evidence, named.year or year, zoned=frozenset({country}))  # says nothing of years
    return Site(named.zone, country, named.name, named.value, of_its_year.assumes)


def _has_own(evidence: Evidence, edition: Edition, year: int) -> bool:
    """Whether the user gives a grid factor for the place, which goes before all others."""
    tables = plain_edition(edition.name)
    return edition.own is not None and any(
        edition.grid(evidence, year, profile).id != tables.grid(evidence, year, profile).id for profile in PROFILES
    )


def wanted(segments: Iterable[Segment], edition: Edition) -> dict[Site, frozenset[int]]:
    """The hours that the segments touched, by site; places without one are left out."""
    found: dict[Site, set[int]] = {}
    for segment in segments:
        evidence, _ = place_of(segment, edition)
        site = site_of(evidence, edition, int(segment.end[:4]))
        if site:
            found.setdefault(site, set()).update(hours_of(segment))
    return {site: frozenset(hours) for site, hours in found.items()}


def with_hours(
    parts: Sequence[SegmentTally], edition: Edition, hourly: Hourly, profile: Profile
) -> tuple[SegmentTally, ...]:
    """The tallies of one execution with hourly factors, one for each yearly factor that they had.

    A site of which no hour is known keeps its yearly factor, and an assumption says so.
    """
    changed = list(parts)
    groups: dict[tuple[Site, str], list[int]] = {}
    for index, part in enumerate(parts):
        site = site_of(part.evidence, edition, int(part.segments[0].end[:4])) if part.grid else None
        if site and part.grid and part.energy_it.value:
            groups.setdefault((site, part.grid.id), []).append(index)
    for (site, _), members in groups.items():
        mean = Mean.of([parts[index] for index in members], site, hourly.gathered)
        objection = _objection(mean, profile)
        grid, said = (mean.yearly, (_kept(mean, objection),)) if objection else (hourly_factor(mean, edition), ())
        for index in members:
            changed[index] = regridded(parts[index], grid, said)
    return tuple(changed)


def _objection(mean: Mean, profile: Profile) -> str:
    """Why the hours are not used; empty where they are."""
    title, scope = mean.query.provider.title, mean.query.scope
    if not mean.known:
        return f"{title} {mean.gathered.reasons.get(mean.site.zone, INCOMPLETE)}"
    if scope != profile:
        told = f"{title} told {len(mean.known)} of {hours_told(len(mean.drawn_j))} by {scope} values"
        return f"{told}, and the factors of this disclosure are {profile} ones"
    if mean.missing and (mean.yearly.basis or {}).get("scope") != scope:
        lacking = f"{hours_told(mean.lacking)} of {len(mean.drawn_j)} are missing"
        return f"{lacking}, and no yearly {scope} value can stand for them"
    return ""


def _kept(mean: Mean, objection: str) -> Assumption:
    """That the year's value stands although hourly ones were asked for."""
    yearly = mean.yearly
    told = f"Hourly grid intensity of {mean.site.zone} was asked for and is not used: {objection}"
    return Assumption(
        f"{told}; the value of the year stands",
        default=True,
        value=yearly.value,
        unit=yearly.unit,
        factor_ref=yearly.id,
    )


def regridded(part: SegmentTally, grid: Factor, said: tuple[Assumption, ...] = ()) -> SegmentTally:
    """The same energy with emissions by another grid factor, and with what is said of taking it."""
    if part.grid is None or part.energy_it.value is None:
        return part
    base = part.energy_facility if part.basis == "facility" else part.energy_it
    before = set() if part.grid is grid else {part.grid.id}
    kept = tuple(factor for factor in part.factors if factor.id not in before | {grid.id})
    old = {source.id for source in part.grid.uncertainty}
    return replace(
        part,
        co2e=operational_emissions(base, grid.value, grid.uncertainty, grid.id),
        lines=tuple(replace(line, factor=grid) for line in part.lines),
        grid=grid,
        factors=(*kept, grid),
        sources=(*(source for source in part.sources if source.id not in old), *grid.uncertainty),
        assumptions=(
            *(item for item in part.assumptions if item.factor_ref not in {part.grid.id, grid.id}),
            *((assumed(grid),) if grid.assumes else ()),
            *said,
        ),
    )
